#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""celnik replay decides what the log holds as a daemon with the other configuration would: record by
record over thousands of queries of every kind, and without any change for the configuration that
made the log."""

import csv
import io
import json
import random
import select
import socket
import struct
import unittest

from stage import Stage, build_mmdb, wait_for

CONFIG = """\
version: 1
site: test-site
mode: {mode}
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
timezone: Europe/Prague
clients:
  ot:      { networks: [ 127.0.2.0/24 ] }
  cameras: { networks: [ 127.0.3.0/24 ] }
  local:   { networks: [ 127.0.0.0/24 ] }
devices: { 127.0.2.1: gate-north }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
limits: { queries_per_second: 0, outstanding_misses: 0, responses_per_second: 0 }
lists:
  store: {dir}/{store}
  shipped_directory: {lists}
  sources: [ { name: prc, shipped: prc }{more} ]
geoip: { country: [ {dir}/country.mmdb ] }
policy:
{policy}
exceptions:
{exceptions}
block: { ipv4: 192.0.2.200, ipv6: "2001:db8::200", ttl: 30s }
state: {dir}/state
journal: { directory: {dir}/journal, queries: { clients: {clients} } }
control: {dir}/run/control.sock
"""
POLICY_A = """\
  - { rule: vendors, match: { vendor: [ hikvision, dahua ] }, action: nxdomain }
  - { rule: prc, match: [ { operated: [ CN ] }, { located: [ CN ] } ], action: log }
"""
EXCEPTIONS_A = """\
  - { id: EX-A, names: [ .dahuasecurity.com ], reason: r, owner: o@example.cz, expires: 2027-06-30 }
"""
POLICY_B = """\
  - { rule: named, clients: [ local ], match: { name: .blocked.test-site }, action: refuse }
  - { rule: https-only, match: { located: [ CN ], qtype: [ HTTPS ] }, action: nodata }
  - { rule: cameras, clients: [ cameras ], match: [ { category: [ ip-cameras ] }, { name: .blocked.test-site } ], action: sinkhole }
  - { rule: partly, clients: [ ot ], match: { located: [ CN ], on: [ address, embedded ] }, action: strip }
  - { rule: listed, match: { list: [ site ] }, action: refuse }
  - { rule: trial, mode: observe, match: { on: cname, operated: [ CN ] }, action: nxdomain }
  - { rule: chains, match: { on: [ cname, target, hint ], operated: [ CN ] }, action: nxdomain }
  - { rule: mails, match: { on: mention, vendor: [ dahua ] }, action: log }
  - { rule: abroad, match: { located: [ HK ] }, action: log }
"""
EXCEPTIONS_B = """\
  - { id: EX-B, names: [ .excepted.test-site ], clients: [ ot, local ], reason: r, owner: o@example.cz, expires: 2027-06-30 }
  - { id: EX-N, networks: [ 8.129.1.0/24 ], reason: r, owner: o@example.cz, expires: 2027-06-30 }
