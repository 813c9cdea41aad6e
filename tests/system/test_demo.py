#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The demonstration ends well and shows what README.md says it shows."""

import re
import subprocess
import sys
import unittest

from stage import BUILDDIR, SRCDIR

LOGGED = (
    (r"cam-gate-north +dev\.hik-connect\.com A", r"would nxdomain +camera-clouds: .*vendor hikvision"),
    (r"inverter-hall-b +intl\.fusionsolar\.huawei\.com A", r"log +prc-anything: .*huawei-fusionsolar"),
    (r"meter-cabinet-7 +data\.meters\.example\.net A", r"log +prc-anything: address 8\.129\.0\.1 "),
    (r"meter-cabinet-7 +firmware\.example\.org A", r"log +prc-anything: alias images\.oss-eu-"),
    (r"phone-reception +connectivitycheck\.platform\.hicloud\.com A", r"log +prc-anything: .*huawei"),
    (r"desk-accounting +portal\.example\.com HTTPS", r"log +prc-anything: hint 8\.129\.0\.1 "),
)


def squeezed(text):
    return re.sub(r"\s+", " ", text)


class Demo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.done = subprocess.run(
            [sys.executable, str(SRCDIR / "tests/demo/demo.py"), str(BUILDDIR)],
            capture_output=True,
            text=True,
            timeout=300,
        )

    def test_it_ends_well(self):
        self.assertEqual((self.done.returncode, self.done.stderr), (0, ""))
        self.assertIn("Nothing was blocked: in mode observe", self.done.stdout)

    def test_the_log_says_which_device_asked_for_which_vendor(self):
        for question, outcome in LOGGED:
            self.assertRegex(self.done.stdout, question + " +" + outcome)

    def test_the_readme_shows_what_it_shows(self):
        readme = (SRCDIR / "README.md").read_text()
        shown = re.search(r"^    \$ celnik log\n(.*?)^The tests end", readme, re.M | re.S).group(1)
        output = squeezed(re.sub(r"\(/\S*/celnik\.yaml", "(celnik.yaml", self.done.stdout))
        output = re.sub(r" at \S*/celnik\.yaml", " at celnik.yaml", output)
        output = re.sub(r"dev\.hik-connect\.com \d+ A", "dev.hik-connect.com TTL A", output)
        shown = re.sub(r"dev\.hik-connect\.com  \d+  A", "dev.hik-connect.com  TTL  A", shown)
        # Paragraphs, commands and what is left out apart.
        for part in re.split(r"\n\n|\$ celnik .*\n|\.\.\.|\n(?=    \S)", shown):
            self.assertIn(squeezed(part).strip(), output)


if __name__ == "__main__":
    unittest.main()
