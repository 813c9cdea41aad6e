#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The world around the daemon fails: the disk is full, the journal's directory goes and comes back,
the clock jumps. DNS goes on, what is lost is counted, and the count is written once that works."""

import ctypes
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest

from stage import BUILDDIR, ZONE, Stage, children, read_segment, wait_for

CONFIG = """\
version: 1
site: test-site
mode: enforce
listen: [ "127.0.0.1:{port}" ]
workers: 2
resolvers: 1
clients:
  local: { networks: [ 127.0.0.0/8 ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
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
RECORDS = "".join("n%d.test-site. IN A 192.0.2.%d\n" % (n, n) for n in range(250))
LOST = re.compile(r"lost (\d+) lines of (queries|events)")
DAY_S = 86400
FILE_SIZE = 256 << 10
N0 = b"\2n0\011test-site\0"
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 1 << 18


def is_kept(path):
    """A file of the query log, sealed meanwhile or not."""
    return path.exists() or path.with_name(path.name + ".zst").exists()


def own_mounts():
    """Mounts made from here on are seen by this process and its children only, and end with them.
    False where that is not allowed."""
    libc = ctypes.CDLL(None)
    return libc.unshare(CLONE_NEWNS) == 0 and libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) == 0


class Journal(unittest.TestCase):
    def stage(self, prepare=None):
        s = Stage(CONFIG, RECORDS, files={"site.txt": "blocked.example\n"}, start=False)
        self.addCleanup(s.stop)
        self.names = iter("n%d.test-site" % n for n in range(250))
        self.journal = s.directory / "journal"
        if prepare:
            prepare()
        s.start()
        self.ask(s)
        s.record("n0.test-site")
        s.record("x.blocked.example", stream="events")
        return s

    def ask(self, s):
        """A resolved answer, and one that is blocked, which is an event."""
        name = next(self.names)
        self.assertEqual(s.dig(name).data(), ["192.0.2." + name[1:].split(".")[0]])
        self.assertEqual(s.dig("x.blocked.example").status, "NXDOMAIN")
        return name

    def lost(self, s):
        stats = s.stats()
        return stats["journal.lost_queries"], stats["journal.lost_events"]

    def loses(self, s, why):
        """Asks until losses are counted in both streams; DNS goes on, and the operator is told."""

        def probe():
            self.ask(s)
            return all(self.lost(s))

        wait_for("losses are counted", probe)
        status = s.celnik("status", code=1).stdout
        self.assertIn("CANNOT BE WRITTEN: " + why, status)
        self.assertIn("ALARM", status)
        wait_for("the log says so", lambda: "the query log cannot be written: " + why in s.log.read_text())

    def recovers(self, s):
        """Each stream tells of what it has lost, to the line; what comes now is written again."""

        def probe():
            self.ask(s)
            return s.celnik("status", code=None).returncode == 0

        wait_for("the alarm is over", probe)
        # The last one that was asked above may have been lost.
        s.record(self.ask(s))
        wait_for("the log says so", lambda: "the query log is written again" in s.log.read_text())
        wait_for("all that was lost is told", lambda: self.told(s) == self.lost(s))

    @staticmethod
    def told(s):
        """What each stream tells of itself; its copy in the other may be lost in turn, and counted."""
        told = []
        for stream in ("queries", "events"):
            found = [LOST.search(r["event.reason"]) for r in s.records(stream) if r["event.kind"] == "loss"]
            told.append(sum(int(match.group(1)) for match in found if match.group(2) == stream))
        return tuple(told)

    def test_full_disk(self):
        """A small file system; who may not mount one takes the right to write away instead."""

        def mount():
            self.journal.mkdir()
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(self.journal)],
                           check=True)

        may_mount = own_mounts()
        s = self.stage(mount if may_mount else None)
        if may_mount:
            ballast = self.journal / "ballast"
            with self.assertRaises(OSError), ballast.open("wb", buffering=0) as f:
                while True:
                    f.write(bytes(4096))
            self.loses(s, "No space left on device")
            ballast.unlink()
        else:
            for path in self.journal.iterdir():
                path.unlink()
            self.journal.chmod(0o500)
            self.loses(s, "Permission denied")
            self.journal.chmod(0o700)
        self.recovers(s)
        self.assertEqual(len(children(s.daemon.pid)["front"]), 1)
        self.assertNotIn("has ended", s.log.read_text())

    def test_limit_of_file_size(self):
        """A write that fails in its middle; the kernel's signal for that kills nobody, and the next
        file has room again."""
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_FSIZE, before)
        s = self.stage(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE, before[1])))
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        front = children(s.daemon.pid)["front"]

        def probe():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.settimeout(5)
                client.connect(("127.0.0.1", s.port))
                for number in range(50):
                    client.send(struct.pack(">6H", number, 0x100, 1, 0, 0, 0) + N0 + b"\0\1\0\1")
                    client.recv(512)
            return any(self.told(s))

        wait_for("a write fails, and that is told", probe)
        wait_for("all of it is told", lambda: self.told(s) == self.lost(s))
        s.record(self.ask(s))
        self.assertEqual(children(s.daemon.pid)["front"], front)
        for path in s.segments("queries") + s.segments("events"):
            self.assertTrue(read_segment(path).endswith("\n"), "a torn line in " + path.name)

    def test_directory_gone_and_back(self):
        s = self.stage()
        if os.getuid() == 0:
            # Nobody may make it anew, as in /var/log.
            shutil.rmtree(self.journal)
        else:
            self.journal.rename(s.directory / "away")
            s.directory.chmod(0o500)
            self.addCleanup(s.directory.chmod, 0o755)
        self.loses(s, "Permission denied")
        if os.getuid() == 0:
            self.journal.mkdir(0o750)
            shutil.chown(self.journal, "nobody")
        else:
            s.directory.chmod(0o755)
        self.recovers(s)

    def test_directory_moved_away(self):
        """Lines go where the configuration says, not to where the open files have been moved."""
        s = self.stage()
        away = s.directory / "away"
        self.journal.rename(away)
        self.journal.mkdir(0o750)
        shutil.chown(self.journal, away.stat().st_uid)

        def probe():
            name = self.ask(s)
            return any(r.get("dns.question.name") == name for r in s.records())

        wait_for("the new directory is used", probe)
        self.assertEqual(self.lost(s), (0, 0))


