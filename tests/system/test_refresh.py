#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""lists/refresh makes the ranges of the shipped lists from files, archives and a web server, or leaves
them as they are."""

import hashlib
import http.server
import io
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest

from stage import SRCDIR

STATISTICS = """\
2.3|apnic|20261124|7|19830613|20261123|+1000
apnic|*|asn|*|1|summary
apnic|*|ipv4|*|5|summary
apnic|*|ipv6|*|1|summary
apnic|CN|asn|4134|1|20000101|allocated|A0
apnic|CN|ipv4|1.0.1.0|256|20110414|allocated|A1
apnic|CN|ipv4|1.0.2.0|512|20110414|assigned|A1
apnic|HK|ipv4|1.0.8.0|768|20110412|allocated|A2
apnic|TW|ipv4|1.0.32.0|256|20110412|allocated|A3
apnic||ipv4|1.0.64.0|256||available|
apnic|MO|ipv6|2001:db8::|35|20000426|allocated|A4
"""
# A holder of the mainland with addresses from another registry.
RIPE = """\
2|ripencc|1795474799|1|19830705|20261123|+0100
ripencc|*|ipv4|*|1|summary
ripencc|CN|ipv4|1.0.4.0|256|20110414|allocated|R1
"""
ASN4 = '8.128.0.0,8.128.255.255,37963,"Hangzhou Alibaba, Ltd"\n1.0.1.0,1.0.1.255,4134,"CHINANET"\n'
ASN6 = "2001:250::,2001:250:ffff:ffff:ffff:ffff:ffff:ffff,4538,CERNET\n"
COUNTRY4 = "1.0.1.0,1.0.3.255,CN\n1.0.16.0,1.0.31.255,JP\n"
LOCATED = [
    "range\tcountry\tfact\tsource",
    "1.0.1.0-1.0.3.255\tCN\tlocated\tNRO",
    "1.0.8.0-1.0.10.255\tHK\tlocated\tNRO",
    "8.128.0.0/16\tCN\tlocated\tAS37963: RouteViews, DB-IP, NRO",
    "2001:db8::/35\tMO\tlocated\tNRO",
]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content) + self.server.missing))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Refresh(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="celnik-test-")
        self.addCleanup(scratch.cleanup)
        self.directory = pathlib.Path(scratch.name)
        self.out = self.directory / "out"
        self.out.mkdir()
        for name, text in (("apnic", STATISTICS), ("ripe", RIPE), ("asn-ipv4.csv", ASN4),
                           ("asn-ipv6.csv", ASN6), ("asn-country-ipv4.csv", COUNTRY4),
                           ("asn-country-ipv6.csv", "")):
            (self.directory / name).write_text(text)

    def pack(self, package):
        """What npm pack makes of a package with those CSV files."""
        with tarfile.open(self.directory / (package + ".tgz"), "w:gz") as archive:
            for name in ("package.json", package + "-ipv4.csv", package + "-ipv6.csv", "README.md"):
                path = self.directory / name
                content = path.read_bytes() if path.exists() else b"{}"
                member = tarfile.TarInfo("package/" + name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))

    def serve(self, *names, missing=0):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.missing = missing
        server.files = {"/" + n: (self.directory / n).read_bytes() for n in names}
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        return "http://127.0.0.1:%d/" % server.server_port

    def refresh(self, *options, asn=("asn-ipv4.csv", "asn-ipv6.csv"), code=0):
        command = [sys.executable, str(SRCDIR / "lists" / "refresh"), "--date", "2026-11-24",
                   "--output", "out", "--asn", *asn, *options]
        done = subprocess.run(command, cwd=self.directory, timeout=60, capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(list(self.out.glob("*.new")), [])
        return done.stderr

    def rows(self, name="located.tsv"):
        return [line for line in (self.out / name).read_text().splitlines()
                if not line.startswith("#")]

    def refused(self, *options, **more):
        """What it says when the files stay."""
        before = {p.name: p.read_bytes() for p in self.out.iterdir()}
        said = self.refresh(*options, code=1, **more)
        self.assertEqual({p.name: p.read_bytes() for p in self.out.iterdir()}, before)
        return said

    def test_statistics_of_registries(self):
        said = self.refresh("--delegated", "apnic")
        self.assertIn("no statistics of afrinic, arin, lacnic, ripencc", said)
        self.assertEqual(self.rows(), LOCATED)
        self.assertEqual(self.rows("operators.tsv"), [
            "range\tasn\tsource", "1.0.1.0/24\t4134\tRouteViews, DB-IP, NRO",
            "8.128.0.0/16\t37963\tRouteViews, DB-IP, NRO", "2001:250::/32\t4538\tRouteViews, DB-IP, NRO"])
        first = (self.out / "located.tsv").read_bytes()
        self.refresh("--delegated", "apnic")
        self.assertEqual((self.out / "located.tsv").read_bytes(), first)
        self.refresh("--delegated", "apnic", "ripe")
        self.assertIn("1.0.1.0-1.0.4.255\tCN\tlocated\tNRO", self.rows())

    def test_from_a_server(self):
        self.pack("asn")
        url = self.serve("apnic", "ripe", "asn.tgz")
        self.refresh("--delegated", url + "apnic", "ripe", asn=(url + "asn.tgz",))
        self.assertIn("1.0.1.0-1.0.4.255\tCN\tlocated\tNRO", self.rows())
        text = (self.out / "located.tsv").read_text()
        for name in ("apnic", "ripe", "asn-ipv4.csv"):
            content = (self.directory / name).read_bytes()
            self.assertIn("# %s sha256 %s\n" % (name, hashlib.sha256(content).hexdigest()), text)

    def test_from_packages(self):
        self.pack("asn")
        self.pack("asn-country")
        self.refresh("--country", "asn-country.tgz", asn=("asn.tgz",))
        packed = {p.name: p.read_bytes() for p in self.out.iterdir()}
        self.assertEqual(self.rows()[1], "1.0.1.0-1.0.3.255\tCN\tlocated\tNRO")
        self.refresh("--country", "asn-country-ipv4.csv", "asn-country-ipv6.csv")
        self.assertEqual({p.name: p.read_bytes() for p in self.out.iterdir()}, packed)

    def test_what_is_not_whole_changes_nothing(self):
        self.refresh("--delegated", "apnic")
        url = self.serve("apnic")
        cut = self.serve("apnic", missing=10)
        (self.directory / "half").write_text(STATISTICS[:STATISTICS.index("apnic|MO")])
        (self.directory / "bad").write_text("apnic|CN|ipv4|x|1|1|assigned\n")
        (self.directory / "list.html").write_text("<html>\n")
        (self.directory / "csv").write_text("2|apnic|1|0|1|1|+0000\n")
        (self.directory / "wrong.tgz").write_text("no archive")
        for source, message in (
            (url + "none", r"cannot fetch '.*/none': .*404.*; download it another way"),
            (cut + "apnic", r"cannot fetch '.*/apnic': "),
            ("http://127.0.0.1:1/apnic", "cannot fetch .*refused"),
            ("half", "half: it has 0 records of ipv6, and its head says 1; it is not whole"),
            ("bad", "bad:1: "),
            ("list.html", "list.html:1: "),
            ("csv", "csv: there are no sums at its head"),
            ("wrong.tgz", "cannot unpack 'wrong.tgz'"),
            ("none", "none"),
        ):
            with self.subTest(source=source):
                self.assertRegex(self.refused("--delegated", source), message)
        self.assertRegex(self.refused("--delegated", "apnic", asn=("wrong.tgz",)), "cannot unpack")

    def test_what_shrinks_is_refused(self):
        self.refresh("--delegated", "apnic")
        (self.directory / "less").write_text(
            STATISTICS.replace("1.0.2.0|512", "1.0.2.0|256").replace("2001:db8::|35", "2001:db8::|36"))
        said = self.refused("--delegated", "less")
        self.assertRegex(said, r"located\.tsv: IPv6 of MO would lose 50 % of its addresses; .*--max-shrink")
        (self.directory / "fewer.csv").write_text(ASN4.splitlines(True)[0].replace("128.255", "128.127"))
        said = self.refused("--delegated", "apnic", asn=("fewer.csv", "asn-ipv6.csv"))
        self.assertRegex(said, r"IPv4 of (CN|networks) would lose")
        self.refresh("--delegated", "less", "--max-shrink", "60")
        self.assertIn("2001:db8::/36\tMO\tlocated\tNRO", self.rows())

    def test_digests(self):
        names = ("apnic", "asn-ipv4.csv", "asn-ipv6.csv")
        lines = ["%s  %s\n" % (hashlib.sha256((self.directory / n).read_bytes()).hexdigest(), n)
                 for n in names]
        (self.directory / "sums").write_text("".join(lines))
        self.refresh("--delegated", "apnic", "--sha256", "sums")
        (self.directory / "apnic").write_text(STATISTICS + "\n")
        said = self.refused("--delegated", "apnic", "--sha256", "sums")
        self.assertIn("'apnic' has not the digest that sums says", said)
        (self.directory / "sums").write_text("".join(lines[1:]))
        self.assertIn("sums does not name 'apnic'",
                      self.refused("--delegated", "apnic", "--sha256", "sums"))


if __name__ == "__main__":
    unittest.main()
