#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""When the upstream is away, devices get what was known before, judged by the policy of now; a flood of
names neither evicts what is asked often nor takes the whole table of questions in flight."""

import socket
import struct
import time
import unittest

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
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
cache: { size: 8 MiB, stale: 1h }
limits: { queries_per_second: 0, responses_per_second: 0, outstanding_misses: 0 }
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
RECORDS = """\
short.test-site. 1 IN A 192.0.2.1
other.test-site. 1 IN A 192.0.2.2
*.wild.test-site. 60 IN A 192.0.2.3
""" + "".join("good%d.test-site. 300 IN A 192.0.2.9\n" % n for n in range(50))


def stage():
    return Stage(CONFIG, RECORDS, files={"site.txt": "blocked.example\n"})


def query(name, ident):
    labels = b"".join(bytes([len(l)]) + l.encode() for l in name.split("."))
    return struct.pack(">HHHHHH", ident, 0x0100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"


class Stale(unittest.TestCase):
    def expire(self, s, name):
        """Asks for a name whose answer lives one second, then ends the upstream, and waits."""
        self.assertTrue(s.dig(name).data())
        s.nsd.stop()
        time.sleep(2.1)  # the TTL, which the resolver counts in whole seconds

    def test_stale_answers_in_time_and_says_so(self):
        with stage() as s:
            self.expire(s, "short.test-site")
            start = time.monotonic()
            reply = s.dig("short.test-site")
            took = time.monotonic() - start
            self.assertEqual(reply.data("A"), ["192.0.2.1"], reply.text)
            self.assertEqual(reply.ede, [3], reply.text)
            self.assertEqual(reply.answers[0][1], "30")
            self.assertLess(took, 2.5)  # the client response timer is 1.8 s
            self.assertEqual(s.record("short.test-site", number=2)["celnik.source"], "stale")
            # Once it has failed, nobody waits again for a while.
            wait_for("the question was given up", lambda: s.stats()["resolver.in_flight"] == 0)
            start = time.monotonic()
            self.assertEqual(s.dig("short.test-site").ede, [3])
            self.assertLess(time.monotonic() - start, 0.5)
            # And when the upstream is back, so is the fresh answer.
            s.nsd.start()
            wait_for("a fresh answer", lambda: s.dig("short.test-site").ede == [], 15)

    def test_stale_is_judged_by_the_policy_of_now(self):
        with stage() as s:
            self.expire(s, "other.test-site")
            (s.directory / "site.txt").write_text("blocked.example\nother.test-site\n")
            s.celnik("reload")
            reply = s.dig("other.test-site")
            self.assertEqual((reply.status, reply.data()), ("NXDOMAIN", []), reply.text)

    def test_no_stale_beyond_its_time(self):
        with stage() as s:
            s.write_config(CONFIG.replace("stale: 1h", "stale: 0"))
            s.celnik("reload")
            self.expire(s, "short.test-site")
            self.assertEqual(s.dig("short.test-site").status, "SERVFAIL")


class Flood(unittest.TestCase):
    def test_random_names_do_not_evict_good_ones(self):
        with stage() as s:
            for _ in range(2):
                for n in range(50):
                    self.assertTrue(s.dig("good%d.test-site" % n).data())
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.settimeout(5)
                client.connect(("127.0.0.1", s.port))
                for n in range(12000):
                    client.send(query("x%d.wild.test-site" % n, n & 0xFFFF))
                    if n % 100 == 99:
                        for _ in range(100):
                            client.recv(4096)
            before = s.stats()
            self.assertGreater(before["cache.evicted"], 0, "the flood did not fill the cache")
            for n in range(50):
                self.assertTrue(s.dig("good%d.test-site" % n).data())
            after = s.stats()
            hits = after["cache.hits"] - before["cache.hits"]
            self.assertGreaterEqual(hits, 48, "good names were evicted")

    def test_dead_zone_does_not_take_the_whole_table(self):
        with stage() as s:
            s.nsd.stop()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.connect(("127.0.0.1", s.port))
                for n in range(6000):
                    client.send(query("r%d.victim.example" % n, n & 0xFFFF))
                    if n % 50 == 0:
                        time.sleep(0.002)
            stats = wait_for("some were turned away", lambda: (
                lambda c: c if c["answers.overload"] > 1000 else None)(s.stats()))
            self.assertLess(stats["resolver.in_flight"], 1000)
            s.nsd.start()
            wait_for("others are answered", lambda: s.dig("good1.test-site").data(), 10)


if __name__ == "__main__":
    unittest.main()
