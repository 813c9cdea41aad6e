#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""No way past the filter that leads through what came before: other answers to the same question, parts of
a chain in a cache, other lists; nor through odd queries, nor through answers too big to judge."""

import itertools
import struct
import unittest

import upstream
from octets import TYPES, WAYS, Reply, query, wire
from upstream import CNAME, HERE, a, address, message, rr
from ways import FILES, Scripted

BAD, GOOD = "8.129.3.4", "9.1.1.1"
HTTPS, IXFR, AXFR = TYPES["HTTPS"], 251, 252
RECORDS_MAX = 999  # and an OPT


def big(query):
    """As many records as the name says, of which only the last is bad."""
    count = int(query.name.split(".")[0].split("-")[1])
    return message(query, [a(HERE, "9.1.%d.%d" % divmod(n, 256)) for n in range(count - 1)] + [a(HERE, BAD)])


def hints(query):
    count = int(query.name.split(".")[0].split("-")[1])
    octets = b"".join(address("9.1.%d.%d" % divmod(n, 256)) for n in range(count - 1)) + address(BAD)
    return message(query, [rr(HERE, HTTPS, b"\0\1\0\0\4" + struct.pack("!H", len(octets)) + octets)])


def truncated(then):
    return lambda q: then(q) if q.tcp else message(q, flags=upstream.TC)


def alias(query, text, **fields):
    return message(query, [rr(HERE, CNAME, wire(text), **fields)])


def rebind(query):
    return message(query, [a(HERE, BAD if query.number else GOOD, ttl=0)])


# By the label before "example".
SAYS = {
    "rebind": rebind,
    "moving": rebind,
    "alias": lambda q: alias(q, q.name.split(".")[0] + ".moving.example"),
    "one": lambda q: alias(q, q.name.split(".")[0] + ".two.example"),
    "two": lambda q: alias(q, q.name.split(".")[0] + ".three.example"),
    "three": lambda q: message(q, [a(HERE, BAD)]),
    "good": lambda q: message(q, [a(HERE, GOOD)]),
    "ill": lambda q: message(q, [a(HERE, BAD)]),
    "big": truncated(big),
    "hints": truncated(hints),
    "known": lambda q: message(q, [a(HERE, "5.45.99.1")]),
}


class State(Scripted):
    @staticmethod
    def says(query):
        labels = query.name.split(".")
        return SAYS.get(labels[-2] if len(labels) > 1 else "", upstream.plain)(query)

    def ask(self, text, way=WAYS[0], rtype=1):
        return self.client.ask(wire(text), rtype, way)

    def check_passes(self, text, way=WAYS[0]):
        self.assertEqual([record[3] for record in self.ask(text, way).answers if record[1] == 1],
                         [(b"", address(GOOD))])

    def check_stops(self, text, way=WAYS[0]):
        reply = self.ask(text, way)
        self.check_blocked(reply, way)
        self.assertNotIn(address(BAD), reply.octets)

    def test_other_answer_without_ttl(self):
        for n, way in enumerate(WAYS):
            for label in ("rebind", "alias"):
                with self.subTest(label, way=way.title):
                    self.check_passes("w%d.%s.example" % (n, label), way)
                    self.check_stops("w%d.%s.example" % (n, label), way)

    def test_parts_of_a_chain_are_known_already(self):
        parts = ("one", "two", "three")
        orders = [order for size in (1, 2, 3) for order in itertools.permutations(parts, size)]
        for n, order in enumerate(orders):
            with self.subTest(order=order):
                for label in order:
                    self.check_stops("p%d.%s.example" % (n, label), WAYS[n % len(WAYS)])
                for label in parts:
                    self.check_stops("p%d.%s.example" % (n, label))

    def test_network_of_the_client_is_nobodys_business(self):
        for n, network in enumerate(("10.9.8.0", "172.20.0.0")):
            option = struct.pack("!HHHBB", 8, 7, 1, 24, 0) + address(network)[:3]
            octets = query(wire("ecs.good.example"), 1, WAYS[0], 7)[:-2] + struct.pack("!H", len(option)) + option
            reply = Reply(self.client.over_tcp(octets))
            self.assertEqual(reply.rcode, 0)
            self.assertNotIn(address(network)[:3], reply.octets)
        asked = self.upstream.queries("ecs.good.example", 1)
        self.assertEqual(len(asked), 1)
        self.assertNotIn(address("10.9.8.0")[:3], asked[0].octets)

    def odd_queries(self, name):
        plain = query(name, 1, WAYS[0], 1)
        bare = query(name, 1, WAYS[-1], 1)
        for opcode in (1, 2, 3, 4, 5, 6, 15):
            yield "opcode %d" % opcode, plain[:2] + struct.pack("!H", 0x0100 | opcode << 11) + plain[4:]
        for cls in (3, 4, 254, 255):
            yield "class %d" % cls, bare[:-2] + struct.pack("!H", cls)
        for rtype in (AXFR, IXFR):
            yield "type %d" % rtype, query(name, rtype, WAYS[0], 1)
        yield "RD=0", plain[:2] + b"\0\0" + plain[4:]
        yield "RD=0 and CD", plain[:2] + b"\0\x10" + plain[4:]
        yield "two questions", bare[:5] + b"\2" + bare[6:] + bare[12:]
        yield "no question", bare[:5] + b"\0" + bare[6:12]
        yield "EDNS version 1", plain[:-5] + b"\1" + plain[-4:]
        yield "a pointer forward", bare[:12] + b"\xc0\x12\0\1\0\1" + bare[12:]
        yield "a name by a pointer", bare[:5] + b"\2" + bare[6:] + b"\xc0\x0c\0\1\0\1"
        yield "octets behind", bare + bare[12:]
        for bit in (0x0040, 0x0080, 0x0200, 0x0400, 0x000F):
            yield "bits %#x" % bit, plain[:2] + struct.pack("!H", 0x0100 | bit) + plain[4:]

    def test_odd_queries(self):
        cold = iter(range(1000))
        for warm in (False, True):
            for label, _ in self.odd_queries(b"\0"):
                text = "odd.ill.example" if warm else "o%d.ill.example" % next(cold)
                if warm:
                    self.check_stops(text)
                octets = dict(self.odd_queries(wire(text)))[label]
                before = self.upstream.count(text, None)
                for tcp in (False, True):
                    with self.subTest(label, warm=warm, tcp=tcp):
                        self.client.connect()
                        self.check_odd(label, octets, tcp)
                        if not label.startswith("bits"):
                            self.assertEqual(self.upstream.count(text, None), before)

    def check_odd(self, label, octets, tcp):
        if tcp:
            reply = Reply(self.client.over_tcp(octets))
        else:
            self.client.udp.send(octets)
            reply = Reply(self.client.udp.recv(65535))
        self.assertEqual(reply.counts[0], 0)
        self.assertNotIn(address(BAD), reply.octets)
        if label.startswith("bits"):
            self.assertIn(reply.rcode, (1, 3))
        else:
            version = label == "EDNS version 1"
            self.assertIn(reply.rcode, (0,) if version else (1, 4, 5))  # BADVERS is 16

    def test_answers_too_big_to_judge(self):
        for text, rtype, rcode, action, reason in (
            ("n-%d.big.example" % RECORDS_MAX, "A", 3, "nxdomain", "address 8.129.3.4 is located in CN"),
            ("n-%d.big.example" % (RECORDS_MAX + 1), "A", 2, "allow", "answer holds more than can be judged"),
            ("n-1500.hints.example", "HTTPS", 3, "nxdomain", "hint 8.129.3.4 is located in CN"),
            ("n-3000.hints.example", "HTTPS", 5, "refuse", "the answer holds more than can be judged"),
        ):
            record = None
            for n in (0, 1, 0, 1):
                with self.subTest(text, way=WAYS[n].title):
                    reply = self.ask(text, WAYS[n], TYPES[rtype])
                    self.assertEqual((reply.rcode, reply.counts[0]), (rcode, 0))
                    self.assertNotIn(address(BAD), reply.octets)
                    record = self.record()
                    self.assertEqual((record["event.action"], record["dns.response_code"]),
                                     (action, {2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}[rcode]))
                    self.assertIn(reason, record["event.reason"])
            self.check_explained(record, self.explained(text, rtype, True))

    def test_every_source_that_knows_an_address_is_recorded(self):
        self.assertEqual(self.ask("x.known.example").rcode, 3)
        record = self.record()
        self.assertEqual(record["celnik.match.value"], 4 * ["5.45.99.1"])
        keys = ("list", "fact", "country", "sources")
        self.assertEqual(sorted(zip(*(record["celnik.match." + key] for key in keys))), [
            ("geoip", "located", "CN", "countries.mmdb"), ("geoip", "located", "HK", "codes.mmdb"),
            ("more", "listed", "", ""), ("ranges", "listed", "", "")])


class Lists(Scripted):
    says = staticmethod(State.says)
    check_stops, check_passes, ask = State.check_stops, State.check_passes, State.ask

    def test_the_next_answer_is_by_the_lists_in_force(self):
        names = ["w%d.good.example" % n for n in range(len(WAYS))]
        change = {"names.txt": "good.example\n", "ranges.txt": GOOD + "/32\n"}
        for name, way in zip(names, WAYS):
            self.check_passes(name, way)
        for file, more in change.items():
            for text, check in ((FILES[file] + more, self.check_stops), (FILES[file], self.check_passes)):
                (self.stage.directory / file).write_text(text)
                self.stage.celnik("reload")
                for name, way in zip(names, WAYS):
                    with self.subTest(file, way=way.title):
                        check(name, way)
        self.assertEqual([self.upstream.count(name) for name in names], len(names) * [1])


del Scripted

if __name__ == "__main__":
    unittest.main()
