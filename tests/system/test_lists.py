#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the shipped lists say of known addresses and names, and what the verbs say of mistakes."""

import csv
import io
import json
import unittest

from stage import Stage, build_mmdb

CONFIG = """\
version: 1
clients: { local: { networks: [ 127.0.0.0/8 ] } }
lists:
  store: {dir}/store
  shipped_directory: {lists}
  sources:
    - { name: prc, shipped: prc }
    - { name: site, files: site.txt, format: domains, category: own }
policy:
  - { rule: known, match: { vendor: [ alibaba ], category: [ own, cloud-hosting ] }, action: log }
"""
# address, the set of (fact, country) that the shipped lists say of it
ADDRESSES = (
    ("8.129.0.1", {("located", "CN"), ("operated", "CN")}),
    ("119.29.29.29", {("located", "CN"), ("operated", "CN"), ("listed", "")}),
    ("2001:250::1", {("located", "CN"), ("operated", "CN")}),
    ("2001:da8::1", {("located", "CN"), ("operated", "CN")}),
    ("47.91.1.1", {("operated", "CN")}),
    ("203.80.0.1", {("located", "HK")}),
    ("202.175.3.3", {("located", "MO"), ("operated", "MO"), ("owned", "CN")}),
    ("168.95.1.1", set()),
    ("2001:b000::1", set()),
    ("151.101.1.1", set()),
    ("1.1.1.1", {("listed", "")}),
    ("10.20.0.1", {("listed", "")}),
)


