#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""celnik log: the last day's events by default, everything with --all, what comes with -f, its forms
and its exit codes."""

import csv
import datetime
import io
import json
import os
import selectors
import subprocess
import unittest

from stage import BUILDDIR, PATIENCE_S, Stage, wait_for

RECORDS = """\
www.flagged.example. IN A 192.0.2.1
www.plain.example. IN A 192.0.2.2
later.flagged.example. IN A 192.0.2.3
"""
CONFIG = """\
version: 1
site: test-site
mode: observe
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients: { local: { networks: [ 127.0.0.0/8 ] } }
devices: { 127.0.0.1: desk }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
lists: { store: {dir}/store, sources: [ { name: site, files: site.txt, format: domains } ] }
policy: [ { rule: site, match: { list: [ site ] }, action: nxdomain } ]
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""
DAYS = datetime.timedelta(days=1)


class Log(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = s = Stage(CONFIG, RECORDS, files={"site.txt": "flagged.example\n"})
        s.dig("www.flagged.example")
        s.dig("www.plain.example")
        cls.flagged = s.record("www.flagged.example", "events")
        s.record("www.plain.example")
        cls.add_old_record(s)

    @classmethod
    def tearDownClass(cls):
        assert cls.stage.stop() == 0

    @classmethod
    def add_old_record(cls, s):
        """As if a run of the day before yesterday had left it."""
        then = datetime.datetime.now(datetime.timezone.utc) - 2 * DAYS
        old = dict(cls.flagged)
        old["@timestamp"] = then.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        old["dns.question.name"] = "old.flagged.example"
        name = then.strftime("events-%Y%m%dT%H%M%SZ-000000000001-000001.jsonl")
        path = s.directory / "journal" / name
        path.write_text(json.dumps(old) + "\n")

    def log(self, *words, code=0):
        return self.stage.celnik("log", *words, code=code)

    def names(self, *words):
        lines = self.log("-o", "json", *words).stdout.splitlines()
        return [json.loads(line).get("dns.question.name") for line in lines]

    def test_events_of_the_last_day_are_shown_by_default(self):
        text = self.log().stdout
        self.assertRegex(text, r"desk +www\.flagged\.example A +would nxdomain +site: name www\.flagged")
        self.assertRegex(text, r"celnikd +start: .*; configuration [0-9a-f]{12}, lists [0-9a-f]{12}\n")
        self.assertNotIn("www.plain.example", text)
        self.assertNotIn("old.flagged.example", text)

    def test_all_shows_all(self):
        names = self.names("--all")
        self.assertIn("www.flagged.example", names)
        self.assertIn("www.plain.example", names)
        self.assertRegex(self.log("--all").stdout, r"www\.plain\.example A +allow +NOERROR 192\.0\.2\.2")

    def test_times(self):
        self.assertIn("old.flagged.example", self.names("--since", "3d"))
        today = datetime.datetime.now(datetime.timezone.utc)
        self.assertIn("old.flagged.example", self.names("--since", str((today - 3 * DAYS).date())))
        between = self.names("--since", "3d", "--until", "36h")
        self.assertEqual(between, ["old.flagged.example"])
        # A day before the end, where only that is given.
        self.assertEqual(self.names("--until", "36h"), ["old.flagged.example"])

    def test_json_is_the_record_as_it_was_written(self):
        lines = self.log("-o", "json").stdout.splitlines()
        self.assertIn(self.flagged, [json.loads(line) for line in lines])

    def test_csv_has_the_fields_as_columns(self):
        rows = list(csv.DictReader(io.StringIO(self.log("-o", "csv").stdout)))
        row = [r for r in rows if r["dns.question.name"] == "www.flagged.example"][0]
        for field, value in self.flagged.items():
            cell = ";".join(map(str, value)) if isinstance(value, list) else str(value)
            self.assertEqual(row[field], cell, field)

    def test_the_newest(self):
        self.assertEqual(self.names("--all", "-n", "1"), self.names("--all")[-1:])
        self.assertEqual(self.names("--all", "-n", "2"), self.names("--all")[-2:])

    def test_following(self):
        command = [str(BUILDDIR / "celnik"), "-c", str(self.stage.config), "log", "-f", "-o", "json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            try:
                self.wait_for_output(process, b"www.flagged.example")
                self.stage.dig("later.flagged.example")
                self.wait_for_output(process, b"later.flagged.example")
                self.assertIsNone(process.poll())
            finally:
                process.terminate()

    def wait_for_output(self, process, wanted):
        seen = b""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while wanted not in seen:
                self.assertTrue(selector.select(PATIENCE_S), "no %s after %s" % (wanted, seen))
                seen += os.read(process.stdout.fileno(), 65536)

    def test_exit_codes(self):
        done = self.log("--since", "now", code=1)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"celnik: no events from .* to now; --all shows")
        self.assertEqual(self.log("--since", "now", "-o", "json", code=1).stderr, "")
        for words in (["--since", "soon"], ["-n", "0"], ["-n", "x"], ["-o", "xml"], ["extra"], ["-x"]):
            with self.subTest(words=words):
                self.assertTrue(self.log(*words, code=2).stderr)
        self.stage.write_config(CONFIG.replace("{dir}/journal", "{dir}/elsewhere"), "other.yaml")
        other = self.stage.directory / "other.yaml"
        done = self.stage.celnik("log", "-c", other, code=3)
        self.assertRegex(done.stderr, r"query log '/.*/elsewhere': No such file or directory; ")


class Clients(unittest.TestCase):
    """How much is written of who asked, by stream and by group."""

    def test_streams_and_groups(self):
        config = CONFIG.replace("{dir}/journal }", "{dir}/journal, queries: { clients: truncated },"
                                " events: { clients: none } }")
        config = config.replace("clients: { local: { networks: [ 127.0.0.0/8 ] } }", """\
clients:
  all: { networks: [ 127.0.0.0/8 ] }
  few: { networks: [ 127.0.1.0/24 ], journal: events }
  none: { networks: [ 127.0.2.0/24 ], journal: none }""")
        with Stage(config, RECORDS, files={"site.txt": "flagged.example\n"}) as s:
            for client in ("127.0.2.5", "127.0.1.5", "127.0.0.1"):
                s.dig("www.flagged.example", client=client)
                s.dig("www.plain.example", client=client)
            s.record("www.plain.example", celnik__group="all")
            wait_for("both events", lambda: len(self.of(s, "events")) == 2)
            self.assertEqual([(r["dns.question.name"], r["client.ip"]) for r in self.of(s, "queries")], [
                ("www.flagged.example", "127.0.1.0"),
                ("www.flagged.example", "127.0.0.0"),
                ("www.plain.example", "127.0.0.0"),
            ])
            for record in self.of(s, "queries") + self.of(s, "events"):
                self.assertNotIn("client.port", record)
                self.assertNotIn("client.name", record)
            for record in self.of(s, "events"):
                self.assertNotIn("client.ip", record)

    @staticmethod
    def of(s, stream):
        return [r for r in s.records(stream) if "dns.question.name" in r]


if __name__ == "__main__":
    unittest.main()
