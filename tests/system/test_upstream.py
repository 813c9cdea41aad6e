#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Upstreams that are slow, lose packets, are dead, or one of two of them: an answer when one can be
had within the client's patience, else SERVFAIL in time with the reason, and answers again as soon as
the upstream is back."""

import re
import selectors
import socket
import struct
import time
import unittest

import upstream
from stage import Stage, wait_for

PATIENCE_S = 5.0  # of a client
CONFIG = """\
version: 1
site: test-site
mode: enforce
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients:
  local: { networks: [ 127.0.0.0/8 ] }
upstreams: [ {upstreams} ]
limits: { outstanding_misses: 0 }
dnssec: { validate: no }
lists:
  store: {dir}/store
  sources:
    - { name: site, files: {dir}/site.txt, format: domains }
policy:
  - { rule: site, match: { list: [ site ] }, action: nxdomain }
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""


def stage(*upstreams, **options):
    words = {"upstreams": ", ".join('"%s"' % u for u in upstreams)}
    return Stage(CONFIG, files={"site.txt": "blocked.example\n"}, words=words, **options)


def names(prefix, count):
    return ["%s%d.example" % (prefix, number) for number in range(count)]


def burst(s, questions, patience=PATIENCE_S):
    """All at once over one socket; a list of (rcode, seconds), with (None, None) for no reply."""
    got = [(None, None)] * len(questions)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client, selectors.DefaultSelector() as wait:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        client.connect(("127.0.0.1", s.port))
        client.setblocking(False)
        wait.register(client, selectors.EVENT_READ)
        start = time.monotonic()
        for number, name in enumerate(questions):
            client.send(struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + upstream.wire_name(name) + b"\0\1\0\1")
        missing = len(questions)
        while missing and wait.select(max(0, start + patience - time.monotonic())):
            reply = client.recv(4096)
            got[reply[0] << 8 | reply[1]] = (reply[3] & 15, time.monotonic() - start)
            missing -= 1
    return got


def is_up(s, u):
    """What the status says of it; None when it says nothing."""
    text = s.celnik("status", code=None).stdout
    line = re.search(r"^.*%s.*$" % re.escape(str(u)), text, re.M)
    return "DOWN" not in line.group(0) if line else None


class Base(unittest.TestCase):
    def ask(self, s, name):
        start = time.monotonic()
        reply = s.dig(name)
        return reply, time.monotonic() - start

    def assert_answered(self, s, name):
        reply, seconds = self.ask(s, name)
        self.assertEqual(reply.data(), ["192.0.2.1"], reply.text)
        self.assertLess(seconds, PATIENCE_S)

    def assert_fails_in_time(self, s, name):
        reply, seconds = self.ask(s, name)
        self.assertEqual(reply.status, "SERVFAIL", reply.text)
        self.assertIn(reply.ede[0], (22, 23), reply.text)
        self.assertLess(seconds, PATIENCE_S)
        return seconds


class Slow(Base):
    def test_constant_delay_is_answered_from_the_first_question_on(self):
        for seconds in (0.5, 2, 4):
            with self.subTest(seconds), upstream.Upstream(upstream.slow(seconds)) as u, stage(u) as s:
                for name in names("a", 2):
                    self.assert_answered(s, name)
                wait_for("it counts as up", lambda: is_up(s, u))

    def test_delay_beyond_patience_fails_in_time(self):
        with upstream.Upstream(upstream.slow(10)) as u, stage(u) as s:
            for name in names("a", 2):
                self.assert_fails_in_time(s, name)

    def test_upstream_that_becomes_slow_and_quick_again(self):
        with upstream.Upstream() as u, stage(u) as s:
            self.assert_answered(s, "a.example")
            u.says = upstream.slow(2.5)
            number = iter(range(1000))
            wait_for("answers come", lambda: s.dig("b%d.example" % next(number)).data())
            self.assert_answered(s, "c.example")
            u.says = upstream.plain
            self.assert_answered(s, "d.example")

    def test_equal_questions_are_one_upstream_query(self):
        with upstream.Upstream(upstream.slow(0.2)) as u, stage(u) as s:
            self.assert_answered(s, "warm.example")
            got = burst(s, ["same.example"] * 1000)
            self.assertEqual([rcode for rcode, _ in got], [0] * 1000)
            self.assertEqual(u.count("same.example"), 1)