class Lists(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(CONFIG, files={"site.txt": "own.example\n"}, start=False)

    @classmethod
    def tearDownClass(cls):
        cls.stage.stop()

    def lookup(self, asked, code=0):
        done = self.stage.celnik("lists", "lookup", "-o", "json", asked, code=code)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_addresses_are_what_they_are(self):
        for address, expected in ADDRESSES:
            with self.subTest(address=address):
                rows = self.lookup(address, code=0 if expected else 1)
                self.assertEqual({(r["fact"], r["country"]) for r in rows}, expected)

    def test_taiwan_is_taiwan(self):
        s = self.stage
        build_mmdb(s.directory / "country.mmdb", {"168.95.0.0/16": {"country": {"iso_code": "TW"}}})
        s.write_config(CONFIG + "geoip: { country: country.mmdb }\n")
        try:
            rows = self.lookup("168.95.1.1")
        finally:
            s.write_config(CONFIG)
        found = {(r["list"], r["fact"], r["country"]) for r in rows}
        self.assertEqual(found, {("geoip", "located", "TW")})

    def test_forms_of_a_lookup(self):
        human = self.stage.celnik("lists", "lookup", "dev.hicloudcam.com").stdout
        self.assertRegex(human, r"suffix hicloudcam\.com: operated CN, vendor hikvision")
        rows = self.lookup("dev.hicloudcam.com")
        self.assertEqual([r["vendor"] for r in rows], ["hikvision"])
        self.assertEqual(rows[0]["match"], "suffix")
        self.assertTrue(rows[0]["line"] > 0 and rows[0]["sources"])
        table = self.stage.celnik("-o", "csv", "lists", "lookup", "dev.hicloudcam.com").stdout
        cells = list(csv.DictReader(io.StringIO(table)))
        self.assertEqual([c["vendor"] for c in cells], ["hikvision"])
        self.assertEqual(cells[0]["file"], rows[0]["file"])

    def test_what_cannot_be_looked_up(self):
        cases = (
            ("http://example.com/", "URL"),
            ("8.8.8.0/24", "network"),
            ("bücher.example", "xn--"),
            ("a..b", "no domain name"),
        )
        for asked, message in cases:
            with self.subTest(asked=asked):
                done = self.stage.celnik("lists", "lookup", asked, code=2)
                self.assertIn(message, done.stderr)
                self.assertEqual(done.stdout, "")
        done = self.stage.celnik("lists", "lookup", "a..b", "dev.hicloudcam.com", "x", code=2)
        self.assertIn("dev.hicloudcam.com: 1 match\n", done.stdout)
        self.assertIn("x: no list knows it\n", done.stdout)
        done = self.stage.celnik("lists", "lokup", "example.com", code=2)
        self.assertIn("unknown word 'lokup'", done.stderr)
        self.assertIn("usage: celnik lists", done.stderr)

    def test_info_and_an_unchanged_build(self):
        info = json.loads(self.stage.celnik("lists", "info", "-o", "json").stdout)
        self.assertEqual(info["state"], "current")
        self.assertEqual([entry["name"] for entry in info["lists"]], ["prc", "site"])
        again = json.loads(self.stage.celnik("lists", "build", "-o", "json").stdout)
        self.assertTrue(again["unchanged"])
        self.assertEqual(again["digest"], info["digest"])


class Check(unittest.TestCase):
    """What check warns of beyond the text of the configuration."""

    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(CONFIG, files={"site.txt": "own.example\n"}, start=False)

    @classmethod
    def tearDownClass(cls):
        cls.stage.stop()

    def check(self, text):
        self.stage.write_config(text)
        done = self.stage.celnik("check")
        self.stage.write_config(CONFIG)
        return done.stdout, done.stderr

    def test_nothing_to_warn_of(self):
        out, err = self.check(CONFIG)
        self.assertEqual(err, "")
        self.assertIn("ok (1 group, 1 rule, observe)", out)

    def test_vendors_and_categories_that_no_list_knows(self):
        text = CONFIG.replace("alibaba ]", "alibaba, hikvison ]").replace("[ own,", "[ own, cameras,")
        out, err = self.check(text)
        self.assertIn("2 warnings", out)
        self.assertRegex(err, r"celnik\.yaml:10:\d+: warning: no list knows the vendor 'hikvison'")
        self.assertRegex(err, r"warning: no list knows the category 'cameras'")
        self.assertIn("  - { rule: known, ", err)
        self.assertNotIn("lists build", err)

    def test_lists_older_than_the_configuration(self):
        text = CONFIG.replace("category: own", "category: ours").replace("[ own,", "[ ours,")
        out, err = self.check(text)
        self.assertRegex(err, r"no list knows the category 'ours', .*run 'celnik lists build'")

    def test_what_this_host_does_not_have(self):
        cases = (
            ("site.txt", "stie.txt", r"celnik\.yaml:\d+:\d+: warning: cannot read '/.*/stie\.txt'"),
            ("version: 1\n", "version: 1\nuser: nosuchuser\n", r"no user 'nosuchuser'"),
            ("version: 1\n", "version: 1\ntimezone: Europe/Brno\n", r"no time zone 'Europe/Brno'"),
            ("version: 1\n", "version: 1\ngeoip: { country: no.mmdb }\n", r"read '/.*/no\.mmdb'"),
            ("version: 1\n", "version: 1\ngeoip: { asn: no.mmdb }\n", r"read '/.*/no\.mmdb'"),
            ("version: 1\n", "version: 1\ndnssec: { trust_anchors: no.key }\n", r"read '/.*/no\.key'"),
        )
        for old, new, message in cases:
            with self.subTest(new=new):
                out, err = self.check(CONFIG.replace(old, new))
                self.assertIn("1 warning", out)
                self.assertRegex(err, message)

    def test_options_stand_before_or_behind_a_verb(self):
        config = str(self.stage.config)
        for words in (["-c", config, "-o", "json", "check"], ["check", "-o", "json", "-c", config]):
            done = self.stage.celnik(*words, config=False)
            self.assertTrue(json.loads(done.stdout)["ok"])
        for verb in ("check", "explain", "lists", "log", "reload", "stats", "status"):
            done = self.stage.celnik(verb, "--help", config=False)
            self.assertTrue(done.stdout.startswith("usage: celnik %s" % verb))
            self.stage.celnik(verb, "--no-such-option", config=False, code=2)
        for verb in (["lists", "info"], ["log"], ["reload"], ["check"]):
            done = self.stage.celnik("-c", "/nonexistent.yaml", *verb, config=False, code=3)
            self.assertIn("/nonexistent.yaml: error: cannot read", done.stderr)


if __name__ == "__main__":
    unittest.main()
