#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the cache holds never answers for another configuration, another database or another group than
it was made for."""

import os
import socket
import struct
import time
import unittest

from stage import Stage, build_mmdb, wait_for
from upstream import Upstream, silent, wire_name

CONFIG = """\
version: 1
site: test-site
mode: enforce
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients:
  ot:    { networks: [ 127.0.2.0/24 ] }
  local: { networks: [ 127.0.0.0/8 ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
cache: { max_ttl: 300s }
lists:
  store: {dir}/store
  sources:
    - { name: site, files: {dir}/site.txt, format: domains }
geoip: { country: [ {dir}/country.mmdb ] }
policy:
  - { rule: ot, clients: [ ot ], match: { list: [ site ] }, action: nxdomain }
  - { rule: china, match: { located: [ CN, unknown ] }, action: refuse }
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""
RECORDS = """\
www.plain.example. 300 IN A 9.9.9.9
both.plain.example. 1 IN A 9.9.9.9
nat64.plain.example. 300 IN AAAA 64:ff9b::909:909
sixtofour.plain.example. 300 IN AAAA 2002:909:909::1
dark.plain.example. 300 IN A 11.1.1.1
"""
ELSEWHERE = {"9.9.9.0/24": {"country": {"iso_code": "US"}}}


def stage(more=""):
    s = Stage(CONFIG + more, RECORDS, files={"site.txt": "both.plain.example\n"}, build=False, start=False)
    build_mmdb(s.directory / "country.mmdb", ELSEWHERE)
    s.celnik("lists", "build")
    s.start()
    return s


class Cache(unittest.TestCase):
    def test_other_database_judges_again(self):
        with stage() as s:
            self.assertEqual(s.dig("www.plain.example").data(), ["9.9.9.9"])
            path = s.directory / "country.mmdb"
            os.unlink(path)
            build_mmdb(path, {"9.9.9.0/24": {"country": {"iso_code": "CN"}}})
            s.celnik("reload")
            self.assertEqual(s.dig("www.plain.example").status, "REFUSED")

    def test_other_upstreams_are_asked(self):
        with stage() as s:
            self.assertEqual(s.dig("host.corp.example").status, "NXDOMAIN")
            zone = 'zones: [ { zone: plain.example, servers: [ "127.0.0.1:1" ] } ]\ncache:'
            s.write_config(CONFIG.replace("cache:", zone))
            self.assertEqual(s.dig("www.plain.example").data(), ["9.9.9.9"])
            s.celnik("reload")
            self.assertEqual(s.dig("www.plain.example").status, "SERVFAIL")

    def test_shorter_max_ttl_holds_at_once(self):
        with stage() as s:
            self.assertGreater(int(s.dig("www.plain.example").answers[0][1]), 200)
            s.write_config(CONFIG.replace("300s", "20s"))
            s.celnik("reload")
            self.assertLessEqual(int(s.dig("www.plain.example").answers[0][1]), 20)

    def test_block_of_one_group_leaves_the_stale_answer_of_the_others(self):
        with stage() as s:
            self.assertEqual(s.dig("both.plain.example").data(), ["9.9.9.9"])
            s.nsd.stop()
            time.sleep(2.1)  # the TTL
            self.assertEqual(s.dig("both.plain.example", client="127.0.2.1").status, "NXDOMAIN")
            reply = s.dig("both.plain.example")
            self.assertEqual((reply.data(), reply.ede), (["9.9.9.9"], [3]), reply.text)

    def test_unknown_is_said_of_the_address_inside(self):
        with stage() as s:
            self.assertTrue(s.dig("nat64.plain.example", "AAAA").data("AAAA"))
            self.assertTrue(s.dig("sixtofour.plain.example", "AAAA").data("AAAA"))
            self.assertEqual(s.dig("dark.plain.example").status, "REFUSED")

    def test_flood_of_one_slow_question_leaves_room_for_others(self):
        with Upstream(silent) as never, stage("zones: [ { zone: slow.example, servers: [ \"%s\" ] } ]\n" % never) as s:
            labels = wire_name("slow.example")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.bind(("127.0.3.1", 0))
                client.connect(("127.0.0.1", s.port))
                for n in range(20000):
                    client.send(struct.pack(">HHHHHH", n & 0xFFFF, 0x0100, 1, 0, 0, 0) + labels + b"\0\1\0\1")
                    # What the socket has no room for would be lost, and what is asked behind it.
                    if n % 2000 == 1999:
                        wait_for("they are read", lambda: s.stats()["queries.udp"] > n)
            self.assertEqual(s.dig("www.plain.example").data(), ["9.9.9.9"])


if __name__ == "__main__":
    unittest.main()
