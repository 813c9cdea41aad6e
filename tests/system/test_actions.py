#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""strip, drop, sinkholes of groups and rules about clients: what a device gets, and what is logged."""

import datetime
import json
import socket
import struct
import unittest

from stage import Stage

RECORDS = """\
mixed.test-site. IN A 192.0.2.1
mixed.test-site. IN A 8.129.0.1
mixed.test-site. IN A 192.0.2.2
mixed.test-site. IN TXT "v=1"
alias.test-site. IN CNAME mixed.test-site.
all-bad.test-site. IN A 8.129.0.1
all-bad.test-site. IN A 8.129.0.2
www.bad-name.test. IN A 192.0.2.3
to-bad.test-site. IN CNAME www.bad-name.test.
hints.test-site. IN HTTPS 1 . alpn=h2 ipv4hint=192.0.2.9,8.129.0.1
hints.test-site. IN HTTPS 2 good.test-site. alpn=h2 ipv4hint=192.0.2.8
mail.test-site. IN MX 10 mx.bad-name.test.
mail.test-site. IN MX 20 mx.test-site.
good.test-site. IN A 192.0.2.80
spared.test-site. IN A 192.0.2.3
spared.test-site. IN A 8.129.0.7
partly.test-site. IN A 8.129.0.7
partly.test-site. IN A 8.129.0.8
"""

