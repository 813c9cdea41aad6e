#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The index follows the log; the risk report has its figures, names nobody when told so, needs
nothing from elsewhere, and obeys no text of the log."""

import base64
import csv
import hashlib
import html.parser
import json
import pathlib
import re
import signal
import subprocess
import unittest

from stage import BUILDDIR, Stage, wait_for

CONFIG = """\
version: 1
site: test-site
mode: enforce
timezone: Europe/Prague
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients:
  ot:    { networks: [ 127.0.2.0/24 ] }
  local: { networks: [ 127.0.0.0/8 ] }
devices:
  127.0.2.1: cam-gate-north
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
lists:
  store: {dir}/store
  shipped_directory: {lists}
  sources:
    - { name: prc, shipped: prc }
policy:
  - { rule: cameras, clients: [ ot ], match: { category: [ ip-cameras ] }, action: nxdomain }
  - { rule: prc, match: [ { operated: [ CN ] }, { located: [ CN ] } ], action: log }
exceptions:
  - id: EX-1
    names: [ .fusionsolar.huawei.com ]
    reason: '=1+1 warranty "R-31" <script>alert(1)</script>'
    owner: it-security@example.com
    expires: 2027-06-30
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""
RECORDS = """\
dev.hicloudcam.com. IN A 8.129.0.1
intl.fusionsolar.huawei.com. IN A 192.0.2.1
www.plain.example. IN A 192.0.2.2
"""
ASKED = [
    ("dev.hicloudcam.com", "127.0.2.1", 3),
    ("dev.hicloudcam.com", "127.0.0.1", 2),
    ("intl.fusionsolar.huawei.com", "127.0.2.1", 1),
    ("www.plain.example", "127.0.0.1", 4),
]


