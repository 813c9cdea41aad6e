# SPDX-License-Identifier: BSD-3-Clause
"""Asks one question in all the ways there are, and looks at the octets of what comes back.

A case is a question, the records that its upstream has, and what must not come through. Its name
may hold {n}: then each way of asking finds a name of its own that is in no cache yet, and asks it
once more when it is, and once more the next way. What the query log and `celnik explain` say of it
is compared with what was done.
"""

import collections
import itertools
import json
import pathlib
import re
import socket
import subprocess
import tempfile
import unittest

import upstream
from octets import AD, PATIENCE_S, TC, TYPES, WAYS, Client, read_name, type_number, wire
from stage import ZONE, Stage, build_mmdb, wait_for

# What is forbidden, and where that is written: a list of names and one of ranges, and two databases
# of which one has country.iso_code and the other country_code.
FILES = {
    "names.txt": "bad.example\nxn--fiqs8s.example\nb\u00fccher.example\n",
    "tlds.tsv": "domain\tmatch\tfact\tcountry\nbadtld\ttld\tlisted\t\nxn--fiqs8s\ttld\tlisted\t\n",
    "ranges.txt": "5.45.96.0/24\n5.45.98.64/26\n5.45.99.0/24\n2a0d:1234::/32\n2a0d:5678:1:2::/64\n",
    "more.txt": "5.45.99.0-5.45.99.127\n",
}
COUNTRIES = {
    prefix: {"country": {"iso_code": "CN"}} for prefix in ("5.45.99.0/24", "8.129.0.0/16", "2a02:4780::/32")
}
CODES = {
    "5.45.99.0/28": {"country_code": "HK"},
    "9.0.0.0/8": {"country_code": "CZ"},
    "47.93.0.0/16": {"country_code": "HK"},
}
CONFIG = """\
version: 1
site: test-site
mode: enforce
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients:
  strict: { networks: [ 127.0.2.0/24 ] }
  local: { networks: [ 127.0.0.0/8 ] }
upstreams: [ "{server}" ]
limits: { queries_per_second: 0, outstanding_misses: 0, responses_per_second: 0 }
dnssec: { validate: {validate}, trust_anchors: {dir}/anchors }
nat64: [ "2001:db8:64::/96", "2001:db8:6464:1::/64", "2001:db8:6500::/40" ]
lists:
  store: {dir}/store
  sources:
    - { name: names, files: {dir}/names.txt, format: domains }
    - { name: tlds, files: {dir}/tlds.tsv, format: tsv }
    - { name: ranges, files: {dir}/ranges.txt, format: cidr }
    - { name: more, files: {dir}/more.txt, format: cidr }
geoip: { country: [ {dir}/countries.mmdb, {dir}/codes.mmdb ] }
policy:
  - { rule: rare, match: { qtype: [ "NULL", TYPE65400 ] }, action: nxdomain }
  - { rule: mentions, clients: [ strict ], match: { list: [ names ], on: mention }, action: nxdomain }
  - { rule: reverse, clients: [ strict ], match: { name: .129.8.in-addr.arpa }, action: nxdomain }
  - { rule: names, match: { list: [ names, tlds ] }, action: nxdomain }
  - { rule: ranges, match: { list: [ ranges ] }, action: nxdomain }
  - { rule: located, match: { located: [ CN, HK ] }, action: nxdomain }
block: { explain: "call 4400" }
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""

class Case(collections.namedtuple("Case", "title name type bad found records")):
    """A question, what must not come through (addresses and names), what the record says of it (on
    and value; None: nothing is found) and the upstream's records. What the client gets is in front of
    what must not come: nothing, it is blocked; +, the answer as it is (so it is when there is nothing
    bad); -, no answer; ~, some answer."""

    def __new__(cls, title, name, rtype, bad, found, records):
        self = super().__new__(cls, title, name, rtype, bad.lstrip("+-~"), found, records)
        self.gets = "+" if not bad else bad[0] if bad[0] in "+-~" else "block"
        return self


def cases(text_of_rows):
    """{row: [Case]} of {row: [tuple]}."""
    return {row: [Case(*each) for each in rows] for row, rows in text_of_rows.items()}


def zone_of(table):
    """The lines of a zone file for all cases, once for each way where they say {n}."""
    lines = []
    for case in itertools.chain(*table.values()):
        for record in filter(None, (line.strip() for line in case.records.splitlines())):
            lines += [record.replace("{n}", str(n)) for n in range(len(WAYS))] if "{n}" in record else [record]
    return "\n".join(dict.fromkeys(lines)) + "\n"


def signed(text):
    """A root zone, signed, but badly at names below broken.example, and its trust anchor."""
    with tempfile.TemporaryDirectory(prefix="celnik-sign-") as scratch:
        path = pathlib.Path(scratch)
        (path / "zone").write_text(text)

        def tool(*command):
            done = subprocess.run(command, cwd=path, capture_output=True, text=True, timeout=60)
            if done.returncode:
                raise AssertionError("%s: %s" % (command, done.stderr))
            return done.stdout.strip()

        key = tool("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", ".")
        tool("ldns-signzone", "-o", ".", "-f", "signed", "zone", key)
        # A type that nsd knows by its number alone.
        zone = re.sub(r"(?<=[\t ])A6(?=[\t ])", "TYPE38", (path / "signed").read_text())
        zone = re.sub(r"(?m)^(\S+\.broken\.example\.\t.*\tRRSIG\tA .* )(.)(\S+)$",
                      lambda m: m[1] + ("C" if m[2] == "B" else "B") + m[3], zone)
        return zone, (path / (key + ".ds")).read_text()


def forbidden(text):
    """The octets that stand for an address or a name, and the labels of that name."""
    if ":" in text or re.fullmatch(r"[0-9.]+", text):
        return upstream.address(text), None
    return wire(text).lower(), read_name(wire(text), 0)[0]


class Ways(unittest.TestCase):
    """The base of a test of one table, which is TABLE of the class."""

    TABLE = {}
    MORE = ""  # lines of the zone
    SOURCE = "127.0.0.1"  # of the client

    @classmethod
    def setUpClass(cls):
        zone, anchor = signed(ZONE + zone_of(cls.TABLE) + cls.MORE)
        cls.stage = Stage(CONFIG, zones={".": zone}, files=dict(FILES, anchors=anchor), build=False, start=False)
        cls.addClassCleanup(cls.stage.stop)
        cls.begin(cls.stage.nsd.port, "yes")

    @classmethod
    def begin(cls, port, validate):
        """Starts the daemon before the server at port, of 127.0.0.1."""
        cls.stage.words.update(server="127.0.0.1:%d" % port, validate=validate)
        cls.stage.write_config(CONFIG)
        build_mmdb(cls.stage.directory / "countries.mmdb", COUNTRIES)
        build_mmdb(cls.stage.directory / "codes.mmdb", CODES)
        cls.stage.celnik("lists", "build")
        cls.stage.start()
        cls.client = Client(cls.stage.port, cls.SOURCE)
        cls.direct = Client(port)
        cls.asked = {}  # number: (case, n, way)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.direct.close()
        assert cls.stage.stop() == 0

    # One case.

    def check_case(self, case, first):
        """Cold, cached, and cached the next way; first is the way that a fixed name is cold for."""
        rtype = type_number(case.type)
        self.client.connect()
        for turn in range(len(WAYS)):
            n = (first + turn) % len(WAYS)
            name = wire(case.name.replace("{n}", str(n)))
            for step, way in (("cold", WAYS[n]), ("cached", WAYS[n]), ("next", WAYS[(n + 1) % len(WAYS)])):
                with self.subTest(case.title, way=way.title, step=step):
                    reply = self.client.ask(name, rtype, way)
                    self.asked[self.client.number] = (case, n, way)
                    if case.gets == "block":
                        self.check_blocked(reply, way)
                    elif case.gets == "+":
                        self.check_equal(name, rtype, way, reply)
                    else:
                        self.assertEqual(reply.counts[0] > 0, case.gets == "~", reply.octets)
                    for text in case.bad.split():
                        self.check_without(reply, *forbidden(text))

    def check_without(self, reply, octets, labels):
        self.assertNotIn(octets, reply.behind)
        self.assertNotIn(octets, reply.behind.lower())
        if labels:
            self.assertFalse([name for name in reply.names if name[-len(labels) :] == labels])

    def check_blocked(self, reply, way):
        """No such name, with an SOA of our own, and the reason for who can read it; nothing is said to be
        validated."""
        self.assertEqual((reply.rcode, reply.counts[0], reply.flags & (AD | TC)), (3, 0, 0), reply.octets)
        self.assertEqual([record[1] for record in reply.sections[1]], [6], reply.octets)
        self.assertEqual([record[1] for record in reply.sections[2]], [41] if way.size else [], reply.octets)
        if way.size:
            options = reply.sections[2][0][3][-1]
            self.assertEqual(options[:2] + options[4:], b"\0\x0f\0\x0fcall 4400", reply.octets)

    def check_equal(self, name, rtype, way, reply):
        if reply.tc:
            self.assertEqual(reply.counts[0], 0)
            self.assertFalse(way.tcp)
            return
        truth = self.direct.ask(name, rtype, way._replace(tcp=True))
        self.assertEqual((reply.rcode, reply.answers), (truth.rcode, truth.answers))

    # What was done is what is written and what is explained.

    def records(self):
        """{number: record} of all that was asked."""

        def probe():
            found = {r["dns.id"]: r for r in self.stage.records() if "dns.id" in r}
            return found if set(found) >= set(self.asked) else None

        return wait_for("a record of each query", probe)

    def record(self):
        """That of the query before."""
        number = self.client.number
        return wait_for("its record", lambda: next(
            (r for r in self.stage.records() if r.get("dns.id") == number), None))

    def check_record(self, case, n, way, record):
        self.assertEqual(record["event.action"], "nxdomain" if case.gets == "block" else "allow", record)
        self.assertEqual(record["network.transport"], "tcp" if way.tcp else "udp")
        self.assertEqual("rule.name" in record, case.gets == "block")
        keys = ("on", "value", "country")
        rows = zip(*(record.get("celnik.match." + key, ()) for key in keys))
        # A rule about a type alone is recorded as one about who asks.
        found = ["%s %s" % (on, value) for on, value, country in rows if country != "--" and on != "client"]
        wanted = case.found and case.found.replace("{n}", str(n))
        if wanted and "celnik.cut" in record and wanted not in found:
            self.assertIn(wanted, record["event.reason"])
        elif wanted:
            self.assertIn(wanted, found, record)
        else:
            self.assertEqual(found, [], record)

    def explained(self, name, rtype, program):
        if program:
            options = ("-o", "json", "--type", rtype, "--client", self.SOURCE)
            return json.loads(self.stage.celnik("explain", *options, "--", name).stdout)
        request = {"verb": "explain", "name": name, "type": rtype, "client": self.SOURCE}
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.settimeout(PATIENCE_S)
            s.connect(str(self.stage.directory / "run" / "control.sock"))
            s.sendall(json.dumps(request).encode() + b"\n")
            text = b""
            while not text.endswith(b"\n"):
                part = s.recv(65536)
                if not part:
                    break
                text += part
        reply = json.loads(text)
        self.assertTrue(reply["ok"], reply)
        return reply["explain"]

    def check_explained(self, record, explained):
        self.assertEqual(explained["action"], record["event.action"])
        self.assertEqual(explained["winner"], record.get("rule.name", "otherwise"))
        self.assertEqual(explained["reason"], record.get("event.reason", ""))
        keys = ("on", "value", "list", "fact")
        told = {tuple(finding[key] for key in keys) for finding in explained["findings"]}
        written = {row for row in zip(*(record.get("celnik.match." + key, ()) for key in keys)) if row[0] != "client"}
        if "celnik.cut" in record:
            self.assertLessEqual(written, told)
        else:
            self.assertEqual(written, told)

    def run_table(self):
        for number, case in enumerate(itertools.chain(*self.TABLE.values())):
            self.check_case(case, number % len(WAYS))
        records = self.records()
        last = {}
        for number, (case, n, way) in self.asked.items():
            with self.subTest(case.title, way=way.title, of="record"):
                self.check_record(case, n, way, records[number])
            last[case] = records[number]
        for row, listed in self.TABLE.items():
            for case in listed:
                with self.subTest(case.title, of="explain"):
                    record = last[case]
                    name = record["dns.question.name"]
                    self.check_explained(record, self.explained(name, case.type, case is listed[0]))


class Scripted(Ways):
    """Before an upstream of which says(query) is what it says."""

    @classmethod
    def setUpClass(cls):
        cls.upstream = upstream.Upstream(cls.says)
        cls.addClassCleanup(cls.upstream.stop)
        cls.stage = Stage(CONFIG, zones={".": ZONE}, files=dict(FILES, anchors=""), build=False, start=False)
        cls.addClassCleanup(cls.stage.stop)
        cls.begin(cls.upstream.port, "no")