class HookedStage(Stage):
    """Writes to files do not come back while the file `hang` is there."""

    @staticmethod
    def celnikd():
        return BUILDDIR / "tests" / "system" / "celnikd-hooked"


class HangingDisk(unittest.TestCase):
    def setUp(self):
        s = HookedStage(CONFIG, RECORDS, files={"site.txt": "blocked.example\n"}, start=False)
        self.addCleanup(s.stop)
        self.stage, self.hang = s, s.directory / "hang"
        s.start(env={"CELNIK_TEST_HANG": str(self.hang)})
        self.assertEqual(s.dig("n0.test-site").data(), ["192.0.2.0"])
        s.record("n0.test-site")

    def stop(self):
        s = self.stage
        s.daemon.terminate()
        return s.daemon.wait(timeout=30)

    def test_stop(self):
        """What is lost with a disk that does not come back is said, and is an error; the end takes
        no longer than a supervisor waits."""
        s = self.stage
        self.hang.touch()
        for n in range(1, 4):
            self.assertEqual(s.dig("n%d.test-site" % n).data(), ["192.0.2.%d" % n])
        start = time.monotonic()
        self.assertEqual(self.stop(), 1)
        self.assertLess(time.monotonic() - start, 15)
        text = s.log.read_text()
        self.assertRegex(text, r"the query log hangs: a write to '.*/journal' does not come back; [1-9]")
        self.assertNotIn("it is killed", text)

    def test_alarm(self):
        """DNS goes on; status and stderr say that the disk hangs, until it does not any more."""
        s = self.stage
        self.hang.touch()
        names = iter("n%d.test-site" % n for n in range(1, 250))

        def probe():
            name = next(names)
            self.assertEqual(s.dig(name).data(), ["192.0.2." + name[1:].split(".")[0]])
            return s.celnik("status", code=None).returncode == 1

        wait_for("it is an alarm", probe)
        self.assertIn("ALARM", s.celnik("status", code=1).stdout)
        self.assertIn("the query log hangs", s.celnik("status", code=1).stdout)
        wait_for("the log says so", lambda: re.search(
            "the query log hangs: a write to '.*/journal' does not come back", s.log.read_text()))
        self.hang.unlink()
        wait_for("the alarm is over", lambda: s.celnik("status", code=None).returncode == 0)
        wait_for("the log says so", lambda: "the query log no longer hangs" in s.log.read_text())
        s.record("n1.test-site")
        self.assertEqual(self.stop(), 0)

    def test_stopped_front(self):
        """A child that has to be killed at the end makes that an error."""
        front = children(self.stage.daemon.pid)["front"][0]
        self.stage.daemon.terminate()
        os.kill(front, signal.SIGSTOP)
        self.assertEqual(self.stage.daemon.wait(timeout=30), 1)
        self.assertIn("does not stop; it is killed", self.stage.log.read_text())

    def test_untold(self):
        """At the end stderr says what the log could not."""
        s = self.stage
        journal = s.directory / "journal"
        shutil.rmtree(journal)
        journal.write_text("")
        self.assertEqual(s.dig("x.blocked.example").status, "NXDOMAIN")
        self.assertEqual(self.stop(), 0)
        self.assertRegex(s.log.read_text(), r"ends without a record of [1-9]\d* lost queries and [1-9]\d* lost "
                         r"events: Not a directory; make room or mend '.*/journal'")


