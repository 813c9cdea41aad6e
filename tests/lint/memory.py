#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What all processes take with full caches is what celnik.yaml(5) says under cache: size, to within a
tenth. memfds count whether they are mapped or not."""

import os
import pathlib
import re
import socket
import sys

from load import query
from stage import Stage, children

BASE_MIB = 18
SIZES_MIB = (16, 48)
NAMES, WINDOW = 4000, 64  # names for each MiB of cache: more than fit

CONFIG = """\
version: 1
site: memory
mode: enforce
listen: [ 127.0.0.1:{port} ]
workers: 1
resolvers: 1
clients:
  local: { networks: [ 127.0.0.0/8 ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
cache: { size: {size} MiB, max_ttl: 1d }
limits: { queries_per_second: 0, outstanding_misses: 0, responses_per_second: 0 }
state: {dir}/state
control: {dir}/run/control.sock
journal: { directory: {dir}/journal, queries: { keep: 0 }, events: { keep: 0 } }
"""


def fill(port, count):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(20)
        s.connect(("127.0.0.1", port))
        for begin in range(0, count, WINDOW):
            for i in range(begin, begin + WINDOW):
                s.send(query(i & 0xFFFF, "n%08d.bench.example" % i))
            for _ in range(WINDOW):
                s.recv(4096)


def memory_mib(pids):
    """What is anonymous of each, the mapped files once, as they are mostly the same, and memfds. Not
    by Pss: that becomes less while another celnikd runs."""
    anonymous, files, memfds = 0, [], {}
    for pid in pids:
        text = pathlib.Path("/proc/%d/smaps_rollup" % pid).read_text()
        rss, own = (int(re.search(r"^%s: +(\d+)" % key, text, re.M).group(1)) for key in ("Rss", "Anonymous"))
        anonymous += own
        files.append(rss - own)
        for number in os.listdir("/proc/%d/fd" % pid):
            path = "/proc/%d/fd/%s" % (pid, number)
            if os.path.islink(path) and "/memfd:" in os.readlink(path):
                found = os.stat(path)
                memfds[found.st_ino] = found.st_blocks // 2
    return (anonymous + max(files) + sum(memfds.values())) / 1024


def measured(size):
    records = "*.bench.example. 86400 IN A 192.0.2.1\n"
    with Stage(CONFIG, records=records, build=False, words={"size": str(size)}) as stage:
        fill(stage.port, NAMES * size)
        found = children(stage.daemon.pid)
        return memory_mib([stage.daemon.pid, *found["front"], *found["resolver"]])


def main():
    failed = False
    for size in SIZES_MIB:
        expected, found = BASE_MIB + size * 7 / 8, measured(size)
        print("memory cache=%dMiB value=%.1fMiB expected=%.1fMiB" % (size, found, expected))
        failed |= not 0.9 <= found / expected <= 1.1
    return failed


if __name__ == "__main__":
    sys.exit(main())
