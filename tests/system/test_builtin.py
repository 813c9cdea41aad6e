#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The built-in lists: what devices do to get past the filter, and outside names that lead inside, is an
event without any rule; rules block it, exceptions waive it; what is no more than near it passes. And
the manual's list of types."""

import json
import re
import unittest

import upstream
from stage import SRCDIR, Stage
from upstream import CNAME, a, message, rr, wire_name

CONFIG = """\
version: 1
site: test-site
mode: {mode}
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients:
  local: { networks: [ 127.0.0.0/24 ] }
  blocked: { networks: [ 127.0.2.0/24 ] }
  sunk: { networks: [ 127.0.3.0/24 ] }
  waived: { networks: [ 127.0.4.0/24 ] }
upstreams: [ "{upstream}" ]
zones: [ { zone: own.example, servers: [ "{upstream}" ] } ]
dnssec: { validate: no }
{more}
policy:
  - { rule: no-bypass, clients: [ blocked, waived ], match: { list: [ dns-bypass, rebinding ] }, action: nxdomain }
  - { rule: sunk, clients: [ sunk ], match: { list: dns-bypass }, action: sinkhole }
exceptions:
  - { id: EX-1, names: [ plex.example, dns.google ], clients: [ waived ], reason: tested, owner: me, expires: {expires} }
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""

RECORDS = """\
dns.google. IN A 8.8.8.8
dns.google. IN HTTPS 1 . alpn=h2
use-application-dns.net. IN A 192.0.2.1
mask.icloud.com. IN A 192.0.2.2
mask-h2.icloud.com. IN HTTPS 1 . alpn=h2
alias.example. IN CNAME dns.quad9.net.
dns.quad9.net. IN A 192.0.2.3
lead.example. IN A 1.1.1.1
plex.example. IN A 192.168.1.20
loop.example. IN A 127.0.0.1
carrier.example. IN A 100.64.0.1
sunk.example. IN A 0.0.0.0
linked.example. IN AAAA fe80::1
ula.example. IN AAAA fd00::1
inner.example. IN AAAA 64:ff9b::a00:1
hint.example. IN HTTPS 1 . ipv4hint=10.0.0.1
through.example. IN CNAME host.own.example.
host.own.example. IN A 10.0.0.1
out.own.example. IN CNAME ula.example.
public.example. IN A 198.51.100.1
notdns.google. IN A 192.0.2.4
xdns.google. IN A 192.0.2.5
mentions.example. IN MX 10 dns.google.
ipv4only.arpa. IN A 192.0.0.170
"""

# name, type, list, category, on
CASES = (
    ("dns.google", "A", "dns-bypass", "resolver", "qname"),
    ("dns.google", "HTTPS", "dns-bypass", "resolver", "qname"),
    ("dns.google", "TXT", "dns-bypass", "resolver", "qname"),
    ("use-application-dns.net", "A", "dns-bypass", "canary", "qname"),
    ("mask.icloud.com", "A", "dns-bypass", "private-relay", "qname"),
    ("mask-h2.icloud.com", "HTTPS", "dns-bypass", "private-relay", "qname"),
    ("alias.example", "A", "dns-bypass", "resolver", "cname"),
    ("lead.example", "A", "dns-bypass", "resolver", "address"),
    ("plex.example", "A", "rebinding", "private", "address"),
    ("loop.example", "A", "rebinding", "loopback", "address"),
    ("carrier.example", "A", "rebinding", "carrier-nat", "address"),
    ("sunk.example", "A", "rebinding", "unspecified", "address"),
    ("linked.example", "AAAA", "rebinding", "link-local", "address"),
    ("ula.example", "AAAA", "rebinding", "unique-local", "address"),
    ("inner.example", "AAAA", "rebinding", "private", "embedded"),
    ("hint.example", "HTTPS", "rebinding", "private", "hint"),
    ("through.example", "A", "rebinding", "private", "address"),
)
INNOCENT = (
    ("host.own.example", "A"),
    ("out.own.example", "AAAA"),
    ("public.example", "A"),
    ("notdns.google", "A"),
    ("xdns.google", "A"),
    ("mentions.example", "MX"),
    ("ipv4only.arpa", "A"),
)


def words(mode, more=""):
    return {"mode": mode, "more": more, "expires": "2027-06-30"}


class Modes(unittest.TestCase):
    def check_logged(self, mode):
        with Stage(CONFIG, RECORDS, build=False, words=words(mode)) as s:
            for name, rtype, listed, category, on in CASES:
                for number in (1, 2):  # cold and cached
                    with self.subTest(mode=mode, name=name, type=rtype, number=number):
                        reply = s.dig(name, rtype)
                        self.assertEqual((reply.status, reply.ede), ("NOERROR", []), reply.text)
                        record = s.record(name, "events", number, dns__question__type=rtype)
                        self.assertEqual(record["event.kind"], "alert")
                        self.assertEqual(record["event.action"], "allow")
                        self.assertNotIn("rule.name", record)
                        self.assertIn(
                            (listed, category, on, "listed"),
                            list(zip(record["celnik.match.list"], record["celnik.match.category"],
                                     record["celnik.match.on"], record["celnik.match.fact"])))
                        self.assertIn(category, record["event.reason"])
                        self.assertIn("(" + listed, record["event.reason"])
            for name, rtype in INNOCENT:
                with self.subTest(mode=mode, name=name):
                    self.assertEqual(s.dig(name, rtype).status, "NOERROR")
                    self.assertEqual(s.record(name)["event.kind"], "query")

    def test_observe_logs(self):
        self.check_logged("observe")

    def test_enforce_logs(self):
        self.check_logged("enforce")

    def test_rules_and_exceptions(self):
        with Stage(CONFIG, RECORDS, build=False, words=words("enforce")) as s:
            for name, rtype, *_ in CASES:
                for _ in "cold", "cached":
                    with self.subTest(name=name, type=rtype):
                        reply = s.dig(name, rtype, client="127.0.2.1")
                        self.assertEqual((reply.status, reply.ede), ("NXDOMAIN", [15]), reply.text)
            for name, rtype in INNOCENT:
                with self.subTest(name=name):
                    reply = s.dig(name, rtype, client="127.0.2.1")
                    self.assertEqual((reply.status, reply.ede), ("NOERROR", []), reply.text)
            for name, data in (("plex.example", "192.168.1.20"), ("dns.google", "8.8.8.8")):
                reply = s.dig(name, client="127.0.4.1")
                self.assertEqual(reply.data(), [data], reply.text)
                self.assertEqual(s.record(name, client__ip="127.0.4.1")["celnik.exception"], "EX-1")
            self.assertEqual(s.dig("loop.example", client="127.0.4.1").status, "NXDOMAIN")
            # An address would say yes to who asks whether another resolver may be used.
            self.assertEqual(s.dig("dns.google", client="127.0.3.1").data(), ["0.0.0.0"])
            for name in ("use-application-dns.net", "mask.icloud.com", "mask-h2.icloud.com"):
                reply = s.dig(name, client="127.0.3.1")
                self.assertEqual((reply.status, reply.data()), ("NXDOMAIN", []), reply.text)
                s.record(name, client__ip="127.0.3.1", event__action="nxdomain")

    def test_designated_resolvers_are_not_asked_for_upstream(self):
        with Stage(CONFIG, RECORDS, build=False, words=words("observe")) as s:
            before = s.stats()["resolver.asked"]
            for name in ("_dns.resolver.arpa", "resolver.arpa"):
                for rtype in ("SVCB", "HTTPS", "TYPE64"):
                    reply = s.dig(name, rtype)
                    self.assertEqual((reply.status, reply.data()), ("NOERROR", []), reply.text)
            self.assertEqual(s.stats()["resolver.asked"], before)

    def test_rebinding_at_the_second_answer(self):
        answers = {"rebind.example": 0, "chain.example": 0}

        def says(query):
            if query.type != upstream.A:
                return upstream.plain(query)
            inside = query.number > 0
            where = "192.168.7.7" if inside else "198.51.100.7"
            if query.name == "rebind.example":
                return [(0, message(query, [a("rebind.example", where, ttl=0)]))]
            if query.name == "chain.example":
                return [(0, message(query, [
                    rr("chain.example", CNAME, wire_name("end.example"), ttl=0), a("end.example", where, ttl=0)]))]
            if query.name == "end.example":
                return [(0, message(query, [a("end.example", where, ttl=0)]))]
            return upstream.plain(query)

        with upstream.Upstream(says) as lying:
            config = CONFIG.replace("{upstream}", str(lying))
            with Stage(config, build=False, words=words("enforce")) as s:
                for name in answers:
                    got = []
                    for _ in range(6):
                        reply = s.dig(name, client="127.0.2.1")
                        self.assertNotIn("192.168.7.7", reply.text)
                        got.append(reply.status)
                    self.assertIn("NXDOMAIN", got)


class Shown(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        more = "lists: { store: {dir}/store, sources: [ { name: mine, files: {dir}/mine, format: domains } ] }"
        cls.stage = Stage(CONFIG, RECORDS, {"mine": "bad.example\n"}, words=words("observe", more))

    @classmethod
    def tearDownClass(cls):
        assert cls.stage.stop() == 0

    def test_lookup(self):
        for asked, listed, category in (
            ("dns.google", "dns-bypass", "resolver"),
            ("x.use-application-dns.net", "dns-bypass", "canary"),
            ("9.9.9.9", "dns-bypass", "resolver"),
            ("10.0.0.1", "rebinding", "private"),
            ("::1", "rebinding", "loopback"),
        ):
            rows = self.stage.celnik("lists", "lookup", asked, "-o", "json").stdout.splitlines()
            rows = [json.loads(row) for row in rows]
            self.assertEqual([(r["list"], r["category"]) for r in rows], [(listed, category)])
            self.assertIn(listed, self.stage.celnik("lists", "lookup", asked).stdout)
        self.stage.celnik("lists", "lookup", "192.0.2.1", code=1)
        self.stage.celnik("lists", "lookup", "google", code=1)

    def test_info(self):
        info = json.loads(self.stage.celnik("lists", "info", "-o", "json").stdout)
        self.assertEqual([b["name"] for b in info["builtin"]], ["dns-bypass", "rebinding"])
        self.assertGreater(info["builtin"][0]["names"], 100)
        self.assertRegex(self.stage.celnik("lists", "info").stdout, "built in .*dns-bypass.*rebinding")

    def test_explain(self):
        shown = self.stage.celnik("explain", "plex.example")
        self.assertIn("address 192.168.1.20 is of no public network: category private (rebinding)", shown.stdout)
        self.assertRegex(shown.stdout, r"> yes +built-in lists")
        shown = json.loads(self.stage.celnik("explain", "dns.google", "-o", "json").stdout)
        self.assertEqual((shown["winner"], shown["would"]), ("built-in lists", "log"))
        shown = self.stage.celnik("explain", "host.own.example").stdout
        self.assertNotIn("rebinding", shown)


class Types(unittest.TestCase):
    """The policy that the manual gives for sites that want a list of types."""

    def test_the_manuals_policy(self):
        page = (SRCDIR / "man" / "celnik.yaml.5").read_text()
        policy = re.search(r"^policy:\n  - rule: bypass\n.*?^otherwise: nodata$", page, re.M | re.S).group(0)
        head, _, tail = CONFIG.partition("policy:\n")
        tail = tail[tail.index("exceptions:"):]
        lists = "lists: { store: {dir}/store, shipped_directory: {lists}, sources: [ { name: prc, shipped: prc } ] }"
        records = RECORDS + "wks.example. IN WKS 192.0.2.9 6 80\nwks.example. IN A 192.0.2.9\nwks.example. IN TXT x\n"
        config = head + policy + "\n" + tail
        with Stage(config, records, words=words("enforce", lists)) as s:
            self.assertEqual(s.dig("wks.example", "A").data(), ["192.0.2.9"])
            self.assertEqual(s.dig("wks.example", "TXT").data(), ['"x"'])
            for rtype in ("WKS", "NULL", "TYPE65400", "ANY"):
                reply = s.dig("wks.example", rtype)
                self.assertEqual((reply.data(), reply.ede), ([], [15]), reply.text)
            self.assertEqual(s.dig("dns.google").status, "NXDOMAIN")
            reply = s.dig("plex.example")
            self.assertEqual(reply.data(), ["192.168.1.20"])
            self.assertEqual(s.record("plex.example", "events")["rule.name"], "rebinding")


if __name__ == "__main__":
    unittest.main()
