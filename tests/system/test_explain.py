#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""celnik explain without a daemon says what the daemon says: when it asks by itself, and of answers
that were saved as text of dig, kdig and drill or as they were on the wire."""

import json
import socket
import subprocess
import unittest

from stage import Stage, build_mmdb, free_port, run
from test_verdicts import CASES, CONFIG, RECORDS

MORE = """\
wide.test-site. IN CNAME wide.cdn.test-cdn.
wide.cdn.test-cdn. IN A 192.0.2.9
wide.cdn.test-cdn. IN A 8.129.0.1
hinted.test-site. IN AAAA 64:ff9b::881:1
mail.test-site. IN MX 10 dev.hik-connect.com.
text.test-site. IN TXT "a;b" "(c" "\\"d\\\\"
big.test-site. IN TXT {big}
list.test-site. IN APL 1:8.129.0.0/16
prefix.test-site. IN DNAME test-cdn.
inner.corp.test-site. IN A 192.0.2.3
inner.corp.test-site. IN AAAA 2001:db8:64::881:1
near.test-site. IN A 10.0.0.1
near.corp.test-site. IN A 10.0.0.1
"""
ZONE = "zones: [ { zone: corp.test-site, servers: [ \"{upstream}\" ] } ]\nnat64: [ \"2001:db8:64::/96\" ]\n"
ASKED = [(c[0], c[1]) for c in CASES] + [
    ("wide.test-site", "A"), ("hinted.test-site", "AAAA"), ("mail.test-site", "MX"), ("text.test-site", "TXT"),
    ("big.test-site", "TXT"), ("list.test-site", "APL"), ("shop.cdn.prefix.test-site", "A"),
    ("inner.corp.test-site", "A"), ("inner.corp.test-site", "AAAA"), ("near.test-site", "A"),
    ("near.corp.test-site", "A"), ("missing.test-site", "A"), ("innocent.test-site", "MX"),
    ("localhost", "A"), ("dev.hik-connect.com", "HTTPS"),
]


def make_stage():
    big = " ".join('"%s"' % (c * 250) for c in "abcdefgh")
    s = Stage(CONFIG.replace("{mode}", "enforce") + ZONE, RECORDS + MORE.replace("{big}", big), build=False, start=False)
    build_mmdb(
        s.directory / "country.mmdb",
        {"8.129.0.0/16": {"country": {"iso_code": "CN"}}, "5.45.96.0/24": {"country": {"iso_code": "CN"}}},
    )
    s.celnik("lists", "build")
    return s


class Alone(unittest.TestCase):
    """Of each question: what the daemon said, then what is said without it."""

    @classmethod
    def setUpClass(cls):
        cls.stage = s = make_stage()
        s.start()
        cls.said = {(q, client): cls.explain(*q, "--client", client) for q in ASKED for client in ("127.0.0.1", "127.0.2.1")}
        s.daemon.terminate()
        assert s.daemon.wait(timeout=30) == 0
        s.daemon = None

    @classmethod
    def tearDownClass(cls):
        cls.stage.stop()

    @classmethod
    def explain(cls, name, rtype, *options):
        done = cls.stage.celnik("explain", "-o", "json", "--type", rtype, *options, name)
        cls.stderr = done.stderr
        # TTLs run down in the daemon's cache.
        return json.loads(done.stdout, object_hook=lambda o: {k: v for k, v in o.items() if k != "ttl"})

    def saved(self, name, rtype, *command):
        path = self.stage.directory / "answer.txt"
        path.write_text(run([*command]))
        return path

    def dig(self, name, rtype, *options):
        return self.saved(name, rtype, "dig", "@127.0.0.1", "-p", str(self.stage.nsd.port), "+tcp", *options, "-t", rtype, "-q", name)

    def test_asks_by_itself(self):
        for (question, client), said in self.said.items():
            with self.subTest(question=question, client=client):
                self.assertEqual(self.explain(*question, "--client", client), said)
                self.assertIn("no daemon answers at the control socket", self.stderr)
                if said["rcode"] is None:
                    self.assertNotIn("asked 127.0.0.1", self.stderr)
                elif question[0] != "localhost":
                    self.assertIn("asked 127.0.0.1:%d" % self.stage.nsd.port, self.stderr)
                    self.assertIn("DNSSEC was not checked", self.stderr)
        self.assertEqual(said["question"]["name"], "dev.hik-connect.com")

    def test_a_saved_answer(self):
        port = str(self.stage.nsd.port)
        for (name, rtype), client in self.said:
            if name == "localhost":
                continue
            ways = {
                "dig": ("dig", "@127.0.0.1", "-p", port, "+tcp", "-t", rtype, "-q", name),
                "multiline": ("dig", "@127.0.0.1", "-p", port, "+tcp", "+multiline", "-t", rtype, "-q", name),
                "kdig": ("kdig", "@127.0.0.1", "-p", port, "+tcp", "-t", rtype, "-q", name),
                "drill": ("drill", "-p", port, "-t", name, rtype, "@127.0.0.1"),
            }
            for way, command in ways.items():
                with self.subTest(name=name, rtype=rtype, client=client, way=way):
                    path = self.saved(name, rtype, *command)
                    found = self.explain(name, rtype, "--client", client, "--answer", path)
                    said = self.said[(name, rtype), client]
                    if said["decided_on"] == "name":
                        # The daemon did not ask, and here is the answer.
                        self.assertIsNotNone(found["rcode"])
                        self.assertEqual([found[k] for k in ("winner", "action")], [said[k] for k in ("winner", "action")])
                    else:
                        self.assertEqual(found, said, path.read_text())
                    self.assertEqual(self.stderr, "")

    def test_only_the_records(self):
        path = self.dig("wide.test-site", "A", "+noall", "+answer")
        self.assertEqual(self.explain("wide.test-site", "A", "--answer", path), self.said[("wide.test-site", "A"), "127.0.0.1"])

    def test_a_message(self):
        query = b"\x12\x34\1\0\0\1\0\0\0\0\0\0\4wide\x09test-site\0\0\1\0\1"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(10)
            s.connect(("127.0.0.1", self.stage.nsd.port))
            s.send(query)
            answer = s.recv(4096)
        path = self.stage.directory / "answer.wire"
        path.write_bytes(answer)
        self.assertEqual(self.explain("wide.test-site", "A", "--answer", path), self.said[("wide.test-site", "A"), "127.0.0.1"])
        for octets, text in ((query, "no answer to one question"), (answer[:2] + b"\x87" + answer[3:], "was cut"),
                             (answer[:-1], "this is no record")):
            path.write_bytes(octets)
            done = self.stage.celnik("explain", "--answer", path, "wide.test-site", code=1)
            self.assertIn(text, done.stderr)
            self.assertEqual(done.stdout, "")

    def test_at_another_time(self):
        path = self.dig("wide.test-site", "A")
        done = self.stage.celnik("explain", "--at", "2026-07-01T22:30", "--answer", path, "wide.test-site")
        self.assertIn("decided by what holds then", done.stdout)

    def test_refuses(self):
        good = self.dig("wide.test-site", "A").read_text()
        path = self.stage.directory / "answer.txt"
        record = next(i for i, line in enumerate(good.splitlines(), 1) if line.startswith("wide.cdn.test-cdn."))
        header = next(i for i, line in enumerate(good.splitlines(), 1) if "HEADER" in line)
        flags = next(i for i, line in enumerate(good.splitlines(), 1) if "flags:" in line)
        question = next(i for i, line in enumerate(good.splitlines(), 1) if line.startswith(";wide"))
        late = next(i for i, line in enumerate(good.splitlines(), 1) if "AUTHORITY SECTION" in line)
        for text, place, why in (
            ("", ":", "there is no answer in it"),
            ("\n\nhello\n", ":3:", "this is no record"),
            (good.replace("192.0.2.9", "192.0.2"), ":%d:" % record, "this is no record"),
            (good.replace("8.129.0.1", "8.129.0"), ":%d:" % (record + 1), "this is no record"),
            (good + good, ":%d:" % (header + good.count("\n")), "a second answer begins"),
            (good.replace("ANSWER SECTION", "x").replace("ADDITIONAL SECTION", "ANSWER SECTION").replace("x:", "ADDITIONAL SECTION:"),
             ":%d:" % late, "this section comes too late"),
            (good.replace("NOERROR", "WHATEVER"), ":%d:" % header, "no status that is known"),
            (good.replace("flags: qr", "flags: qr tc"), ":%d:" % flags, "was cut"),
            (good.replace(";wide", ";slim"), ":%d:" % question, "the answer to another question"),
            (good.replace("IN\tA\n", "IN\tAAAA\n", 1), ":%d:" % question, "the answer to another question"),
        ):
            path.write_text(text)
            with self.subTest(why=why, place=place):
                done = self.stage.celnik("explain", "--answer", path, "wide.test-site", code=1)
                self.assertIn("%s%s error: " % (path, place), done.stderr)
                self.assertIn(why, done.stderr)
                self.assertEqual(done.stdout, "")
        done = self.stage.celnik("explain", "--answer", "/nonexistent", "wide.test-site", code=3)
        self.assertIn("No such file", done.stderr)

    def test_a_failure_that_was_saved(self):
        path = self.stage.directory / "answer.txt"
        path.write_text(";; ->>HEADER<<- opcode: QUERY, status: SERVFAIL, id: 1\n;; flags: qr rd ra; QUERY: 1\n")
        found = self.explain("dev.hik-connect.com", "A", "--answer", path)
        self.assertEqual((found["rcode"], found["action"], found["answers"]), ("SERVFAIL", "nxdomain", []))


class Nobody(unittest.TestCase):
    def test_no_server_answers(self):
        s = make_stage()
        self.addCleanup(s.stop)
        s.nsd.stop()
        done = s.celnik("explain", "-o", "json", "dev.hik-connect.com")
        found = json.loads(done.stdout)
        self.assertEqual((found["rcode"], found["action"]), (None, "nxdomain"))
        self.assertNotIn("servers", done.stderr)
        done = s.celnik("explain", "-o", "json", "shop.test-site")
        found = json.loads(done.stdout)
        self.assertEqual((found["rcode"], found["action"]), ("SERVFAIL", "allow"))
        self.assertIn("only the name is judged", done.stderr)

    def test_an_internal_zone_is_asked_at_its_own_servers(self):
        s = make_stage()
        self.addCleanup(s.stop)
        text = s.config.read_text()
        s.config.write_text(text.replace("upstreams: [ \"127.0.0.1:%d" % s.nsd.port, "upstreams: [ \"127.0.0.1:%d" % free_port()))
        self.assertEqual(json.loads(s.celnik("explain", "-o", "json", "near.corp.test-site").stdout)["rcode"], "NOERROR")
        self.assertEqual(json.loads(s.celnik("explain", "-o", "json", "near.test-site").stdout)["rcode"], "SERVFAIL")

    def test_no_lists(self):
        s = make_stage()
        self.addCleanup(s.stop)
        subprocess.run(["rm", "-r", str(s.directory / "store")], check=True)
        done = s.celnik("explain", "dev.hik-connect.com", code=1)
        self.assertIn("run 'celnik -c %s lists build'" % s.config, done.stderr)


if __name__ == "__main__":
    unittest.main()