"""
CLIENTS = ("127.0.0.1", "127.0.2.1", "127.0.3.1")
TYPES = {"A": 1, "AAAA": 28, "HTTPS": 65, "MX": 15, "TXT": 16}
SEED = 20261124
NAMES = 340


def random_records(rng):
    """(names, zone): names of every kind, some below what is listed, blocked or excepted."""
    addresses = ["192.0.2.%d" % n for n in range(1, 20)] + ["8.129.0.%d" % n for n in range(1, 20)]
    addresses += ["8.129.1.%d" % n for n in range(1, 9)] + ["5.45.96.%d" % n for n in range(1, 9)]
    addresses += ["10.1.2.%d" % n for n in range(1, 5)]
    parents = ("test-site", "test-site", "test-site", "blocked.test-site", "excepted.test-site", "hik-connect.com",
               "dahuasecurity.com", "site-listed.test", "aliyuncs.com", "dns.google")
    targets = ("dev.hik-connect.com", "x.aliyuncs.com", "innocent.test-site", "far.site-listed.test")
    names, zone = [], []

    def v6():
        return rng.choice(("2001:db8::%x" % rng.randrange(1, 99), "64:ff9b::881:%x" % rng.randrange(1, 99),
                           "2002:881:%x::1" % rng.randrange(1, 99)))

    for target in targets + ("mail.dahuasecurity.com",):
        zone += ["%s. IN A %s" % (target, rng.choice(addresses)), "%s. IN AAAA %s" % (target, v6())]
    for number in range(NAMES):
        name = "n%d.%s" % (number, rng.choice(parents))
        names.append(name)
        kind = rng.randrange(8)
        if kind == 0:
            continue
        if kind == 1:
            zone.append("%s. IN CNAME %s." % (name, rng.choice(targets)))
            continue
        if kind == 2:
            zone += ["%s. IN CNAME a.%s." % (name, name), "a.%s. IN CNAME %s." % (name, rng.choice(targets))]
            continue
        for address in rng.sample(addresses, rng.randrange(1, 4)):
            zone.append("%s. IN A %s" % (name, address))
        if kind > 3:
            zone += ["%s. IN AAAA %s" % (name, a) for a in {v6() for _ in range(rng.randrange(1, 3))}]
        if kind > 4:
            zone.append("%s. IN HTTPS 1 %s alpn=h2,h3 ipv4hint=%s ipv6hint=%s" % (
                name, rng.choice((".", rng.choice(targets) + ".")), rng.choice(addresses), v6()))
        if kind > 5:
            zone.append("%s. IN MX 10 %s." % (name, rng.choice(("mail.dahuasecurity.com", "mail.test-site"))))
        if kind == 7:
            zone.append('%s. IN TXT "v=1; (a) \\"q\\" \\\\" "%s"' % (name, "x" * rng.randrange(200)))
    return names, "\n".join(zone) + "\n"


def fill(mode="enforce", policy=POLICY_A, exceptions=EXCEPTIONS_A, clients="full", store="store", more=""):
    text = CONFIG.replace("{policy}\n", policy).replace("exceptions:\n{exceptions}\n", "exceptions:\n" + exceptions if exceptions else "")
    for key, value in (("mode", mode), ("clients", clients), ("store", store), ("more", more)):
        text = text.replace("{%s}" % key, value)
    return text


SITE = ", { name: site, files: {dir}/site.txt, format: domains }"


def make_stage(config, records=""):
    s = Stage(config, records, files={"site.txt": "site-listed.test\n"}, build=False, start=False)
    build_mmdb(s.directory / "country.mmdb", {
        "8.129.0.0/16": {"country": {"iso_code": "CN"}},
        "5.45.96.0/24": {"country": {"iso_code": "HK"}},
        "192.0.2.0/24": {"country_code": "CZ"},
    })
    s.celnik("lists", "build")
    return s


def ask(s, client, questions, window=40):
    """Asks all, each until it is answered."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((client, 0))
        sock.connect(("127.0.0.1", s.port))
        waiting, rest = {}, list(enumerate(questions))[::-1]
        while rest or waiting:
            while rest and len(waiting) < window:
                number, (name, rtype) = rest.pop()
                labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split("."))
                waiting[number] = struct.pack("!6H", number, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", TYPES[rtype], 1)
                sock.send(waiting[number])
            if not select.select([sock], [], [], 20)[0]:
                raise AssertionError("no answer to %d questions" % len(waiting))
            waiting.pop(struct.unpack("!H", sock.recv(4096)[:2])[0], None)


def queries(s):
    return [r for r in s.records() if "dns.question.name" in r]


def outcome(record):
    """What the log says was decided, in the words of replay."""
    action = record["event.action"]
    return {
        "rule": record.get("rule.name", "otherwise"),
        "action": "log" if action == "allow" and record["event.kind"] == "alert" else action,
        "would": record.get("celnik.would_action", action),
        "exception": record.get("celnik.exception", ""),
    }


def replay(s, path, *options, code=0):
    done = s.celnik("replay", "-o", "json", *options, path, code=code)
    return [json.loads(line) for line in done.stdout.splitlines()]


class Compared(unittest.TestCase):
    def ask_all(self, s, names):
        questions = [(n, t) for n in names for t in TYPES]
        before = len(queries(s))
        for client in CLIENTS:
            ask(s, client, questions)
        return wait_for("all queries are logged", lambda: (
            lambda found: len(found) >= before + len(questions) * len(CLIENTS) and found)(queries(s)))[before:]

    def test_the_other_policy(self):
        """Made under A in mode observe, decided by B, and compared with B running."""
        rng = random.Random(SEED)
        names, zone = random_records(rng)
        s = make_stage(fill("observe"), zone)
        self.addCleanup(lambda: self.assertEqual(s.stop(), 0))
        s.start()
        under_a = self.ask_all(s, names)
        for mode in ("enforce", "observe"):
            other = s.write_config(fill(mode, POLICY_B, EXCEPTIONS_B, store="store-b", more=SITE), "b-%s.yaml" % mode)
            done = s.celnik("replay", other, code=1 if mode == "enforce" else None)
            if mode == "enforce":
                self.assertIn("run 'celnik -c %s lists build'" % other, done.stderr)
                s.celnik("-c", other, "lists", "build", config=False)
            changes = {c["id"]: c for c in replay(s, other, "--each")}
            sums = replay(s, other, "-n", "1000000")[0]
            found = queries(s)
            s.config.write_text(other.read_text())
            s.celnik("reload")
            under_b = self.ask_all(s, names)

            key = lambda r: (r["client.ip"], r["dns.question.name"], r["dns.question.type"])
            running = {key(r): outcome(r) for r in under_b}
            self.assertEqual(len(running), len(under_b))
            for record in under_a:
                was = outcome(record)
                change = changes.get(record["event.id"])
                if change:
                    self.assertEqual(change["from"], was)
                    self.assertNotEqual(change["from"], change["to"])
                self.assertEqual(change["to"] if change else was, running[key(record)], (record, change))

            self.assertEqual((sums["queries"], sums["changed"]), (len(found), len(changes)))
            self.assertEqual([sums[k] for k in ("cut", "unknown_group", "unreadable")], [0, 0, 0])
            for table in ("decisions", "devices", "names"):
                self.assertEqual(sum(row["queries"] for row in sums[table]), len(changes))
            self.assertGreater(len(changes), len(under_a) // 10)
            if mode == "enforce":
                self.assertEqual(sums["needs_answer"], 0)
                self.assertGreaterEqual(len(under_a), 5000)
                said = {o["rule"] for o in running.values()}
                self.assertEqual(said, {"named", "https-only", "cameras", "partly", "listed", "chains", "mails", "abroad", "otherwise"})
                self.assertEqual({o["exception"] for o in running.values()}, {"", "EX-B", "EX-N"})

            # What B itself has logged does not change by B.
            own = {r["event.id"] for r in under_b}
            again = replay(s, other, "--each")
            self.assertEqual([c for c in again if c["id"] in own], [])

    def test_the_same_policy(self):
        names, zone = random_records(random.Random(SEED + 1))
        s = make_stage(fill("enforce", POLICY_B, EXCEPTIONS_B, more=SITE), zone)
        self.addCleanup(lambda: self.assertEqual(s.stop(), 0))
        s.start()
        logged = self.ask_all(s, names[:150])
        self.assertTrue([r for r in logged if r["celnik.evidence"] == "name"])
        sums = replay(s, s.config, "--exit-code")[0]
        self.assertEqual(sums, {
            "queries": len(logged), "changed": 0, "needs_answer": 0, "cut": 0, "unknown_group": 0, "unreadable": 0,
            "decisions": [], "devices": [], "names": []})
        # A suspension is a part of what was.
        s.celnik("suspend", "--group", "ot", "--for", "1h", "--reason", "works")
        ask(s, "127.0.2.1", [(n, "A") for n in names[:150]])
        wait_for("all queries are logged", lambda: len(queries(s)) == len(logged) + 150)
        self.assertTrue([r for r in queries(s) if r.get("celnik.suspension")])
        self.assertEqual(replay(s, s.config, "--exit-code")[0]["changed"], 0)


ANSWERED = {
    "@timestamp": "2026-07-01T10:00:00.000Z", "event.id": "0-0-1", "event.kind": "query", "event.action": "allow",
    "celnik.format": 1, "client.ip": "127.0.2.1", "client.port": 5000, "client.name": "gate-north",
    "dns.question.name": "cn.test-site", "dns.question.type": "A", "dns.question.class": "IN",
    "dns.answers.name": ["cn.test-site"], "dns.answers.type": ["A"], "dns.answers.ttl": [300],
    "dns.answers.data": ["8.129.0.1"], "celnik.group": "ot", "celnik.mode": "observe", "celnik.would_action": "allow",
    "celnik.evidence": "full",
}
NIGHTS = """\
  - { rule: nights, hours: [ "Mon-Sun 22:00-06:00" ], match: { located: [ CN ] }, action: nxdomain }
"""
ENDED = """\
  - { id: EX-1, names: [ cn.test-site ], reason: r, owner: o@example.cz, expires: 2026-07-01 }
"""
STOP = """\
  - { rule: stop, match: { located: [ CN ] }, action: nxdomain }
"""


class Lines(unittest.TestCase):
    """One record each, as they may stand in a log."""

    @classmethod
    def setUpClass(cls):
        cls.stage = make_stage(fill("enforce", STOP, ""))
        (cls.stage.directory / "journal").mkdir()

    @classmethod
    def tearDownClass(cls):
        cls.stage.stop()

    def write(self, *records):
        path = self.stage.directory / "journal" / "queries-20260701T000000Z-0e029030727-000001.jsonl"
        path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records))

    def run_on(self, *records, policy=STOP, exceptions="", mode="enforce", options=(), code=0):
        self.write(*records)
        other = self.stage.write_config(fill(mode, policy, exceptions), "other.yaml")
        return replay(self.stage, other, "--since", "2026-06-01", *options, code=code)

    def decided(self, *, policy=STOP, exceptions="", mode="enforce", **fields):
        record = dict(ANSWERED, **{k.replace("__", "."): v for k, v in fields.items()})
        record = {k: v for k, v in record.items() if v is not None}
        changes = self.run_on(record, policy=policy, exceptions=exceptions, mode=mode, options=["--each"])
        return changes[0]["to"] if changes else None

    def test_hours_are_those_of_the_record(self):
        for at, rule in (("2026-07-01T10:00:00.000Z", None), ("2026-07-01T19:59:59.999Z", None),
                         ("2026-07-01T20:00:00.000Z", "nights"), ("2026-07-02T03:59:59.000Z", "nights"),
                         ("2026-07-02T04:00:00.000Z", None)):
            with self.subTest(at=at):
                found = self.decided(policy=NIGHTS, **{"@timestamp": at})
                self.assertEqual(found and found["rule"], rule)

    def test_exceptions_are_those_of_the_record(self):
        found = self.decided(exceptions=ENDED)
        self.assertEqual((found["action"], found["exception"]), ("log", "EX-1"))
        found = self.decided(exceptions=ENDED, **{"@timestamp": "2026-07-01T22:00:00.000Z"})
        self.assertEqual((found["action"], found["exception"]), ("nxdomain", ""))

    def test_clients(self):
        cameras = "  - { rule: stop, clients: [ cameras ], match: { located: [ CN ] }, action: nxdomain }\n"
        self.assertIsNone(self.decided(policy=cameras))
        # A cut address says nothing; the group of then does.
        found = self.decided(policy=cameras, client__ip="127.0.2.0", client__port=None, celnik__group="cameras")
        self.assertEqual(found["rule"], "stop")
        found = self.decided(policy=cameras, client__ip=None, client__port=None, celnik__group="cameras")
        self.assertEqual(found["rule"], "stop")
        # A whole one tells the group of now.
        self.assertIsNone(self.decided(policy=cameras, celnik__group="cameras"))
        found = self.decided(client__ip="10.0.0.1")
        self.assertEqual((found["rule"], found["action"]), ("(no group)", "refuse"))
        gone = dict(ANSWERED, **{"celnik.group": "gone"})
        del gone["client.port"]
        self.assertEqual(self.run_on(gone)[0]["unknown_group"], 1)

    def test_what_cannot_be_decided(self):
        by_name = {k: v for k, v in ANSWERED.items() if not k.startswith("dns.answers")}
        by_name = dict(by_name, **{"celnik.evidence": "name", "event.action": "nxdomain", "event.kind": "alert",
                                   "rule.name": "gone", "celnik.mode": "enforce"})
        del by_name["celnik.would_action"]
        damaged = dict(ANSWERED, **{"dns.answers.data": ["8.129.0"]})
        sums = self.run_on(
            by_name, dict(ANSWERED, **{"celnik.cut": 3}), damaged, dict(damaged, **{"dns.answers.data": []}),
            dict(ANSWERED, **{"celnik.format": 2}), dict(ANSWERED, **{"dns.answers.name": ["a\nb 60 IN A 8.129.0.1"]}),
            dict(ANSWERED, **{"dns.answers.name": ["cn.test-site"] * 2, "dns.answers.type": ["CNAME", "CNAME"], "dns.answers.ttl": [1, 1],
                              "dns.answers.data": ["a.test-site", "b.test-site"]}),
            "{", "[]", '{"event.kind":"loss","@timestamp":"2026-07-01T10:00:00.000Z"}')[0]
        self.assertEqual([sums[k] for k in ("queries", "changed", "needs_answer", "cut", "unreadable")], [2, 0, 1, 1, 6])

    def test_a_damaged_file(self):
        path = self.stage.directory / "journal" / "queries-20260630T000000Z-0e029030727-000001.jsonl.zst"
        path.write_text("what zstd would not write\n")
        self.addCleanup(path.unlink)
        sums = self.run_on(ANSWERED)[0]
        self.assertEqual([sums[k] for k in ("queries", "changed", "unreadable")], [1, 1, 1])

    def test_by_name_again(self):
        by_name = {k: v for k, v in ANSWERED.items() if not k.startswith("dns.answers")}
        by_name.update({"celnik.evidence": "name", "event.action": "nxdomain", "event.kind": "alert", "rule.name": "a"})
        del by_name["celnik.would_action"]
        named = "  - { rule: b, match: { name: cn.test-site }, action: nodata }\n"
        change = self.run_on(by_name, policy=named, options=["--each"])[0]
        self.assertEqual((change["from"]["rule"], change["to"]["rule"], change["to"]["action"]), ("a", "b", "nodata"))

    def test_bogus_answers_stay_failures(self):
        bogus = dict(ANSWERED, **{"celnik.dnssec": "bogus", "dns.response_code": "SERVFAIL"})
        for record, action in ((bogus, "allow"), (dict(bogus, **{"celnik.cd": True}), "nxdomain")):
            change = self.run_on(record, options=["--each"])[0]["to"]
            self.assertEqual((change["action"].replace("log", "allow"), change["would"]), (action, "nxdomain"))

    def test_outputs(self):
        records = [dict(ANSWERED, **{"event.id": "0-0-%d" % n, "dns.question.name": name, "dns.answers.name": [name]})
                   for n, name in enumerate(["cn.test-site"] * 3 + ["\\027\\091m.test-site"] * 2 + ["x.test-site"])]
        self.write(*records)
        other = self.stage.write_config(fill("enforce", STOP, ""), "other.yaml")
        s, since = self.stage, ("--since", "2026-06-01")
        text = s.celnik("replay", *since, "-n", "1", other).stdout
        self.assertRegex(text, r"queries +6\nchanged +6\n")
        self.assertRegex(text, r"by decision\n +6  otherwise: allow  ->  stop: nxdomain\n")
        self.assertRegex(text, r"by device\n +6  gate-north \(127\.0\.2\.1\)\n")
        self.assertRegex(text, r"by name\n +3  cn\.test-site\n +3  others\n\Z")
        rows = list(csv.DictReader(io.StringIO(s.celnik("replay", "-o", "csv", *since, other).stdout)))
        self.assertEqual([r["queries"] for r in rows if r["by"] == "name"], ["3", "2", "1"])
        self.assertEqual([(r["from_action"], r["to_rule"], r["queries"]) for r in rows if r["by"] == "decision"], [("allow", "stop", "6")])
        self.assertEqual({r["key"]: r["queries"] for r in rows if r["by"] == "result"}["changed"], "6")
        rows = list(csv.DictReader(io.StringIO(s.celnik("replay", "-o", "csv", "--each", *since, other).stdout)))
        self.assertEqual([r["id"] for r in rows], ["0-0-%d" % n for n in range(6)])
        text = s.celnik("replay", "--each", *since, other).stdout
        self.assertIn("gate-north (127.0.2.1) cn.test-site A  otherwise: allow  ->  stop: nxdomain\n", text)
        s.celnik("replay", "--exit-code", *since, other, code=1)
        observe = s.write_config(fill("observe", STOP, ""), "observe.yaml")
        self.assertIn("otherwise: allow  ->  stop: log (nxdomain in mode enforce)", s.celnik("replay", *since, observe).stdout)

    def test_times_and_mistakes(self):
        self.write(ANSWERED)
        s = self.stage
        for options, code, text in (
            ((), 1, "no queries in the log from"),
            (("--since", "2026-07-01T10:00:01Z"), 1, "no queries in the log from 2026-07-01T10:00:01.000Z to now"),
            (("--until", "2026-07-01T10:00:00Z"), 1, "to 2026-07-01T10:00:00.000Z"),
            (("--until", "2026-07-01T10:00:01Z"), 0, ""),
            (("--since", "never"), 2, "'never' is no time"),
            (("-n", "0"), 2, "no number of rows"),
        ):
            with self.subTest(options=options):
                self.assertIn(text, s.celnik("replay", *options, s.config, code=code).stderr)
        self.assertIn("usage: celnik replay", s.celnik("replay", code=2).stderr)
        gone = s.write_config(s.config.read_text().replace("/journal", "/gone"), "gone.yaml")
        done = s.celnik("-c", gone, "replay", s.config, config=False, code=3)
        self.assertIn("query log '%s/gone': No such file or directory" % s.directory, done.stderr)
        bad = s.directory / "bad.yaml"
        bad.write_text("version: 2\n")
        self.assertIn("bad.yaml:1:", s.celnik("replay", bad, code=1).stderr)


if __name__ == "__main__":
    unittest.main()
