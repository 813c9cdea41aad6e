#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""An upstream that lies: nothing it slips in reaches a client, in this answer or a later one, whether
cold or cached; a client gets the truth or SERVFAIL, in time. What it may say within a proper message is
in test_ways_lies.py."""

import struct
import time
import unittest

import upstream
from test_upstream import CONFIG, PATIENCE_S
from stage import Stage
from upstream import HERE, a, address, message, rr, wire_name
from octets import WAYS, Client

EVIL = "192.0.2.66"
TRUTH = "192.0.2.1"
OTHER = wire_name("other.example")


def evil(query, **fields):
    return message(query, [a(HERE, EVIL)], **fields)


def then_truth(lie):
    """Who waits for the right reply gets it a moment later."""
    return lambda query: [(0, lie(query)), (0.05, upstream.plain(query))]


def by_transport(udp, tcp):
    return lambda query: tcp(query) if query.tcp else udp(query)


def flip(octets, at, bits):
    return octets[:at] + bytes([octets[at] ^ bits]) + octets[at + 1 :]


def truncated(query):
    return evil(query, flags=upstream.TC)


def poison(query):
    """The truth, and beside it all that nobody asked for."""
    return message(
        query,
        [a(HERE, TRUTH), a("www.bank.example", EVIL), rr("bank.example", upstream.CNAME, OTHER)],
        [rr("example", upstream.NS, wire_name("ns.bank.example")),
         rr("", upstream.NS, wire_name("ns.bank.example"))],
        [a("ns.bank.example", EVIL), a("www.bank.example", EVIL), a("other.example", EVIL)],
    )



# What a client gets: the truth, nothing (NOERROR), NXDOMAIN or SERVFAIL.
LIES = {
    "wrong-id": ("truth", then_truth(lambda q: evil(q, number=q.id ^ 1))),
    "other-port": ("truth", then_truth(lambda q: upstream.other_port(evil(q)))),
    "empty": ("truth", then_truth(lambda q: b"")),
    "header-cut": ("truth", then_truth(lambda q: q.octets[:2] + b"\x81")),
    "wrong-name": ("SERVFAIL", lambda q: evil(q, question=OTHER + b"\0\1\0\1")),
    "wrong-type": ("SERVFAIL", lambda q: evil(q, question=q.question[:-4] + b"\0\x1c\0\1")),
    "wrong-class": ("SERVFAIL", lambda q: evil(q, question=q.question[:-2] + b"\0\3")),
    "no-question": ("SERVFAIL", lambda q: message(q, [a(q.name, EVIL)], question=b"", counts=(0, 1, 0, 0))),
    "two-questions": ("SERVFAIL", lambda q: evil(q, question=2 * q.question, counts=(2, 1, 0, 0))),
    "no-reply-bit": ("SERVFAIL", lambda q: flip(evil(q), 2, 0x80)),
    "other-opcode": ("SERVFAIL", lambda q: flip(evil(q), 2, 0x28)),
    "truncated-with-data": ("truth", by_transport(truncated, upstream.plain)),
    "truncated-over-tcp": ("SERVFAIL", by_transport(truncated, truncated)),
    "truncated-then-silent": ("SERVFAIL", by_transport(truncated, upstream.silent)),
    "nxdomain-with-data": ("SERVFAIL", lambda q: evil(q, rcode=upstream.NXDOMAIN)),
    "servfail-with-data": ("SERVFAIL", lambda q: evil(q, rcode=upstream.SERVFAIL)),
    "refused-with-data": ("SERVFAIL", lambda q: evil(q, rcode=upstream.REFUSED)),
    "rcode-15-with-data": ("SERVFAIL", lambda q: evil(q, rcode=15)),
    "foreign-owner": ("NOERROR", lambda q: message(q, [a("www.bank.example", EVIL)])),
    "foreign-beside": ("truth", poison),
    "alias-loop": ("SERVFAIL", lambda q: message(q, [rr(HERE, upstream.CNAME, HERE)])),
    "trailing-octets": ("truth", lambda q: message(q, [a(HERE, TRUTH)], tail=b"\xc0\x0c\0\1")),
    "count-too-high": ("SERVFAIL", lambda q: evil(q, counts=(1, 2, 0, 0))),
    "count-too-low": ("NOERROR", lambda q: evil(q, counts=(1, 0, 0, 0))),
    "count-of-all": ("SERVFAIL", lambda q: evil(q, counts=(1, 65535, 65535, 65535))),
    "rdlength-3": ("SERVFAIL", lambda q: message(q, [rr(HERE, upstream.A, b"\xc0\0\2")])),
    "rdlength-5": ("SERVFAIL", lambda q: message(q, [rr(HERE, upstream.A, b"\xc0\0\2\x42\0")])),
    "rdlength-beyond": ("SERVFAIL", lambda q: message(q, [rr(HERE, upstream.A, b"\xc0\0\2\x42", rdlen=400)])),
    "class-ch": ("NOERROR", lambda q: message(q, [a(HERE, EVIL, cls=3)])),
    "forward-pointer": ("SERVFAIL", lambda q: message(q, [a(b"\xc0\xf0", EVIL)])),
    "own-pointer": ("SERVFAIL", lambda q: message(q, [
        a(struct.pack("!H", 0xC000 | (12 + len(q.question))), EVIL)])),
    "duplicates": ("truth", lambda q: [(0, upstream.plain(q)), (0, upstream.plain(q)), (0.02, evil(q))]),
    "two-opt": ("truth", lambda q: message(q, [a(HERE, TRUTH)], additional=2 * [rr("", 41, b"", cls=1232)])),
}


def says(query):
    lie = LIES.get(query.name.split(".")[0])
    if query.type != upstream.A or not query.name.endswith("lies.example"):
        return upstream.plain(query)
    return lie[1](query)


class Lies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = upstream.Upstream(says)
        cls.addClassCleanup(cls.upstream.stop)
        cls.stage = Stage(CONFIG, files={"site.txt": "blocked.example\n"},
                          words={"upstreams": '"%s"' % cls.upstream})
        cls.client = Client(cls.stage.port)
        cls.addClassCleanup(cls.client.close)

    @classmethod
    def tearDownClass(cls):
        assert cls.stage.stop() == 0

    def check(self, name, expected):
        start = time.monotonic()
        reply = self.stage.dig(name)
        self.assertLess(time.monotonic() - start, PATIENCE_S)
        self.assertNotIn(EVIL, reply.text)
        if expected == "truth":
            self.assertEqual(reply.data("A"), [TRUTH], reply.text)
            return
        self.assertEqual(reply.status, expected, reply.text)
        self.assertEqual(reply.data(), [], reply.text)
        if expected == "SERVFAIL":
            # 0 with its text: it has answered, and what came is no answer.
            self.assertIn(reply.ede[0], (0, 22, 23), reply.text)

    def check_way(self, name, expected, way):
        self.client.connect()
        reply = self.client.ask(wire_name(name), upstream.A, way)
        self.assertNotIn(address(EVIL), reply.octets)
        self.assertEqual([record[3] for record in reply.answers],
                         [(b"", address(TRUTH))] if expected == "truth" else [], reply.octets)

    def test_each_in_other_ways(self):
        for lie, (expected, _) in LIES.items():
            if lie != "truncated-then-silent":  # takes as long as a client waits
                for n, way in enumerate(WAYS):
                    with self.subTest(lie, way=way.title):
                        self.check_way("%s.%d.lies.example" % (lie, n // 4), expected, way)

    def test_each(self):
        for lie, (expected, _) in LIES.items():
            for attempt in ("cold", "cached"):
                with self.subTest(lie, attempt=attempt):
                    self.check(lie + ".lies.example", expected)
        # Nothing of it is left in any cache, and the resolver has survived it all.
        for name in ("www.bank.example", "bank.example", "ns.bank.example", "other.example"):
            with self.subTest(name):
                self.check(name, "truth")
        status = self.stage.celnik("status", "-o", "json", code=None).stdout
        self.assertIn('"restarts":0', status.replace(" ", ""))


if __name__ == "__main__":
    unittest.main()
