#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Each way past an answer filter that is known, cold and cached, over UDP and TCP, in whatever manner
it is asked: no forbidden address and no forbidden name is in the octets of the reply. What only looks
like one gets what the upstream says. explain says of each what the query log says."""

import json
import socket
import struct
import unittest

import client
import upstream
from stage import Stage
from upstream import A, AAAA, CNAME, NS, SOA, TXT, address, a, message, rr, wire_name

PTR, MX, SRV, NAPTR, DNAME, SVCB, HTTPS, ANY = 12, 15, 33, 35, 39, 64, 65, 255
WKS, A6, APL, IPSECKEY, L32, AMTRELAY = 11, 38, 42, 45, 105, 260
TYPES = (1, 2, 5, 6, 11, 12, 13, 15, 16, 28, 33, 35, 39, 43, 44, 45, 48, 52, 64, 65, 99, 255, 256, 257, 65400)
HERE = b"\xc0\x0c"  # a pointer to the question's name
BAD4, BAD6, GOOD4, GOOD6 = "203.0.113.66", "2001:db8:bad::66", "198.51.100.1", "2001:db8:600d::1"
V4 = address(BAD4)
EVIL = wire_name("www.evil.example")
SECRETS = (V4, address(BAD6), bytes(255 - o for o in V4))

CONFIG = """\
version: 1
site: test-site
mode: enforce
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients: { local: { networks: [ 127.0.0.0/8 ] } }
upstreams: [ "{asked}" ]
nat64: [ "2001:db8:64::/96" ]
dnssec: { validate: no }
lists:
  store: {dir}/store
  sources:
    - { name: names, files: {dir}/names.tsv, format: tsv }
    - { name: nets, files: {dir}/nets.txt, format: cidr }
    - { name: more, files: {dir}/more.txt, format: cidr }
policy:
  - { rule: stopped, match: { list: [ names, nets, more ] }, action: nxdomain }
  - { rule: spoken, match: { list: [ names ], on: [ mention ] }, action: refuse }
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""
FILES = {
    "names.tsv": "domain\tmatch\tfact\tcountry\tsource\n"
    "evil.example\tsuffix\toperated\tCN\ttest\nxn--fiqs8s\ttld\toperated\tCN\ttest\n"
    "exact.example\texact\toperated\tCN\ttest\n",
    "nets.txt": "203.0.113.64/26\n",
    "more.txt": "2001:db8:bad::/48\n203.0.113.0/27\n",
}


def to(owner, target, rtype=CNAME):
    return rr(owner, rtype, wire_name(target) if isinstance(target, str) else target)


def hints(*values, target=b"\0", priority=1):
    """RDATA of SVCB: a hint for each address, of its family."""
    keys = b"".join(
        struct.pack("!HH", 6 if ":" in v else 4, len(address(v))) + address(v) for v in values
    )
    return struct.pack("!H", priority) + target + keys


