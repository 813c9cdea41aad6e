#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""No way past the filter that leads through an upstream that lies: chains in any order and case, glue
that nobody asked for, data that does not have the form of its type. What is wrong with a message as a
whole (ids, ports, counts, rcodes, truncation) is in test_lies.py."""

import struct
import unittest

import upstream
from octets import TYPES, WAYS, wire
from upstream import CNAME, HERE, SOA, TXT, a, address, message, rr
from ways import Scripted, cases

BAD, BAD6, GOOD = "8.129.3.4", "2a0d:1234::7", "9.1.1.1"
EVIL = "11.9.1.1"  # of no list
HTTPS, SRV, MX, DNAME, NS = TYPES["HTTPS"], TYPES["SRV"], TYPES["MX"], TYPES["DNAME"], TYPES["NS"]
EVIL_NAME = wire("www.bad.example")


def cname(owner, target):
    return rr(owner, CNAME, target if isinstance(target, bytes) else wire(target))


def says(answer=(), authority=(), additional=(), **fields):
    """Always that; a function of the query where it has to know it."""

    def reply(query):
        sections = [part(query) if callable(part) else part for part in (answer, authority, additional)]
        return message(query, *sections, **fields)

    return reply


def lie(title, reply, bad=BAD, found="address " + BAD, rtype="A"):
    label = "".join(c for c in title.lower() if c.isalnum())
    return (title, "w{n}.%s.lies.example" % label, rtype, bad, found, reply)


def behind_text(rtype, data):
    """A TXT record with the name www.bad.example in it, and a record whose data end with a pointer to that."""

    def answer(query):
        text = rr(HERE, TXT, bytes([len(EVIL_NAME)]) + EVIL_NAME)
        pointer = struct.pack("!H", 0xC000 | (12 + len(query.question) + len(text) - len(EVIL_NAME)))
        return [text, rr(HERE, rtype, data + pointer)]

    return answer


def service(*params, target=b"\0"):
    return rr(HERE, HTTPS, b"\0\1" + target + b"".join(struct.pack("!HH", key, len(v)) + v for key, v in params))


V4, V6 = address(BAD), address(BAD6)
# Whom these names lead to when they are asked for themselves: see hops().
LEADS, NAMED, FINE = "w.leads.example", "www.bad.example", "w.fine.example"

CHAINS = cases({
    "order": [
        lie("reversed", says([a(LEADS, BAD), cname(HERE, LEADS)])),
        lie("reversed, through a bad name", says([a(FINE, GOOD), cname(NAMED, FINE), cname(HERE, NAMED)]),
            GOOD + " bad.example", "cname " + NAMED),
        lie("in the middle", says([cname("h.leads.example", LEADS), cname(HERE, "h.leads.example"), a(LEADS, BAD)])),
        lie("without its end", says([cname(HERE, LEADS)])),
        lie("without its end, to a bad name", says([cname(HERE, NAMED)]), EVIL + " bad.example", "cname " + NAMED),
        lie("a bad name again and again", says(3 * [cname(HERE, NAMED)] + 2 * [a(NAMED, EVIL)]),
            EVIL + " bad.example", "cname " + NAMED),
    ],
    "case": [
        lie("owners in capitals", says([cname(HERE, "W.leads.EXAMPLE"), a("w.LEADS.example", BAD)])),
        lie("a bad name in capitals", says([cname(HERE, "WWW.BAD.EXAMPLE"), a("www.Bad.Example", EVIL)]),
            EVIL + " bad.example", "cname " + NAMED),
        lie("a bad target in capitals", says([rr(HERE, HTTPS, b"\0\1" + wire("WWW.BAD.EXAMPLE"))]),
            "bad.example", "target " + NAMED, "HTTPS"),
    ],
    "two at once": [
        lie("two aliases, the second bad", says([cname(HERE, FINE), cname(HERE, NAMED), a(FINE, GOOD)]),
            "~bad.example", "address " + GOOD),
        lie("two aliases, the first bad", says([cname(HERE, NAMED), cname(HERE, FINE), a(FINE, GOOD)]),
            EVIL + " bad.example", "cname " + NAMED),
        lie("an alias beside a bad address", says([cname(HERE, FINE), a(HERE, BAD)]), "~" + BAD, "address " + GOOD),
        lie("a hint among all types", says([a(HERE, GOOD), service((4, V4))]), BAD, "hint " + BAD, "ANY"),
        lie("a target among all types", says([a(HERE, GOOD), service(target=EVIL_NAME)]), "bad.example",
            "target " + NAMED, "ANY"),
        lie("a bad address beside an alias", says([a(HERE, BAD), cname(HERE, FINE)])),
        lie("an alias to itself and a bad address", says([cname(HERE, HERE), a(HERE, BAD)]), "-" + BAD, None),
    ],
    "loops": [
        lie("an alias to itself", says([cname(HERE, HERE)]), "-" + BAD, None),
        lie("a loop of two", says([cname(HERE, "0.loop.example")]), "-" + BAD, None),
        lie("of 20 aliases", says([cname(HERE, "0.deep.example")]), "-" + BAD, None),
    ],
    "a pointer into text": [
        lie("of an alias", says(behind_text(CNAME, b"")), EVIL + " bad.example", "cname " + NAMED),
        lie("of a service", says(behind_text(HTTPS, b"\0\1")), "bad.example", "target " + NAMED, "HTTPS"),
        lie("of MX", says(behind_text(MX, b"\0\1")), "~", "mention " + NAMED, "MX"),
    ],
    "DNAME": [
        lie("alone", says([rr("alone.lies.example", DNAME, wire("bad.example"))]), EVIL + " bad.example",
            "cname w{n}.bad.example"),
        lie("in capitals", says([rr("INcapitals.LIES.example", DNAME, wire("BAD.example"))]), EVIL + " bad.example",
            "cname w{n}.bad.example"),
        lie("beside another alias", says([rr("besideanotheralias.lies.example", DNAME, wire("bad.example")),
                                          cname(HERE, FINE), a(FINE, GOOD)]), "bad.example", "cname w{n}.bad.example"),
    ],
})

GLUE = cases({
    "glue": [
        lie("own name in additional", says([a(HERE, GOOD)], additional=[a(HERE, BAD)]), "+" + BAD, "address " + GOOD),
        lie("own name in authority", says([a(HERE, GOOD)], [a(HERE, BAD)]), "+" + BAD, "address " + GOOD),
        lie("of a server", says([a(HERE, GOOD)], [rr("example", NS, wire("ns.example"))], [a("ns.example", BAD)]),
            "+" + BAD, "address " + GOOD),
        lie("of a bad server", says([a(HERE, GOOD)], [rr("example", NS, wire("ns.bad.example"))]), "+bad.example",
            "address " + GOOD),
        lie("of SRV", says([rr(HERE, SRV, 5 * b"\0" + b"\1" + wire("g.example"))], additional=[a("g.example", BAD)]),
            "+" + BAD, None, "SRV"),
        lie("of MX", says([rr(HERE, MX, b"\0\1" + wire("g.example"))], additional=[a("g.example", BAD)]), "+" + BAD,
            None, "MX"),
        lie("of NS", says([rr(HERE, NS, wire("g.example"))], additional=[a("g.example", BAD)]), "+" + BAD, None, "NS"),
        lie("of HTTPS", says([service(target=wire("g.example"))], additional=[a("g.example", BAD)]), "+" + BAD, None,
            "HTTPS"),
        lie("of its own HTTPS", says([service((1, b"\2h2"))], additional=[a(HERE, BAD)]), "+" + BAD, None, "HTTPS"),
    ],
    "beside nothing": [
        lie("no data, additional", says(authority=[rr("", SOA, upstream.SOA_DATA)], additional=[a(HERE, BAD)]),
            "+" + BAD, None),
        lie("no data, authority", says(authority=[rr("", SOA, upstream.SOA_DATA), a(HERE, BAD)]), "+" + BAD, None),
        lie("no name, additional", says(authority=[rr("", SOA, upstream.SOA_DATA)], additional=[a(HERE, BAD)],
                                        rcode=upstream.NXDOMAIN), "+" + BAD, None),
        lie("no name, authority", says(authority=[rr("", SOA, upstream.SOA_DATA), a(HERE, BAD)],
                                       rcode=upstream.NXDOMAIN), "+" + BAD, None),
    ],
    "mentioned": [
        lie("a bad server's name", says([rr(HERE, NS, EVIL_NAME)]), "+" + EVIL, "mention " + NAMED, "NS"),
        lie("a bad zone's master", says([rr(HERE, SOA, EVIL_NAME + b"\0" + 20 * b"\0")]), "+" + EVIL,
            "mention " + NAMED, "SOA"),
        lie("a bad master beside nothing", says(authority=[rr("example", SOA, EVIL_NAME + b"\0" + 20 * b"\1")]),
            "+" + EVIL, "mention " + NAMED),
    ],
    "foreign": [
        lie("another class beside", says([a(HERE, GOOD), a(HERE, BAD, cls=3)]), "~" + BAD, "address " + GOOD),
        lie("class ANY beside", says([a(HERE, GOOD), a(HERE, BAD, cls=255)]), "~" + BAD, "address " + GOOD),
        lie("another type beside", says([a(HERE, GOOD), a(HERE, BAD6)]), "~" + BAD6, "address " + GOOD),
        lie("another owner beside", says([a(HERE, GOOD), a("other.example", BAD)]), "~" + BAD, "address " + GOOD),
        lie("another type alone", says([a(HERE, BAD6)]), "-" + BAD6, None),
    ],
})

FORMS = cases({
    "size": [lie("A of %d octets" % size, says([rr(HERE, upstream.A, (V4 + V4 + V4)[:size])]), "-" + BAD, None)
             for size in (0, 3, 5, 8)]
    + [lie("AAAA of %d octets" % size, says([rr(HERE, upstream.AAAA, (V6 + V6)[:size])]), "-" + BAD6, None, "AAAA")
       for size in (4, 15, 17, 32)]
    + [lie("a good A and one of 8", says([a(HERE, GOOD), rr(HERE, upstream.A, address(GOOD) + V4)]), "-" + BAD, None)],
    "names": [
        lie("octets behind the name of an alias", says([rr(HERE, CNAME, wire(FINE) + V4)]), "-" + BAD, None),
        lie("a cut name", says([rr(HERE, CNAME, wire(FINE)[:-4])]), "-" + BAD, None),
        lie("a name of 256 octets", says([rr(HERE, CNAME, b"\77" + 63 * b"a" + 3 * (b"\77" + 63 * b"a") + b"\0")]),
            "-" + BAD, None),
        lie("a cut MX", says([rr(HERE, MX, b"\0")]), "-" + BAD, None, "MX"),
    ],
    "services": [
        lie("a hint of 5 octets", says([service((4, V4 + b"\1"))]), "-" + BAD, None, "HTTPS"),
        lie("an IPv6 hint of 20", says([service((6, V6 + V4))]), "-" + BAD, None, "HTTPS"),
        lie("an empty hint", says([service((4, b"")), service((4, V4))]), "-" + BAD, None, "HTTPS"),
        lie("a hint twice", says([service((4, address(GOOD)), (4, V4))]), "-" + BAD, None, "HTTPS"),
        lie("keys in disorder", says([service((6, V6), (4, V4))]), "-" + BAD, None, "HTTPS"),
        lie("a value beyond the end", says([rr(HERE, HTTPS, b"\0\1\0\0\4\0\x08" + V4)]), "-" + BAD, None, "HTTPS"),
        lie("a hint in alias mode", says([rr(HERE, HTTPS, b"\0\0\0\0\4\0\4" + V4)]), BAD, "hint " + BAD, "HTTPS"),
    ],
    "controls": [
        lie("a good chain", says([cname(HERE, FINE), a(FINE, GOOD)]), "", "address " + GOOD),
        lie("a good service", says([service((1, b"\2h2"), (4, address(GOOD)))]), "", "hint " + GOOD, "HTTPS"),
        lie("nothing", says(authority=[rr("", SOA, upstream.SOA_DATA)]), "", None),
    ],
})


def hops(query):
    """Of the names that aliases lead to."""
    ends = {"leads.example": BAD, "fine.example": GOOD, "bad.example": EVIL}
    number, _, rest = query.name.partition(".")
    if rest == "loop.example":
        return message(query, [cname(HERE, "%d.loop.example" % (1 - int(number)))])
    if rest == "deep.example":
        step = cname(HERE, "%d.deep.example" % (int(number) + 1))
        return message(query, [step if int(number) < 20 else a(HERE, BAD)])
    for end, text in ends.items():
        if query.name.endswith("." + end) and query.type == upstream.A:
            return message(query, [a(HERE, text)])
    return upstream.plain(query)


class Lying(Scripted):
    """The base of a test of one table of lies."""

    @classmethod
    def setUpClass(cls):
        cls.replies = {(case.name.split(".")[1], TYPES[case.type]): case.records
                       for listed in cls.TABLE.values() for case in listed}
        super().setUpClass()

    @classmethod
    def says(cls, query):
        label = query.name.split(".")[1] if query.name.endswith(".lies.example") else ""
        return cls.replies.get((label, query.type), hops)(query)


class Chains(Lying):
    TABLE = CHAINS

    def test_each(self):
        self.run_table()


class Glue(Lying):
    TABLE = GLUE

    def test_each(self):
        self.run_table()


    def test_nothing_of_it_is_kept(self):
        self.check_case(GLUE["glue"][0], 0)
        for name in ("g.example", "ns.example", "other.example"):
            for way in WAYS:
                self.assertNotIn(address(BAD), self.client.ask(wire(name), 1, way).octets)


class Forms(Lying):
    TABLE = FORMS

    def test_each(self):
        self.run_table()


del Lying, Scripted

if __name__ == "__main__":
    unittest.main()