def preload():
    """libfaketime, behind the runtime of the sanitizer that the program may have been built with."""
    found = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        raise AssertionError("libfaketime is missing; install the package faketime")
    linked = subprocess.run(["ldd", str(Stage.celnikd())], capture_output=True, text=True).stdout
    runtime = re.findall(r"=> (\S*lib(?:asan|tsan)\S*)", linked)
    return " ".join(runtime + [str(found[0])])


def sign_zone(directory, records):
    """The root zone, signed for 30 days around now; returns (zone text, path of the trust anchor)."""
    pathlib.Path(directory, "zone").write_text(ZONE + records)

    def tool(*command):
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise AssertionError("%s: %s" % (command, done.stderr))
        return done.stdout.strip()

    now = int(time.time())
    key = tool("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", ".")
    tool("ldns-signzone", "-o", ".", "-i", str(now - 15 * DAY_S), "-e", str(now + 15 * DAY_S),
         "-f", "signed", "zone", key)
    return pathlib.Path(directory, "signed").read_text(), pathlib.Path(directory, key + ".ds")


class Clock(unittest.TestCase):
    """The real clock jumps while the daemon runs; the monotonic one does not."""

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="celnik-sign-")
        os.chmod(self.scratch.name, 0o755)
        self.addCleanup(self.scratch.cleanup)
        zone, anchor = sign_zone(self.scratch.name, RECORDS)
        self.clock = pathlib.Path(self.scratch.name) / "clock"
        self.set_clock("+0")
        self.names = iter("n%d.test-site" % n for n in range(3, 250))
        config = CONFIG.replace("validate: no", "validate: yes, trust_anchors: %s" % anchor)
        config = config.replace("workers: 2", "workers: 1")
        self.stage = Stage(config, zones={".": zone}, files={"site.txt": "blocked.example\n"},
                           start=False)
        self.addCleanup(self.stage.stop)
        self.start()

    def start(self):
        self.stage.start(env={
            "LD_PRELOAD": preload(),
            "FAKETIME_TIMESTAMP_FILE": str(self.clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        })

    def set_clock(self, offset):
        new = self.clock.with_suffix(".new")
        new.write_text(offset + "\n")
        new.replace(self.clock)

    def answers(self, name):
        return self.stage.dig(name).data() == ["192.0.2." + name[1:].split(".")[0]]

    def check_wrong_clock(self, offset, ede, words):
        s = self.stage
        self.assertTrue(self.answers("n1.test-site"))
        self.assertEqual(s.celnik("status").returncode, 0)
        pids = children(s.daemon.pid)
        self.set_clock(offset)
        wait_for("the jump is noticed", lambda: "the clock has jumped" in s.log.read_text())
        start = time.monotonic()
        reply = s.dig("n1.test-site")  # from the front's cache
        self.assertEqual(reply.data(), ["192.0.2.1"], reply.text)
        reply = s.dig("n2.test-site")
        self.assertEqual((reply.status, reply.ede), ("SERVFAIL", [ede]), reply.text)
        self.assertLess(time.monotonic() - start, 5.5)
        self.assertEqual(s.dig("x.blocked.example").status, "NXDOMAIN")
        self.assertRegex(s.log.read_text(), words + r".*; is the clock right\? it says '\d{4}-")
        wait_for("the status doubts the clock", lambda: "IS THE CLOCK RIGHT?" in
                 s.celnik("status", code=None).stdout)
        self.assertEqual(s.celnik("status", code=None).returncode, 1)
        # Nobody died of it, nothing is lost, and all is well again soon after the clock is.
        self.assertEqual(children(s.daemon.pid), pids)
        self.set_clock("+0")
        wait_for("new names resolve again", lambda: self.answers(next(self.names)), 10)
        wait_for("the doubt is over", lambda: s.celnik("status", code=None).returncode == 0)
        stats = s.stats()
        self.assertEqual((stats["journal.lost_queries"], stats["journal.lost_events"]), (0, 0))
        self.assertEqual(children(s.daemon.pid), pids)

    def test_forward(self):
        """Signatures seem expired; what libunbound cached meanwhile must not outlive the error."""
        self.check_wrong_clock("+90d", 7, "expired")

    def test_back(self):
        self.check_wrong_clock("-90d", 8, "not valid yet")

    def test_log_outlives_a_wrong_clock(self):
        """A log that is 400 days old all of a sudden is not deleted for its age."""
        s = self.stage
        journal = s.directory / "journal"
        self.assertTrue(self.answers("n1.test-site"))
        s.record("n1.test-site")
        s.daemon.terminate()
        self.assertEqual(s.daemon.wait(timeout=20), 0)
        closed = set(journal.glob("queries-*.jsonl"))
        self.start()
        self.assertTrue(self.answers("n2.test-site"))
        s.record("n2.test-site")
        self.set_clock("+400d")
        for path in set(journal.glob("queries-*.jsonl")) - closed:
            path.unlink()  # so that a new one is begun, and the old ones are looked at
        self.assertEqual(s.dig("x.blocked.example").status, "NXDOMAIN")
        s.record("x.blocked.example")
        self.assertTrue(all(is_kept(path) for path in closed))
        self.assertEqual(s.stats()["journal.segments_deleted"], 0)

    def test_log_outlives_a_boot_with_a_wrong_clock(self):
        """Nor by a daemon that begins with such a clock, and by the next one."""
        s = self.stage
        journal = s.directory / "journal"
        self.assertTrue(self.answers("n1.test-site"))
        s.record("n1.test-site")
        closed = set(journal.glob("queries-*.jsonl"))
        for offset in ("+100d", "+100d", "+0"):
            s.daemon.terminate()
            self.assertEqual(s.daemon.wait(timeout=20), 0)
            self.set_clock(offset)
            self.start()
            self.assertEqual(s.dig("x.blocked.example").status, "NXDOMAIN")
            wait_for("it is written", lambda: s.stats()["journal.written"] >= 4)
            self.assertTrue(all(is_kept(path) for path in closed))
            self.assertEqual(s.stats()["journal.segments_deleted"], 0)

    def test_deadlines(self):
        """A question that no upstream answers ends in time, whatever the clock does meanwhile."""
        for offset, name in (("+90d", "n201"), ("-90d", "n202")):
            with self.subTest(offset):
                self.set_clock("+0")
                s = self.stage
                s.nsd.stop()
                command = ["dig", "@127.0.0.1", "-p", str(s.port), "+tries=1", "+time=8",
                           name + ".test-site"]
                start = time.monotonic()
                with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
                    wait_for("it is being asked", lambda: s.stats()["resolver.in_flight"] > 0)
                    self.set_clock(offset)
                    text = client.communicate()[0]
                spent = time.monotonic() - start
                self.assertIn("SERVFAIL", text)
                self.assertTrue(3 < spent < 5.5, "%.1f s" % spent)
                s.nsd.start()


if __name__ == "__main__":
    unittest.main()
