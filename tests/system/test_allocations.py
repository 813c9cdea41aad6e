#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What stands in the cache is answered without an allocation, whatever the verdict and transport."""

import socket
import struct
import unittest

from stage import BUILDDIR, Stage

RECORDS = """\
plain.test-site. IN A 192.0.2.1
mixed.test-site. IN A 192.0.2.1
mixed.test-site. IN A 8.129.0.1
alias.test-site. IN CNAME plain.test-site.
"""

CONFIG = """\
version: 1
mode: enforce
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients:
  stripped: { networks: [ 127.0.2.0/24 ] }
  sunk:     { networks: [ 127.0.3.0/24 ] }
  noted:    { networks: [ 127.0.0.0/24 ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
lists:
  store: {dir}/store
  sources: [ { name: far, files: {dir}/far.txt, format: cidr } ]
policy:
  - { rule: cut, clients: stripped, match: { list: far }, action: strip }
  - { rule: sunk, clients: sunk, match: { list: far }, action: sinkhole }
  - { rule: noted, match: { list: far }, action: log }
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""

NAMES = ("plain.test-site", "mixed.test-site", "alias.test-site", "none.test-site")
CLIENTS = ("127.0.0.1", "127.0.2.1", "127.0.3.1")
ROUNDS = 50


class Counted(Stage):
    """With the number of the workers' allocations in a file."""

    @staticmethod
    def celnikd():
        return BUILDDIR / "tests" / "system" / "celnikd-hooked"

    @property
    def counter(self):
        return self.directory / "allocations"

    def allocations(self):
        return struct.unpack("=Q", self.counter.read_bytes())[0]


def query(name, number):
    labels = b"".join(bytes([len(p)]) + p.encode() for p in name.split("."))
    return struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"


class Udp:
    def __init__(self, s, client):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(20)
        self.socket.bind((client, 0))
        self.socket.connect(("127.0.0.1", s.port))

    def ask(self, name, number):
        self.socket.send(query(name, number))
        return self.socket.recv(4096)


class Tcp:
    def __init__(self, s, client):
        self.socket = socket.create_connection(("127.0.0.1", s.port), 20, (client, 0))
        self.stream = self.socket.makefile("rb")

    def ask(self, name, number):
        q = query(name, number)
        self.socket.sendall(struct.pack(">H", len(q)) + q)
        return self.stream.read(struct.unpack(">H", self.stream.read(2))[0])


class Hits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = s = Counted(CONFIG, RECORDS, {"far.txt": "8.129.0.0/16\n"}, start=False)
        s.counter.write_bytes(bytes(8))
        s.counter.chmod(0o666)
        s.start(env={"CELNIK_TEST_ALLOCATIONS": str(s.counter)})

    @classmethod
    def tearDownClass(cls):
        assert cls.stage.stop() == 0

    def ask_all(self, ways):
        number = 0
        for way in ways:
            for name in NAMES:
                number += 1
                self.assertEqual(way.ask(name, number)[:2], struct.pack(">H", number))

    def test_a_hit_allocates_nothing(self):
        s = self.stage
        for transport in (Udp, Tcp):
            with self.subTest(transport=transport.__name__):
                ways = [transport(s, client) for client in CLIENTS]
                self.ask_all(ways)
                hits, before = s.stats()["cache.hits"], s.allocations()
                for _ in range(ROUNDS):
                    self.ask_all(ways)
                self.assertEqual(s.allocations(), before)
                count = ROUNDS * len(ways) * len(NAMES)
                self.assertEqual(s.stats()["cache.hits"], hits + count)
                for way in ways:
                    way.socket.close()

    def test_a_miss_is_counted(self):
        s = self.stage
        before = s.allocations()
        way = Udp(s, "127.0.0.1")
        way.ask("other.test-site", 1)
        way.socket.close()
        self.assertGreater(s.allocations(), before)


if __name__ == "__main__":
    unittest.main()
