#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""make install puts everything where it belongs, keeps a changed configuration, and make uninstall
takes away all but that. The sample and README.md's configuration are correct."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import textwrap
import unittest

from stage import BUILDDIR, SRCDIR

FILES = """\
etc/celnik/celnik.yaml
usr/bin/celnik
usr/sbin/celnikd
usr/lib/systemd/system/celnik-index.service
usr/lib/systemd/system/celnikd.service
usr/lib/sysusers.d/celnik.conf
usr/lib/tmpfiles.d/celnik.conf
usr/share/celnik/lists/README.md
usr/share/celnik/lists/addresses/located.tsv
usr/share/celnik/lists/addresses/operators.tsv
usr/share/celnik/lists/domains/ip-cameras.tsv
usr/share/celnik/lists/domains/tld.tsv
usr/share/celnik/lists/operators.tsv
usr/share/celnik/lists/vendors.tsv
usr/share/doc/celnik/COPYING
usr/share/doc/celnik/NEWS
usr/share/doc/celnik/README.md
usr/share/doc/celnik/celnik.yaml
usr/share/doc/celnik/clickhouse.sql
usr/share/man/man1/celnik.1
usr/share/man/man5/celnik-lists.5
usr/share/man/man5/celnik-log.5
usr/share/man/man5/celnik.yaml.5
usr/share/man/man8/celnikd.8
"""
CONFIG = "etc/celnik/celnik.yaml"


class Installed(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="celnik-test-"))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)

    def make(self, target, prefix="/usr", sysconfdir="/etc", localstatedir="/var", runstatedir="/run"):
        # The test runner's make has told its options to those it started.
        env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        done = subprocess.run(
            ["make", "-s", "-C", str(BUILDDIR), target, "DESTDIR=%s" % self.root]
            + ["prefix=" + prefix, "exec_prefix=" + prefix, "sysconfdir=" + sysconfdir]
            + ["localstatedir=" + localstatedir, "runstatedir=" + runstatedir],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            env=env,
        )
        self.assertEqual(done.returncode, 0, done.stdout)

    def files(self):
        return {str(p.relative_to(self.root)) for p in self.root.rglob("*") if p.is_file()}

    def test_all_lands_where_it_belongs(self):
        self.make("install")
        found = self.files()
        self.assertFalse(set(FILES.split()) - found)
        shipped = {"usr/share/celnik/%s" % p.relative_to(SRCDIR) for p in SRCDIR.glob("lists/**/*.tsv")}
        self.assertEqual({f for f in found if f.endswith(".tsv")}, shipped)
        for name in found:
            path = self.root / name
            program = "bin/" in name
            self.assertEqual(path.stat().st_mode & 0o777, 0o755 if program else 0o644, name)
            if not program:
                self.assertNotRegex(path.read_text(), r"@[a-z]+dir@", name)

    def test_templates_name_the_places_of_the_installation(self):
        self.make("install", "/opt/celnik", "/opt/etc", "/opt/var", "/opt/run")
        base = self.root / "opt/celnik"
        unit = (base / "lib/systemd/system/celnikd.service").read_text()
        self.assertIn("Type=notify\n", unit)
        self.assertIn("ExecStart=/opt/celnik/sbin/celnikd -c /opt/etc/celnik/celnik.yaml\n", unit)
        self.assertIn("d /opt/var/log/celnik ", (base / "lib/tmpfiles.d/celnik.conf").read_text())
        self.assertIn("/opt/var/lib/celnik", (base / "lib/sysusers.d/celnik.conf").read_text())
        pages = "".join(p.read_text() for p in (base / "share/man").rglob("*.[158]"))
        for place in ("/opt/etc/celnik/celnik.yaml", "/opt/celnik/share/celnik/lists"):
            self.assertIn(place, pages)
        for place in ("/opt/var/lib/celnik", "/opt/var/log/celnik", "/opt/run/celnik/control.sock"):
            self.assertIn(place, pages)
        self.assertIsNone(re.search(r"(?<!/opt)/(etc|run|var/lib|var/log|usr/share)/celnik", pages))

    def test_a_changed_configuration_stays(self):
        self.make("install")
        config = self.root / CONFIG
        config.write_text(config.read_text() + "# mine\n")
        self.make("install")
        self.assertTrue(config.read_text().endswith("# mine\n"))
        self.make("uninstall")
        self.assertEqual(self.files(), {CONFIG})

    def check(self, path):
        done = subprocess.run(
            [str(BUILDDIR / "celnik"), "check", str(path)], capture_output=True, text=True, timeout=60
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_the_sample_is_correct(self):
        self.assertIn(": ok (1 group, 2 rules, observe)", self.check(SRCDIR / "dist/celnik.yaml"))
        # What it has in comments as well, once the lines are taken in.
        text = (SRCDIR / "dist/celnik.yaml").read_text()
        text = re.sub(r"^( *)# ( *(?:- )?[a-z_0-9.]+:(?: [\[{].*| \S+)?)$", r"\1\2", text, flags=re.M)
        text = text.replace("/etc/celnik/blocked.txt", str(self.root / "blocked.txt"))
        text = text.replace("/usr/share/GeoIP", str(self.root))
        for name in ("blocked.txt", "country.mmdb", "asn.mmdb"):
            (self.root / name).write_text("x.example\n")
        (self.root / "all.yaml").write_text(text)
        self.assertIn(": ok (3 groups, 4 rules, observe)", self.check(self.root / "all.yaml"))

    def test_the_configuration_of_the_readme_is_correct(self):
        readme = (SRCDIR / "README.md").read_text()
        section = re.search(r"^## A configuration\n(.*?)^## ", readme, re.M | re.S).group(1)
        text = textwrap.dedent("".join(re.findall(r"^    .*\n|^\n", section, re.M)))
        (self.root / "celnik.yaml").write_text(text)
        self.assertIn(": ok (3 groups, 2 rules, observe)", self.check(self.root / "celnik.yaml"))


if __name__ == "__main__":
    unittest.main()
