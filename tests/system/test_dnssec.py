#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Validation against our own root: secure answers have AD, insecure ones work without, broken ones are
SERVFAIL with the reason, CD hands the data over without AD, and an upstream without DNSSEC is an
alarm, not an outage."""

import os
import pathlib
import socket
import subprocess
import tempfile
import time
import unittest

import upstream
from stage import ZONE, Stage, wait_for

CONFIG = """\
version: 1
site: test-site
mode: enforce
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients:
  local: { networks: [ 127.0.0.0/8 ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: {validate}, trust_anchors: {anchor} }
zones:
  - { zone: corp.test-site, servers: [ "{internal}" ] }
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
# Of each kind one name for each way of asking it first.
WAYS = [(), ("+dnssec",), ("+cd",), ("+cd", "+dnssec")]
KINDS = ("good", "broken", "bare", "expired", "early")
RECORDS = "".join(
    "%s%d.test-site. IN A 192.0.2.%d\n" % (kind, way, way + 1) for kind in KINDS for way in range(len(WAYS))
)
RECORDS += """\
listed.test-site. IN A 192.0.2.4
broken.listed.test-site. IN A 192.0.2.6
alias.test-site. IN CNAME good0.test-site.
to-broken.test-site. IN CNAME broken0.test-site.
*.wild.test-site. IN A 192.0.2.5
unsigned-site. IN NS ns.unsigned-site.
ns.unsigned-site. IN A 127.0.0.1
"""
UNSIGNED = """\
$TTL 300
unsigned-site. IN SOA ns.unsigned-site. admin.unsigned-site. 1 3600 600 86400 60
unsigned-site. IN NS ns.unsigned-site.
ns.unsigned-site. IN A 127.0.0.1
""" + "".join("host%d.unsigned-site. IN A 192.0.2.%d\n" % (way, way + 1) for way in range(len(WAYS)))


def signature_of(line):
    """The first label of the owner when the line is the signature of an address."""
    fields = line.split()
    is_one = len(fields) > 4 and fields[3] == "RRSIG" and fields[4] == "A"
    return fields[0].split(".")[0].rstrip("0123456789") if is_one else None


def sign(directory):
    """The root zone, signed, with all that is wrong in it; (its text, path of the trust anchor)."""
    d = pathlib.Path(directory)
    (d / "zone").write_text(ZONE + RECORDS)

    def tool(*command):
        done = subprocess.run(command, cwd=d, capture_output=True, text=True, timeout=30)
        if done.returncode:
            raise AssertionError("%s: %s" % (command, done.stderr))
        return done.stdout.strip()

    key = tool("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", ".")

    def lines(*times):
        tool("ldns-signzone", "-o", ".", *times, "-f", "signed", "zone", key)
        return (d / "signed").read_text().splitlines()

    out = [line for line in lines() if signature_of(line) not in ("bare", "expired", "early")]
    for number, line in enumerate(out):
        if signature_of(line) == "broken":
            start, signature = line.rsplit(None, 1)
            out[number] = "%s %s%s" % (start, "C" if signature[0] == "B" else "B", signature[1:])
    out += [line for line in lines("-i", "20200101000000", "-e", "20200201000000") if signature_of(line) == "expired"]
    out += [line for line in lines("-i", "20900101000000", "-e", "20900201000000") if signature_of(line) == "early"]
    return "\n".join(out) + "\n", d / (key + ".ds")


def strip_dnssec(port):
    """Relays to the server there as one that knows nothing of DNSSEC: no DO, so no signatures."""

    def says(query):
        bare = query.octets[:4] + b"\0\1" + 6 * b"\0" + query.question
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(2)
            s.connect(("127.0.0.1", port))
            s.send(bare)
            try:
                return s.recv(65535)
            except OSError:
                return []

    return says


class Base(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="celnik-sign-")
        cls.addClassCleanup(scratch.cleanup)
        os.chmod(scratch.name, 0o755)
        cls.zone, cls.anchor = sign(scratch.name)
        cls.internal = upstream.Upstream()
        cls.addClassCleanup(cls.internal.stop)

    @classmethod
    def stage(cls, validate, signed=True, start=True, anchor=None, **words):
        words.update(validate=validate, anchor=anchor or cls.anchor, internal=cls.internal)
        zones = {".": cls.zone, "unsigned-site.": UNSIGNED} if signed else None
        return Stage(CONFIG, RECORDS, files={"site.txt": "listed.test-site\n"}, zones=zones, words=words,
                     start=start)

    def validation(self, s):
        return s.celnik("status", "-o", "json", code=None).stdout


class Signed(Base):
    """Run twice: with validate: yes, and with auto, which has found the keys."""

    validate = "yes"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.s = cls.stage(cls.validate)
        wait_for("validation is on", lambda: '"on"' in cls.s.celnik("status", "-o", "json", code=None).stdout)

    @classmethod
    def tearDownClass(cls):
        assert cls.s.stop() == 0

    def each_way(self, kind):
        """Each way of asking, cold and when another way came before: (reply, cd, do, where)."""
        for first in range(len(WAYS)):
            for number, way in enumerate([WAYS[first], *WAYS]):
                name = "%s%d.%s-site" % (kind, first, "unsigned" if kind == "host" else "test")
                cached = "cached" if number else "cold"
                reply = self.s.dig(name, "A", *way)
                reply.text = "%s, %s\n%s" % (way, cached, reply.text)
                yield reply, "+cd" in way, "+dnssec" in way, "192.0.2.%d" % (first + 1)

    def test_secure(self):
        for reply, cd, do, address in self.each_way("good"):
            self.assertEqual(reply.data("A"), [address], reply.text)
            self.assertEqual("RRSIG" in reply.text, do, reply.text)
            # dig asks with AD.
            self.assertIn("ad", reply.flags, reply.text)
        reply = self.s.dig("good0.test-site", "A", "+noad")
        self.assertNotIn("ad", reply.flags, reply.text)
        self.assertEqual(self.s.record("good0.test-site")["celnik.dnssec"], "secure")

    def test_insecure(self):
        for reply, cd, do, address in self.each_way("host"):
            self.assertEqual(reply.data("A"), [address], reply.text)
            self.assertNotIn("ad", reply.flags, reply.text)
        self.assertEqual(self.s.record("host0.unsigned-site")["celnik.dnssec"], "insecure")

    def check_bogus(self, kind, ede):
        for reply, cd, do, address in self.each_way(kind):
            self.assertNotIn("ad", reply.flags, reply.text)
            if cd:
                self.assertEqual(reply.status, "NOERROR", reply.text)
                self.assertEqual(reply.data("A"), [address], reply.text)
                self.assertEqual("RRSIG" in reply.text, do and kind != "bare", reply.text)
            else:
                self.assertEqual(reply.status, "SERVFAIL", reply.text)
                self.assertEqual(reply.data(), [], reply.text)
                self.assertEqual(reply.ede, [ede], reply.text)
        record = self.s.record("%s0.test-site" % kind)
        self.assertEqual(record["celnik.dnssec"], "bogus")
        self.assertEqual(record["celnik.ede"], ede)

    def test_broken_signature(self):
        self.check_bogus("broken", 6)

    def test_no_signature(self):
        self.check_bogus("bare", 10)

    def test_expired_signature(self):
        self.check_bogus("expired", 7)

    def test_signature_of_the_future(self):
        self.check_bogus("early", 8)

    def test_bogus_end_of_an_alias(self):
        for _ in ("cold", "cached"):
            reply = self.s.dig("to-broken.test-site")
            self.assertEqual((reply.status, reply.ede), ("SERVFAIL", [6]), reply.text)
            self.assertEqual(self.s.dig("alias.test-site").data("A"), ["192.0.2.1"])

    def test_negative_and_wildcard(self):
        for name, rtype, status, count in (
            ("nothing.test-site", "A", "NXDOMAIN", 0),
            ("good0.test-site", "MX", "NOERROR", 0),
            ("any.wild.test-site", "A", "NOERROR", 1),
        ):
            for cached in ("cold", "cached"):
                with self.subTest(name, rtype=rtype, cached=cached):
                    reply = self.s.dig(name, rtype, "+dnssec")
                    self.assertEqual((reply.status, len(reply.data("A"))), (status, count), reply.text)
                    self.assertIn("ad", reply.flags, reply.text)
        for name in ("nothing.unsigned-site", "unsigned-site"):
            reply = self.s.dig(name, "MX", "+dnssec")
            self.assertNotIn("ad", reply.flags, reply.text)
            self.assertIn(reply.status, ("NXDOMAIN", "NOERROR"))

    def test_insecure_internal_zone_below_a_signed_parent(self):
        for way in WAYS + WAYS:
            reply = self.s.dig("host.corp.test-site", "A", *way)
            self.assertEqual(reply.data("A"), ["192.0.2.1"], reply.text)
            self.assertNotIn("ad", reply.flags, reply.text)
        self.assertEqual(self.internal.count("host.corp.test-site"), 1)

    def test_policy_comes_before_nothing_nicer(self):
        # A block of the name stands, bogus or not; of an answer alone nothing nicer is made.
        for options in ((), ("+cd",)):
            for name in ("listed.test-site", "broken.listed.test-site"):
                self.assertEqual(self.s.dig(name, "A", *options).data(), ["192.0.2.200"])


class SignedAuto(Signed):
    validate = "auto"


class Stripped(Base):
    """The upstream gives no signatures, or does not know the keys at all."""

    def stages(self, validate):
        with self.stage(validate, signed=False) as s:
            yield s
        with self.stage(validate, start=False) as s:
            with upstream.Upstream(strip_dnssec(s.nsd.port)) as relay:
                s.words["upstream"] = relay
                s.write_config(CONFIG)
                s.start()
                yield s
                s.daemon.terminate()
                s.daemon.wait()
                s.daemon = None

    def test_auto_is_an_alarm_and_works(self):
        for s in self.stages("auto"):
            for way in WAYS:
                reply = s.dig("good1.test-site", "A", *way)
                self.assertEqual(reply.data("A"), ["192.0.2.2"], reply.text)
                self.assertNotIn("ad", reply.flags)
            wait_for("the alarm stands in the status", lambda: "validate" in s.celnik("status", code=None).stdout)
            self.assertIn("DNSSEC", s.celnik("status", code=1).stdout)
            self.assertIn("answers are not validated", s.log.read_text())

    def test_yes_is_servfail_and_says_why_at_once(self):
        for s in self.stages("yes"):
            for name in ("good0.test-site", "good1.test-site", "good0.test-site"):
                start = time.monotonic()
                reply = s.dig(name)
                self.assertLess(time.monotonic() - start, 2.0)
                self.assertEqual(reply.status, "SERVFAIL", reply.text)
                self.assertIn(reply.ede[0], (6, 9, 10), reply.text)
                self.assertEqual(s.dig(name, "A", "+cd").status, "NOERROR")
            wait_for("the operator is told", lambda: "answers fail" in s.log.read_text(), 5)
            self.assertIn("does not give the DNSSEC keys of '.'", s.log.read_text())
            wait_for("the alarm stands in the status",
                     lambda: "CANNOT VALIDATE" in s.celnik("status", code=None).stdout)

    def test_no_does_not_look(self):
        for s in self.stages("no"):
            reply = s.dig("good0.test-site", "A", "+dnssec")
            self.assertEqual(reply.data("A"), ["192.0.2.1"])
            self.assertNotIn("ad", reply.flags)
            self.assertNotIn("celnik.dnssec", s.record("good0.test-site"))


class Anchors(Base):
    def test_only_root_can_read_them(self):
        """The resolver has become another user by then, and gets them from the supervisor."""
        mode = self.anchor.stat().st_mode
        self.anchor.chmod(0o600)
        self.addCleanup(self.anchor.chmod, mode)
        with self.stage("yes") as s:
            self.assertIn("ad", s.dig("good0.test-site", "A", "+dnssec").flags)

    def test_missing(self):
        with self.stage("yes", anchor="{dir}/none.key", start=False) as s:
            s.start(ready=False)
            self.assertNotEqual(s.daemon.wait(timeout=20), 0)
            s.daemon = None
            self.assertIn("cannot read the trust anchors '%s/none.key': No such file" % s.directory,
                          s.log.read_text())
        with self.stage("auto", anchor="{dir}/none.key") as s:
            self.assertEqual(s.dig("good0.test-site").data("A"), ["192.0.2.1"])
            self.assertIn("answers are not validated: cannot read the trust anchors", s.log.read_text())
            wait_for("the alarm stands in the status", lambda: s.celnik("status", code=None).returncode == 1)

    def test_empty(self):
        with self.stage("yes", anchor="{dir}/site.txt", start=False) as s:
            s.start(ready=False)
            self.assertNotEqual(s.daemon.wait(timeout=20), 0)
            s.daemon = None
            self.assertIn("there are no DS or DNSKEY records in", s.log.read_text())

    def test_another_file_takes_effect_with_a_reload(self):
        with self.stage("auto", anchor="{dir}/own.key", start=False) as s:
            (s.directory / "own.key").write_text("")
            s.start()
            self.assertNotIn("ad", s.dig("good0.test-site", "A", "+dnssec").flags)
            (s.directory / "own.key").write_text(self.anchor.read_text())
            s.celnik("reload")
            number = iter(range(100))
            wait_for("it is validated", lambda: "ad" in s.dig("n%d.wild.test-site" % next(number)).flags)


if __name__ == "__main__":
    unittest.main()
