#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Under load: resolvers and the front are killed, a question kills or hangs the resolver that gets it,
and files are broken while they are in use. Nothing is lost, wrong or unfiltered."""

import os
import signal
import time
import unittest

from load import Load, Upstream
from stage import BUILDDIR, Stage, build_mmdb, is_sanitized, wait_for
from test_processes import children

LONG = bool(os.environ.get("LONG"))
KILLS = 10 if LONG else 3
GAP_S = 0.5
# What a sanitizer costs is not what is measured.
SLOW = is_sanitized()

CONFIG = """\
version: 1
site: test-site
mode: {mode}
listen: [ "127.0.0.1:{port}" ]
workers: 2
resolvers: 2
clients:
  local: { networks: [ 127.0.0.0/8 ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
lists:
  store: {dir}/store
  sources:
    - { name: site, files: {dir}/site.txt, format: domains }
policy:
  - { rule: site, match: { list: [ site ] }, action: sinkhole }
block: { ipv4: 192.0.2.200 }
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""
RECORDS = "*.load.test-site. IN A 192.0.2.7\n*.test-site. IN A 192.0.2.8\n*.far.test-site. IN A 8.129.0.8\n"
FILES = {"site.txt": "blocked.test-site\n"}


def config(upstream=None, mode="enforce", more=""):
    text = CONFIG.replace("{mode}", mode) + more
    return text.replace("{upstream}", "127.0.0.1:%d" % upstream.port) if upstream else text


def is_right(name, rcode, addresses):
    if name.endswith("blocked.test-site"):
        return rcode == 0 and addresses == ["192.0.2.200"]
    return rcode == 0 and addresses == ["192.0.2.7"]


class Hooked(Stage):
    """With a resolver that kill.* kills and spin.* hangs."""

    @staticmethod
    def celnikd():
        return BUILDDIR / "tests" / "system" / "celnikd-hooked"


class Site(unittest.TestCase):
    def kill_next(self, s, role):
        """Kills the front or the oldest of the resolvers, and waits until the next has served."""
        def settled():
            pids = children(s.daemon.pid)
            return pids if len(pids["front"]) == 1 and len(pids["resolver"]) == 2 else None

        pids = wait_for("all processes run", settled)
        pid = pids[role][0]
        before = self.text(s).count("serves again")
        os.kill(pid, signal.SIGKILL)
        wait_for("it is replaced", lambda: self.text(s).count("serves again") > before)
        # One that has served for a second is started again without delay.
        end = time.monotonic() + 1.1
        wait_for("it has served", lambda: time.monotonic() > end)
        self.assertIn("(process %d) was ended by signal 9" % pid, self.text(s))

    @staticmethod
    def text(s):
        return s.log.read_text(errors="replace")


class Kills(Site):
    def test_resolvers(self):
        # So slow that some are in flight at each death.
        with Upstream("192.0.2.7", 0.05) as upstream, Stage(config(upstream), RECORDS, FILES) as s:
            with Load(s.port, is_right, extra=["x.blocked.test-site"]) as load:
                for _ in range(KILLS):
                    self.kill_next(s, "resolver")
            again = s.stats()["resolver.asked_again"]
            print("%d resolvers killed: %s; asked again: %d" % (KILLS, load, again))
            self.assertEqual((load.wrong[:5], load.lost, load.late), ([], 0, 0))
            self.assertGreater(again, 0)
            self.assertGreater(load.sent, 400 * KILLS)
            self.assertEqual(s.stats()["resolver.quarantined"], 0)

    def test_front(self):
        with Stage(config(), RECORDS, FILES) as s:
            before = children(s.daemon.pid)["resolver"]
            with Load(s.port, is_right, extra=["x.blocked.test-site"]) as load:
                for _ in range(KILLS):
                    self.kill_next(s, "front")
            print("%d fronts killed: %s" % (KILLS, load))
            self.assertEqual((load.wrong[:5], load.lost), ([], 0))
            # What the front had read and not answered.
            self.assertLess(load.late, 20 * KILLS)
            if not SLOW:
                self.assertLess(load.gap_s, GAP_S)
            self.assertEqual(children(s.daemon.pid)["resolver"], before, "resolvers with their caches")
            # The name is in no front's cache, but in that of its resolver.
            s.nsd.stop()
            self.assertEqual(s.dig("known1.load.test-site").data(), ["192.0.2.7"])


class Questions(Site):
    def test_killer(self):
        upstream = Upstream("192.0.2.7", 0.05)
        with upstream, Hooked(config(upstream), RECORDS, FILES, start=False) as s:
            s.start(env={"CELNIK_TEST_QUARANTINE_MS": "4000"})
            with Load(s.port, is_right) as load:
                wait_for("there is load", lambda: load.answered > 200)
                start = time.monotonic()
                reply = s.dig("kill.test-site")
                took = time.monotonic() - start
                self.assertEqual((reply.status, reply.ede), ("SERVFAIL", [0]), reply.text)
                deaths = self.text(s).count("was ended by signal 9")
                # Two, and then one for each halving of what was in flight with it.
                self.assertLessEqual(deaths, 8)
                self.assertEqual(s.dig("kill.test-site").status, "SERVFAIL")
                self.assertEqual(s.dig("KILL.test-site", client="127.0.0.9").status, "SERVFAIL")
                self.assertEqual(s.dig("kill.test-site", "AAAA").status, "SERVFAIL")
                answered = load.answered
                wait_for("the others go on", lambda: load.answered > answered + 200)
            print("a killing question: %s; %d deaths, SERVFAIL after %.2f s" % (load, deaths, took))
            self.assertEqual((load.wrong[:5], load.lost, load.late), ([], 0, 0))
            event = wait_for("the event", lambda: next((
                r for r in s.records("events") if r.get("event.action") == "quarantine"), None))
            self.assertIn("kill.test-site", event["event.reason"])
            self.assertIn("not asked", s.celnik("status", code=None).stdout)
            # Two questions of it: A and AAAA.
            self.assertEqual(s.stats()["resolver.quarantined"], 2)

            before = self.text(s).count("was ended by signal 9")
            wait_for("it is asked again later", lambda: s.dig("kill.test-site").status == "SERVFAIL"
                     and self.text(s).count("was ended by signal 9") > before)

    def test_spinner(self):
        with Hooked(config(), RECORDS, FILES) as s:
            reply = s.dig("spin.test-site")
            self.assertEqual(reply.status, "SERVFAIL", reply.text)
            wait_for("the heartbeat has killed", lambda: self.text(s).count("does not answer; it is killed") > 0)

            def held():
                s.dig("spin.test-site")
                return s.stats()["resolver.quarantined"]

            wait_for("it is in quarantine", held, 40)
            print("a hanging question: %d kills" % self.text(s).count("it is killed"))
            for n in range(8):
                self.assertEqual(s.dig("n%d.load.test-site" % n).data(), ["192.0.2.7"])
            self.assertEqual(s.dig("spin.test-site").status, "SERVFAIL")


class Files(Site):
    """Broken while in use, at a reload and at the start."""

    MMDB = "geoip: { country: [ {dir}/country.mmdb ] }\n"

    def site(self, start=True, mode="enforce"):
        s = Stage(config(mode=mode), RECORDS, FILES, build=False, start=False)
        try:
            build_mmdb(s.directory / "country.mmdb", {
                "8.129.0.0/16": {"country": {"iso_code": "CN"}},
                "9.0.0.0/8": {"country": {"iso_code": "CZ"}},
            })
            s.celnik("lists", "build")
            s.write_config(config(mode=mode, more=self.MMDB).replace(
                "policy:\n", "policy:\n  - { rule: there, match: { located: [ CN ] }, action: nxdomain }\n"))
            if start:
                s.start()
        except BaseException:
            s.stop()
            raise
        return s

    @staticmethod
    def generation(s):
        return (s.directory / "store" / "current").resolve()

    def assert_filters(self, s, number):
        """Neither answer is in a cache yet."""
        self.assertEqual(s.dig("n%d.blocked.test-site" % number).data(), ["192.0.2.200"])
        self.assertEqual(s.dig("n%d.far.test-site" % number).status, "NXDOMAIN")
        self.assertEqual(s.dig("n%d.load.test-site" % number).data(), ["192.0.2.7"])

    @staticmethod
    def ways(path, flips=True):
        """Ways to break a file, each as a function of its path; some write into the very file that
        was read, as a careless tool does."""
        whole = path.read_bytes()

        def write(data):
            with path.open("r+b") as f:
                f.truncate(0)
                f.write(data)

        def flip(at):
            write(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])

        for size in [len(whole) * part // 8 for part in range(8)] + [1, len(whole) - 1]:
            yield "cut to %d" % size, lambda size=size: write(whole[:size])
        for at in (0, len(whole) // 3, len(whole) // 2, len(whole) - 40, len(whole) - 1) if flips else ():
            yield "octet %d flipped" % at, lambda at=at: flip(at)
        yield "something else", lambda: write(b"no list and no database\n" * 400)
        yield "a directory", lambda: (path.unlink(), path.mkdir())
        yield "gone", path.rmdir

    def break_and_reload(self, s, path, ways):
        number = 0
        for what, spoil in ways:
            number += 1
            spoil()
            before = self.text(s)
            s.daemon.send_signal(signal.SIGHUP)
            wait_for("the reload with " + what, lambda: any(
                self.text(s).count(word) > before.count(word) for word in ("was refused", "celnikd: reloaded")))
            said = self.text(s)[len(before) :]
            self.assertNotIn("reloaded", said, what)
            self.assertRegex(said, "%s|store: error" % path.name, what)
            self.assert_filters(s, number)
        # The front that is started now has the last good ones too.
        os.kill(children(s.daemon.pid)["front"][0], signal.SIGKILL)
        self.assert_filters(s, number + 1)
        self.assertNotIn("signal 7", self.text(s))
        self.assertEqual(self.text(s).count("was ended by"), 1)

    def test_lists_while_running(self):
        with self.site() as s:
            path = self.generation(s)
            self.break_and_reload(s, path, list(self.ways(path)))

    def test_database_while_running(self):
        with self.site() as s:
            path = s.directory / "country.mmdb"
            # Its form has no checksum: one octet more or less is not seen everywhere.
            self.break_and_reload(s, path, list(self.ways(path, flips=False)))

    def test_at_the_start(self):
        for of in (self.generation, lambda s: s.directory / "country.mmdb"):
            with self.site(start=False) as s:
                path = of(s)
                for what, spoil in list(self.ways(path, flips=path.suffix != ".mmdb")):
                    spoil()
                    s.log.write_text("")
                    s.start(ready=False)
                    code = s.daemon.wait(timeout=30)
                    self.assertEqual(code, 1, what + self.text(s))
                    self.assertRegex(self.text(s), "%s|store: error" % path.name, what)
                    self.assertNotIn("ready\n", self.text(s), what)
                    s.daemon = None

    def test_lists_at_the_start_in_observe_mode(self):
        with self.site(start=False, mode="observe") as s:
            self.generation(s).write_bytes(b"none")
            s.start()
            self.assertIn("no lists are loaded", s.celnik("status", code=1).stdout)


if __name__ == "__main__":
    unittest.main()