class Page(html.parser.HTMLParser):
    """What a report is made of."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.addresses, self.open, self.text = set(), [], [], ""
        self.policy = self.style = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.add(tag)
        self.addresses += [v for k, v in attrs.items() if k in ("href", "src", "action", "data")]
        if attrs.get("http-equiv") == "Content-Security-Policy":
            self.policy = attrs["content"]
        if any(k.startswith("on") or k == "style" for k in attrs):
            raise AssertionError("%s has %s" % (tag, attrs))
        if tag not in ("meta", "br", "rect", "path"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()
        elif tag not in ("rect", "path"):
            raise AssertionError("</%s> closes %s" % (tag, self.open))

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.text += data


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(CONFIG, RECORDS)
        for name, client, times in ASKED:
            for _ in range(times):
                cls.stage.dig(name, client=client)
        total = sum(times for _, _, times in ASKED)
        wait_for("the log", lambda: len([r for r in cls.stage.records() if "dns.id" in r]) == total)
        wait_for("the events", lambda: len([r for r in cls.stage.records("events") if "dns.id" in r]) == 6)

    @classmethod
    def tearDownClass(cls):
        cls.stage.stop()

    def report(self, *options):
        s = self.stage
        path, tables = s.directory / "report.html", s.directory / "tables"
        s.celnik("report", "--html", str(path), "--csv-dir", str(tables), "--since", "1h", *options)
        return path.read_text(encoding="utf-8"), tables

    def test_without_an_index_the_log_is_read(self):
        run = self.stage.celnik("report", "--csv-dir", str(self.stage.directory / "t"))
        self.assertIn("there is no index; ", run.stderr)
        self.assertIn("'celnik index'", run.stderr)
        self.assertEqual(rows(self.stage.directory / "t" / "figures.csv")[1][1], "10")

    def test_figures_are_those_of_the_log(self):
        _, tables = self.report()
        figures = {row[0]: row[1] for row in rows(tables / "figures.csv")}
        self.assertEqual(
            figures,
            {"Figure": "This period", "Queries": "10", "Devices": "2", "Events": "6", "Blocked": "3",
             "By exception": "1"},
        )
        vendors = {row[0]: row[1:] for row in rows(tables / "vendors.csv")[1:]}
        self.assertEqual(vendors["hikvision"][:3], ["5", "2", "3"])
        exceptions = rows(tables / "exceptions.csv")[1]
        self.assertEqual((exceptions[0], exceptions[4], exceptions[6]), ("EX-1", "2027-06-30", "1"))
        rules = {(row[0], row[1]): row[3] for row in rows(tables / "rules.csv")[1:]}
        self.assertEqual(rules["cameras", "nxdomain"], "3")

    def test_page_is_closed_and_harmless(self):
        for language, title in ("en", "DNS risk report"), ("cs", "Zpráva o rizicích"):
            text, _ = self.report("--lang", language)
            page = Page(text)
            self.assertEqual(page.open, [])
            self.assertEqual({a for a in page.addresses if not a.startswith("#")}, set())
            self.assertFalse(page.tags & {"script", "img", "link", "iframe", "object", "b>"}, page.tags)
            digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
            self.assertIn("style-src 'sha256-%s'" % digest, page.policy)
            self.assertTrue(page.policy.startswith("default-src 'none'"))
            self.assertIn(title, page.text)
            self.assertIn('=1+1 warranty "R-31" <script>alert(1)</script>', page.text)
            self.assertIn("cam-gate-north", page.text)
            self.assertNotIn("url(", page.style)

    def test_no_cell_is_a_formula(self):
        _, tables = self.report()
        for path in tables.iterdir():
            for row in rows(path):
                for cell in row:
                    self.assertFalse(re.match(r"[=+@]|-(?![\d]*$)", cell), (path, cell))
        self.assertTrue(rows(tables / "exceptions.csv")[1][1].startswith("'=1+1 warranty"))

    def test_redacted_names_nobody(self):
        text, tables = self.report("--redact")
        everything = text + "".join(path.read_text() for path in tables.iterdir())
        for secret in "127.0.2.1", "127.0.0.1", "cam-gate":
            self.assertNotIn(secret, everything)
        self.assertIn("device 1", Page(text).text)

    def test_wrong_options_say_what_to_write(self):
        s = self.stage
        self.assertIn("--html FILE", s.celnik("report", code=2).stderr)
        self.assertIn("en or cs", s.celnik("report", "--html", "x", "--lang", "de", code=2).stderr)
        since = s.celnik("report", "--html", "x", "--since", "soon", code=2).stderr
        self.assertIn("yesterday", since)
        nowhere = str(s.directory / "missing" / "r.html")
        self.assertIn("No such file", s.celnik("report", "--html", nowhere, code=3).stderr)


class Index(unittest.TestCase):
    def test_follows_and_is_used(self):
        with Stage(CONFIG, RECORDS) as s:
            s.dig("www.plain.example")
            s.record("www.plain.example")
            said = json.loads(s.celnik("-o", "json", "index").stdout)
            self.assertGreaterEqual(said["records"], 2)
            follower = subprocess.Popen([str(BUILDDIR / "celnik"), "-c", str(s.config), "index", "-f"])
            try:
                s.dig("dev.hicloudcam.com", client="127.0.2.1")

                def seen():
                    run = s.celnik("report", "--csv-dir", str(s.directory / "t"), "--since", "1h")
                    self.assertNotIn("no index", run.stderr)
                    return rows(s.directory / "t" / "figures.csv")[3][1] == "1"

                wait_for("the index has the event", seen)
                follower.send_signal(signal.SIGTERM)
                self.assertEqual(follower.wait(timeout=10), 0)
            finally:
                follower.kill()
                follower.wait()

    def test_damage_is_said_and_mended(self):
        with Stage(CONFIG, RECORDS) as s:
            s.dig("www.plain.example")
            s.record("www.plain.example")
            s.celnik("index")
            path = s.directory / "state" / "index.sqlite"
            path.write_bytes(b"no database at all" * 100)
            self.assertIn("--rebuild", s.celnik("index", code=3).stderr)
            self.assertIn("--rebuild", s.celnik("report", "--html", str(pathlib.Path("/dev/null")), code=3).stderr)
            s.celnik("index", "--rebuild")
            s.celnik("report", "--csv-dir", str(s.directory / "t"))


if __name__ == "__main__":
    unittest.main()
