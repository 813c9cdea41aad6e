#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""An exception lets through what it names, for whom it names, until its last day; the record stays
whole, and the register counts its use."""

import datetime
import json
import pathlib
import unittest
import zoneinfo

from stage import Stage, wait_for
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
  ot:    { networks: [ 127.0.2.0/24 ] }
  local: { networks: [ 127.0.0.0/8 ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
lists:
  store: {dir}/store
  shipped_directory: {lists}
  sources:
    - { name: prc, shipped: prc }
policy:
  - { rule: prc, match: [ { operated: [ CN ] }, { located: [ CN ] } ], action: nxdomain }
exceptions:
  - id: EX-1
    names: [ .fusionsolar.huawei.com ]
    clients: [ ot ]
    reason: inverter warranty requires vendor monitoring
    owner: it-security@example.com
    ticket: SEC-4412
    expires: {soon}
  - id: EX-2
    networks: [ 8.129.0.0/16 ]
    reason: firmware server of the meters
    owner: metering@example.com
    expires: {later}
  - id: EX-3
    names: [ www.baidu.com ]
    reason: test of the last day
    owner: it-security@example.com
    expires: {past}
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""
RECORDS = """\
intl.fusionsolar.huawei.com. IN CNAME cloud.huaweicloud.com.
cloud.huaweicloud.com. IN A 8.129.0.9
www.huawei.com. IN A 192.0.2.1
meter.test-site. IN A 8.129.0.1
other.test-site. IN A 8.130.0.1
www.baidu.com. IN A 192.0.2.2
"""


def config():
    today = datetime.date.today()
    days = {"{soon}": 10, "{later}": 200, "{past}": -3}
    text = CONFIG
    for word, ahead in days.items():
        text = text.replace(word, str(today + datetime.timedelta(days=ahead)))
    return text


class Exceptions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(config(), RECORDS)

    @classmethod
    def tearDownClass(cls):
        assert cls.stage.stop() == 0

    def test_covers_the_chain_for_its_clients(self):
        s = self.stage
        reply = s.dig("intl.fusionsolar.huawei.com", client="127.0.2.1")
        self.assertEqual(reply.data("A"), ["8.129.0.9"], reply.text)
        event = s.record("intl.fusionsolar.huawei.com", "events", client__ip="127.0.2.1")
        self.assertEqual(event["celnik.exception"], "EX-1")
        self.assertIn("it-security@example.com", event["event.reason"])
        self.assertEqual(event["celnik.rules"], ["prc"])
        self.assertIn("huawei-fusionsolar", event["celnik.match.vendor"])
        reply = s.dig("intl.fusionsolar.huawei.com")
        self.assertEqual(reply.status, "NXDOMAIN", reply.text)
        self.assertEqual(s.dig("www.huawei.com", client="127.0.2.1").status, "NXDOMAIN")
        event = s.record("www.huawei.com", "events", client__ip="127.0.2.1")
        self.assertNotIn("celnik.exception", event)
        self.assertIn("name www.huawei.com is below huawei.com", event["event.reason"])

    def test_network_waives_addresses_alone(self):
        s = self.stage
        self.assertEqual(s.dig("meter.test-site").data("A"), ["8.129.0.1"])
        self.assertEqual(s.record("meter.test-site")["celnik.exception"], "EX-2")
        self.assertEqual(s.dig("other.test-site").status, "NXDOMAIN")

    def test_expired_does_not_hold(self):
        self.assertEqual(self.stage.dig("www.baidu.com").status, "NXDOMAIN")

    def test_register(self):
        s = self.stage
        s.dig("meter.test-site")
        s.record("meter.test-site", "events")
        rows = {}
        for line in s.celnik("exceptions", "-o", "json").stdout.splitlines():
            row = json.loads(line)
            rows[row["id"]] = row
        self.assertEqual(set(rows), {"EX-1", "EX-2", "EX-3"})
        self.assertGreaterEqual(rows["EX-2"]["hits"], 1)
        self.assertTrue(rows["EX-2"]["last_hit"])
        self.assertEqual(rows["EX-3"]["hits"], 0)
        self.assertTrue(rows["EX-3"]["expired"])
        self.assertEqual(rows["EX-1"]["ticket"], "SEC-4412")
        for option, ids in (("--expired", ["EX-3"]), ("--expiring=30d", ["EX-1"])):
            text = s.celnik("exceptions", option).stdout
            for name in rows:
                self.assertEqual(name in text, name in ids, text)
        self.assertIn("EX-3", s.celnik("exceptions", "--unused").stdout)
        self.assertIn("id,for,clients", s.celnik("exceptions", "-o", "csv").stdout)

    def test_explain_names_the_exception(self):
        s = self.stage
        done = s.celnik("explain", "-o", "json", "--client", "127.0.2.1", "intl.fusionsolar.huawei.com")
        found = json.loads(done.stdout)
        found = found.get("explain", found)
        self.assertEqual(found["exception"], "EX-1")
        self.assertEqual(found["action"], "log")  # passes, and is an event
        waives = {x["exception"]: x["waives"] for x in found["exceptions"]}
        self.assertEqual(waives, {"EX-1": True, "EX-2": True, "EX-3": False})
        why = {x["exception"]: x["why"] for x in found["exceptions"]}
        self.assertEqual(why, {"EX-1": "", "EX-2": "", "EX-3": "nothing was found that it covers"})
        text = s.celnik("explain", "intl.fusionsolar.huawei.com").stdout
        self.assertIn("does not hold: it is of other groups", text)
        self.assertIn("does not hold: its last day is over", s.celnik("explain", "www.baidu.com").stdout)
        text = s.celnik("explain", "plain.test-site").stdout
        self.assertRegex(text, r"no +prc: nxdomain +\(.*\)\n +nothing was found that meets it\n")

    def test_status_warns_of_those_that_end(self):
        """Nothing is wrong, so the exit status stays 0."""
        s = self.stage
        text = s.celnik("status").stdout
        self.assertRegex(text, r"warning: exceptions end soon: EX-1 \(\d{4}-\d\d-\d\d\)\n")
        self.assertRegex(text, r"warning: exceptions have expired: EX-3 \(\d{4}-\d\d-\d\d\)\n")
        self.assertNotIn("EX-2", text)

    def test_log_warns_of_those_that_end(self):
        text = self.stage.log.read_text()
        self.assertRegex(text, r"exceptions end soon: EX-1 \(\d{4}-\d\d-\d\d\)\n")
        self.assertRegex(text, r"exceptions have expired: EX-3 \(\d{4}-\d\d-\d\d\)\n")
        self.assertNotIn("EX-2", text)

    def test_use_survives_a_restart(self):
        s = self.stage

        def use():
            lines = s.celnik("exceptions", "-o", "json").stdout.splitlines()
            return {r["id"]: (r["hits"], r["last_hit"]) for r in map(json.loads, lines)}["EX-2"]

        s.dig("meter.test-site")
        wait_for("the use is recorded", lambda: use()[0] >= 1)
        s.daemon.terminate()
        self.assertEqual(s.daemon.wait(timeout=30), 0)
        before = use()
        s.start()
        self.assertEqual(use(), before)
        s.dig("meter.test-site")
        wait_for("the next use is recorded", lambda: use()[0] == before[0] + 1)
        self.assertGreater(use()[1], before[1])

    def test_explain_at_another_time(self):
        s = self.stage
        day = datetime.date.today()
        for ahead, action in ((0, "nxdomain"), (-4, "log")):
            at = (day + datetime.timedelta(days=ahead)).isoformat() + "T12:00"
            found = json.loads(s.celnik("explain", "-o", "json", "--at", at, "www.baidu.com").stdout)
            self.assertEqual(found["action"], action)
            self.assertEqual(found["exception"], "EX-3" if ahead else "")


class Midnight(unittest.TestCase):
    """The day is that of the configuration's timezone, and it ends while the daemon runs."""

    def set_clock(self, offset_s):
        new = self.clock.with_suffix(".new")
        new.write_text("%+d\n" % offset_s)
        new.replace(self.clock)

    def test_exception_ends_with_its_last_day(self):
        now = datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Prague"))
        noon = now.replace(hour=12, minute=0, second=0)
        night = now.replace(hour=23, minute=59, second=52)
        text = CONFIG.replace("{past}", now.date().isoformat())
        for word in ("{soon}", "{later}"):
            text = text.replace(word, (now.date() + datetime.timedelta(days=100)).isoformat())
        s = Stage(text, RECORDS, start=False)
        self.addCleanup(s.stop)
        self.clock = pathlib.Path(s.directory) / "clock"
        self.set_clock((noon - now).total_seconds())
        s.start(env={"LD_PRELOAD": preload(), "FAKETIME_TIMESTAMP_FILE": str(self.clock),
                     "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
        self.assertEqual(s.dig("www.baidu.com").data("A"), ["192.0.2.2"])
        config = json.loads(s.celnik("status", "-o", "json").stdout)["config"]
        self.set_clock((night - datetime.datetime.now(now.tzinfo)).total_seconds())
        self.assertEqual(s.dig("www.baidu.com").data("A"), ["192.0.2.2"])
        # Also what is in the cache by then is decided anew.
        wait_for("the exception has ended", lambda: s.dig("www.baidu.com").status == "NXDOMAIN")
        tomorrow = now.date() + datetime.timedelta(days=1)
        changes = wait_for("the change is recorded", lambda: [
            r for r in s.records("events") if r.get("event.action") == "policy-day"])
        self.assertEqual([r["event.reason"] for r in changes],
                         ["exceptions are those that hold on %s (by clock)" % tomorrow])
        status = s.celnik("status")
        self.assertIn("exceptions have expired: EX-3 (%s)" % now.date(), status.stdout)
        wait_for("the log warns", lambda: "exceptions have expired: EX-3" in s.log.read_text())
        self.assertEqual(json.loads(s.celnik("status", "-o", "json").stdout)["config"], config)
        s.celnik("reload")
        self.assertEqual(s.dig("www.baidu.com").status, "NXDOMAIN")


if __name__ == "__main__":
    unittest.main()
