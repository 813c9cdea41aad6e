#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every kind of trace gets the right answer and the right record, in observe and in enforce mode,
over UDP and TCP, v4 and v6, from each client program, cold and cached."""

import collections
import itertools
import unittest

from stage import Stage, build_mmdb

RECORDS = """\
dev.hik-connect.com. IN A 192.0.2.1
dev.hik-connect.com. IN AAAA 2001:db8::1
dev.hik-connect.com. IN TXT "v=1"
plain-address.test-site. IN A 8.129.0.1
shop.test-site. IN CNAME shop.cdn.test-cdn.
shop.cdn.test-cdn. IN CNAME bucket.oss-cn-beijing.aliyuncs.com.
bucket.oss-cn-beijing.aliyuncs.com. IN A 192.0.2.2
hinted.test-site. IN HTTPS 1 . alpn=h2 ipv4hint=8.129.0.1
embedded.test-site. IN AAAA 64:ff9b::881:1
abroad.test-site. IN A 47.91.1.1
geo.test-site. IN A 198.51.100.7
database.test-site. IN A 5.45.96.1
innocent.test-site. IN A 192.0.2.80
innocent.test-site. IN AAAA 2001:db8::80
"""

CONFIG = """\
version: 1
site: test-site
mode: {mode}
listen: [ "127.0.0.1:{port}", "[::1]:{port}" ]
workers: 1
resolvers: 1
clients:
  sinkhole: { networks: [ 127.0.2.0/24 ] }
  nodata:   { networks: [ 127.0.3.0/24 ] }
  refuse:   { networks: [ 127.0.4.0/24 ] }
  log:      { networks: [ 127.0.5.0/24 ] }
  allow:    { networks: [ 127.0.6.0/24 ] }
  local:    { networks: [ 127.0.0.0/24, "::1/128" ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
lists:
  store: {dir}/store
  shipped_directory: {lists}
  sources:
    - { name: prc, shipped: prc }
geoip: { country: [ {dir}/country.mmdb ] }
policy:
  - { rule: sunk, clients: [ sinkhole ], match: [ { operated: [ CN ] }, { located: [ CN ] } ], action: sinkhole }
  - { rule: empty, clients: [ nodata ], match: [ { operated: [ CN ] }, { located: [ CN ] } ], action: nodata }
  - { rule: refused, clients: [ refuse ], match: [ { operated: [ CN ] }, { located: [ CN ] } ], action: refuse }
  - { rule: noted, clients: [ log ], match: [ { operated: [ CN ] }, { located: [ CN ] } ], action: log }
  - { rule: passed, clients: [ allow ], match: [ { operated: [ CN ] }, { located: [ CN ] } ], action: allow }
  - { rule: stopped, match: [ { operated: [ CN ] }, { located: [ CN ] } ], action: nxdomain }
otherwise: allow
block: { ipv4: 192.0.2.200, ipv6: "2001:db8::200", ttl: 30s, explain: "blocked by site policy, call 4400" }
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""

# name, type, the data as resolved, where it is found, and one field of the finding
CASES = (
    ("dev.hik-connect.com", "A", ["192.0.2.1"], "qname", ("vendor", "hikvision")),
    ("plain-address.test-site", "A", ["8.129.0.1"], "address", ("country", "CN")),
    ("shop.test-site", "A", ["192.0.2.2"], "cname", ("vendor", "alibaba-cloud")),
    ("hinted.test-site", "HTTPS", ["8.129.0.1"], "hint", ("country", "CN")),
    ("embedded.test-site", "AAAA", ["64:ff9b::881:1"], "embedded", ("country", "CN")),
    ("abroad.test-site", "A", ["47.91.1.1"], "address", ("fact", "operated")),
    ("database.test-site", "A", ["5.45.96.1"], "address", ("list", "geoip")),
    ("geo.test-site", "A", ["198.51.100.7"], None, None),
    ("innocent.test-site", "A", ["192.0.2.80"], None, None),
)
GUILTY = [c for c in CASES if c[3]]


def stage(mode):
    s = Stage(CONFIG.replace("{mode}", mode), RECORDS, build=False, start=False)
    build_mmdb(
        s.directory / "country.mmdb",
        {
            "8.129.0.0/16": {"country": {"iso_code": "CN"}},
            "5.45.96.0/24": {"country": {"iso_code": "CN"}},
            "192.0.2.0/24": {"country_code": "CZ"},
        },
    )
    s.celnik("lists", "build")
    s.start()
    return s


def ways(s):
    """Each client over each transport, to both addresses; every question twice: cold and cached."""
    for client, tcp, v6 in itertools.product((s.dig, s.kdig, s.drill), (False, True), (False, True)):
        yield client, {"tcp": tcp, "v6": v6}


asked = collections.Counter()


def newest(s, name, rtype, how):
    """The record of the query that was just made this way."""
    fields = {
        "client__ip": "::1" if how["v6"] else "127.0.0.1",
        "network__transport": "tcp" if how["tcp"] else "udp",
        "dns__question__type": rtype,
    }
    key = (s, name) + tuple(fields.values())
    asked[key] += 1
    return s.record(name, number=asked[key], **fields)


class Observe(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = stage("observe")

    @classmethod
    def tearDownClass(cls):
        assert cls.stage.stop() == 0

    def test_every_answer_is_unchanged_and_recorded(self):
        s = self.stage
        for name, rtype, data, on, field in CASES:
            count = 0
            for client, how in ways(s):
                with self.subTest(name=name, client=client.__name__, **how):
                    reply = client(name, rtype, **how)
                    self.assertEqual(reply.status, "NOERROR", reply.text)
                    for d in data:
                        self.assertIn(d, reply.text)
                    self.assertEqual(reply.ede, [])
                    count += 1
                    record = newest(s, name, rtype, how)
                    self.check_record(record, on, field, how, count)

    def check_record(self, record, on, field, how, count):
        self.assertEqual(record["network.transport"], "tcp" if how["tcp"] else "udp")
        self.assertEqual(record["client.ip"], "::1" if how["v6"] else "127.0.0.1")
        self.assertEqual(record["celnik.source"], "upstream" if count == 1 else "cache")
        self.assertEqual(record["celnik.mode"], "observe")
        self.assertEqual(record["celnik.evidence"], "full")
        if on is None:
            self.assertEqual(record["event.action"], "allow")
            self.assertNotIn("rule.name", record)
            self.assertNotIn("celnik.match.on", record)
            return
        self.assertEqual(record["celnik.would_action"], "nxdomain")
        self.assertEqual(record["rule.name"], "stopped")
        self.assertEqual(record["event.kind"], "alert")
        self.assertIn(on, record["celnik.match.on"])
        self.assertIn(field[1], record["celnik.match." + field[0]])

    def test_an_event_stands_in_both_streams_with_one_id(self):
        s = self.stage
        s.dig("dev.hik-connect.com", "TXT")
        record = s.record("dev.hik-connect.com", dns__question__type="TXT")
        event = s.record("dev.hik-connect.com", "events", dns__question__type="TXT")
        self.assertEqual(record["event.id"], event["event.id"])
        s.dig("innocent.test-site", "TXT")
        s.record("innocent.test-site", dns__question__type="TXT")
        self.assertFalse(
            [r for r in s.records("events") if r.get("dns.question.name") == "innocent.test-site"]
        )

    def test_operated_abroad_is_not_located(self):
        s = self.stage
        s.dig("abroad.test-site")
        record = s.record("abroad.test-site")
        facts = dict(zip(record["celnik.match.fact"], record["celnik.match.country"]))
        self.assertEqual(facts.get("operated"), "CN")
        self.assertNotEqual(facts.get("located"), "CN")


class Enforce(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = stage("enforce")

    @classmethod
    def tearDownClass(cls):
        assert cls.stage.stop() == 0

    def test_guilty_are_blocked_on_every_way(self):
        s = self.stage
        for name, rtype, data, on, _ in GUILTY:
            for client, how in ways(s):
                with self.subTest(name=name, client=client.__name__, **how):
                    reply = client(name, rtype, **how)
                    self.assertEqual(reply.status, "NXDOMAIN", reply.text)
                    for d in data:
                        self.assertNotIn(d, reply.text)
                    self.assertIn("SOA", reply.text)
                    if client != s.drill:
                        self.assertEqual(reply.ede, [15], reply.text)
                        self.assertIn("call 4400", reply.text)
                    record = newest(s, name, rtype, how)
                    self.assertEqual(record["event.action"], "nxdomain")
                    self.assertEqual(record["rule.name"], "stopped")
                    self.assertIn(on, record["celnik.match.on"])
                    self.assertEqual(record["dns.response_code"], "NXDOMAIN")

    def test_innocent_pass(self):
        s = self.stage
        for name, rtype, data, on, _ in CASES:
            if on:
                continue
            for client, how in ways(s):
                with self.subTest(name=name, client=client.__name__, **how):
                    reply = client(name, rtype, **how)
                    self.assertEqual(reply.data(rtype), data, reply.text)

    def test_each_action(self):
        s = self.stage
        actions = (
            ("127.0.2.1", "sinkhole", "NOERROR", ["192.0.2.200"], [4]),
            ("127.0.3.1", "nodata", "NOERROR", [], [15]),
            ("127.0.4.1", "refuse", "REFUSED", [], [15]),
        )
        for client, action, status, data, ede in actions:
            for name in ("dev.hik-connect.com", "plain-address.test-site", "shop.test-site"):
                for tcp in (False, True):
                    with self.subTest(action=action, name=name, tcp=tcp):
                        reply = s.dig(name, client=client, tcp=tcp)
                        self.assertEqual(reply.status, status, reply.text)
                        self.assertEqual(reply.data(), data)
                        self.assertEqual(reply.ede, ede)
                        s.record(name, client__ip=client, event__action=action)

    def test_sinkhole_by_type(self):
        s = self.stage
        aaaa = s.dig("dev.hik-connect.com", "AAAA", client="127.0.2.1")
        self.assertEqual(aaaa.data("AAAA"), ["2001:db8::200"])
        txt = s.dig("dev.hik-connect.com", "TXT", client="127.0.2.1")
        self.assertEqual((txt.status, txt.data(), txt.ede), ("NOERROR", [], [15]), txt.text)

    def test_log_and_allow_pass_with_their_records(self):
        s = self.stage
        for client, action in (("127.0.5.1", "log"), ("127.0.6.1", "allow")):
            reply = s.dig("dev.hik-connect.com", client=client)
            self.assertEqual(reply.data("A"), ["192.0.2.1"])
            record = s.record("dev.hik-connect.com", client__ip=client)
            self.assertEqual(record["event.kind"], "alert" if action == "log" else "query")
            self.assertEqual(record["rule.name"], "noted" if action == "log" else "passed")

    def test_a_name_blocked_by_name_never_goes_upstream(self):
        s = self.stage
        before = s.stats()["resolver.asked"]
        for n in range(5):
            s.dig("device%d.hik-connect.com" % n)
        self.assertEqual(s.stats()["resolver.asked"], before)
        record = s.record("device0.hik-connect.com")
        self.assertEqual(record["celnik.evidence"], "name")
        self.assertEqual(record["celnik.source"], "local")

    def test_stranger_is_refused(self):
        s = self.stage
        reply = s.dig("innocent.test-site", client="127.0.9.1")
        self.assertEqual((reply.status, reply.ede), ("REFUSED", [18]), reply.text)

    def test_case_of_the_question_is_kept(self):
        reply = self.stage.dig("InNoCeNt.TeSt-SiTe")
        self.assertIn("InNoCeNt.TeSt-SiTe", reply.answers[0][0])


if __name__ == "__main__":
    unittest.main()
