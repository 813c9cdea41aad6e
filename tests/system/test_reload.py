#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Reloads under load: nothing is lost, no answer is of two policies, memory returns, what is refused
changes nothing, and resolvers that are replaced answer what they were asked."""

import json
import os
import pathlib
import signal
import threading
import unittest

from load import Load, Upstream
from stage import Stage, children, descriptors, wait_for
from test_crash import CONFIG, FILES, RECORDS, SLOW, is_right

LONG = bool(os.environ.get("LONG"))
RELOADS = 50 if LONG else 10
RSS_MORE_MIB = 8  # beside what the answer cache took; malloc keeps some of what it was given back

# Each blocks one of two names; both names lead over an alias, so that an answer has several parts.
POLICY = """\
policy:
  - { rule: one, match: { name: %s.mix.test-site }, action: sinkhole }
"""
MIXED = RECORDS + """\
a.mix.test-site. IN CNAME end.mix.test-site.
b.mix.test-site. IN CNAME end.mix.test-site.
end.mix.test-site. IN A 192.0.2.11
end.mix.test-site. IN A 192.0.2.12
"""
BLOCKED, WHOLE = ["192.0.2.200"], ["192.0.2.11", "192.0.2.12"]


def config(blocked="a", upstream="{upstream}", more=""):
    text = CONFIG.replace("{mode}", "enforce").replace("{upstream}", upstream)
    start, end = text.index("policy:"), text.index("block:")
    return text[:start] + POLICY % blocked + "  - { rule: site, match: { list: [ site ] }, action: sinkhole }\n" \
        + text[end:] + more


def rss_mib(pid):
    for line in pathlib.Path("/proc/%d/status" % pid).read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


def used_mib(s):
    """What the front needs beside its answers."""
    return rss_mib(front(s)) - s.stats()["cache.octets"] / 2**20


def front(s):
    return children(s.daemon.pid)["front"][0]


def what_is_in_force(status):
    fields = json.loads(status)
    return fields["config"], fields["lists"]["digest"], fields["mode"]


class Reloads(unittest.TestCase):
    def test_configuration(self):
        # While a reload is under way either policy may answer; afterwards only the new one.
        allowed = {"a.mix.test-site": [BLOCKED], "b.mix.test-site": [WHOLE]}

        def judge(name, rcode, addresses):
            if name not in allowed:
                return is_right(name, rcode, addresses)
            return rcode == 0 and sorted(addresses) in allowed[name]

        with Stage(config(), MIXED, FILES) as s:
            before = used_mib(s), len(descriptors(front(s))), len(descriptors(s.daemon.pid))
            with Load(s.port, judge, extra=list(allowed)) as load:
                for number in range(RELOADS):
                    blocked, free = ("b", "a") if number % 2 == 0 else ("a", "b")
                    for name in allowed:
                        allowed[name] = [BLOCKED, WHOLE]
                    s.write_config(config(blocked))
                    s.celnik("reload")
                    # At once, and for every worker.
                    for port in range(4):
                        self.assertEqual(s.dig(blocked + ".mix.test-site").data(), BLOCKED)
                    answered = load.answered
                    wait_for("what was asked before is answered", lambda: load.answered > answered + 40)
                    allowed[blocked + ".mix.test-site"] = [BLOCKED]
                    allowed[free + ".mix.test-site"] = [WHOLE]
                    wait_for("answers of the new policy", lambda: load.answered > answered + 120)
            after = used_mib(s), len(descriptors(front(s))), len(descriptors(s.daemon.pid))
            print("%d reloads of configuration: %s; RSS without the cache %.1f -> %.1f MiB" % (
                RELOADS, load, before[0], after[0]))
            self.assertEqual((load.wrong[:5], load.lost, load.late), ([], 0, 0))
            self.assertLess(after[0], before[0] + RSS_MORE_MIB if not SLOW else 4096)
            self.assertEqual(after[1:], before[1:])
            self.assertEqual(len([r for r in s.records("events") if r.get("event.action") == "reload"]), RELOADS)

    def test_lists(self):
        lines = "".join("n%d.listed.example\n" % n for n in range(20000))
        blocked = {"x.blocked.test-site": [BLOCKED]}

        def judge(name, rcode, addresses):
            return rcode == 0 and addresses in blocked[name] if name in blocked else is_right(name, rcode, addresses)

        with Stage(config(), MIXED, {"site.txt": lines + "blocked.test-site\n"}) as s:
            rss = [used_mib(s)]
            with Load(s.port, judge, extra=list(blocked)) as load:
                for number in range(RELOADS):
                    listed = number % 2 == 1
                    blocked["x.blocked.test-site"] = [BLOCKED, ["192.0.2.8"]]
                    (s.directory / "site.txt").write_text(lines + ("blocked.test-site\n" if listed else "other%d.example\n" % number))
                    s.celnik("reload")
                    expected = BLOCKED if listed else ["192.0.2.8"]
                    self.assertEqual(s.dig("x.blocked.test-site").data(), expected)
                    answered = load.answered
                    wait_for("what was asked before is answered", lambda: load.answered > answered + 40)
                    blocked["x.blocked.test-site"] = [expected]
                    wait_for("answers of the new lists", lambda: load.answered > answered + 120)
                    rss.append(used_mib(s))
            print("%d reloads of lists: %s; RSS without the cache %.1f -> %.1f MiB (%.1f after the second)" % (
                RELOADS, load, rss[0], rss[-1], rss[2]))
            self.assertEqual((load.wrong[:5], load.lost, load.late), ([], 0, 0))
            self.assertLess(rss[-1], rss[0] + RSS_MORE_MIB if not SLOW else 4096)

    def test_refused_reload_changes_nothing(self):
        with Stage(config(), MIXED, FILES) as s:
            before = s.celnik("status", "-o", "json", code=None).stdout
            pids = children(s.daemon.pid)
            with Load(s.port, is_right, extra=["x.blocked.test-site"]) as load:
                for broken, word in (
                    (config("b") + "nonsense: 1\n", "nonsense"),
                    (config("b").replace("workers: 2", "workers: 3"), "workers"),
                    (config("b").replace("{dir}/site.txt", "{dir}/missing.txt"), "missing.txt"),
                    (config("b", more="geoip: { country: [ {dir}/missing.mmdb ] }\n"), "missing.mmdb"),
                ):
                    s.write_config(broken)
                    done = s.celnik("reload", code=None)
                    self.assertNotEqual(done.returncode, 0)
                    self.assertIn(word, done.stdout + done.stderr)
                    refused = s.log.read_text().count("the reload was refused")
                    s.daemon.send_signal(signal.SIGHUP)
                    wait_for("the same by a signal", lambda: s.log.read_text().count(
                        "the reload was refused") > refused)
                    self.assertEqual(s.dig("a.mix.test-site").data(), BLOCKED)
                    self.assertIn("192.0.2.11", s.dig("b.mix.test-site").data())
            self.assertEqual((load.wrong[:5], load.lost, load.late), ([], 0, 0))
            self.assertEqual(children(s.daemon.pid), pids)
            after = s.celnik("status", "-o", "json", code=None).stdout
            self.assertEqual(what_is_in_force(after), what_is_in_force(before))


class Upstreams(unittest.TestCase):
    def test_old_resolver_is_drained(self):
        with Upstream("192.0.2.7") as old, Upstream("192.0.2.7") as new:
            with Stage(config(upstream="127.0.0.1:%d" % old.port), MIXED, FILES) as s:
                before = set(children(s.daemon.pid)["resolver"])
                slow = []
                asker = threading.Thread(target=lambda: slow.append(s.dig("slow600-x.load.test-site")))
                with Load(s.port, is_right) as load:
                    asker.start()
                    wait_for("the old upstream is asked", lambda: "slow600-x.load.test-site" in old.asked)
                    s.write_config(config(upstream="127.0.0.1:%d" % new.port))
                    s.celnik("reload")
                    wait_for("new resolvers serve", lambda: s.dig("probe%d.load.test-site" % load.number).data()
                             and any(n.startswith("probe") for n in new.asked))
                    self.assertEqual(slow, [])
                    asker.join()
                self.assertEqual(slow[0].data(), ["192.0.2.7"], slow[0].text)
                self.assertNotIn("slow600-x.load.test-site", new.asked)
                wait_for("the old ones have gone", lambda: len(children(s.daemon.pid)["resolver"]) == 2)
                self.assertFalse(before & set(children(s.daemon.pid)["resolver"]))
                self.assertEqual((load.wrong[:5], load.lost, load.late), ([], 0, 0))
                self.assertNotIn("killed", s.log.read_text())
                print("upstreams changed: %s; asked again %d" % (load, s.stats()["resolver.asked_again"]))

    def test_many_changes_of_upstreams(self):
        with Upstream("192.0.2.7") as one, Upstream("192.0.2.7") as other:
            servers = [one, other]
            with Stage(config(upstream="127.0.0.1:%d" % servers[0].port), MIXED, FILES) as s:
                with Load(s.port, is_right) as load:
                    for number in range(RELOADS // 2):
                        s.write_config(config(upstream="127.0.0.1:%d" % servers[(number + 1) % 2].port))
                        s.celnik("reload")
                        answered = load.answered
                        wait_for("answers", lambda: load.answered > answered + 50)
                print("%d changes of upstreams: %s" % (RELOADS // 2, load))
                self.assertEqual((load.wrong[:5], load.lost, load.late), ([], 0, 0))
                wait_for("the old ones have gone", lambda: len(children(s.daemon.pid)["resolver"]) == 2)


if __name__ == "__main__":
    unittest.main()
