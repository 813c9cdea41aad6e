#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What time alone changes: enforcement that is suspended comes back, and rules hold within their
hours, without a restart and for what is in the cache too."""

import datetime
import json
import os
import pathlib
import signal
import unittest
import zoneinfo

from stage import Stage, children, wait_for
from test_faults import preload

CONFIG = """\
version: 1
site: test-site
mode: enforce
timezone: Europe/Prague
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients:
{ot}
  local: { networks: [ 127.0.0.0/8 ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
lists: { store: {dir}/store }
policy:
  - { rule: nights, hours: [ "Mon-Sun 22:00-06:00", "12:30-12:31" ], match: { name: night.test-site }, action: nxdomain }
  - { rule: always, match: { name: bad.test-site }, action: nxdomain }
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""
OT = "  ot: { networks: [ 127.0.2.0/24 ] }"
RECORDS = """\
bad.test-site. IN A 192.0.2.1
night.test-site. IN A 192.0.2.2
"""
PRAGUE = zoneinfo.ZoneInfo("Europe/Prague")
WHO = "uid %d" % os.getuid()


class Clocked(unittest.TestCase):
    """A stage whose real clock is the test's."""

    def setUp(self):
        self.stage = Stage(CONFIG, RECORDS, start=False, words={"ot": OT})
        self.addCleanup(lambda: self.assertEqual(self.stage.stop(), 0))
        self.clock = pathlib.Path(self.stage.directory) / "clock"
        self.noon = datetime.datetime.now(PRAGUE).replace(hour=12, minute=0, second=0, microsecond=0)
        self.set_clock(self.noon)
        self.start()

    def set_clock(self, local):
        new = self.clock.with_suffix(".new")
        new.write_text("%+d\n" % (local - datetime.datetime.now(PRAGUE)).total_seconds())
        new.replace(self.clock)

    def start(self):
        self.stage.start(env={
            "LD_PRELOAD": preload(), "FAKETIME_TIMESTAMP_FILE": str(self.clock),
            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"})

    def halt(self):
        self.stage.daemon.terminate()
        self.assertEqual(self.stage.daemon.wait(timeout=30), 0)

    def restart(self):
        self.halt()
        self.start()

    def is_blocked(self, name="bad.test-site", client="127.0.2.1"):
        reply = self.stage.dig(name, client=client)
        self.assertIn(reply.status, ("NXDOMAIN", "NOERROR"), reply.text)
        return reply.status == "NXDOMAIN"

    def suspend(self, *arguments, code=0):
        return self.stage.celnik("suspend", *arguments, code=code)

    def begin(self, length="1h", group="ot"):
        return self.suspend("--group", group, "--for", length, "--reason", "works on the gate")

    def listed(self):
        done = self.suspend("--list", "-o", "json", code=None)
        return [json.loads(line)["group"] for line in done.stdout.splitlines()]

    def events(self, action):
        return [r["event.reason"] for r in self.stage.records("events") if r.get("event.action") == action]

    def wait_events(self, action, number):
        return wait_for("event %s" % action, lambda: len(self.events(action)) == number and self.events(action))

    def explain(self, name, *options):
        return json.loads(self.stage.celnik("explain", "-o", "json", *options, name).stdout)


class Suspended(Clocked):
    def test_begins_and_ends_by_hand(self):
        s = self.stage
        self.assertTrue(self.is_blocked())
        self.assertIn("enforcement is suspended for 1 group", self.begin().stdout)
        self.assertFalse(self.is_blocked())
        self.assertTrue(self.is_blocked(client="127.0.0.1"))
        text = wait_for("the answer is recorded", lambda: [
            r for r in s.records("events") if r.get("celnik.suspension")])[0]
        self.assertRegex(text["celnik.suspension"], "until .*Z, by %s: works on the gate" % WHO)
        self.assertEqual((text["event.action"], text["celnik.would_action"], text["celnik.mode"]),
                         ("allow", "nxdomain", "enforce"))
        self.assertRegex(self.wait_events("suspension-begin", 1)[0],
                         r"group 'ot' is suspended until .*: works on the gate \(by %s\)" % WHO)
        # Without lists the status is never 0.
        self.assertRegex(s.celnik("status", code=1).stdout, "warning: group 'ot' is answered without enforcement until")
        self.assertIn("suspended until", s.celnik("explain", "--client", "127.0.2.1", "bad.test-site").stdout)
        found = self.explain("bad.test-site", "--client", "127.0.2.1")
        self.assertIn("works on the gate", found["suspension"])
        self.assertEqual((found["action"], found["would"]), ("log", "nxdomain"))
        self.assertEqual(self.listed(), ["ot"])
        s.celnik("reload")
        self.assertFalse(self.is_blocked())
        self.suspend("--end", "--group", "ot")
        self.assertTrue(self.is_blocked())
        self.assertIn("(by %s)" % WHO, self.wait_events("suspension-end", 1)[0])
        self.assertEqual(self.listed(), [])
        self.suspend("--end", "--group", "ot", code=1)

    def test_all_groups(self):
        self.suspend("--all", "--for", "24h", "--reason", "the plant stands")
        self.assertFalse(self.is_blocked() or self.is_blocked(client="127.0.0.1"))
        self.assertEqual(self.listed(), ["ot", "local"])
        self.suspend("--end", "--all")
        self.assertTrue(self.is_blocked() and self.is_blocked(client="127.0.0.1"))

    def test_refuses(self):
        for arguments, code, text in (
            (("--group", "ott", "--for", "1h", "--reason", "r"), 1, "no group 'ott'"),
            (("--group", "ot", "--for", "25h", "--reason", "r"), 1, "exception"),
            (("--group", "ot", "--for", "0", "--reason", "r"), 1, "1 s to 24 h"),
            (("--group", "ot", "--for", "1h", "--reason", ""), 1, "reason"),
            (("--group", "ot", "--for", "1h", "--reason", "r" * 256), 1, "255 octets"),
            (("--group", "ot", "--for", "1h", "--reason", "a\nb"), 1, "in one line"),
            (("--group", "ot", "--for", "soon", "--reason", "r"), 2, "no duration"),
            (("--group", "ot", "--for", "1h"), 2, "usage"),
            (("--group", "ot", "--all", "--for", "1h", "--reason", "r"), 2, "usage"),
            (("--for", "1h", "--reason", "r"), 2, "usage"),
            ((), 2, "usage"),
        ):
            self.assertIn(text, self.suspend(*arguments, code=code).stderr)
        self.assertEqual(self.listed(), [])
        self.assertTrue(self.is_blocked())

    def test_survives_and_ends_with_the_clock(self):
        s = self.stage
        self.begin()
        for front in children(s.daemon.pid)["front"]:
            os.kill(front, signal.SIGKILL)
        # Suspended from the first answer on.
        wait_for("the front is back", lambda: "serves again" in self.stage.log.read_text())
        self.assertFalse(self.is_blocked())
        self.restart()
        self.assertFalse(self.is_blocked())
        self.set_clock(self.noon + datetime.timedelta(hours=1, seconds=10))
        wait_for("it has ended", self.is_blocked)
        self.assertRegex(self.wait_events("suspension-end", 1)[0], r"'ot' is in force again.*\(by clock\)")
        # One that ends while nobody looks ends at the start, and is recorded then.
        self.begin()
        self.halt()
        self.set_clock(self.noon + datetime.timedelta(hours=5))
        self.start()
        self.wait_events("suspension-end", 2)
        self.assertTrue(self.is_blocked())
        self.assertEqual(self.listed(), [])

    def test_clock_set_back_does_not_prolong(self):
        self.begin()
        self.assertFalse(self.is_blocked())
        self.set_clock(self.noon - datetime.timedelta(hours=2))
        wait_for("it has ended", self.is_blocked)
        self.wait_events("suspension-end", 1)

    def test_unreadable_file_suspends_nothing(self):
        s = self.stage
        self.begin()
        path = s.directory / "state" / "suspensions.json"
        good = path.read_text()
        for bad in ("", "no JSON", good.replace('"format":1', '"format":2'), good[:-20],
                    good.replace('"who":', '"why":'), good.replace('"until_ns":1', '"until_ns":9')):
            self.assertNotEqual(bad, good)
            self.halt()
            path.write_text(bad)
            self.start()
            self.assertTrue(self.is_blocked())
            alarm = s.celnik("status", code=1).stdout
            self.assertRegex(alarm, "ALARM +nothing is suspended, as the suspensions cannot be read: '.*suspensions.json'")
            self.assertEqual(path.read_text(), bad)
        self.assertIn("cannot be read", s.log.read_text())
        self.begin()
        self.assertFalse(self.is_blocked())
        self.assertNotIn("cannot be read", s.celnik("status", code=1).stdout)

    def test_group_that_goes(self):
        s = self.stage
        self.begin()
        s.words["ot"] = ""
        s.write_config(CONFIG)
        s.celnik("reload")
        self.assertTrue(self.is_blocked())
        self.wait_events("suspension-end", 1)
        s.words["ot"] = OT
        s.write_config(CONFIG)
        s.celnik("reload")
        self.assertTrue(self.is_blocked())
        self.assertEqual(self.listed(), [])

    def test_what_cannot_be_kept_does_not_begin(self):
        path = self.stage.directory / "state" / "suspensions.json.tmp"
        path.mkdir()
        done = self.suspend("--group", "ot", "--for", "1h", "--reason", "r", code=1)
        self.assertIn("suspensions.json' cannot be written", done.stderr)
        self.assertTrue(self.is_blocked())
        path.rmdir()
        self.begin()
        path.mkdir()
        self.assertIn("it has ended, and comes back", self.suspend("--end", "--all", code=1).stderr)
        wait_for("it has ended", self.is_blocked)


class Hours(Clocked):
    def test_holds_from_boundary_to_boundary(self):
        s = self.stage
        self.assertFalse(self.is_blocked("night.test-site"))
        self.set_clock(self.noon.replace(hour=21, minute=59, second=57))
        # What is in the cache by then is decided anew.
        wait_for("the night begins", lambda: self.is_blocked("night.test-site"))
        self.assertEqual(self.wait_events("policy-hours", 1),
                         ["by its hours, the rule 'nights' holds from now on (by clock)"])
        record = s.record("night.test-site", "events")
        self.assertEqual(record["rule.name"], "nights")
        self.set_clock(self.noon.replace(hour=5, minute=59, second=57) + datetime.timedelta(days=1))
        wait_for("the night ends", lambda: not self.is_blocked("night.test-site"))
        self.assertIn("holds no longer", self.wait_events("policy-hours", 2)[1])
        self.assertEqual([r["celnik.rules"] for r in s.records() if r.get("dns.question.name") == "night.test-site"
                          and r["event.action"] == "allow" and r.get("celnik.rules")], [])

    def test_explained_at_another_time(self):
        day = self.noon.date().isoformat()
        for at, winner in (
            (day + "T21:59", "otherwise"),
            (day + "T22:00", "nights"),
            (day + "T05:59:59", "nights"),
            (day + "T06:00", "otherwise"),
            (day + "T12:30:30", "nights"),
            ("2026-07-01T20:30Z", "nights"),  # 22:30, in summer
            ("2026-01-01T20:30Z", "otherwise"),  # 21:30
            ("2026-01-01T23:30+02:00", "nights"),  # 22:30
        ):
            found = self.explain("night.test-site", "--at", at)
            self.assertEqual(found["winner"], winner, at)
            rule = found["rules"][0]
            self.assertEqual((rule["hours"], rule["open"]),
                             (["Mon-Sun 22:00-06:00", "12:30-12:31"], winner == "nights"))
        text = self.stage.celnik("explain", "--at", day + "T21:00", "night.test-site").stdout
        self.assertRegex(text, "outside of its hours: Mon-Sun 22:00-06:00, 12:30-12:31")
        self.assertRegex(text, r"at +%sT\d\d:00:00.000Z, decided by what holds then" % day)
        self.assertIn("no time", self.stage.celnik("explain", "--at", "soon", "x.test-site", code=2).stderr)

    def test_suspension_explained_at_its_end(self):
        self.begin()
        for ahead, action in ((30, "log"), (90, "nxdomain"), (-30, "nxdomain")):
            at = (self.noon + datetime.timedelta(minutes=ahead)).isoformat(timespec="seconds")
            found = self.explain("bad.test-site", "--client", "127.0.2.1", "--at", at)
            self.assertEqual(found["action"], action, at)


if __name__ == "__main__":
    unittest.main()
