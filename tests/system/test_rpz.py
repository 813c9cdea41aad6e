#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Lists and policy as a response policy zone: Unbound and BIND load it and answer as celnik does."""

import os
import re
import shutil
import subprocess
import unittest

from stage import Nsd, Stage, free_port, wait_for

CONFIG = """\
version: 1
site: test-site
mode: enforce
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients:
  ot: { networks: [ 127.0.0.0/24, "fd00::/64" ] }
  pump: { networks: [ 127.0.0.8/32 ] }
  office: { networks: [ 127.0.1.0/24 ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
lists:
  store: {dir}/store
  sources:
    - { name: names, files: {dir}/names.tsv, format: tsv, confidence: low }
    - { name: nets, files: {dir}/nets.tsv, format: tsv }
policy:
  - { rule: fine, clients: [ ot, office ], match: { category: [ fine ] }, action: allow }
  - { rule: bad, clients: [ ot, office ], match: { category: [ bad ] }, action: nxdomain }
  - { rule: by-name, clients: [ ot ], match: { name: [ "*.below.example", one.example ] }, action: nodata }
  - { rule: sink, clients: [ ot ], match: { category: [ sink ] }, action: sinkhole }
  - { rule: empty, clients: [ ot ], match: { category: [ empty ] }, action: nodata }
  - { rule: there, clients: [ ot ], match: { located: [ CN ] }, action: sinkhole }
  - { rule: net, clients: [ ot, office ], match: { network: [ 45.14.113.128/25 ] }, action: nxdomain }
  - { rule: seen, match: { operated: [ CN ] }, action: log }
otherwise: allow
exceptions:
  - { id: EX-1, names: [ .ok.bad.example, x.y.z.bad.example, only.example, lead.example ],
      clients: [ ot ], reason: r, owner: o, expires: {soon} }
  - { id: EX-2, networks: [ 45.12.2.64/26 ], clients: [ ot ], reason: r, owner: o, expires: {soon} }
block: { ipv4: 127.9.9.9, ipv6: "::9", ttl: 60s }
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""
NAMES = """\
domain\tmatch\tfact\tcountry\tcategory
bad.example\tsuffix\toperated\tCN\tbad
fine.bad.example\tsuffix\toperated\tCN\tfine
quiet.bad.example\tsuffix\tlisted\t\tquiet
only.example\texact\tlisted\t\tbad
just.example\texact\tlisted\t\tbad
sink.example\tsuffix\tlisted\t\tsink
empty.example\tsuffix\tlisted\t\tempty
seen.example\tsuffix\toperated\tCN\tseen
"""
NETS = """\
range\tfact\tcountry
45.12.2.0/24\tlocated\tCN
45.13.100.0-45.13.100.2\tlocated\tCN
2a0e:db8:1::/48\tlocated\tCN
2a0e:db8::5\tlocated\tCN
45.14.113.7\tlocated\tHK
"""
FREE = "100.64.0.1"
HOSTS = {
    "bad.example": FREE, "a.bad.example": FREE, "www.fine.bad.example": FREE,
    "www.quiet.bad.example": FREE, "ok.bad.example": FREE, "a.ok.bad.example": "45.12.2.1",
    "x.y.z.bad.example": FREE, "w.y.z.bad.example": FREE, "a.x.y.z.bad.example": FREE,
    "z.bad.example": FREE, "only.example": "45.12.2.9", "x.only.example": FREE,
    "just.example": FREE, "x.just.example": FREE, "below.example": FREE, "a.below.example": FREE,
    "one.example": FREE, "a.one.example": FREE, "sink.example": FREE, "a.sink.example": FREE,
    "empty.example": FREE, "a.seen.example": "45.12.2.3",
    "v4.example": "45.12.2.200", "excepted.example": "45.12.2.100", "edge.example": "45.12.2.63",
    "last.example": "45.13.100.2", "next.example": "45.13.100.3", "hk.example": "45.14.113.7",
    "net.example": "45.14.113.200", "free.example": FREE,
}
RECORDS = "".join("%s. IN A %s\n" % item for item in HOSTS.items()) + """\
v6.example. IN AAAA 2a0e:db8:1::9
five.example. IN AAAA 2a0e:db8::5
six.example. IN AAAA 2a0e:db8::6
alias.example. IN CNAME a.bad.example.
lead.example. IN CNAME a.bad.example.
"""
QUESTIONS = [(name, "A") for name in HOSTS] + [
    ("v6.example", "AAAA"), ("five.example", "AAAA"), ("six.example", "AAAA"),
    ("a.sink.example", "AAAA"), ("a.sink.example", "TXT"), ("alias.example", "A"),
    ("lead.example", "A"),
]
SBIN = "/usr/sbin:/sbin:/usr/bin"

UNBOUND = """\
server:
  interface: 127.0.0.1@{port}
  access-control: 127.0.0.0/8 allow
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{dir}"
  pidfile: ""
  use-syslog: no
  module-config: "respip iterator"
  do-not-query-localhost: no
  num-threads: 1
  # 1.17 lets nobody pass by rpz-client-ip.
  define-tag: "ot other"
  access-control-tag: 127.0.0.0/24 "ot"
  access-control-tag: 127.0.0.8/32 "other"