def many(count, bad):
    """An RRset with one bad address at that place."""
    good = ["198.51.%d.%d" % (100 + n // 200, n % 200 + 1) for n in range(count)]
    good[bad] = BAD4
    return A, [a(HERE, text) for text in good]


def inner(head, v4=V4, tail=b""):
    octets = address(head)[: 16 - len(v4) - len(tail)] + v4 + tail
    return AAAA, [rr(HERE, AAAA, octets)]


def prefixed(hexadecimal):
    return AAAA, [rr(HERE, AAAA, bytes.fromhex(hexadecimal))]


INVERTED = bytes(255 - o for o in V4)

# name below ways.example: type, the answer section
FORBIDDEN = {
    "plain": (A, [a(HERE, BAD4)]),
    "plain-v6": (AAAA, [a(HERE, BAD6)]),
    "first": many(5, 0), "middle": many(5, 2), "last": many(5, 4),
    "of-50": many(50, 37), "of-300": many(300, 299),
    "edge-first": (A, [a(HERE, "203.0.113.64")]), "edge-last": (A, [a(HERE, "203.0.113.127")]),
    "second-list": (A, [a(HERE, "203.0.113.31")]),
    "edge-v6": (AAAA, [a(HERE, "2001:db8:bad:ffff:ffff:ffff:ffff:ffff")]),
    "mapped": inner("::ffff:0:0"), "compatible": inner("::"), "siit": inner("::ffff:0:0:0"),
    "6to4": prefixed("2002" + V4.hex() + "0" * 20),
    "teredo-server": prefixed("20010000" + V4.hex() + "0000ffff39cc9bfe"),
    "teredo-client": prefixed("20010000c6336401" + "0000ffff" + INVERTED.hex()),
    "nat64": inner("64:ff9b::"), "nat64-local": inner("64:ff9b:1::"),
    "nat64-local-48": prefixed("0064ff9b0001" + V4[:2].hex() + "00" + V4[2:].hex() + "0" * 10),
    "nat64-configured": inner("2001:db8:64::"),
    "isatap": inner("2001:db8::5efe:0:0"), "isatap-global": inner("2001:db8::200:5efe:0:0"),
    "hint4": (HTTPS, [rr(HERE, HTTPS, hints(BAD4))]),
    "hint6": (HTTPS, [rr(HERE, HTTPS, hints(BAD6))]),
    "hint-both": (HTTPS, [rr(HERE, HTTPS, hints(GOOD4, BAD6))]),
    "hint-second": (HTTPS, [rr(HERE, HTTPS, hints(GOOD4)), rr(HERE, HTTPS, hints(BAD4, priority=2))]),
    "hint-svcb": (SVCB, [rr(HERE, SVCB, hints(BAD4))]),
    "hint-mapped": (HTTPS, [rr(HERE, HTTPS, hints("::ffff:" + BAD4))]),
    "hint-alias": (HTTPS, [rr(HERE, HTTPS, hints(target=EVIL, priority=0))]),
    "hint-target": (HTTPS, [rr(HERE, HTTPS, hints(target=EVIL))]),
    "hint-cname": (HTTPS, [to(HERE, "h.example"), rr("h.example", HTTPS, hints(BAD4))]),
    "cname": (A, [to(HERE, "c.example"), a("c.example", BAD4)]),
    "cname-name": (A, [to(HERE, "www.evil.example"), a("www.evil.example", GOOD4)]),
    "cname-upper": (A, [to(HERE, "WWW.EVIL.EXAMPLE"), a("www.evil.example", GOOD4)]),
    "cname-exact": (A, [to(HERE, "exact.example"), a("exact.example", GOOD4)]),
    "cname-third": (A, [to(HERE, "c1.example"), to("c1.example", "c2.example"), to("c2.example", "x.evil.example"),
                        a("x.evil.example", GOOD4)]),
    "cname-through": (A, [to(HERE, "y.evil.example"), to("y.evil.example", "c3.example"), a("c3.example", GOOD4)]),
    "cname-tld": (A, [to(HERE, "a.xn--fiqs8s"), a("a.xn--fiqs8s", GOOD4)]),
    "cname-nodata": (AAAA, [to(HERE, "z.evil.example")]),
    "cname-asked": (CNAME, [to(HERE, "www.evil.example")]),
    "dname-asked": (DNAME, [to(HERE, "evil.example", DNAME)]),
    "reversed": (A, [a("c5.example", BAD4), to("c4.example", "c5.example"), to(HERE, "c4.example")]),
    "cname-beside": (A, [to(HERE, "c6.example"), a(HERE, BAD4)]),
    "below.dname": (A, [to("dname.ways.example", "evil.example", DNAME), to(HERE, "below.evil.example"),
                        a("below.evil.example", GOOD4)]),
    "deep.dname2": (A, [to("dname2.ways.example", "d.example", DNAME), to(HERE, "deep.d.example"),
                        a("deep.d.example", BAD4)]),
    "mx": (MX, [rr(HERE, MX, b"\0\1" + EVIL)]),
    "srv": (SRV, [rr(HERE, SRV, b"\0\1\0\1\0\1" + EVIL)]),
    "ns": (NS, [to(HERE, "www.evil.example", NS)]),
    "ptr": (PTR, [to(HERE, "www.evil.example", PTR)]),
    "soa": (SOA, [rr(HERE, SOA, EVIL + upstream.SOA_DATA[4:])]),
    "naptr": (NAPTR, [rr(HERE, NAPTR, b"\0\1\0\1\1s\0\0" + EVIL)]),
    "wks": (WKS, [rr(HERE, WKS, V4 + b"\6\0")]),
    "a6": (A6, [rr(HERE, A6, b"\0" + address(BAD6))]),
    "apl": (APL, [rr(HERE, APL, b"\0\1\x20\4" + V4)]),
    "apl-second": (APL, [rr(HERE, APL, b"\0\1\x20\4" + address(GOOD4) + b"\0\1\x20\4" + V4)]),
    "ipseckey": (IPSECKEY, [rr(HERE, IPSECKEY, b"\1\1\2" + V4 + b"key")]),
    "ipseckey-name": (IPSECKEY, [rr(HERE, IPSECKEY, b"\1\3\2" + EVIL + b"key")]),
    "l32": (L32, [rr(HERE, L32, b"\0\1" + V4)]),
    "amtrelay": (AMTRELAY, [rr(HERE, AMTRELAY, b"\1\1" + V4)]),
    "amtrelay-v6": (AMTRELAY, [rr(HERE, AMTRELAY, b"\1\x82" + address(BAD6))]),
    "amtrelay-name": (AMTRELAY, [rr(HERE, AMTRELAY, b"\1\3" + EVIL)]),
    "any": (ANY, [rr(HERE, TXT, b"\2ok"), a(HERE, GOOD4), a(HERE, BAD6)]),
}


def beside(**sections):
    return lambda q: message(q, **sections)


# What must not be seen and is no reason to block: name: type, what is said.
BESIDE = {
    "srv-glue": (SRV, lambda q: message(q, [rr(HERE, SRV, b"\0\1\0\1\0\1" + wire_name("s.example"))],
                                        additional=[a("s.example", BAD4)])),
    "mx-glue": (MX, lambda q: message(q, [rr(HERE, MX, b"\0\1" + wire_name("m.example"))],
                                      additional=[a("m.example", BAD4), a("m.example", BAD6)])),
    "https-glue": (HTTPS, lambda q: message(q, [rr(HERE, HTTPS, hints())], additional=[a(HERE, BAD4)])),
    "own-name": (A, lambda q: message(q, [a(HERE, GOOD4)], additional=[a(HERE, BAD4)])),
    "ns-glue": (A, lambda q: message(q, [a(HERE, GOOD4)], [to("ways.example", "n.evil.example", NS)],
                                     [a("n.evil.example", BAD4)])),
    "nodata-beside": (A, lambda q: message(q, (), [rr("example", SOA, upstream.SOA_DATA)], [a(HERE, BAD4)])),
    "nxdomain-beside": (A, lambda q: message(q, (), [rr("example", SOA, upstream.SOA_DATA)],
                                             [a(HERE, BAD4)], rcode=upstream.NXDOMAIN)),
    "foreign": (A, lambda q: message(q, [a(HERE, GOOD4), a("f.example", BAD4)])),
    "class-ch": (A, lambda q: message(q, [a(HERE, GOOD4), a(HERE, BAD4, cls=3)])),
    "rdlength-8": (A, lambda q: message(q, [rr(HERE, A, address(GOOD4) + V4)])),
    "rcode-nxdomain": (A, lambda q: message(q, [a(HERE, BAD4)], rcode=3)),
    "rcode-refused": (A, lambda q: message(q, [a(HERE, BAD4)], rcode=5)),
    "self": (A, lambda q: message(q, [to(HERE, HERE), a(HERE, BAD4)])),
    "two-cnames": (A, lambda q: message(q, [to(HERE, "c7.example"), to(HERE, "www.evil.example"), a("c7.example", BAD4)])),
    "pointer-in-text": (TXT, lambda q: message(q, [to(HERE, struct.pack("!H", 0xC000 | (
        12 + len(q.question) + 27))), rr("t.example", TXT, b"\x12" + EVIL)])),
}

# Where chains lead, as the upstream says it when it is asked for that; all others are good.
ELSEWHERE = {
    ("h.example", HTTPS): rr(HERE, HTTPS, hints(BAD4)),
    **{(name + ".example", A): a(HERE, BAD4) for name in ("c", "c5", "c6", "c7", "deep.d")},
    ("c4.example", A): to(HERE, "c5.example"), ("c1.example", A): to(HERE, "c2.example"),
    ("too-many.example", HTTPS): rr(HERE, HTTPS, hints() + struct.pack("!HH", 4, 12000) + 3000 * address(GOOD4)),
    ("c2.example", A): to(HERE, "x.evil.example"),
}

# Only similar to what is forbidden: type, answer section.
INNOCENT = {
    "below-edge": (A, [a(HERE, "203.0.113.63")]), "above-edge": (A, [a(HERE, "203.0.113.128")]),
    "behind-second": (A, [a(HERE, "203.0.113.32")]),
    "above-v6": (AAAA, [a(HERE, "2001:db8:bae::")]), "below-v6": (AAAA, [a(HERE, "2001:db8:bac:ffff::")]),
    "good-6to4": prefixed("2002" + address(GOOD4).hex() + "0" * 20),
    "good-teredo": prefixed("20010000c6336401" + "0000ffff" + "39cc9bfe"),
    "good-nat64": inner("64:ff9b::", address(GOOD4)), "good-mapped": inner("::ffff:0:0", address(GOOD4)),
    "address-in-v6-tail": prefixed("20010db8600d00000000beef" + V4.hex()),
    "good-hint": (HTTPS, [rr(HERE, HTTPS, hints(GOOD4, GOOD6))]),
    "contains": (A, [to(HERE, "notevil.example"), a("notevil.example", GOOD4)]),
    "prefix": (A, [to(HERE, "evil.example.good.example"), a("evil.example.good.example", GOOD4)]),
    "label": (A, [to(HERE, "evil.examples"), a("evil.examples", GOOD4)]),
    "below-exact": (A, [to(HERE, "sub.exact.example"), a("sub.exact.example", GOOD4)]),
    "address-as-text": (TXT, [rr(HERE, TXT, b"\x0c" + BAD4.encode())]),
    "big-text": (TXT, [rr(HERE, TXT, b"\xff" + b"x" * 255 + b"\xff" + b"y" * 255)]),
    "good-50": (A, [a(HERE, "198.51.100.%d" % n) for n in range(1, 51)]),
    "evil.example.ways": (A, [a(HERE, GOOD4)]),
}
LABELS = [b"x" * 63] * 3 + [b"y" * 48]
SPELLINGS = [  # forbidden names as octets
    wire_name("evil.example"), wire_name("EVIL.EXAMPLE"), wire_name("eViL.eXaMpLe"), wire_name("a.b.c.d.evil.example"),
    b"".join(bytes([len(label)]) + label for label in LABELS) + wire_name("evil.example"),
    b"\1a" * 120 + wire_name("evil.example"),
    *(bytes([len(label)]) + label + wire_name("evil.example")
      for label in (b"a\0b", b"a.b", b"a b", b"a\xffb", b"a\\b", b"*", b"_", b"-", b"evil.example", b"\0")),
    wire_name("xn--fiqs8s"), wire_name("XN--FIQS8S"), wire_name("a.xn--FIQS8S"), wire_name("exact.example"),
    wire_name("EXACT.example"),
]
INNOCENT_SPELLINGS = [  # a dot within a label is no boundary
    b"\x0cevil.example\0", b"\x0devil.example\0\0", b"\6a.evil\7example\0", b"\5evil\0\7example\0", wire_name("notevil.example"),
    wire_name("evil.example.com"), wire_name("xn--fiqs8s.com"), wire_name("sub.exact.example"),
]
MANNERS = [  # of asking: over TCP, and the query's own
    (tcp, how) for tcp in (False, True) for how in (
        {}, {"edns": None}, {"edns": 512}, {"do": True}, {"flags": client.RD | client.CD},
        {"flags": client.RD | client.AD}, {"do": True, "flags": client.RD | client.CD})
]


def fitting(query, answer):
    octets = message(query, answer)
    return octets if query.tcp or len(octets) <= 1232 else message(query, flags=upstream.TC)


def says(query):
    key = query.name[: -len(".ways.example")] if query.name.endswith(".ways.example") else None
    if key in BESIDE and BESIDE[key][0] == query.type:
        return BESIDE[key][1](query)
    for table in (FORBIDDEN, INNOCENT):
        if key in table and table[key][0] == query.type:
            return fitting(query, table[key][1])
    if (query.name, query.type) in ELSEWHERE:
        return fitting(query, [ELSEWHERE[query.name, query.type]])
    return message(query, [a(HERE, GOOD4)]) if query.type == A else upstream.plain(query)


class Ways(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = upstream.Upstream(says)
        cls.addClassCleanup(cls.upstream.stop)
        cls.stage = Stage(CONFIG, files=FILES, words={"asked": str(cls.upstream)})

    @classmethod
    def tearDownClass(cls):
        assert cls.stage.stop() == 0

    def ask(self, name, rtype, tcp=False, **how):
        return client.Reply(client.ask(self.stage.port, client.query(name, rtype, **how), tcp))

    def each(self, name, rtype, check):
        """Asks in each manner, the first time cold, and checks the reply."""
        for tcp, how in MANNERS:
            with self.subTest(name, type=rtype, tcp=tcp, **how):
                check(self.ask(name, rtype, tcp, **how))

    def shows_nothing(self, reply):
        behind = reply.octets[reply.question_end :]
        for secret in SECRETS:
            self.assertNotIn(secret, behind)
        self.assertNotIn(b"\4evil", behind.lower())
        self.assertNotIn(b"xn--fiqs8s", behind.lower())

    def is_blocked(self, reply):
        self.shows_nothing(reply)
        self.assertIn(reply.rcode, (upstream.NXDOMAIN, upstream.REFUSED))
        self.assertEqual(reply.answers, [])
        self.assertFalse(reply.flags & client.AD)

    def explain(self, name, rtype):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(8)
            s.connect(str(self.stage.directory / "run" / "control.sock"))
            request = {"verb": "explain", "name": name, "type": "TYPE%d" % rtype}
            s.sendall(json.dumps(request).encode() + b"\n")
            with s.makefile("rb") as stream:
                reply = json.loads(stream.readline())
        self.assertTrue(reply["ok"], reply)
        return reply["explain"]

    def check_explained(self, said, record):
        self.assertEqual(said["action"], record["event.action"])
        self.assertEqual(said["winner"], record.get("rule.name", "otherwise"))
        self.assertEqual(said["decided_on"], record["celnik.evidence"])
        found = [(f["on"], f["list"]) for f in said["findings"]]
        noted = zip(record.get("celnik.match.on", []), record.get("celnik.match.list", []))
        self.assertEqual(set(found), set(noted))

    def test_forbidden(self):
        for key, (rtype, _) in FORBIDDEN.items():
            self.each(key + ".ways.example", rtype, self.is_blocked)

    def test_beside(self):
        for key, (rtype, _) in BESIDE.items():
            self.each(key + ".ways.example", rtype, self.shows_nothing)

    def test_spellings(self):
        before = len(self.upstream.asked)
        for name in SPELLINGS:
            self.each(name, A, self.is_blocked)
        for rtype in TYPES:
            self.each("w.evil.example", rtype, self.is_blocked)
        with self.upstream.lock:
            asked = [q.name for q in self.upstream.asked[before:]]
        self.assertFalse([name for name in asked if name.endswith(("evil.example", "xn--fiqs8s"))])

    def test_innocent(self):
        for key, (rtype, _) in INNOCENT.items():
            name = key + ".ways.example"
            truth = client.Reply(client.ask(self.upstream.port, client.query(name, rtype), True))
            for tcp, how in MANNERS:
                with self.subTest(name, tcp=tcp, **how):
                    reply = self.ask(name, rtype, tcp, **how)
                    if reply.flags & upstream.TC and not tcp:
                        continue  # too much for this manner; the same over TCP is the next
                    self.assertEqual([x[1] for x in reply.answers], [x[1] for x in truth.answers])
                    data = [sorted(x[2] for x in r.answers if x[1] != CNAME) for r in (reply, truth)]
                    self.assertEqual(data[0], data[1])
        for name in INNOCENT_SPELLINGS:
            self.each(name, A, lambda reply: self.assertEqual(
                [x[2] for x in reply.answers], [address(GOOD4)]))

    def test_more_than_can_be_judged(self):
        """Refused and recorded, cold and cached, though nothing of it is forbidden."""
        name = "too-many.example"
        for tcp, how in MANNERS:
            with self.subTest(tcp=tcp, **how):
                reply = self.ask(name, HTTPS, tcp, **how)
                self.assertEqual((reply.rcode, reply.answers), (upstream.REFUSED, []))
        for number in range(len(MANNERS)):
            record = self.stage.record(name, number=number + 1)
            self.assertEqual((record["event.action"], record["event.kind"]), ("refuse", "alert"))
        self.check_explained(self.explain(name, HTTPS), record)

    def test_odd_questions(self):
        name = wire_name("plain.ways.example")
        plain = client.query(name, A)
        odd = {
            "rd-0": client.query(name, A, flags=0), "class-ch": client.query(name, A, cls=3),
            "class-hs": client.query(name, A, cls=4), "class-any": client.query(name, A, cls=255),
            "axfr": client.query(name, 252), "ixfr": client.query(name, 251),
            "version-1": client.query(name, A, version=1),
            "two-questions": plain[:5] + b"\2" + plain[6:12] + 2 * plain[12:-11] + plain[-11:],
            "forward-pointer": client.query(b"\xc0\x30", A), "z-bit": client.query(name, A, flags=0x0140),
            "aa-tc": client.query(name, A, flags=0x0700),
            **{"opcode-%d" % n: client.query(name, A, flags=client.RD | n << 11) for n in (1, 2, 3, 4, 5, 6, 15)},
        }
        self.ask(name, A)  # somebody has it cached
        for key, octets in odd.items():
            for tcp in (False, True):
                with self.subTest(key, tcp=tcp):
                    reply = client.ask(self.stage.port, octets, tcp)
                    self.assertEqual(reply[6:8], b"\0\0", "an answer")
                    self.assertNotIn(V4, reply)

    def test_explain_agrees(self):
        cases = [(key, rtype) for table in (FORBIDDEN, BESIDE, INNOCENT) for key, (rtype, _) in table.items()]
        cases = [(key + ".ways.example", rtype) for key, rtype in cases] + [("w.evil.example", A)]
        for name, rtype in cases:
            self.ask(name, rtype)
        self.stage.record(cases[-1][0])  # the last one
        records = {r["dns.question.name"]: r for r in self.stage.records() if "dns.question.name" in r}
        for key in FORBIDDEN:  # blocked by a rule, not by chance
            with self.subTest(key):
                self.assertIn(records[key + ".ways.example"].get("rule.name"), ("stopped", "spoken"))
        for name, rtype in cases:
            with self.subTest(name):
                self.check_explained(self.explain(name, rtype), records[name])
        for name in ("plain.ways.example", "cname-name.ways.example", "below-edge.ways.example"):
            said = self.stage.celnik("explain", "-o", "json", name).stdout
            self.check_explained(json.loads(said), records[name])


ZONE = """\
plain.site. IN A 203.0.113.66
plain6.site. IN AAAA 2001:db8:bad::66
*.wild.site. IN A 203.0.113.66
alias.site. IN CNAME alias2.site.
alias2.site. IN CNAME www.evil.example.
www.evil.example. IN A 198.51.100.1
moved.site. IN DNAME evil.example.
hint.site. IN HTTPS 1 . alpn=h2 ipv4hint=203.0.113.66
mixed.site. IN A 198.51.100.1
mixed.site. IN AAAA 2001:db8:bad::66
good.site. IN A 198.51.100.1
good.site. IN A 203.0.113.63
good.site. IN HTTPS 1 . alpn=h2 ipv4hint=198.51.100.1
good.site. IN TXT "203.0.113.66"
good-alias.site. IN CNAME good.site.
below.good-wild.site. IN TXT "x"
*.good-wild.site. IN A 198.51.100.1
""" + "".join("of50.site. IN A 198.51.100.%d\n" % n for n in range(1, 50)) + "of50.site. IN A 203.0.113.66\n"
GUILTY = (("plain.site", A), ("plain6.site", AAAA), ("x.wild.site", A), ("alias.site", A), ("alias.site", TXT),
          ("www.moved.site", A), ("hint.site", HTTPS), ("mixed.site", AAAA), ("of50.site", A))
GOOD = (("good.site", A), ("good.site", HTTPS), ("good.site", TXT), ("good.site", AAAA), ("good-alias.site", A),
        ("x.good-wild.site", A), ("mixed.site", A), ("nowhere.site", A), ("below.good-wild.site", A))


class Honest(unittest.TestCase):
    """The same before an nsd."""

    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(CONFIG.replace("{asked}", "{upstream}"), ZONE, files=FILES)

    @classmethod
    def tearDownClass(cls):
        assert cls.stage.stop() == 0

    def test_each(self):
        for name, rtype in GUILTY + GOOD:
            truth = client.Reply(client.ask(self.stage.nsd.port, client.query(name, rtype), True))
            for tcp, how in MANNERS:
                with self.subTest(name, type=rtype, tcp=tcp, **how):
                    reply = client.Reply(client.ask(self.stage.port, client.query(name, rtype, **how), tcp))
                    if (name, rtype) in GUILTY:
                        self.assertEqual((reply.rcode, reply.answers), (upstream.NXDOMAIN, []))
                        self.assertNotIn(V4, reply.octets)
                        continue
                    self.assertEqual(reply.rcode, truth.rcode)
                    data = [sorted(x[1:] for x in r.answers if x[1] != CNAME) for r in (reply, truth)]
                    self.assertEqual(data[0], data[1])


if __name__ == "__main__":
    unittest.main()
