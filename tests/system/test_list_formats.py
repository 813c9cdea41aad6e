#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Lists of every format, what celnik knows of them, and what became of them."""

import csv
import io
import json
import re
import shutil
import unittest

from stage import Stage

HEAD = """\
version: 1
site: test-site
mode: enforce
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients:
  local: { networks: [ 127.0.0.0/8 ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
"""
TAIL = """\
policy:
  - rule: all
    match: { list: [ NAMES ] }
    action: nxdomain
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""
FORMATS = """\
lists:
  store: {dir}/store
  sources:
    - { name: of-hosts, files: {dir}/hosts, format: hosts }
    - { name: of-dnsmasq, files: {dir}/dnsmasq.conf, format: dnsmasq }
    - { name: of-adblock, files: {dir}/adblock.txt, format: adblock, category: ads }
    - { name: of-rpz, files: {dir}/block.rpz, format: rpz, vendor: somebody }
    - { name: of-v2fly, files: {dir}/v2fly, format: v2fly, attributes: [ cn ] }
    - { name: of-cidr, files: {dir}/nets.txt, format: cidr }
    - { name: of-registry, files: {dir}/delegated, format: delegated, countries: [ CN, HK ] }
"""
FILES = {
    "hosts": "127.0.0.1 localhost\n0.0.0.0 hosts.example # x\n10.0.0.1 nas.example\n",
    "dnsmasq.conf": "address=/dnsmasq.example/\nserver=/free.example/#\n",
    "adblock.txt": "! x\n||adblock.example^\n@@||a.adblock.example^\nexample.com##.ad\n",
    "block.rpz": "@ SOA a. b. 1 2 3 4 5\nrpz.example CNAME .\n*.rpz.example CNAME .\n"
    "24.0.2.0.192.rpz-ip CNAME .\nok.example CNAME rpz-passthru.\n",
    "v2fly": "include:v2fly-more\nother.example @us\n",
    "v2fly-more": "domain:v2fly.example @cn\nkeyword:x\n",
    "nets.txt": "198.51.100.0-198.51.100.63\n2001:db8:7::/48\n",
    "delegated": "2|apnic|20261124|2|19830613|20261123|+1000\n"
    "apnic|CN|ipv4|1.0.1.0|256|20110414|allocated\napnic|JP|ipv4|1.0.16.0|256|20110414|assigned\n",
}
RECORDS = """\
hosts.example. IN A 203.0.113.1
below.hosts.example. IN A 203.0.113.2
a.dnsmasq.example. IN A 203.0.113.3
v2fly.example. IN A 203.0.113.4
ok.example. IN A 203.0.113.5
in-rpz.example. IN A 192.0.2.77
in-cidr.example. IN A 198.51.100.63
in-cidr6.example. IN AAAA 2001:db8:7::1
outside.example. IN A 198.51.100.64
"""
SMALL = """\
lists:
  store: {dir}/store
  sources:
    - { name: names, files: {dir}/names.tsv, format: tsv }
    - { name: nets, files: {dir}/nets.tsv, format: tsv }