class Lossy(Base):
    def test_a_third_lost_in_each_direction(self):
        with upstream.Upstream(upstream.lossy(0.3)) as u, stage(u) as s:
            got = []
            for round_ in range(4):
                got += burst(s, names("l%d-" % round_, 50))
            answered = sum(1 for rcode, _ in got if rcode == 0)
            self.assertGreaterEqual(answered, 196, got)
            self.assertNotIn((None, None), got)


class OneOfTwo(Base):
    def assert_dead_one_is_left_alone(self, s, dead):
        burst(s, names("first", 20))  # these find out
        before = dead.count(None)
        for round_ in range(5):
            got = burst(s, names("r%d-" % round_, 40))
            self.assertEqual([rcode for rcode, _ in got], [0] * 40)
        self.assertLessEqual(dead.count(None) - before, 4)

    def test_dead_from_the_start(self):
        with upstream.Upstream() as u, upstream.Upstream(upstream.silent) as dead, stage(u, dead) as s:
            got = burst(s, names("a", 20))
            self.assertEqual([rcode for rcode, _ in got], [0] * 20)
            self.assert_dead_one_is_left_alone(s, dead)

    def test_each_dies_once(self):
        with upstream.Upstream() as u, upstream.Upstream() as other, stage(u, other) as s:
            self.assert_answered(s, "both.example")
            other.says = upstream.silent
            self.assertEqual([rcode for rcode, _ in burst(s, names("a", 20))], [0] * 20)
            self.assert_dead_one_is_left_alone(s, other)
            wait_for("it is down", lambda: is_up(s, other) is False)
            other.says = upstream.plain
            wait_for("it is up", lambda: is_up(s, other))
            u.says = upstream.silent
            self.assertEqual([rcode for rcode, _ in burst(s, names("b", 20))], [0] * 20)

    def test_one_refuses_everything(self):
        def refuse(query):
            return upstream.message(query, rcode=upstream.REFUSED)

        with upstream.Upstream() as u, upstream.Upstream(refuse) as other, stage(u, other) as s:
            self.assertEqual([rcode for rcode, _ in burst(s, names("a", 50))], [0] * 50)


class Dead(Base):
    def assert_recovers(self, s, u, prefix):
        number = iter(range(10000))
        start = time.monotonic()
        u.says = upstream.plain
        wait_for("answers come again", lambda: s.dig("%s%d.example" % (prefix, next(number))).data())
        self.assertLess(time.monotonic() - start, 2.0)

    def test_silence_short_and_long(self):
        with upstream.Upstream() as u, stage(u) as s:
            self.assert_answered(s, "a.example")
            u.says = upstream.silent
            self.assert_fails_in_time(s, "b.example")
            self.assertEqual(s.dig("x.blocked.example").status, "NXDOMAIN")
            self.assert_recovers(s, u, "short")
            u.says = upstream.silent
            for round_ in range(3):  # until libunbound has given it up
                got = burst(s, names("gone%d-" % round_, 200))
                self.assertEqual({rcode for rcode, _ in got}, {2})
            wait_for("it is down", lambda: is_up(s, u) is False)
            self.assert_recovers(s, u, "long")
            # What failed is asked again as soon as the failure may be forgotten.
            wait_for("the failed one is answered", lambda: s.dig("gone2-0.example").data(), 10)

    def test_nobody_listens(self):
        u = upstream.Upstream()
        with stage(u) as s:
            self.assert_answered(s, "a.example")
            u.stop()
            for name in names("b", 3):
                self.assert_fails_in_time(s, name)
            u.start()
            self.assert_recovers(s, u, "c")
        u.stop()

    def test_failures_are_cached(self):
        for rcode in (upstream.SERVFAIL, upstream.REFUSED):
            with self.subTest(rcode), upstream.Upstream(
                lambda query, rcode=rcode: upstream.message(query, rcode=rcode)) as u, stage(u) as s:
                self.assert_fails_in_time(s, "a.example")
                asked = u.count("a.example")
                for _ in range(10):
                    self.assert_fails_in_time(s, "a.example")
                self.assertEqual(u.count("a.example"), asked)
                self.assertLessEqual(asked, 10)

    def test_failure_by_silence_is_cached(self):
        with upstream.Upstream(upstream.silent) as u, stage(u) as s:
            self.assert_fails_in_time(s, "a.example")
            self.assertLess(self.assert_fails_in_time(s, "a.example"), 1.0)


if __name__ == "__main__":
    unittest.main()
