#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the shipped lists say of hosts that devices are known to ask, and that they say nothing of
popular names. data/ has both, with where they are from."""

import csv
import io
import unittest

from stage import SRCDIR, Stage

CONFIG = """\
version: 1
clients: { local: { networks: [ 127.0.0.0/8 ] } }
lists:
  store: {dir}/store
  shipped_directory: {lists}
  sources: [ { name: prc, shipped: prc } ]
"""
DATA = SRCDIR / "tests" / "system" / "data"


def rows(path):
    """The rows of a tab-separated file, as dicts."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


class Shipped(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(CONFIG, start=False)
        cls.parents = {r["vendor"]: r["parent"] for r in rows(SRCDIR / "lists" / "vendors.tsv")}

    @classmethod
    def tearDownClass(cls):
        cls.stage.stop()

    def lookup(self, names):
        """{name: its rows} of those that the shipped lists know."""
        found = {}
        done = self.stage.celnik("lists", "lookup", "-o", "csv", *names, code=None)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        for row in csv.DictReader(io.StringIO(done.stdout)):
            if row["list"] == "dns-bypass":
                continue
            found.setdefault(row["asked"], []).append(row)
        return found

    def vendors(self, vendor):
        while vendor:
            yield vendor
            vendor = self.parents[vendor]

    def test_hosts_of_devices(self):
        hosts = {r["host"]: r for r in rows(DATA / "devices.tsv")}
        self.assertGreaterEqual(len(hosts), 200)
        found = self.lookup(hosts)
        for host, expected in hosts.items():
            with self.subTest(host=host, source=expected["source"]):
                [row] = found.get(host, [None])
                self.assertIsNotNone(row, "no list knows it")
                self.assertIn(expected["vendor"], list(self.vendors(row["vendor"])))
                self.assertEqual((row["category"], row["fact"], row["country"]),
                                 (expected["category"], expected["fact"], "CN"))

    def test_each_category_has_hosts(self):
        categories = {p.stem for p in (SRCDIR / "lists" / "domains").glob("*.tsv")} - {"tld"}
        self.assertEqual({r["category"] for r in rows(DATA / "devices.tsv")}, categories)

    def test_popular_names(self):
        names = [line for line in (DATA / "popular.txt").read_text().splitlines()
                 if line and not line.startswith("#")]
        self.assertGreater(len(names), 13000)
        listed = {r["name"]: r["vendor"] for r in rows(DATA / "popular-listed.tsv")}
        self.assertLessEqual(set(listed), set(names))
        found = {name: r[0]["vendor"] for name, r in self.lookup(names).items()}
        self.assertEqual(found, listed)


if __name__ == "__main__":
    unittest.main()
