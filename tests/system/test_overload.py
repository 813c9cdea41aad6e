#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""One client floods random names below a few zones whose servers are slow, while the upstream is well:
whoever asks for something else is answered, during the flood and after it; what was refused for want
of room is not remembered as a failure."""

import ctypes
import fcntl
import json
import selectors
import socket
import struct
import threading
import time
import unittest

import upstream
from stage import Stage, wait_for

CONFIG = """\
version: 1
site: test-site
mode: enforce
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients:
  local: { networks: [ 127.0.0.0/8 ] }
upstreams: [ "{upstreams}" ]
limits: { outstanding_misses: 0, queries_per_second: 0 }
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
SLOW_ZONES = 6
FLOOD_RATE = 800  # per second
FLOOD_S = 20  # libunbound works for 8 to 17 on one question
PROBE_RATE = 20
ZONE_MAX = 512  # of a resolver, for one zone
PATIENCE_S = 5.0  # of a client
CLONE_NEWNET, SIOCSIFFLAGS, IFF_UP = 0x40000000, 0x8914, 1


def setUpModule():
    """libunbound takes thousands of ports at random: a loopback of our own, where that is allowed,
    keeps them from those of tests that run beside."""
    if ctypes.CDLL(None).unshare(CLONE_NEWNET) == 0:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def plain_but_for_slow_zones(query):
    if query.name == "kept.slow0.example":
        return upstream.message(query, [upstream.a(b"\xc0\x0c", "192.0.2.7", ttl=1)])
    return [] if ".slow" in query.name else upstream.plain(query)


def stage(u):
    return Stage(CONFIG, files={"site.txt": "blocked.example\n"}, words={"upstreams": str(u)})


class Asker(threading.Thread):
    """Asks name(n) at a rate until it is stopped; answers holds n: (asked, rcode, seconds)."""

    def __init__(self, port, rate, name):
        super().__init__(daemon=True)
        self.port, self.rate, self.name_of = port, rate, name
        self.asked, self.answers = [], {}
        self.stopped = threading.Event()

    def run(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s, selectors.DefaultSelector() as wait:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            s.connect(("127.0.0.1", self.port))
            s.setblocking(False)
            wait.register(s, selectors.EVENT_READ)
            start = time.monotonic()
            while not self.stopped.is_set() or self.waits():
                while not self.stopped.is_set() and len(self.asked) < (time.monotonic() - start) * self.rate:
                    self.send(s)
                if wait.select(1 / self.rate):
                    self.receive(s)

    def waits(self):
        return len(self.answers) < len(self.asked) and time.monotonic() < self.asked[-1] + PATIENCE_S

    def send(self, s):
        number = len(self.asked)
        self.asked.append(time.monotonic())
        head = struct.pack("!6H", number & 0xFFFF, 0x0100, 1, 0, 0, 0)
        try:
            s.send(head + upstream.wire_name(self.name_of(number)) + b"\0\1\0\1")
        except OSError:
            pass

    def receive(self, s):
        reply = s.recv(4096)
        number = reply[0] << 8 | reply[1]
        self.answers[number] = (reply[3] & 15, time.monotonic() - self.asked[number])

    def stop(self):
        self.stopped.set()
        self.join()


class Flood(unittest.TestCase):
    def assert_answered(self, asker, since, until):
        numbers = [n for n, at in enumerate(asker.asked) if since <= at < until]
        good = [n for n in numbers if asker.answers.get(n, (None,))[0] == 0]
        wrong = [(n, asker.answers.get(n)) for n in numbers if n not in set(good)]
        self.assertGreater(len(numbers), PROBE_RATE)
        self.assertGreaterEqual(len(good), 0.95 * len(numbers), wrong)

    def test_others_are_answered_while_slow_zones_are_flooded(self):
        with upstream.Upstream(plain_but_for_slow_zones) as u, stage(u) as s:
            self.assertEqual(s.dig("first.example").data(), ["192.0.2.1"])
            flood = Asker(s.port, FLOOD_RATE, lambda n: "r%07d.slow%d.example" % (n, n % SLOW_ZONES))
            innocent = Asker(s.port, PROBE_RATE, lambda n: "www.good%d.example" % n)
            start = time.monotonic()
            flood.start()
            innocent.start()
            self.assertFalse(flood.stopped.wait(FLOOD_S))
            status = json.loads(s.celnik("status", "-o", "json", code=None).stdout)
            flood.stopped.set()
            end = time.monotonic()
            self.assertFalse(innocent.stopped.wait(2))
            after = time.monotonic()
            innocent.stop()
            flood.stop()
            self.assertGreater(len(flood.asked), FLOOD_RATE * FLOOD_S / 2)
            self.assert_answered(innocent, start, end)
            self.assert_answered(innocent, end, after)
            # The flood is bounded for each zone.
            status = status["resolvers"][0]["status"]
            self.assertLessEqual(status["outstanding"] + status["abandoned"], SLOW_ZONES * ZONE_MAX + 100)


class Refused(unittest.TestCase):
    def test_no_room_is_no_failure_of_the_name(self):
        """The front has forgotten its questions; libunbound still has them, so there is no room."""
        with upstream.Upstream(plain_but_for_slow_zones) as u, stage(u) as s:
            self.assertEqual(s.dig("kept.slow0.example").data(), ["192.0.2.7"])
            flood = Asker(s.port, 5000, lambda n: "r%07d.slow0.example" % n)
            flood.start()
            wait_for("the zone is full", lambda: len(flood.asked) > 2 * ZONE_MAX)
            flood.stop()
            before = s.stats()["answers.overload"]
            for number in range(1, 4):
                reply = s.dig("new.slow0.example")
                self.assertEqual((reply.status, reply.ede[0]), ("SERVFAIL", 14), reply.text)
                self.assertEqual(s.stats()["answers.overload"], before + number)
            reply = s.dig("kept.slow0.example")
            self.assertEqual((reply.data(), reply.ede[0]), (["192.0.2.7"], 3), reply.text)


if __name__ == "__main__":
    unittest.main()