rpz:
  name: rpz.celnik
  tags: "ot"
  zonefile: "{zone}"
remote-control:
  control-enable: no
forward-zone:
  name: .
  forward-addr: 127.0.0.1@{upstream}
"""
NAMED = """\
options {{
  directory "{dir}";
  pid-file none;
  lock-file none;
  session-keyfile none;
  listen-on port {port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  allow-recursion {{ any; }};
  dnssec-validation no;
  empty-zones-enable no;
  forward only;
  forwarders {{ 127.0.0.1 port {upstream}; }};
  response-policy {{ zone "rpz.celnik"; }};
}};
controls {{ }};
zone "rpz.celnik" {{ type primary; file "{zone}"; }};
"""


class Server:
    """One of the two with a zone, in a directory below the stage's, as nobody where that is left to
    choose."""

    def __init__(self, stage, name, config, command, zone):
        self.name, self.port = name, free_port()
        directory = stage.directory / name
        directory.mkdir()
        (directory / "conf").write_text(config.format(
            port=self.port, dir=directory, zone=zone, upstream=stage.nsd.port))
        user = {}
        if os.geteuid() == 0:
            shutil.chown(directory, "nobody")
            user = {"user": "nobody"}
        self.log = directory / "log"
        # A copy: where AppArmor confines the one in its place, it may not read here.
        program = shutil.copy(shutil.which(command[0], path=SBIN), directory)
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [program, *command[1:], "-c", str(directory / "conf")], stdout=log, stderr=log, **user)
        self.stage = stage
        wait_for(name + " answers", self.answers)

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError("%s ended:\n%s" % (self.name, self.log.read_text()))
        return ask(self.stage, self.port, "free.example", "A", "127.0.0.1")[1]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=20)


def ask(stage, port, name, rtype, client):
    """(status, data of that type)."""
    own, stage.port = stage.port, port
    try:
        reply = stage.dig(name, rtype, client=client)
    finally:
        stage.port = own
    return reply.status, sorted(reply.data(rtype))


class Zone(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        soon = subprocess.run(["date", "-d", "+30 days", "+%F"], capture_output=True, text=True)
        cls.stage = Stage(CONFIG, RECORDS, files={"names.tsv": NAMES, "nets.tsv": NETS},
                          words={"soon": soon.stdout.strip()})
        cls.zone = cls.stage.directory / "ot.rpz"
        done = cls.stage.celnik("lists", "export", "--format", "rpz", "--group", "ot")
        cls.zone.write_text(done.stdout)
        cls.said = done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.stage.stop()

    def agrees(self, server):
        """For a client of the group all is as celnik has it; others see no policy."""
        self.addCleanup(server.stop)
        s = self.stage
        for name, rtype in QUESTIONS:
            expected = ask(s, s.port, name, rtype, "127.0.0.5")
            with self.subTest(name=name, type=rtype, server=server.name):
                self.assertEqual(ask(s, server.port, name, rtype, "127.0.0.5"), expected)
        for client in ("127.0.0.8", "127.0.2.1"):
            for name in ("bad.example", "a.sink.example", "v4.example"):
                self.assertEqual(ask(s, server.port, name, "A", client),
                                 ("NOERROR", [HOSTS[name]]), (name, client, server.name))

    def test_unbound(self):
        self.agrees(Server(self.stage, "unbound", UNBOUND, ["unbound", "-d"], self.zone))

    def test_bind(self):
        server = Server(self.stage, "named", NAMED, ["named", "-g"], self.zone)
        self.agrees(server)
        self.assertNotRegex(server.log.read_text(), r"rpz.celnik.*(invalid|error|ignor|fail)")

    def test_celnik_answers_as_was_meant(self):
        for name, expected in (
            ("a.bad.example", ("NXDOMAIN", [])), ("a.ok.bad.example", ("NOERROR", ["45.12.2.1"])),
            ("w.y.z.bad.example", ("NXDOMAIN", [])), ("a.sink.example", ("NOERROR", ["127.9.9.9"])),
            ("v4.example", ("NOERROR", ["127.9.9.9"])), ("a.below.example", ("NOERROR", [])),
            ("excepted.example", ("NOERROR", ["45.12.2.100"])),
            ("net.example", ("NXDOMAIN", [])), ("alias.example", ("NXDOMAIN", [])),
        ):
            self.assertEqual(ask(self.stage, self.stage.port, name, "A", "127.0.0.5"), expected, name)

    def test_nothing_is_said_twice(self):
        owners = [line.split()[0] for line in self.zone.read_text().splitlines()
                  if " CNAME " in line]
        self.assertEqual(len(owners), len(set(owners)))
        self.assertIn("*.bad.example", owners)
        self.assertNotIn("24.0.2.12.45.rpz-ip", owners)
        self.assertNotIn("a.bad.example", owners)


class Words(unittest.TestCase):
    """What export says on standard error."""

    HEAD = CONFIG[:CONFIG.index("policy:")]
    TAIL = CONFIG[CONFIG.index("block:"):]

    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(CONFIG.replace("{soon}", "2099-01-01").split("exceptions:")[0] + cls.TAIL,
                          files={"names.tsv": NAMES, "nets.tsv": NETS}, start=False)

    @classmethod
    def tearDownClass(cls):
        cls.stage.stop()

    def export(self, policy, *options, code=0):
        soon = subprocess.run(["date", "-d", "+30 days", "+%F"], capture_output=True, text=True)
        self.stage.write_config(self.HEAD + policy.replace("{soon}", soon.stdout.strip()) + self.TAIL)
        return self.stage.celnik("lists", "export", "--format", "rpz", *options, code=code)

    def test_one_zone_for_all(self):
        done = self.export("policy: [ { rule: x, match: { category: [ sink ] }, action: sinkhole } ]\n")
        self.assertEqual(done.stderr, "")
        self.assertIn("; policy for all clients, exceptions as of 2", done.stdout)
        body = done.stdout.splitlines()
        self.assertEqual([r for r in body[4:] if not r.startswith("@")], [
            "sink.example A 127.9.9.9", "sink.example AAAA ::9",
            "*.sink.example A 127.9.9.9", "*.sink.example AAAA ::9"])

    def test_only_rows_that_are_asked_for(self):
        policy = "policy: [ { rule: x, match: { list: [ names ] }, action: nodata } ]\n"
        done = self.export(policy, "--category", "empty")
        self.assertEqual(re.findall(r"^(\S+) CNAME", done.stdout, re.M),
                         ["empty.example", "*.empty.example"])
        self.assertIn("empty.example CNAME *.", done.stdout)
        done = self.export(policy, "--category", "none", code=1)
        self.assertIn("does nothing", done.stderr)

    def test_what_is_blocked_otherwise(self):
        done = self.export("policy: [ { rule: x, match: { category: [ fine ] }, action: allow } ]\n"
                           "otherwise: nxdomain\n")
        rows = [r for r in done.stdout.splitlines() if " CNAME " in r]
        self.assertEqual(rows, [
            "* CNAME .", "example CNAME .", "*.example CNAME .", "bad.example CNAME .",
            "*.bad.example CNAME .", "fine.bad.example CNAME rpz-passthru.",
            "*.fine.bad.example CNAME rpz-passthru."])

    def test_groups(self):
        policy = "policy: [ { rule: x, clients: [ ot ], match: { category: [ sink ] }, action: nodata } ]\n"
        said = self.export(policy, code=2).stderr
        self.assertIn("write --group with one of ot, pump, office", said)
        self.assertIn("no group 'nobody'", self.export(policy, "--group", "nobody", code=2).stderr)
        done = self.export(policy, "--group", "office", code=1)
        self.assertIn("does nothing", done.stderr)
        done = self.stage.celnik("lists", "export", "--format", "cidr", "--group", "ot", code=2)
        self.assertIn("--group is for --format rpz", done.stderr)

    def test_what_a_zone_cannot_say(self):
        said = self.export("""\
policy:
  - { rule: a, match: { category: [ bad ], qtype: [ MX ] }, action: nxdomain }
  - { rule: b, match: [ { category: [ bad ], qtype: [ TXT ] }, { on: [ hint ] } ], action: nxdomain }
  - { rule: c, match: { name: [ .x.example ], located: [ CN ] }, action: nxdomain }
  - { rule: d, match: { located: [ CN ] }, action: log }
  - { rule: e, match: { located: [ unknown ] }, action: nodata }
  - { rule: f, match: { category: [ empty ] }, action: refuse }
  - { rule: g, match: { category: [ sink ] }, action: nodata, mode: observe }
exceptions:
  - { id: E1, names: [ a.example ], covers: name, reason: r, owner: o, expires: {soon} }
""").stderr
        for line in (
            r"celnik\.yaml:\d+:\d+: warning: a zone does not know the type of the question; .* "
            r"\(2 such, this is the first\)",
            r"warning: a zone does not tell where .* not in it$",
            r"warning: a zone looks at a name or at an address; what only both",
            r"warning: a zone looks at names first; what passes here for its address",
            r"warning: a zone cannot name addresses that no source knows",
            r"warning: a zone cannot refuse; it says NXDOMAIN",
            r"warning: a rule that is only observed is not in the zone",
            r"warning: a zone cannot let a name pass and still look at its addresses",
        ):
            self.assertRegex(said, "(?m)" + line)
        self.assertEqual(said.count("warning: "), 8)

    def test_what_passes_below_what_is_blocked(self):
        said = self.export("""\
policy:
  - { rule: a, match: { category: [ bad ] }, action: nxdomain }
  - { rule: b, match: { located: [ CN ] }, action: nxdomain }
""").stderr
        self.assertRegex(said, r"celnik: \d+ names? below blocked ones pass, .* with any address")


if __name__ == "__main__":
    unittest.main()
