#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""User-space instructions that the front spends on a cached query have not grown by more than a
tenth, without the log and with it (the writer's thread included), and do not grow with a second
worker. Counted by callgrind, so that no clock matters: what five further rounds over the same names
cost more than one."""

import concurrent.futures
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys

from stage import BUILDDIR, Stage, wait_for
from load import query

# Of a build with gcc 12, -O2. Lower them when they have become less.
MOST = {("off", 1): 1540, ("on", 1): 2370, ("off", 2): 1540}
GROWTH = 1.1
SOCKETS = 8 # so that each worker gets some

NAMES, ROUND = 100, 1600
FEW, MANY = 1, 6
WINDOW = 50

CONFIG = """\
version: 1
site: cost
mode: enforce
listen: [ 127.0.0.1:{port} ]
workers: {workers}
resolvers: 1
clients:
  local: { networks: [ 127.0.0.0/8 ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
limits: { queries_per_second: 0, outstanding_misses: 0, responses_per_second: 0 }
otherwise: allow
state: {dir}/state
control: {dir}/run/control.sock
journal:
  directory: {dir}/journal
  queries: { keep: {keep} }
  events: { keep: {keep} }
"""


def ask(port, count):
    """Queries for all names in turn, WINDOW at a time; each must be answered."""
    for _ in range(SOCKETS):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(20)
            s.connect(("127.0.0.1", port))
            for begin in range(0, count // SOCKETS, WINDOW):
                for i in range(begin, begin + WINDOW):
                    s.send(query(i & 0xFFFF, "n%05d.bench.example" % (i % NAMES)))
                for _ in range(WINDOW):
                    s.recv(4096)


def instructions(log, workers, rounds):
    """Of the front, from its start to its end."""
    records = "".join("n%05d.bench.example. IN A 192.0.2.%d\n" % (i, i % 250) for i in range(NAMES))
    words = {"keep": "1d" if log == "on" else "0", "workers": str(workers)}
    with Stage(CONFIG, records=records, build=False, start=False, words=words) as stage:
        profiles = stage.directory / "profiles"
        profiles.mkdir()
        os.chmod(profiles, 0o1777)
        stage.start(
            prefix=(
                "valgrind", "-q", "--tool=callgrind", "--vgdb=no", "--trace-children=yes",
                "--trace-children-skip-by-arg=--resolver",
                "--callgrind-out-file=%s/%%p" % profiles,
            )
        )
        ask(stage.port, ROUND * rounds)
        if log == "on":
            wait_for("all is in the log", lambda: len(stage.records()) >= ROUND * rounds)
        stage.daemon.terminate()
        if stage.daemon.wait(60) != 0:
            raise AssertionError("celnikd under valgrind ended with %d" % stage.daemon.returncode)
        for profile in profiles.iterdir():
            text = profile.read_text()
            if re.search(r"^cmd: .* --front", text, re.M):
                return int(re.search(r"^totals: (\d+)", text, re.M).group(1))
    raise AssertionError("the front left no profile")


def main():
    flags = re.search(r"^CFLAGS = (.*)", (BUILDDIR / "Makefile").read_text(), re.M).group(1)
    if not re.search(r"-O2\b", flags):
        print("counted for -O2, this build has: " + flags)
        return 77
    if not shutil.which("valgrind"):
        print("valgrind is missing: run ./bootstrap check", file=sys.stderr)
        return 1
    failed = False
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for (log, workers), most in MOST.items():
            few, many = pool.map(lambda rounds: instructions(log, workers, rounds), (FEW, MANY))
            value = (many - few) // ((MANY - FEW) * ROUND)
            print("instructions_per_hit log=%s workers=%d value=%d most=%d" % (log, workers, value, most * GROWTH))
            failed |= value > most * GROWTH
    return failed


if __name__ == "__main__":
    sys.exit(main())
