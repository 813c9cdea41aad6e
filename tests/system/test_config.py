#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A bad configuration is told with file, line, column and remedy, all of it at once, and the running
daemon serves on as before."""

import re
import unittest

from stage import Stage, wait_for

GOOD = """\
version: 1
site: test-site
mode: enforce
include: [ policy.yaml, exceptions.yaml ]
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients:
  local: { networks: [ 127.0.0.0/8 ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
lists:
  store: {dir}/store
  sources:
    - { name: site, files: {dir}/site.txt, format: domains }
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""
GOOD_POLICY = """\
policy:
  - rule: site
    match: { list: [ site ] }
    action: nxdomain
"""
NO_EXCEPTIONS = "# none\n"

BAD_POLICY = """\
policy:
  - rule: everything
    action: log
  - rule: site
    clients: [ locals ]
    match: { list: [ site ] }
    action: nxdomain
  - rule: too-late
    match: { list: [ site ] }
    action: nxdomain
"""
BAD_EXCEPTIONS = """\
exceptions:
  - id: EX-1
    names: [ .vendor.example ]
    reason: warranty
    owner: security@example.cz
"""
RECORDS = "www.blocked.example. IN A 192.0.2.1\nwww.good.example. IN A 192.0.2.2\n"


def stage(**files):
    content = {
        "site.txt": "blocked.example\n",
        "policy.yaml": GOOD_POLICY,
        "exceptions.yaml": NO_EXCEPTIONS,
    }
    content.update(files)
    return Stage(GOOD, RECORDS, files=content)


class Configuration(unittest.TestCase):
    def test_one_syntax_error_is_shown_with_its_place(self):
        with stage() as s:
            s.write_config(GOOD.replace("site: test-site", "site: [ test-site"))
            done = s.celnik("check", code=1)
            self.assertRegex(done.stderr, r"celnik\.yaml:\d+:\d+: error: ")
            self.assertEqual(len(re.findall(r": error: ", done.stderr)), 1, done.stderr)
            self.assertIn("^", done.stderr)

    def test_five_errors_over_two_included_files_in_one_run(self):
        with stage() as s:
            self.assertIn("ok", s.celnik("check").stdout)
            bad = GOOD.replace("workers: 1", "wokers: 1").replace("127.0.0.0/8", "127.0.0.1/8")
            s.write_config(bad)
            s.write_config(BAD_POLICY, "policy.yaml")
            s.write_config(BAD_EXCEPTIONS, "exceptions.yaml")
            text = s.celnik("check", code=1).stderr
            for pattern in (
                r"celnik\.yaml:6:1: error: unknown key 'wokers'.*'workers'",
                r"celnik\.yaml:9:\d+: error: .*'127\.0\.0\.1/8'.*127\.0\.0\.0/8",
                r"policy\.yaml:5:\d+: error: .*group 'locals'.*'local'",
                r"policy\.yaml:8:\d+: error: .*'too-late' can never match",
                r"exceptions\.yaml:2:\d+: error: .*expires",
            ):
                self.assertRegex(text, pattern)
            self.assertEqual(len(re.findall(r": error: ", text)), 5, text)
            self.check_reload_changes_nothing(s)

    def check_reload_changes_nothing(self, s):
        before = s.dig("www.blocked.example")
        self.assertEqual(before.status, "NXDOMAIN", before.text)
        done = s.celnik("reload", code=1)
        self.assertIn("wokers", done.stderr)
        after = s.dig("www.blocked.example")
        self.assertEqual(after.status, "NXDOMAIN", after.text)
        self.assertEqual(s.dig("www.good.example").data(), ["192.0.2.2"])

    def test_reload_by_signal_rejects_and_serves_on(self):
        with stage() as s:
            s.write_config(GOOD.replace("mode: enforce", "mode: enfroce"))
            s.daemon.send_signal(1)
            wait_for("the error is logged", lambda: "enfroce" in s.log.read_text())
            self.assertEqual(s.dig("www.blocked.example").status, "NXDOMAIN")

    def test_reload_takes_over_policy_and_lists(self):
        with stage() as s:
            self.assertEqual(s.dig("www.blocked.example").status, "NXDOMAIN")
            self.assertEqual(s.dig("www.good.example").data(), ["192.0.2.2"])
            (s.directory / "site.txt").write_text("good.example\n")
            s.celnik("reload")
            self.assertEqual(s.dig("www.blocked.example").data(), ["192.0.2.1"])
            self.assertEqual(s.dig("www.good.example").status, "NXDOMAIN")
            s.write_config(GOOD_POLICY.replace("nxdomain", "refuse"), "policy.yaml")
            s.celnik("reload")
            self.assertEqual(s.dig("www.good.example").status, "REFUSED")
            changes = [r for r in s.records("events") if r["event.kind"] == "change"]
            self.assertGreaterEqual(len(changes), 3)

    def test_reload_by_signal_with_lists_out_of_date_is_refused(self):
        with stage() as s:
            (s.directory / "site.txt").write_text("good.example\n")
            s.daemon.send_signal(1)
            wait_for("the remedy is logged", lambda: "lists build" in s.log.read_text()
                     or "celnik reload" in s.log.read_text())
            self.assertEqual(s.dig("www.blocked.example").status, "NXDOMAIN")

    def test_enforce_without_lists_does_not_start(self):
        s = Stage(GOOD, RECORDS, build=False, start=False,
                  files={"site.txt": "blocked.example\n", "policy.yaml": GOOD_POLICY,
                         "exceptions.yaml": NO_EXCEPTIONS})
        try:
            s.start(ready=False)
            self.assertNotEqual(s.daemon.wait(timeout=10), 0)
            self.assertIn("celnik lists build", s.log.read_text())
            s.daemon = None
            s.write_config(GOOD.replace("mode: enforce", "mode: observe"))
            s.start()
            self.assertEqual(s.dig("www.blocked.example").data(), ["192.0.2.1"])
            self.assertIn("no lists", s.celnik("status", code=1).stdout)
        finally:
            s.stop()


if __name__ == "__main__":
    unittest.main()
