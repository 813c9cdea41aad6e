#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Validation against our own root: secure answers have AD, broken ones are SERVFAIL with the reason,
CD hands the data over without AD, and an upstream without DNSSEC is an alarm, not an outage."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from stage import ZONE, Stage, wait_for

CONFIG = """\
version: 1
site: test-site
mode: {mode}
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients:
  local: { networks: [ 127.0.0.0/8 ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: {validate}, trust_anchors: {anchor} }
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
RECORDS = """\
good.test-site. IN A 192.0.2.1
broken.test-site. IN A 192.0.2.2
bare.test-site. IN A 192.0.2.3
listed.test-site. IN A 192.0.2.4
broken.listed.test-site. IN A 192.0.2.6
expired.test-site. IN A 192.0.2.5
"""


def signs_a(fields):
    return len(fields) > 4 and fields[3] == "RRSIG" and fields[4] == "A"


def sign(directory):
    """The root zone, signed; returns (zone text, path of the trust anchor)."""
    d = pathlib.Path(directory)
    (d / "zone").write_text(ZONE + RECORDS)

    def tool(*command):
        done = subprocess.run(command, cwd=d, capture_output=True, text=True, timeout=30)
        if done.returncode:
            raise AssertionError("%s: %s" % (command, done.stderr))
        return done.stdout.strip()

    key = tool("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", ".")
    tool("ldns-signzone", "-o", ".", "-f", "signed", "zone", key)
    lines = (d / "signed").read_text().splitlines()
    tool("ldns-signzone", "-o", ".", "-i", "20200101000000", "-e", "20200201000000", "-f", "old",
         "zone", key)
    old = (d / "old").read_text().splitlines()
    expired = [line for line in old if line.startswith("expired.") and signs_a(line.split())]
    out = []
    for line in lines:
        fields = line.split()
        is_sig = signs_a(fields)
        if is_sig and line.startswith(("broken.test-site.", "broken.listed.")):
            signature = fields[-1]
            fields[-1] = ("B" if signature[0] != "B" else "C") + signature[1:]
            line = " ".join(fields)
        if is_sig and line.startswith("bare."):
            continue
        if is_sig and line.startswith("expired."):
            line = expired[0]
        out.append(line)
    return "\n".join(out) + "\n", d / (key + ".ds")


class Validation(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="celnik-sign-")
        os.chmod(self.scratch.name, 0o755)
        self.zone, self.anchor = sign(self.scratch.name)
        self.addCleanup(self.scratch.cleanup)

    def stage(self, validate, signed=True, mode="enforce"):
        text = CONFIG.replace("{validate}", validate).replace("{anchor}", str(self.anchor))
        return Stage(text.replace("{mode}", mode), RECORDS, files={"site.txt": "listed.test-site\n"},
                     zones={".": self.zone} if signed else None)

    def test_signed(self):
        for validate in ("yes", "auto"):
            with self.subTest(validate), self.stage(validate) as s:
                if validate == "auto":
                    wait_for("validation is on", lambda: '"on"' in s.celnik("status", "-o", "json", code=None)
                             .stdout)
                self.check_signed(s)

    def check_signed(self, s):
        for number in (1, 2):  # cold, cached
            reply = s.dig("good.test-site", "A", "+dnssec")
            self.assertIn("ad", reply.flags, reply.text)
            self.assertIn("RRSIG", reply.text)
            reply = s.dig("good.test-site", "A", "+noedns", "+noad")
            self.assertNotIn("ad", reply.flags)
            self.assertNotIn("RRSIG", reply.text)
            for name, ede in (("broken", (6,)), ("bare", (10, 6)), ("expired", (7, 6))):
                reply = s.dig(name + ".test-site")
                self.assertEqual(reply.status, "SERVFAIL", reply.text)
                self.assertIn(reply.ede[0], ede, reply.text)
                reply = s.dig(name + ".test-site", "A", "+cd", "+dnssec")
                self.assertEqual(reply.status, "NOERROR", reply.text)
                self.assertTrue(reply.data("A"))
                self.assertNotIn("ad", reply.flags)
        record = s.record("broken.test-site")
        self.assertEqual(record["celnik.dnssec"], "bogus")
        self.assertEqual(s.record("good.test-site")["celnik.dnssec"], "secure")
        # A block of the name stands, bogus or not; of the answer alone nothing nicer is made.
        for options in ((), ("+cd",)):
            for name in ("listed.test-site", "broken.listed.test-site"):
                self.assertEqual(s.dig(name, "A", *options).data(), ["192.0.2.200"])
        nothing = s.dig("nothing.test-site", "A", "+dnssec")
        self.assertEqual(nothing.status, "NXDOMAIN")
        self.assertIn("ad", nothing.flags)

    def test_upstream_without_dnssec(self):
        with self.stage("auto", signed=False) as s:
            reply = s.dig("good.test-site", "A", "+dnssec")
            self.assertEqual(reply.data("A"), ["192.0.2.1"])
            self.assertNotIn("ad", reply.flags)
            wait_for("the alarm stands in the status", lambda: "validate" in s.celnik("status", code=None).stdout)
            self.assertIn("DNSSEC", s.celnik("status", code=1).stdout)
        with self.stage("yes", signed=False) as s:
            reply = s.dig("good.test-site")
            self.assertEqual(reply.status, "SERVFAIL", reply.text)
            self.assertTrue(reply.ede, reply.text)
        with self.stage("no", signed=False) as s:
            self.assertEqual(s.dig("good.test-site").data("A"), ["192.0.2.1"])
            self.assertNotIn("celnik.dnssec", s.record("good.test-site"))


if __name__ == "__main__":
    unittest.main()
