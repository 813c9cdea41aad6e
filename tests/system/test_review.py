#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The review verbs over what a real daemon wrote: expressions, counts, dossiers, forms of output, and
names that try to steer a terminal, a spreadsheet or a parser."""

import csv
import datetime
import io
import json
import os
import pty
import re
import subprocess
import unittest

from stage import BUILDDIR, SRCDIR, Stage

RECORDS = """\
www.flagged.example. IN A 192.0.2.1
www.plain.example. IN A 192.0.2.2
xn--bcher-kva.flagged.example. IN A 192.0.2.3
dev.hicloudcam.com. IN CNAME eu.hicloudcam.com.
eu.hicloudcam.com. IN A 8.129.0.1
"""
CONFIG = """\
version: 1
site: test-site
mode: enforce
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
timezone: Europe/Prague
clients: { local: { networks: [ 127.0.0.0/8 ] } }
devices: { 127.0.0.1: desk, 127.0.0.2: cam-gate }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
lists:
  store: {dir}/store
  shipped_directory: {lists}
  sources: [ { name: prc, shipped: prc }, { name: site, files: site.txt, format: domains } ]
policy:
  - { rule: site, match: { list: [ site ] }, action: nxdomain }
  - { rule: cameras, match: { vendor: [ hikvision ] }, action: sinkhole }
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""
# What a name may hold: an escape sequence, a line end, a quote, 0xFF, a formula, separators.
HOSTILE_LABELS = [b"\x1b[31m", b"a\nb", b"a\"b'", b"\xff\x9b\xcf", b"=hyperlink(1)", b"-2+3", b"@a|b,c\td"]
HOSTILE = [
    "".join(chr(c) if chr(c).isalnum() and c < 128 or c in b"_*-" else "\\%03d" % c for c in label) + ".flagged.example"
    for label in HOSTILE_LABELS
]
REPEATS = 5


