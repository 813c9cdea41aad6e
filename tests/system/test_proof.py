#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The query log is sealed and chained, and celnik verify finds what somebody has done to it; what a
front that is killed had committed is there; a configuration's text is kept."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import unittest

from load import Load
from stage import SRCDIR, Stage, children, is_sanitized, read_segment, wait_for
from test_man import blocks, steps

CONFIG = """\
version: 1
site: test-site
mode: enforce
listen: [ "127.0.0.1:{port}" ]
workers: 2
resolvers: 1
clients: { local: { networks: [ 127.0.0.0/8 ] } }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
lists: { store: {dir}/store, sources: [ { name: site, files: site.txt, format: domains } ] }
policy: [ { rule: site, match: { list: [ site ] }, action: nxdomain } ]
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""
RECORDS = "*.load.test-site. IN A 192.0.2.7\n"
FILES = {"site.txt": "blocked.test-site\n"}
KILLS = 200 if os.environ.get("LONG") else 5 if is_sanitized() else 20
RUNS = 4


def links(directory):
    return [json.loads(line) for line in (directory / "chain.jsonl").read_text().splitlines()]


def sealed(s, boots):
    """Waits until the files of so many ended runs are sealed, two each; the head then."""

    def probe():
        status = json.loads(s.celnik("status", "-o", "json", code=None).stdout or "{}")
        journal = status.get("journal", {"links": 0})
        return journal["head"] if journal["links"] >= 2 * boots else None

    return wait_for("the files of %d runs are sealed" % boots, probe, 60)


def restart(s):
    s.daemon.terminate()
    if s.daemon.wait(timeout=20) != 0:
        raise AssertionError(s.log.read_text())
    s.start()


def verify(s, directory, *words, code):
    done = s.celnik("-o", "json", "verify", *words, directory, code=code)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return lines[:-1], lines[-1]


class Tampering(unittest.TestCase):
    """Each on a copy, offline, with the head that was kept before."""

    @classmethod
    def setUpClass(cls):
        cls.stage = s = Stage(CONFIG, RECORDS, files=FILES)
        for run in range(RUNS):
            for n in range(5):
                s.dig("n%d-%d.load.test-site" % (run, n))
                s.dig("n%d-%d.blocked.test-site" % (run, n))
            s.record("n%d-4.blocked.test-site" % run, "events")
            restart(s)
        cls.head = sealed(s, RUNS)
        cls.journal = s.directory / "journal"
        # As an auditor gets it.
        cls.kept = s.directory / "kept"
        shutil.copytree(cls.journal, cls.kept)

    @classmethod
    def tearDownClass(cls):
        assert cls.stage.stop() == 0

    def setUp(self):
        self.copy = self.stage.directory / "copy"
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(self.kept, self.copy)
        self.links = links(self.copy)
        self.queries = [l for l in self.links if l["stream"] == "queries"]

    def path(self, link):
        return self.copy / (link["segment"] + ".zst")

    def rewrite(self, link, change):
        """Another text in a file that is compressed as well as the one before."""
        path = self.path(link)
        text = change(read_segment(path))
        subprocess.run(["zstd", "-qf", "-o", str(path)], input=text.encode(), check=True)

    def finds(self, *expected, head=True):
        """Exactly these (finding, subject, part of the text), and that it is wrong."""
        words = ["--head", self.head] if head else []
        findings, end = verify(self.stage, self.copy, *words, code=1)
        wrong = [f for f in findings if f["wrong"]]
        self.assertFalse(end["whole"])
        self.assertEqual([(f["finding"], f["subject"]) for f in wrong], [e[:2] for e in expected], wrong)
        for f, e in zip(wrong, expected):
            self.assertIn(e[2], f["text"])

    def test_whole(self):
        findings, end = verify(self.stage, self.copy, "--head", self.head, code=0)
        self.assertEqual({f["finding"] for f in findings}, {"unsealed"}, findings)
        self.assertEqual((end["whole"], end["files"], end["links"]), (True, 2 * RUNS, 2 * RUNS))
        self.assertEqual((end["head"], end["head_link"]), (self.head, 2 * RUNS))
        self.assertEqual(end["records"], sum(l["records"] for l in self.links))
        text = self.stage.celnik("verify", "--head", self.head).stdout
        self.assertRegex(text, r"\nwhole: \d+ files with \d+ records as sealed, 0 removed .*, 2 not sealed")
        self.assertRegex(text, r"the head that was kept is of link %d: all up to there is proven" % (2 * RUNS))
        # A head from before proves less, and is still one.
        first = hashlib.sha256((self.copy / "chain.jsonl").read_bytes().splitlines(True)[0]).hexdigest()
        self.assertEqual(verify(self.stage, self.copy, "--head", first, code=0)[1]["head_link"], 1)

    def test_links_tell_what_the_files_hold(self):
        previous = "0" * 64
        for number, (line, link) in enumerate(
                zip((self.copy / "chain.jsonl").read_bytes().splitlines(True), self.links), 1):
            text = read_segment(self.path(link))
            records = [json.loads(r) for r in text.splitlines()]
            self.assertEqual(link["previous"], previous)
            previous = hashlib.sha256(line).hexdigest()
            self.assertEqual((link["format"], link["link"], link["kind"]), (1, number, "sealed"))
            self.assertEqual(link["sha256"], hashlib.sha256(text.encode()).hexdigest())
            self.assertEqual(link["size"], len(text.encode()))
            self.assertEqual(link["records"], len(records))
            self.assertEqual(link["losses"], sum(r["event.kind"] == "loss" for r in records))
            self.assertEqual((link["first"], link["last"]), (records[0]["event.id"], records[-1]["event.id"]))
            for key in ("config", "lists"):
                used = dict.fromkeys(r["celnik." + key] for r in records if "celnik." + key in r)
                self.assertEqual(link[key], list(used))
            self.assertEqual(link["torn"], 0)
        self.assertEqual(previous, self.head)

    def test_flipped_octet(self):
        link = next(l for l in self.links if l["stream"] == "queries" and l["link"] > 2)
        path = self.path(link)
        text_before = read_segment(path)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        self.finds(("altered", link["segment"], "cannot be unpacked"))
        # What else is there is still shown.
        self.stage.write_config(CONFIG.replace("{dir}/journal", "{dir}/copy"), "copy.yaml")
        done = self.stage.celnik("log", "--all", "-c", self.stage.directory / "copy.yaml", code=3)
        self.assertRegex(done.stderr, r"1 sealed files of the query log are damaged; 'celnik verify'")
        for run in range(RUNS):
            named = "n%d-4.load.test-site" % run
            self.assertEqual(named in done.stdout, named not in text_before)

    def test_flipped_octet_of_the_text(self):
        self.rewrite(self.links[2], lambda text: text.replace("blocked", "blocker", 1))
        self.finds(("altered", self.links[2]["segment"], "is not what was sealed"))

    def test_removed_line(self):
        link = self.queries[1]
        ids = [json.loads(line)["event.id"] for line in read_segment(self.path(link)).splitlines()]
        lane = lambda text: text.rsplit("-", 1)[0]
        # Ten queries of two workers: one of them has three. The one in the middle leaves a gap.
        gone = next(n for n, text in enumerate(ids) if lane(text) in map(lane, ids[:n])
                    and lane(text) in map(lane, ids[n + 1 :]))
        self.rewrite(link, lambda text: "".join(t for n, t in enumerate(text.splitlines(True)) if n != gone))
        count = link["records"]
        self.finds(("altered", link["segment"], "; %d records, not %d; not there: %s" % (
            count - 1, count, ids[gone])))

    def test_removed_file(self):
        self.path(self.links[3]).unlink()
        self.finds(("missing", self.links[3]["segment"], "%d records from %s to %s" % (
            self.links[3]["records"], self.links[3]["first"], self.links[3]["last"])))

    def test_swapped_files(self):
        one, two = (self.path(l) for l in self.queries[1:3])
        one.rename(self.copy / "x")
        two.rename(one)
        (self.copy / "x").rename(two)
        self.finds(("altered", self.queries[1]["segment"], "holds the text of " + self.queries[2]["segment"]),
                   ("altered", self.queries[2]["segment"], "holds the text of " + self.queries[1]["segment"]))

    def test_plain_file_beside_a_sealed_one(self):
        """Readers would take it."""
        (self.copy / self.links[1]["segment"]).write_text('{"event.id":"0-0-1"}\n')
        self.finds(("altered", self.links[1]["segment"], "1 records, not"))

    def edit_chain(self, change):
        path = self.copy / "chain.jsonl"
        lines = path.read_text().splitlines(True)
        change(lines)
        path.write_text("".join(lines))

    def test_cut_tail(self):
        last = self.links[-1]
        self.edit_chain(lambda lines: lines.pop())
        self.path(last).unlink()
        self.finds(("head", self.head, "the end of the chain was cut off"))
        # Nothing but the head tells of it.
        verify(self.stage, self.copy, code=0)

    def test_cut_chain(self):
        self.edit_chain(lambda lines: lines.pop())
        self.finds(("unlinked", self.links[-1]["segment"], "has no link"), head=False)

    def test_edited_link(self):
        def change(lines):
            lines[1] = lines[1].replace('"losses":0', '"losses":1')

        self.edit_chain(change)
        self.finds(("chain", "chain.jsonl", "line 3: does not follow"))

    def test_removed_link(self):
        self.edit_chain(lambda lines: lines.pop(2))
        self.finds(("chain", "chain.jsonl", "line 3: is link 4 behind link 2"),
                   ("unlinked", self.links[2]["segment"], "has no link"))

    def test_swapped_links(self):
        def change(lines):
            lines[1], lines[2] = lines[2], lines[1]

        self.edit_chain(change)
        findings, _ = verify(self.stage, self.copy, "--head", self.head, code=1)
        self.assertEqual({f["finding"] for f in findings if f["wrong"]}, {"chain"})

    def test_no_link(self):
        def change(lines):
            lines[0] = "nothing\n"

        self.edit_chain(change)
        findings, _ = verify(self.stage, self.copy, code=1)
        self.assertIn("line 1: is no link", "".join(f["text"] for f in findings))

    def test_torn_chain(self):
        with (self.copy / "chain.jsonl").open("a") as f:
            f.write('{"format":1,')
        self.finds(("chain", "chain.jsonl", "the last line is torn: 12 octets"))

    def test_configuration(self):
        config = next(self.copy.glob("config-*.yaml"))
        digest = json.loads(self.stage.celnik("status", "-o", "json").stdout)["config"]
        self.assertEqual(config.name, "config-%s.yaml" % digest)
        self.assertEqual(hashlib.sha256(config.read_bytes()).hexdigest(), digest)
        self.assertIn("rule: site", config.read_text())
        config.write_text(config.read_text() + "#\n")
        self.finds(("altered", config.name, "is not the text"))
        config.unlink()
        findings, _ = verify(self.stage, self.copy, code=0)
        self.assertEqual([f["subject"] for f in findings if f["finding"] == "no-config"], [config.name])

    def test_by_hand(self):
        """As the manual says it, with jq, zstd and sha256sum."""
        block = next(b for b in blocks(SRCDIR / "man" / "celnik-log.5") if "by-hand.sh" in b)
        subprocess.run(["sh", "-c", steps(block)[0][0]], cwd=self.copy, check=True)

        def by_hand():
            return subprocess.run(["sh", "by-hand.sh"], cwd=self.copy, capture_output=True, text=True).stdout

        self.assertEqual(by_hand(), "head %s\n" % self.head)
        self.path(self.links[3]).unlink()
        self.rewrite(self.links[1], lambda text: text.replace("blocked", "blocker").replace("start", "begin"))
        self.assertEqual(by_hand(), "missing or altered: %s\nmissing or altered: %s\nhead %s\n" % (
            self.links[1]["segment"], self.links[3]["segment"], self.head))
        self.edit_chain(lambda lines: lines.pop(4))
        self.assertIn("does not follow: link 6\n", by_hand())

    def test_words(self):
        for words in (["--head", "x"], ["--head", "A" * 64], [self.copy, self.copy], ["-x"]):
            self.assertTrue(self.stage.celnik("verify", *words, code=2).stderr)
        done = self.stage.celnik("verify", self.copy / "none", code=3)
        self.assertRegex(done.stderr, "query log '.*none': No such file or directory")
        rows = self.stage.celnik("-o", "csv", "verify", self.copy).stdout.splitlines()
        self.assertEqual(rows[0], "finding,wrong,subject,text")

    def test_verify_writes_nothing(self):
        before = {p.name: p.stat().st_mtime_ns for p in self.copy.iterdir()}
        self.stage.celnik("verify", self.copy)
        self.assertEqual({p.name: p.stat().st_mtime_ns for p in self.copy.iterdir()}, before)

    def test_the_head_is_logged_and_shown(self):
        wait_for("the head is logged", lambda: "its head is " + self.head in self.stage.log.read_text())
        self.assertIn("%d links in its chain, head %s" % (2 * RUNS, self.head),
                      self.stage.celnik("status").stdout)

    def test_log_reads_sealed_files(self):
        lines = self.stage.celnik("log", "-o", "json").stdout.splitlines()
        names = [json.loads(line).get("dns.question.name") for line in lines]
        for run in range(RUNS):
            self.assertIn("n%d-3.blocked.test-site" % run, names)


class Kills(unittest.TestCase):
    """The front is killed at random moments at rate."""

    def last_committed(self, s):
        done = s.celnik("status", "-o", "json", code=None)
        return json.loads(done.stdout)["journal"]["last_event"] if done.stdout else ""

    def test_front(self):
        rng = random.Random(KILLS)
        committed = []
        with Stage(CONFIG, RECORDS, FILES) as s:
            right = lambda name, rcode, addresses: True
            with Load(s.port, right, extra=["x.blocked.test-site"]) as load:
                for kill in range(KILLS):
                    before = load.answered
                    few = rng.randrange(20, 300)
                    wait_for("there is load", lambda: load.answered > before + few)
                    committed.append(self.last_committed(s))
                    seen = s.log.read_text().count("serves again")
                    os.kill(children(s.daemon.pid)["front"][0], signal.SIGKILL)
                    wait_for("it is replaced", lambda: s.log.read_text().count("serves again") > seen)
            committed = [c for c in committed if c]
            self.assertGreater(len(committed), KILLS // 2)
            journal = s.directory / "journal"
            boots = {p.name.split("-")[2] for p in s.segments("queries")}
            self.assertEqual(len(boots), KILLS + 1)
            wait_for("all ended runs are sealed", lambda: len({
                l["first"].split("-")[0] for l in links(journal) if l["stream"] == "queries"}) >= KILLS, 60)
            ids = {r["event.id"] for r in s.records("events")}
            self.assertEqual([c for c in committed if c not in ids], [])
            findings, end = verify(s, journal, code=0)
            self.assertTrue(end["whole"])
            ended = {f["text"].split()[4].rstrip(",") for f in findings if f["finding"] == "ended"
                     and f["subject"].startswith("queries")}
            self.assertEqual(len(ended), KILLS - 1, "the last one has no file sealed behind it")
            self.assertEqual(end["findings"]["lost"], 0)
            print("%d kills: %d records, %s" % (KILLS, end["records"], end["findings"]))

    def test_torn_line(self):
        """As a crash of the host leaves it, and a torn link."""
        with Stage(CONFIG, RECORDS, FILES) as s:
            s.dig("a.blocked.test-site")
            s.record("a.blocked.test-site", "events")
            s.daemon.terminate()
            self.assertEqual(s.daemon.wait(timeout=20), 0)
            path = s.segments("events")[0]
            self.assertEqual(path.suffix, ".jsonl")
            whole = path.read_text()
            with path.open("a") as f:
                f.write('{"@timestamp":"2026')
            s.start()
            sealed(s, 1)
            link = next(l for l in links(s.directory / "journal") if l["stream"] == "events")
            self.assertEqual(link["torn"], 19)
            record = wait_for("the record", lambda: next(
                (r for r in s.records("events") if r["event.kind"] == "loss"), None))
            self.assertIn("a torn line of 19 octets at the end of %s was left out" % path.name,
                          record["event.reason"])
            wait_for("the plain file is gone", lambda: not path.exists())
            self.assertEqual(read_segment(path.with_name(path.name + ".zst")), whole)
            findings, _ = verify(s, s.directory / "journal", code=0)
            self.assertIn(("torn", path.name), [(f["finding"], f["subject"]) for f in findings])


class Retention(unittest.TestCase):
    def test_removed_files_are_proven(self):
        """Older than keep: gone from the directory, not from the chain."""
        with Stage(CONFIG, RECORDS, FILES) as s:
            s.dig("a.load.test-site")
            s.record("a.load.test-site")
            restart(s)
            sealed(s, 1)
            s.daemon.terminate()
            self.assertEqual(s.daemon.wait(timeout=20), 0)
            old = next((s.directory / "journal").glob("queries-*.zst"))
            last = s.directory / "journal" / old.name.removesuffix(".zst")
            then = old.stat().st_mtime - 3 * 3600
            os.utime(old, (then, then))
            s.write_config(CONFIG.replace("{dir}/journal }", "{dir}/journal, queries: { keep: 2h } }"))
            s.start()
            s.dig("b.load.test-site")
            s.record("b.load.test-site")
            wait_for("it is removed", lambda: not old.exists())
            findings, end = verify(s, s.directory / "journal", code=0)
            self.assertEqual([(f["subject"], f["text"]) for f in findings if f["finding"] == "removed"],
                             [(last.name, "removed by retention: older than keep (link 3)")])
            self.assertEqual(end["findings"]["missing"], 0)

    def test_events_beyond_their_size_are_an_alarm(self):
        config = CONFIG.replace("{dir}/journal }", "{dir}/journal, events: { max_size: 1 KiB } }")
        with Stage(config, RECORDS, FILES) as s:
            for n in range(8):
                s.dig("n%d.blocked.test-site" % n)
            s.record("n7.blocked.test-site", "events")
            restart(s)
            self.assertEqual(s.dig("x.blocked.test-site").status, "NXDOMAIN")
            s.record("x.blocked.test-site", "events")
            wait_for("the alarm", lambda: "are larger than their max_size" in
                     s.celnik("status", code=None).stdout)
            self.assertEqual(s.celnik("status", code=None).returncode, 1)
            wait_for("the log says so", lambda: "larger than their max_size" in s.log.read_text())
            self.assertEqual(len({r.get("dns.question.name") for r in s.records("events")} - {None}), 9)


if __name__ == "__main__":
    unittest.main()
