#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The risk report as a browser renders it: in both languages, on the screen and on A4, nothing is
clipped, no two words overlap, every heading can be read, and no request leaves the page."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BUILDDIR = pathlib.Path(os.environ["BUILDDIR"])
SRCDIR = pathlib.Path(os.environ["SRCDIR"])
RECORDS = "60000"
A4 = (595, 842)  # points

CONFIG = """\
version: 1
site: brno-substation-1
mode: observe
timezone: Europe/Prague
listen: [ 127.0.0.1:5335 ]
clients:
  cameras: {{ networks: [ 10.20.8.0/24 ] }}
  office:  {{ networks: [ 10.20.30.0/24 ] }}
devices:
  10.20.8.11: cam-gate-north
upstreams: [ 192.0.2.53 ]
lists:
  store: {dir}/store
  shipped_directory: {src}/lists
  sources: [ {{ name: prc, shipped: prc }} ]
policy:
  - {{ rule: camera-clouds, clients: [ cameras ], match: {{ category: [ ip-cameras ] }}, action: nxdomain }}
  - {{ rule: prc-anything, match: [ {{ operated: [ CN ] }}, {{ located: [ CN ] }} ], action: log }}
exceptions:
  - id: EX-2026-007
    names: [ .growatt.com ]
    clients: [ cameras ]
    reason: záruka měniče vyžaduje dohled výrobce, riziko R-31 přijato
    owner: it-security@example.cz
    ticket: SEC-4412
    expires: 2027-06-30
state: {dir}/state
journal: {{ directory: {dir}/journal }}
control: {dir}/control.sock
"""


def run(*command, **more):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, timeout=300, **more)


def make_log(directory):
    names = []
    for path in sorted(SRCDIR.glob("lists/domains/*.tsv")):
        names += [line.split("\t")[0] for line in path.read_text().splitlines() if "." in line.split("\t")[0]]
    for name in ("store", "journal", "state"):
        (directory / name).mkdir()
    config = directory / "celnik.yaml"
    config.write_text(CONFIG.format(dir=directory, src=SRCDIR))
    run(BUILDDIR / "celnik", "-c", config, "lists", "build")
    run(BUILDDIR / "tests/bench/genlog", config, directory / "journal", RECORDS, "45",
        input="\n".join(n for n in names if n[0] != "#").encode())
    run(BUILDDIR / "celnik", "-c", config, "index")
    return config


def chromium(*arguments, directory):
    program = shutil.which("chromium") or sys.exit("chromium is missing; apt-get install chromium")
    return run(program, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=%s" % (directory / "profile"),
               "--host-resolver-rules=MAP * ~NOTFOUND", *arguments)


def words_of(pdf):
    """Page by page, the words with their boxes."""
    text = run("pdftotext", "-bbox", pdf, "-").stdout.decode()
    for page in text.split("<page ")[1:]:
        boxes = re.findall(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>', page)
        yield [(*map(float, box[:4]), box[4]) for box in boxes]


def overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return width > 0 and height > 0 and width * height > 0.3 * smaller


def check_pages(pdf, failures):
    for number, words in enumerate(words_of(pdf), 1):
        for word in words:
            if word[0] < 0 or word[1] < 0 or word[2] > A4[0] + 1 or word[3] > A4[1] + 1:
                failures.append("page %d: '%s' is clipped" % (number, word[4]))
        # Slanted headings have boxes that say nothing.
        plain = [w for w in words if w[3] - w[1] < 25]
        for i, a in enumerate(plain):
            failures += ["page %d: '%s' lies on '%s'" % (number, a[4], b[4]) for b in plain[i + 1:] if overlap(a, b)]


def check(config, directory, language, title, failures):
    page, pdf, png = (directory / ("r-%s.%s" % (language, end)) for end in ("html", "pdf", "png"))
    run(BUILDDIR / "celnik", "-c", config, "report", "--html", page, "--csv-dir", directory / language,
        "--since", "2026-10-25", "--until", "2026-11-24", "--lang", language)
    chromium("--no-pdf-header-footer", "--print-to-pdf=%s" % pdf, page, directory=directory)
    chromium("--screenshot=%s" % png, "--window-size=900,1400", page, directory=directory)
    if png.stat().st_size < 20000:
        failures.append("%s: the screen is empty" % language)
    check_pages(pdf, failures)
    text = re.sub(r"\s+", " ", run("pdftotext", pdf, "-").stdout.decode())
    for heading in [title] + re.findall(r"<h2>(.*?)</h2>", page.read_text(encoding="utf-8")):
        if heading not in text:
            failures.append("%s: '%s' cannot be read" % (language, heading))
    if re.search(r"(https?:)?//|url\(", page.read_text(encoding="utf-8")):
        failures.append("%s: there is an address of something else" % language)


def main():
    failures = []
    with tempfile.TemporaryDirectory(prefix="celnik-report-") as name:
        directory = pathlib.Path(name)
        config = make_log(directory)
        check(config, directory, "en", "DNS risk report", failures)
        check(config, directory, "cs", "Zpráva o rizicích z provozu DNS", failures)
    print("\n".join(failures) or "both reports are whole")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