"""
NAMES = """\
domain\tmatch\tfact\tcountry\tcategory\tconfidence
bad.example\tsuffix\toperated\tCN\tip-cameras\thigh
only.example\texact\tlisted\t\tsite\thigh
"""
NETS = """\
range\tfact\tcountry
192.0.2.0/25\tlocated\tCN
192.0.2.128/25\tlocated\tCN
198.51.100.0-198.51.100.2\tlocated\tHK
2001:db8:1::/48\tlocated\tCN
2001:db8::5\tlocated\tCN
10.0.0.0/24\tlisted\t
"""


def tail(lists):
    names = re.findall(r"name: ([a-z0-9-]+)", lists)
    return TAIL.replace("NAMES", ", ".join(names))


def site(lists, files, records="", start=False):
    return Stage(HEAD + lists + tail(lists), records, files=files, start=start)


class Formats(unittest.TestCase):
    def test_each_format_blocks_what_it_names(self):
        with site(FORMATS, FILES, RECORDS, start=True) as s:
            for name, status in (
                ("hosts.example", "NXDOMAIN"),
                ("below.hosts.example", "NOERROR"),
                ("a.dnsmasq.example", "NXDOMAIN"),
                ("a.adblock.example", "NXDOMAIN"),
                ("a.rpz.example", "NXDOMAIN"),
                ("v2fly.example", "NXDOMAIN"),
                ("ok.example", "NOERROR"),
                ("in-rpz.example", "NXDOMAIN"),
                ("in-cidr.example", "NXDOMAIN"),
                ("outside.example", "NOERROR"),
            ):
                self.assertEqual(s.dig(name).status, status, name)
            self.assertEqual(s.dig("in-cidr6.example", "AAAA").status, "NXDOMAIN")
            row = json.loads(s.celnik("lists", "lookup", "x.rpz.example", "-o", "json").stdout)
            self.assertEqual((row["list"], row["vendor"], row["line"], row["match"]),
                             ("of-rpz", "somebody", 2, "suffix"))
            row = json.loads(s.celnik("lists", "lookup", "v2fly.example", "-o", "json").stdout)
            self.assertTrue(row["file"].endswith("/v2fly-more"), row)
            row = json.loads(s.celnik("lists", "lookup", "1.0.1.1", "-o", "json").stdout)
            self.assertEqual((row["fact"], row["country"], row["sources"]),
                             ("located", "CN", ["apnic"]))
            s.celnik("lists", "lookup", "1.0.16.1", code=1)
            s.celnik("lists", "lookup", "other.example", code=1)

    def test_counts_and_reasons(self):
        with site(FORMATS, FILES) as s:
            info = json.loads(s.celnik("lists", "info", "-o", "json").stdout)
            counts = {i["name"]: (i["names"], i["ranges"], i["skipped"]) for i in info["lists"]}
            self.assertEqual(counts, {
                "of-hosts": (1, 0, 1),
                "of-dnsmasq": (1, 0, 1),
                "of-adblock": (1, 0, 2),
                "of-rpz": (1, 1, 1),
                "of-v2fly": (1, 0, 1),
                "of-cidr": (0, 2, 0),
                "of-registry": (0, 1, 0),
            })
            (s.directory / "hosts").write_text(FILES["hosts"] + "10.0.0.2 nas2.example\n")
            with (s.directory / "nets.txt").open("a") as f:
                f.write("2001:DB8:7::/48\n198.51.100.0/26\n")
            built = s.celnik("lists", "build", "-o", "json")
            counts = {i["name"]: i["duplicates"] for i in json.loads(built.stdout)["lists"]}
            self.assertEqual((counts["of-cidr"], counts["of-hosts"]), (2, 0))
            said = built.stderr
            self.assertRegex(said, r"hosts:3:1: warning: .*\(2 such lines, this is the first\)")
            self.assertRegex(said, r"block\.rpz:5:1: warning: PASSTHRU")
            self.assertRegex(said, r"v2fly-more:2:1: warning: keywords")

    def test_a_changed_include_is_noticed(self):
        with site(FORMATS, FILES) as s:
            self.assertIn("of these sources", s.celnik("lists", "info").stdout)
            (s.directory / "v2fly-more").write_text("domain:v2fly.example @cn\nnew.example @cn\n")
            self.assertIn("has changed", s.celnik("lists", "info").stdout)
            s.celnik("lists", "build")
            s.celnik("lists", "lookup", "new.example")
            (s.directory / "v2fly-more").unlink()
            self.assertIn("v2fly-more", s.celnik("lists", "build", code=3).stderr)

    def test_own_zones_and_public_suffixes_are_kept_out(self):
        files = dict(FILES, **{"dnsmasq.conf": "address=/good.example/\naddress=/example.cz/\n"
                                               "address=/corp.example.cz/\naddress=/co.uk/\n"
                                               "address=/github.io/\n"})
        with site(FORMATS, files) as s:
            s.celnik("lists", "lookup", "example.cz")
            s.write_config(HEAD + "zones: [ { zone: corp.example.cz, servers: [ 10.0.0.1 ] } ]\n"
                           + FORMATS + tail(FORMATS))
            self.assertIn("has changed", s.celnik("lists", "info").stdout)
            said = s.celnik("lists", "build", "--force").stderr
            self.assertRegex(said, r"dnsmasq\.conf:2:10: warning: .* zone of this site or above")
            self.assertRegex(said, r"dnsmasq\.conf:3:10: warning: .* zone of this site or above")
            self.assertRegex(said, r"dnsmasq\.conf:4:10: warning: everybody can register")
            self.assertRegex(said, r"dnsmasq\.conf:5:10: warning: .* many customers of a provider")
            s.celnik("lists", "lookup", "good.example")
            s.celnik("lists", "lookup", "example.cz", code=1)
            s.celnik("lists", "lookup", "x.co.uk", code=1)


class Diff(unittest.TestCase):
    def test_added_removed_changed(self):
        with site(SMALL, {"names.tsv": NAMES, "nets.tsv": NETS}) as s:
            old = s.directory / "old.lists"
            shutil.copy(s.directory / "store" / "current", old)
            self.assertEqual(s.celnik("lists", "diff", old, "current").stdout,
                             "both say the same\n")
            # Where a row stands is no difference.
            rows = NAMES.replace("bad.example\tsuffix", "# why\nnew.example\tsuffix")
            rows += "bad.example\tsuffix\toperated\tCN\tdrones-robots\tmedium\n"
            (s.directory / "names.tsv").write_text(rows)
            nets = NETS.replace("192.0.2.128/25\tlocated\tCN\n", "").replace(".0/25", ".0/24")
            (s.directory / "nets.tsv").write_text(nets.replace(".0-198.51.100.2", ".0-198.51.100.4"))
            s.celnik("lists", "build")
            text = s.celnik("lists", "diff", old, "current", code=1).stdout
            self.assertEqual(
                text,
                "~ suffix bad.example: operated CN, category drones-robots, confidence medium, "
                "list names\n"
                "    category was ip-cameras\n"
                "    confidence was high\n"
                "+ suffix new.example: operated CN, category ip-cameras, confidence high, "
                "list names\n"
                "- range 198.51.100.0-198.51.100.2: located HK, confidence high, list nets\n"
                "+ range 198.51.100.0-198.51.100.4: located HK, confidence high, list nets\n"
                "2 added, 1 removed, 1 changed\n")
            lines = s.celnik("lists", "diff", old, "current", "-o", "json", code=1).stdout
            first = json.loads(lines.splitlines()[0])
            self.assertEqual(first["change"], "changed")
            self.assertEqual(first["was"], {"category": "ip-cameras", "confidence": "high"})
            text = s.celnik("lists", "diff", "current", old, "-o", "csv", code=1).stdout
            rows = list(csv.DictReader(io.StringIO(text)))
            self.assertEqual([r["change"] for r in rows],
                             ["changed", "removed", "added", "removed"])
            self.assertEqual(rows[0]["was"], "category=drones-robots; confidence=medium")
            self.check_what_cannot_be_compared(s, old)

    def check_what_cannot_be_compared(self, s, old):
        for path in (s.config, "/none"):
            said = s.celnik("lists", "diff", path, old, code=3).stderr
            self.assertIn("cannot read the lists in '%s': " % path, said)
            self.assertIn("name a generation", said)
            self.assertNotIn("lists build", said)
        self.assertIn("usage", s.celnik("lists", "diff", old, code=2).stderr)
        # Two files need no configuration.
        s.write_config("nonsense")
        s.celnik("lists", "diff", old, old)
        s.celnik("lists", "diff", old, "current", code=3)


class Export(unittest.TestCase):
    def setUp(self):
        self.site = site(SMALL, {"names.tsv": NAMES, "nets.tsv": NETS}, RECORDS)

    def tearDown(self):
        self.site.stop()

    def export(self, *options, code=0):
        return self.site.celnik("lists", "export", "--format", *options, code=code).stdout

    def test_ranges_for_a_firewall(self):
        self.assertEqual(self.export("cidr").splitlines(),
                         ["10.0.0.0/24", "192.0.2.0/24", "198.51.100.0/31", "198.51.100.2/32",
                          "2001:db8::5/128", "2001:db8:1::/48"])
        self.assertEqual(self.export("cidr", "--fact", "located", "--country", "HK").splitlines(),
                         ["198.51.100.0/31", "198.51.100.2/32"])
        self.assertEqual(self.export("cidr", "--fact", "listed"), "10.0.0.0/24\n")
        self.assertEqual(self.export("cidr", "--list", "names", code=1), "")
        self.export("cidr", "--fact", "nonsense", code=2)
        self.export("xml", code=2)
        self.site.celnik("lists", "export", code=2)
        self.site.celnik("lists", "info", "--format", "cidr", code=2)

    def test_sets_for_nft(self):
        self.assertEqual(
            self.export("nft", "--country", "CN"),
            "add table inet celnik\n"
            "add set inet celnik ipv4 { type ipv4_addr; flags interval; }\n"
            "flush set inet celnik ipv4\n"
            "add element inet celnik ipv4 {\n\t192.0.2.0/24,\n}\n"
            "add set inet celnik ipv6 { type ipv6_addr; flags interval; }\n"
            "flush set inet celnik ipv6\n"
            "add element inet celnik ipv6 {\n\t2001:db8::5/128,\n\t2001:db8:1::/48,\n}\n")


if __name__ == "__main__":
    unittest.main()