CONFIG = """\
version: 1
mode: enforce
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients:
  stripped: { networks: [ 127.0.2.0/24 ] }
  dropped:  { networks: [ 127.0.3.0/24 ] }
  own:      { networks: [ 127.0.4.0/24 ], sinkhole: { ipv4: 192.0.2.201 } }
  shared:   { networks: [ 127.0.5.0/24 ] }
  quiet:    { networks: [ 127.0.6.0/24 ] }
  typed:    { networks: [ 127.0.7.0/24 ] }
  open:     { networks: [ 127.0.0.0/24 ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
lists:
  store: {dir}/store
  sources:
    - { name: bad, files: {dir}/bad.txt, format: domains }
    - { name: far, files: {dir}/far.txt, format: cidr }
policy:
  - { rule: cut, clients: [ stripped ], match: [ { list: [ bad, far ] }, { list: bad, on: mention } ], action: strip }
  - { rule: gone, clients: [ dropped ], match: { list: [ bad, far ] }, action: drop }
  - { rule: sunk, clients: [ own, shared ], match: { list: [ bad, far ] }, action: sinkhole }
  - { rule: silence, clients: [ quiet ], action: nodata }
  - { rule: no-txt, clients: [ typed ], match: { on: client, qtype: TXT }, action: nodata }
exceptions:
  - { id: EX-1, names: spared.test-site, networks: 8.129.0.7, clients: stripped, reason: r, owner: o, expires: {expires} }
block: { ipv4: 192.0.2.200, ipv6: "2001:db8::200", ttl: 30s, explain: "blocked by site policy" }
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""

FILES = {"bad.txt": "bad-name.test\n", "far.txt": "8.129.0.0/16\n"}

# name, type, what the client of `stripped` gets; everything over UDP and TCP, cold and cached
STRIPPED = (
    ("mixed.test-site", "A", ["192.0.2.1", "192.0.2.2"]),
    ("alias.test-site", "A", ["192.0.2.1", "192.0.2.2"]),
    ("all-bad.test-site", "A", []),
    ("www.bad-name.test", "A", []),
    ("to-bad.test-site", "A", []),
    ("hints.test-site", "HTTPS", ["2 good.test-site."]),
    ("mail.test-site", "MX", ["20 mx.test-site."]),
    ("spared.test-site", "A", ["192.0.2.3", "8.129.0.7"]),
)


def in_half_a_year():
    return (datetime.date.today() + datetime.timedelta(days=180)).isoformat()


def question(name, number):
    labels = b"".join(bytes([len(p)]) + p.encode() for p in name.split("."))
    return struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"


class Actions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(CONFIG, RECORDS, FILES, words={"expires": in_half_a_year()})

    @classmethod
    def tearDownClass(cls):
        assert cls.stage.stop() == 0

    def assert_data(self, reply, expected):
        found = sorted(a[4] for a in reply.answers if a[3] != "CNAME")
        self.assertEqual(len(found), len(expected), reply.text)
        for have, want in zip(found, sorted(expected)):
            self.assertTrue(have.startswith(want), reply.text)

    def test_strip_drops_the_offending_records_alone(self):
        s = self.stage
        for name, rtype, expected in STRIPPED:
            for tcp in (False, True):
                for options in ((), ("+dnssec",), ("+cdflag",), ("+noedns",), ("+noadflag",)):
                    with self.subTest(name=name, tcp=tcp, options=options):
                        reply = s.dig(name, rtype, *options, client="127.0.2.1", tcp=tcp)
                        self.assertEqual(reply.status, "NOERROR", reply.text)
                        self.assert_data(reply, expected)
                        self.assertEqual("SOA" in reply.text, not expected, reply.text)
                        if "+noedns" not in options and name != "spared.test-site":
                            self.assertEqual(reply.ede, [15], reply.text)

    def test_strip_follows_the_aliases_that_are_left(self):
        reply = self.stage.dig("alias.test-site", client="127.0.2.1")
        self.assertEqual(reply.data("CNAME"), ["mixed.test-site."])

    def test_strip_is_for_its_group(self):
        s = self.stage
        for _ in range(2):
            self.assertEqual(len(s.dig("mixed.test-site", client="127.0.0.1").data("A")), 3)
            self.assertEqual(len(s.dig("mixed.test-site", client="127.0.2.1").data("A")), 2)

    def test_strip_logs_what_was_resolved(self):
        s = self.stage
        s.dig("mixed.test-site", client="127.0.2.9")
        record = s.record("mixed.test-site", client__ip="127.0.2.9")
        self.assertEqual(record["event.action"], "strip")
        self.assertEqual(record["rule.name"], "cut")
        self.assertIn("8.129.0.1", record["dns.answers.data"])

    def test_a_name_that_strip_empties_is_not_asked_for(self):
        s = self.stage
        before = s.stats()["resolver.asked"]
        self.assertEqual(s.dig("new.bad-name.test", client="127.0.2.1").data(), [])
        self.assertEqual(s.stats()["resolver.asked"], before)

    def test_an_exception_spares_its_addresses_and_is_recorded(self):
        s = self.stage
        reply = s.dig("partly.test-site", client="127.0.2.3")
        self.assertEqual(reply.data("A"), ["8.129.0.7"])
        record = s.record("partly.test-site", client__ip="127.0.2.3")
        self.assertEqual(record["event.action"], "strip")
        self.assertEqual(record["celnik.exception"], "EX-1")

    def test_drop_is_silence_and_an_event(self):
        s = self.stage
        before = s.stats()["decisions.dropped"]
        for name in ("www.bad-name.test", "mixed.test-site"):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as c:
                c.bind(("127.0.3.1", 0))
                c.connect(("127.0.0.1", s.port))
                c.send(question(name, 1))
                s.record(name, client__ip="127.0.3.1", network__transport="udp")
                c.send(question("good.test-site", 2))
                c.settimeout(20)
                self.assertEqual(c.recv(4096)[:2], b"\0\2")
            record = s.record(name, client__ip="127.0.3.1", network__transport="udp")
            self.assertEqual(record["event.action"], "drop")
            self.assertEqual(record["event.kind"], "alert")
            self.assertNotIn("dns.response_code", record)
        self.assertEqual(s.stats()["decisions.dropped"], before + 2)

    def test_drop_leaves_the_connection_open(self):
        s = self.stage
        with socket.create_connection(("127.0.0.1", s.port), 20, ("127.0.3.2", 0)) as c:
            for number, name in enumerate(("www.bad-name.test", "good.test-site")):
                q = question(name, number + 1)
                c.sendall(struct.pack(">H", len(q)) + q)
            s.record("www.bad-name.test", client__ip="127.0.3.2", event__action="drop")
            self.assertEqual(c.recv(4096)[2:4], b"\0\2")

    def test_each_group_has_its_sinkhole(self):
        s = self.stage
        for client, rtype, expected in (
            ("127.0.4.1", "A", "192.0.2.201"),
            ("127.0.4.1", "AAAA", "2001:db8::200"),
            ("127.0.5.1", "A", "192.0.2.200"),
            ("127.0.5.1", "AAAA", "2001:db8::200"),
        ):
            with self.subTest(client=client, rtype=rtype):
                reply = s.dig("www.bad-name.test", rtype, client=client)
                self.assertEqual(reply.data(rtype), [expected], reply.text)

    def test_a_rule_about_clients_matches_on_the_client(self):
        s = self.stage
        s.dig("good.test-site", client="127.0.6.1")
        record = s.record("good.test-site", client__ip="127.0.6.1")
        self.assertEqual(record["rule.name"], "silence")
        self.assertEqual(record["celnik.match.on"], ["client"])
        self.assertEqual(record["celnik.match.value"], ["quiet"])
        self.assertEqual(record["celnik.match.asn"], [0])
        # What the lists know stands there too.
        s.dig("www.bad-name.test", client="127.0.6.2")
        record = s.record("www.bad-name.test", client__ip="127.0.6.2")
        self.assertEqual(record["celnik.match.on"], ["qname", "client"])

    def test_on_client_may_be_for_some_types(self):
        s = self.stage
        self.assertEqual(s.dig("mixed.test-site", "TXT", client="127.0.7.1").ede, [15])
        self.assertEqual(len(s.dig("mixed.test-site", "A", client="127.0.7.1").data("A")), 3)
        record = s.record("mixed.test-site", client__ip="127.0.7.1", dns__question__type="TXT")
        self.assertEqual(record["celnik.match.on"], ["client"])
        record = s.record("mixed.test-site", client__ip="127.0.7.1", dns__question__type="A")
        self.assertNotIn("client", record["celnik.match.on"])

    def test_explain_says_the_same(self):
        s = self.stage
        out = s.celnik("explain", "good.test-site", "--client", "127.0.6.1", "-o", "json").stdout
        rule = next(r for r in json.loads(out)["rules"] if r["rule"] == "silence")
        self.assertEqual((rule["truth"], rule["on"]), ("yes", "client"))
        text = s.celnik("explain", "good.test-site", "--client", "127.0.6.1").stdout
        self.assertIn("client of group quiet: rule silence holds for every question", text)
        for name, kept in (("mixed.test-site", ["192.0.2.1", "192.0.2.2"]), ("to-bad.test-site", [])):
            out = s.celnik("explain", name, "--client", "127.0.2.1", "-o", "json").stdout
            explained = json.loads(out)
            self.assertEqual(explained["action"], "strip")
            self.assertEqual(sorted(a["data"] for a in explained["left"]), kept)


if __name__ == "__main__":
    unittest.main()