class Review(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = s = Stage(CONFIG, RECORDS, files={"site.txt": "flagged.example\n"})
        for _ in range(REPEATS):
            s.dig("www.flagged.example")
        s.dig("www.plain.example")
        s.dig("xn--bcher-kva.flagged.example")
        s.dig("dev.hicloudcam.com", client="127.0.0.2")
        for name in HOSTILE:
            s.dig(name)
        s.record("www.flagged.example", "events", REPEATS)
        cls.hicloudcam = s.record("dev.hicloudcam.com", "events")
        s.record("www.plain.example")
        for name in HOSTILE:
            s.record(name, "events")
        cls.add_old_record(s)

    @classmethod
    def tearDownClass(cls):
        assert cls.stage.stop() == 0

    @classmethod
    def add_old_record(cls, s):
        """As if the camera had been seen three weeks ago."""
        then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=21)
        old = dict(cls.hicloudcam)
        old["@timestamp"] = then.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        old["event.id"] = "old-0-1"
        for stream in ("events", "queries"):
            name = then.strftime(stream + "-%Y%m%dT%H%M%SZ-000000000001-000001.jsonl")
            (s.directory / "journal" / name).write_text(json.dumps(old, separators=(",", ":")) + "\n")

    def celnik(self, *words, code=0, **more):
        return self.stage.celnik(*words, code=code, **more)

    def names(self, *words):
        lines = self.celnik("log", "-o", "json", *words).stdout.splitlines()
        return [json.loads(line).get("dns.question.name") for line in lines]

    def rows(self, *words):
        return [json.loads(line) for line in self.celnik(*words, "-o", "json").stdout.splitlines()]

    def test_expressions(self):
        self.assertEqual(set(self.names("vendor=hikvision")), {"dev.hicloudcam.com"})
        self.assertEqual(set(self.names("client=cam-*")), {"dev.hicloudcam.com"})
        self.assertEqual(set(self.names("client=127.0.0.2")), {"dev.hicloudcam.com"})
        self.assertNotIn("dev.hicloudcam.com", self.names("kind=alert", "client!=cam-*"))
        self.assertEqual(self.names("name=.hicloudcam.com (action=sinkhole or located=CN)"), ["dev.hicloudcam.com"])
        self.assertEqual(self.names("--all", "name=www.plain.example"), ["www.plain.example"])
        self.assertEqual(set(self.names("answer=192.0.2.0/24", "--all")), {"www.plain.example"})

    def test_a_mistake_is_marked(self):
        done = self.celnik("log", "action=nxdomain", "vendro=tuya", code=2)
        self.assertEqual(done.stdout, "")
        self.assertEqual(
            done.stderr,
            "celnik: unknown field 'vendro'; did you mean 'vendor'?\n"
            "  action=nxdomain vendro=tuya\n"
            "                  ^\n",
        )

    def test_repeats_are_folded_for_people_alone(self):
        text = self.celnik("log", "name=www.flagged.example").stdout
        self.assertRegex(text, r"^[^\n]* nxdomain [^\n]*\(%d times from .* to .*\)\n$" % REPEATS)
        self.assertEqual(len(self.names("name=www.flagged.example")), REPEATS)

    def test_order_and_number(self):
        forward = self.names("--all", "kind!=change")
        self.assertEqual(self.names("--all", "-r", "kind!=change"), forward[::-1])
        self.assertEqual(self.names("--all", "-r", "-n", "2", "kind!=change"), forward[:-3:-1])
        self.celnik("log", "-f", "-r", code=2)

    def test_fields(self):
        text = self.celnik("log", "--fields", "name,client,celnik.group", "vendor=hikvision").stdout
        self.assertEqual(text, "dev.hicloudcam.com\tcam-gate\tlocal\n")
        text = self.celnik("log", "--fields", "name,action", "-o", "csv", "vendor=hikvision").stdout
        self.assertEqual(text, "dns.question.name,event.action\ndev.hicloudcam.com,sinkhole\n")
        rows = self.rows("log", "--fields", "vendor", "vendor=hikvision")
        self.assertEqual(rows, [{"celnik.match.vendor": self.hicloudcam["celnik.match.vendor"]}])
        self.assertIn("did you mean 'vendor'?", self.celnik("log", "--fields", "vendro", code=2).stderr)

    def test_times(self):
        self.assertEqual(self.names("--last", "30d", "id=old-*"), ["dev.hicloudcam.com"])
        self.celnik("log", "--last", "2h", "id=old-*", code=1)
        self.celnik("log", "--last", "2h", "--since", "1h", code=2)
        here = self.celnik("log", "vendor=hikvision").stdout[:19]
        utc = self.celnik("log", "--utc", "vendor=hikvision").stdout[:19]
        self.assertEqual(utc, self.hicloudcam["@timestamp"][:19].replace("T", " "))
        self.assertNotEqual(here, utc)

    def test_top(self):
        rows = self.rows("top", "rule,client")
        counts = {(r["rule"], r["client"]): r["count"] for r in rows}
        self.assertEqual(counts["cameras", "cam-gate"], 1)
        self.assertEqual(counts["site", "desk"], REPEATS + 1 + len(HOSTILE))
        self.assertEqual(rows, sorted(rows, key=lambda r: -r["count"]))
        # Values of one match belong together.
        for row in self.rows("top", "fact,vendor", "name=dev.hicloudcam.com"):
            self.assertIn((row["fact"], row["vendor"]), list(zip(self.hicloudcam["celnik.match.fact"], self.hicloudcam["celnik.match.vendor"])))
        self.assertEqual(len(self.rows("top", "-n", "1", "name")), 1)
        self.assertRegex(self.celnik("top", "name", "rule=site").stdout, r"^count  name .*\n +%d  www\.flagged" % REPEATS)
        self.celnik("top", code=2)
        self.celnik("top", "colour", code=2)
        self.celnik("top", "vendor", "vendor=tuya", code=1)

    def test_timeline(self):
        rows = self.rows("timeline", "--by", "rule", "kind=alert")
        self.assertEqual(sum(r["count"] for r in rows if r["rule"] == "site"), REPEATS + 1 + len(HOSTILE))
        days = self.rows("timeline", "--last", "30d", "vendor=hikvision")
        self.assertGreaterEqual(len(days), 21)
        self.assertLessEqual(len(days), 23)
        self.assertEqual([d["count"] for d in days if d["count"]], [1, 1])
        self.assertRegex(self.celnik("timeline").stdout, r"\d\d:00 +\d+  #{40}\n")

    def test_new(self):
        rows = self.rows("new")
        self.assertIn(("desk", "name", "www.flagged.example"), [(r["client"], r["what"], r["value"]) for r in rows])
        self.assertNotIn("hikvision", [r["value"] for r in rows])
        rows = self.rows("new", "--last", "30d", "--by", "vendor")
        self.assertEqual([(r["client"], r["value"], r["count"]) for r in rows], [("cam-gate", "alibaba-cloud", 2), ("cam-gate", "hikvision", 2)])

    def test_show(self):
        text = self.celnik("show", self.hicloudcam["event.id"]).stdout
        self.assertRegex(text, r"dns\.question\.name +dev\.hicloudcam\.com\n")
        self.assertRegex(text, r"found\non .*\nqname +.* hikvision ")
        self.assertEqual(self.rows("show", self.hicloudcam["event.id"]), [self.hicloudcam])
        plain = self.stage.record("www.plain.example")
        self.assertRegex(self.celnik("show", plain["event.id"]).stdout, r"www\.plain\.example +A +300 |A +192\.0\.2\.2")
        self.celnik("show", "none-0-1", code=1)
        self.celnik("show", code=2)

    def test_dossiers(self):
        text = self.celnik("client", "cam-gate").stdout
        self.assertRegex(text, r"^client cam-gate: 2 records from ")
        self.assertRegex(text, r"vendor +hikvision +2 ")
        text = self.celnik("vendor", "hikvision").stdout
        self.assertRegex(text, r"client +cam-gate +2 ")
        self.celnik("client", "nobody", code=1)
        self.celnik("vendor", "nobody", code=1)

    def test_passive_dns(self):
        lines = self.celnik("log", "--all", "-o", "cof").stdout.splitlines()
        rows = [json.loads(line) for line in lines]
        found = [r for r in rows if r["rrname"] == "www.plain.example"]
        self.assertEqual([(r["rrtype"], r["rdata"], r["count"]) for r in found], [("A", "192.0.2.2", 1)])
        self.assertEqual(set(found[0]), {"rrname", "rrtype", "rdata", "time_first", "time_last", "count"})

    def test_cef(self):
        lines = self.celnik("log", "-o", "cef", "vendor=hikvision").stdout.splitlines()
        self.assertEqual(len(lines), 1)
        self.assertRegex(lines[0], r"^CEF:0\|celnik\|celnikd\|[^|]+\|alert\|sinkhole\|8\|rt=\d{13} .* src=127\.0\.0\.2 ")
        self.assertRegex(lines[0], r" destinationDnsDomain=dev\.hicloudcam\.com ")

    def test_u_labels_stand_beside(self):
        self.assertIn("xn--bcher-kva.flagged.example (bücher.flagged.example) A", self.celnik("log").stdout)

    def test_hostile_names_are_harmless(self):
        harmless = re.compile(r"\A[^\x00-\x09\x0b-\x1f\x7f-\x9f]*\Z")
        for form in ("human", "wide", "json", "csv", "cef", "cof"):
            text = self.celnik("log", "--all", "-o", form, "name=.flagged.example", "name!=www.flagged.example").stdout
            with self.subTest(form=form):
                self.assertRegex(text, harmless)
                if form != "cof":
                    self.assertEqual(len(text.splitlines()), len(HOSTILE) + 1 + (form == "csv"))
        for verb in (["top", "name"], ["new"], ["client", "desk"], ["timeline", "--by", "name"]):
            for form in ("human", "json", "csv"):
                text = self.celnik(*verb, "-o", form).stdout
                with self.subTest(verb=verb, form=form):
                    self.assertRegex(text, harmless)
        rows = list(csv.DictReader(io.StringIO(self.celnik("log", "-o", "csv", "rule=site").stdout)))
        cells = [cell for row in rows for cell in row.values() if cell]
        self.assertFalse([c for c in cells if c[0] in "=+-@\t\r"])
        self.assertIn("'-2\\0433.flagged.example", [r["dns.question.name"] for r in rows])
        self.assertEqual(set(HOSTILE) - {r["value"] for r in self.rows("new", "--by", "name")}, set())
        for name in HOSTILE:
            record = self.stage.record(name, "events")
            self.assertRegex(self.celnik("show", record["event.id"]).stdout, harmless)

    def test_what_a_damaged_log_holds_is_harmless(self):
        """Texts that no daemon of ours writes."""
        bad = dict(self.hicloudcam)
        bad["@timestamp"] = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        bad["dns.question.name"] = "\x1b[2J\nx|y=z\x9b\"."
        bad["client.name"] = "=1+1"
        bad["event.id"] = "bad-0-1"
        path = self.stage.directory / "journal" / "events-20000101T000000Z-000000000009-000001.jsonl"
        path.write_text(json.dumps(bad, ensure_ascii=False, separators=(",", ":")) + "\n")
        try:
            for form in ("human", "wide", "csv", "cef"):
                text = self.celnik("log", "-o", form, "id=bad-*").stdout
                with self.subTest(form=form):
                    self.assertNotIn("\x1b", text)
                    if form != "csv":
                        self.assertEqual(len(text.splitlines()), 1, text)
            cell = list(csv.DictReader(io.StringIO(self.celnik("log", "-o", "csv", "id=bad-*").stdout)))[0]
            self.assertEqual(cell["client.name"], "'=1+1")
            self.assertRegex(self.celnik("top", "name", "id=bad-*").stdout, r"\\027\[2J\\010x\|y=z")
        finally:
            path.unlink()

    def on_terminal(self, words, **env):
        """What somebody at a terminal sees."""
        leader, follower = pty.openpty()
        command = [str(BUILDDIR / "celnik"), "-c", str(self.stage.config), *words]
        with subprocess.Popen(command, stdout=follower, stderr=follower, stdin=follower, env=dict(os.environ, **env)) as process:
            os.close(follower)
            seen = b""
            while True:
                try:
                    part = os.read(leader, 65536)
                except OSError:
                    break
                if not part:
                    break
                seen += part
        os.close(leader)
        self.assertEqual(process.returncode, 0, seen)
        return seen.decode()

    def test_pager_and_colours(self):
        words = ["log", "vendor=hikvision"]
        env = {"PAGER": "sed 's/^/paged: /'", "TERM": "xterm"}
        os.environ.pop("NO_COLOR", None)
        self.assertRegex(self.on_terminal(words, **env), r"^paged: .*\x1b\[31msinkhole *\x1b\[0m")
        self.assertNotIn("paged", self.on_terminal(words + ["--no-pager"], **env))
        self.assertNotIn("\x1b", self.on_terminal(words, NO_COLOR="1", **env))
        self.assertNotIn("\x1b", self.on_terminal(words + ["--color=never"], **env))
        self.assertNotIn("paged", self.on_terminal(words + ["-o", "json"], **env))
        self.assertNotIn("\x1b", self.celnik(*words).stdout)
        self.assertIn("\x1b[31m", self.celnik(*words, "--color", "always").stdout)
        # Somebody who has seen enough.
        self.on_terminal(["log", "--all"], PAGER="head -n 1")
        self.celnik("log", "--color", "sometimes", code=2)

    def complete(self, *words):
        script = (
            'PATH="%s:$PATH"; . "%s/dist/celnik.bash"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
            '_celnik; printf "%%s\\n" "${COMPREPLY[@]}"' % (BUILDDIR, SRCDIR)
        )
        done = subprocess.run(["bash", "-c", script, "bash", "celnik", *words], capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_completion(self):
        verbs = self.complete("")
        usage = subprocess.run([BUILDDIR / "celnik", "--help"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(verbs, re.findall(r"^  ([a-z]+) ", usage, re.M))
        self.assertEqual(self.complete("ti"), ["timeline"])
        self.assertEqual(self.complete("-c", "x.yaml", "sho"), ["show"])
        self.assertIn("--since", self.complete("log", "--s"))
        self.assertIn("vendor=", self.complete("log", "ven"))
        self.assertIn("vendor", self.complete("top", "ven"))
        self.assertEqual(self.complete("log", "-o", "c"), ["csv", "cef", "cof"])
        self.assertEqual(self.complete("lists", "bu"), ["build"])

    def test_outputs_that_a_verb_has(self):
        self.celnik("-o", "cef", "log", "kind=alert")
        done = self.celnik("-o", "cef", "top", "name", code=2)
        self.assertEqual(done.stderr, "celnik: no output 'cef' here; write human, json or csv\n")
        self.assertIn("or cof", self.celnik("log", "-o", "xml", code=2).stderr)


if __name__ == "__main__":
    unittest.main()
