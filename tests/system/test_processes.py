#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Three kinds of process: who dies is started again, nothing else is lost with it; privileges are
dropped; a second instance is an error."""

import os
import shutil
import signal
import subprocess
import time
import unittest

from stage import Stage, children, descriptors, is_sanitized, process_status, wait_for

CONFIG = """\
version: 1
site: test-site
mode: enforce
listen: [ "127.0.0.1:{port}", "[::1]:{port}" ]
workers: 2
resolvers: 2
clients:
  local: { networks: [ 127.0.0.0/8, "::1/128" ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
zones:
  - { zone: corp.example, servers: [ "{upstream}" ] }
lists:
  store: {dir}/store
  sources:
    - { name: site, files: {dir}/site.txt, format: domains }
policy:
  - { rule: site, match: { list: [ site ] }, action: nxdomain }
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""
RECORDS = "a.test-site. IN A 192.0.2.1\nhost.corp.example. IN A 10.1.2.3\n" + "".join(
    "n%d.test-site. IN A 192.0.2.%d\n" % (n, n) for n in range(100)
)


class Processes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(CONFIG, RECORDS, files={"site.txt": "blocked.example\n"}, start=False)
        cls.stage.start()

    @classmethod
    def tearDownClass(cls):
        assert cls.stage.stop() == 0

    def pids(self):
        return children(self.stage.daemon.pid)

    def settled(self):
        return wait_for("one front and two resolvers run", lambda: (
            lambda c: c if len(c["front"]) == 1 and len(c["resolver"]) == 2 else None)(self.pids()))

    def test_resolvers_that_die_are_replaced(self):
        s = self.stage
        self.assertEqual(s.dig("a.test-site").data(), ["192.0.2.1"])
        before = self.settled()
        for pid in before["resolver"]:
            os.kill(pid, signal.SIGKILL)
        for n in range(10):
            self.assertEqual(s.dig("n%d.test-site" % n).data(), ["192.0.2.%d" % n])
        after = self.settled()
        self.assertFalse(set(before["resolver"]) & set(after["resolver"]))
        self.assertEqual(before["front"], after["front"])

    def test_front_that_dies_is_replaced_and_the_sockets_survive(self):
        s = self.stage
        before = self.settled()
        os.kill(before["front"][0], signal.SIGKILL)
        start = time.monotonic()
        self.assertEqual(s.dig("n50.test-site").data(), ["192.0.2.50"])
        self.assertLess(time.monotonic() - start, 3.0)
        after = self.settled()
        self.assertNotEqual(before["front"], after["front"])
        self.assertEqual(before["resolver"], after["resolver"])
        self.assertEqual(s.dig("x.blocked.example").status, "NXDOMAIN")

    def test_stopped_resolver_is_killed_by_its_heartbeat(self):
        s = self.stage
        before = self.settled()
        for pid in before["resolver"]:
            os.kill(pid, signal.SIGSTOP)
        wait_for("both are replaced", lambda: not set(before["resolver"]) & set(self.pids()["resolver"])
                 and len(self.pids()["resolver"]) == 2)
        self.assertEqual(s.dig("n60.test-site").data(), ["192.0.2.60"])

    def test_privileges_are_dropped(self):
        uid0 = os.getuid() == 0
        for pids in self.settled().values():
            for pid in pids:
                fields = process_status(pid)
                if uid0:
                    self.assertNotIn("0", fields["Uid"].split(), "uid")
                    self.assertNotIn("0", fields["Gid"].split(), "gid")
                    self.assertEqual(fields["Groups"].split(), [])
                self.assertEqual(fields["NoNewPrivs"], "1")
                self.assertEqual(int(fields["CapEff"], 16), 0)

    def test_children_hold_no_foreign_descriptors(self):
        for pids in self.settled().values():
            for pid in pids:
                for link in descriptors(pid):
                    try:
                        target = os.readlink(link)
                    except FileNotFoundError:
                        continue
                    self.assertNotIn("celnik.yaml", target)

    def test_second_instance_names_the_holder(self):
        s = self.stage
        text = s.config.read_text().replace("/control.sock", "/other.sock")
        other = s.directory / "other.yaml"
        other.write_text(text)
        done = subprocess.run([s.celnikd(), "-c", str(other)], capture_output=True, text=True, timeout=20)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("127.0.0.1:%d" % s.port, done.stderr)
        self.assertIn(str(s.daemon.pid), done.stderr)

    def test_internal_zone(self):
        s = self.stage
        self.assertEqual(s.dig("host.corp.example").data(), ["10.1.2.3"])

    def test_status_tells_upstreams_and_losses(self):
        s = self.stage
        wait_for("the upstream is told", lambda: "127.0.0.1:%d" % s.nsd.port
                 in s.celnik("status", code=None).stdout)
        self.assertIn("mode enforce", s.celnik("status").stdout)


class Control(unittest.TestCase):
    def test_front_that_dies_without_the_directory_of_its_socket(self):
        """DNS comes back at once, and the socket when its directory does."""
        with Stage(CONFIG, RECORDS, files={"site.txt": "blocked.example\n"}) as s:
            run = s.directory / "run"
            owner = run.stat()
            shutil.rmtree(run)
            if os.getuid() != 0:
                # Nobody may make it anew, as in /run.
                s.directory.chmod(0o500)
                self.addCleanup(s.directory.chmod, 0o755)
            before = children(s.daemon.pid)["front"]
            os.kill(before[0], signal.SIGKILL)
            wait_for("another serves", lambda: children(s.daemon.pid)["front"] not in ([], before)
                     and s.dig("n1.test-site", "A", "+time=1").data() == ["192.0.2.1"])
            wait_for("it is said", lambda: "celnik(1) cannot reach this daemon" in s.log.read_text())
            s.daemon.send_signal(signal.SIGHUP)
            wait_for("it is reloaded", lambda: "reloaded" in s.log.read_text())
            after = children(s.daemon.pid)["front"]
            s.directory.chmod(0o755)
            run.mkdir()
            os.chown(run, owner.st_uid, owner.st_gid)
            wait_for("the socket is back", lambda: s.celnik("status", code=None).returncode == 0)
            self.assertEqual(children(s.daemon.pid)["front"], after)
            self.assertIn("celnik(1) reaches this daemon again", s.log.read_text())
            self.assertEqual(s.log.read_text().count("celnik(1) cannot reach"), 1)

    def test_start_without_the_socket_fails(self):
        s = Stage(CONFIG, RECORDS, files={"site.txt": "blocked.example\n"}, start=False)
        self.addCleanup(s.stop)
        (s.directory / "run").mkdir(mode=0o777)
        (s.directory / "run").chmod(0o777)
        (s.directory / "run" / "control.sock").write_text("no socket")
        s.start(ready=False)
        wait_for("it says why", lambda: "File exists" in s.log.read_text())
        self.assertNotEqual(s.daemon.wait(timeout=20), 0)
        s.daemon = None


class Service(unittest.TestCase):
    """Started as the service manager does: as a user, with the right to bind low ports."""

    def test_children_keep_no_capability(self):
        if os.getuid() != 0 or not shutil.which("setpriv"):
            self.skipTest("needs root and setpriv")
        s = Stage(CONFIG, RECORDS, files={"site.txt": "blocked.example\n"}, start=False)
        self.addCleanup(s.stop)
        for path in (s.directory, s.directory / "store"):
            shutil.chown(path, "nobody")
        s.start(prefix=("setpriv", "--reuid=nobody", "--clear-groups", "--inh-caps=+net_bind_service",
                        "--ambient-caps=+net_bind_service"))
        self.assertNotEqual(int(process_status(s.daemon.pid)["CapAmb"], 16), 0)
        self.assertEqual(s.dig("a.test-site").data(), ["192.0.2.1"])
        pids = [pid for group in children(s.daemon.pid).values() for pid in group]
        self.assertEqual(len(pids), 3)
        for pid in pids:
            fields = process_status(pid)
            for which in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                self.assertEqual(int(fields[which], 16), 0, which)
        if not is_sanitized():
            for pid in pids:
                self.assertEqual(os.stat("/proc/%d/environ" % pid).st_uid, 0, "others may look into it")


class Upstream(unittest.TestCase):
    def test_dead_upstream_is_servfail_in_time_and_recovers(self):
        with Stage(CONFIG, RECORDS, files={"site.txt": "blocked.example\n"}, start=False) as s:
            s.nsd.stop()
            s.start()
            start = time.monotonic()
            reply = s.dig("n1.test-site")
            self.assertEqual(reply.status, "SERVFAIL", reply.text)
            self.assertIn(reply.ede[0], (22, 23), reply.text)
            self.assertLess(time.monotonic() - start, 5.5)
            self.assertEqual(s.dig("x.blocked.example").status, "NXDOMAIN")
            status = s.celnik("status", code=1).stdout
            self.assertIn("DOWN", status)
            s.nsd.start()
            wait_for("answers come again", lambda: s.dig("n2.test-site").data() == ["192.0.2.2"], 30)


if __name__ == "__main__":
    unittest.main()
