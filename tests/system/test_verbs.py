#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The verbs that talk to the daemon, as an administrator uses them: explain, status, stats, reload."""

import csv
import io
import json
import unittest

from stage import Stage, wait_for

RECORDS = """\
www.blocked.example. IN A 192.0.2.1
www.plain.example. IN A 192.0.2.2
host.corp.example. IN A 192.0.2.3
"""
CONFIG = """\
version: 1
site: test-site
mode: observe
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients:
  cameras: { networks: [ 127.0.8.0/24 ] }
  local: { networks: [ 127.0.0.0/24 ] }
devices: { 127.0.8.11: cam }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
zones: [ { zone: corp.example, servers: [ "{upstream}" ] } ]
lists:
  store: {dir}/store
  sources: [ { name: site, files: site.txt, format: domains, category: bad } ]
policy:
  - { rule: cams, clients: [ cameras ], match: { category: [ bad ] }, action: nxdomain }
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""


class Verbs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(CONFIG, RECORDS, files={"site.txt": "blocked.example\ntwo names\n"})

    @classmethod
    def tearDownClass(cls):
        assert cls.stage.stop() == 0

    def explain(self, *words):
        return self.stage.celnik("explain", *words).stdout

    def test_explain_names_rule_place_and_result(self):
        text = self.explain("--client", "cam", "www.blocked.example")
        self.assertRegex(text, r"asked by 127\.0\.8\.11 \(cam\) of group 'cameras', mode observe\n")
        self.assertRegex(text, r"rules +> yes +cams: nxdomain +\(/.*/celnik\.yaml:18\)\n")
        self.assertRegex(text, r"found +name www\.blocked\.example is below blocked\.example")
        self.assertRegex(text, r"the client gets the answer as it is, .*\n.*mode enforce it would get NXDOMAIN")
        text = self.explain("www.blocked.example")
        self.assertRegex(text, r"rules +no +cams: ")
        self.assertIn("decides   otherwise\n", text)

    def test_explain_of_an_internal_name_says_so(self):
        text = self.explain("Host.Corp.example")
        self.assertIn("zone      corp.example is an internal zone: ", text)
        self.assertNotIn("internal zone", self.explain("www.plain.example"))

    def test_explain_of_a_stranger(self):
        text = self.explain("--client", "127.0.9.1", "www.plain.example")
        self.assertIn("the client gets REFUSED; if it should be served, add its network", text)

    def test_explain_refuses_what_is_no_question(self):
        cases = (
            (["8.8.8.8"], "no name; 'celnik lists lookup'"),
            (["https://example.com/"], "is an URL"),
            (["bücher.example"], "xn--"),
            (["--type", "FOO", "example.com"], "unknown record type 'FOO'"),
            (["--client", "nobody", "example.com"], "no device in the configuration"),
            (["-o", "csv", "example.com"], "no csv"),
            ([], "usage: celnik explain"),
        )
        for words, message in cases:
            with self.subTest(words=words):
                done = self.stage.celnik("explain", *words, code=2)
                self.assertIn(message, done.stderr)
                self.assertEqual(done.stdout, "")

    def test_explain_in_json(self):
        found = json.loads(self.explain("-o", "json", "--client", "127.0.8.11", "www.blocked.example"))
        self.assertEqual((found["winner"], found["would"], found["action"]), ("cams", "nxdomain", "log"))

    def test_status(self):
        def told():
            text = self.stage.celnik("status").stdout
            return text if "told nothing" not in text else None

        text = wait_for("the resolver tells of itself", told)
        self.assertRegex(text, r"serves 'test-site' for .*; mode observe: nothing is blocked\n")
        self.assertRegex(text, r"1 bad line skipped \('celnik lists build --force' shows them\)")
        self.assertRegex(text, r"for corp\.example: up\n")
        self.assertEqual(json.loads(self.stage.celnik("status", "-o", "json").stdout)["site"], "test-site")
        self.assertIn("no csv", self.stage.celnik("status", "-o", "csv", code=2).stderr)

    def test_bad_lines_are_shown_again_on_demand(self):
        again = self.stage.celnik("lists", "build")
        self.assertIn("nothing to do", again.stdout)
        forced = self.stage.celnik("lists", "build", "--force")
        self.assertRegex(forced.stderr, r"site\.txt:2:\d+: warning: ")
        self.assertNotIn("nothing to do", forced.stdout)
        self.stage.celnik("reload")

    def test_stats(self):
        self.stage.dig("www.plain.example")
        rows = csv.DictReader(io.StringIO(self.stage.celnik("stats", "-o", "csv").stdout))
        table = {r["counter"]: int(r["value"]) for r in rows}
        self.assertGreater(table["queries.udp"], 0)
        self.assertEqual(set(table), set(self.stage.stats()))
        human = self.stage.celnik("stats").stdout
        self.assertEqual({line.split()[0] for line in human.splitlines()}, set(table))

    def test_reload_says_what_is_wrong(self):
        s = self.stage
        cases = (
            ("workers: 1", "workers: 2", 1, r"'workers' cannot be changed while running; restart"),
            ("[ bad ]", "[ bat ]", 0, r"celnik\.yaml:18:\d+: warning: no list knows the category 'bat'"),
            ("site.txt", "stie.txt", 3, r"cannot read the list: .*\n.*; the daemon keeps what it has\n"),
            ("mode: observe", "mode: x", 1, r"unknown mode 'x'(?s:.*)the daemon keeps the configuration"),
        )
        for old, new, code, message in cases:
            with self.subTest(new=new):
                s.write_config(CONFIG.replace(old, new))
                try:
                    done = s.celnik("reload", code=code)
                finally:
                    s.write_config(CONFIG)
                self.assertRegex(done.stderr, message)
                self.assertNotRegex(done.stderr, r"\n\n")
        self.assertRegex(s.celnik("reload").stdout, r"reloaded '.*': mode observe, 1 rule, 2 groups")

    def test_no_daemon(self):
        s = self.stage
        other = s.write_config(CONFIG.replace("control.sock", "nobody.sock"), "other.yaml")
        for verb in (["status"], ["stats"], ["reload"]):
            done = s.celnik("-c", other, *verb, config=False, code=3)
            self.assertRegex(done.stderr, r"no daemon answers; is celnikd running\? .*/nobody\.sock'")


class Alarm(unittest.TestCase):
    def test_lists_that_differ_from_their_files_at_the_start(self):
        """Served with, as a site must boot; but said until a reload has mended it."""
        with Stage(CONFIG, RECORDS, files={"site.txt": "blocked.example\n"}, start=False) as s:
            (s.directory / "site.txt").write_text("blocked.example\nplain.example\n")
            s.start()
            text = s.celnik("status", code=1).stdout
            self.assertRegex(text, "ALARM  the compiled lists differ from .*; run 'celnik reload'")
            s.celnik("reload")
            self.assertNotIn("ALARM", s.celnik("status").stdout)


if __name__ == "__main__":
    unittest.main()
