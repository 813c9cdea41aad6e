#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks what each file below include/ and src/ includes: our headers by the table of layers,
headers of foreign libraries by the module that alone may see them, and nothing else but libc."""

import os
import re
import sys
from pathlib import Path

# A layer knows itself, base, what its row names, and what those show in their headers.
KNOWS = {
    "base": "",
    "wire": "",
    "store": "",
    "json": "",
    "loop": "",
    "conf": "wire",
    "match": "wire store",
    "judge": "match wire",
    "link": "wire loop",
    "control": "conf json loop",
    "policy": "judge match wire conf",
    "resolver": "link wire conf loop",
    "journal": "judge policy wire json",
    "lists": "wire match store conf",
    "review": "journal policy judge conf json",
    "front": "wire conf store json loop match judge link control policy journal",
    "supervisor": "conf store link loop match",
    "celnikd": "front resolver supervisor",
    "celnik": "wire conf store json match judge control policy journal lists review resolver",
}

# Where a foreign header may be seen: these files and no others. A name that ends in / is a
# directory of which one file may.
FOREIGN = {
    "event2/": ["src/loop/loop.c"],
    "jansson.h": ["src/json/reader.c"],
    "libfyaml.h": ["src/conf/yaml.c"],
    "lmdb.h": ["src/store/store.c", "src/store/builder.c", "src/store/format.h"],
    "maxminddb.h": ["src/match/mmdb.c"],
    "openssl/": ["src/base/digest.c"],
    "unbound": ["src/resolver/engine.c"],
    "systemd/": ["src/supervisor/"],
    "seccomp.h": ["src/supervisor/"],
    "zstd": ["src/journal/"],
    "ldns/": ["src/lists/"],
    "libpsl.h": ["src/lists/"],
    "idn2.h": ["src/lists/"],
    "sqlite3.h": ["src/review/db.c"],
}

LIBC = re.compile(
    r"(arpa|linux|net|netinet|sys)/\w+\.h|(assert|ctype|dirent|endian|errno|fcntl|fnmatch|fts|getopt"
    r"|glob|grp|ifaddrs|inttypes|libgen|limits|locale|netdb|poll|pthread|pwd|sched|search|semaphore|signal"
    r"|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|time|unistd"
    r"|wchar)\.h"
)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(?:"([^"]+)"|<([^>]+)>)', re.M)


def closure():
    """Each layer's whole set: what it names, and what those name."""
    known = {}

    def visit(layer):
        if layer not in known:
            known[layer] = {layer, "base"}
            for below in KNOWS[layer].split():
                known[layer] |= visit(below)
        return known[layer]

    for layer in KNOWS:
        visit(layer)
    return known


def our_problem(root, path, name, allowed):
    """What is wrong with #include "name" in a file that may know the layers in allowed."""
    if "/" not in name:
        if name == "config.h" or (path.parent / name).is_file():
            return None
        return f'"{name}" stands beside no such file; write the layer before it'
    layer = name.split("/")[0]
    if layer not in KNOWS:
        return f'"{name}" is of no layer'
    if layer not in allowed:
        return f'"{name}": this layer may know {" ".join(sorted(allowed))} only'
    if (root / "include" / name).is_file():
        return None
    if not (root / "src" / name).is_file():
        return f'"{name}" is neither below include/ nor below src/'
    if layer != path.parent.name or path.parents[1].name != "src":
        return f'"{name}" is private to src/{layer}/'
    return None


def foreign_problem(place, name, seen):
    """What is wrong with #include <name> in the file place; seen collects who sees what."""
    for prefix, homes in FOREIGN.items():
        if not name.startswith(prefix):
            continue
        home = next((h for h in homes if place == h or (h[-1] == "/" and place.startswith(h))), None)
        if home is None:
            return f"<{name}> is for {' '.join(homes)} alone"
        if home[-1] == "/" and seen.setdefault((prefix, home), place) != place:
            return f"<{name}> is already seen by {seen[prefix, home]}; one module only"
        return None
    return None if LIBC.fullmatch(name) else f"<{name}> is in no table of this script"


def main():
    root = Path(os.environ.get("srcdir") or Path(__file__).resolve().parents[2])
    known, seen, problems, files = closure(), {}, [], 0
    for path in sorted([*root.glob("include/**/*.h"), *root.glob("src/**/*.[ch]")]):
        place = path.relative_to(root).as_posix()
        layer = place.split("/")[1]
        files += 1
        if layer not in KNOWS:
            problems.append(f"{place}: '{layer}' is no layer")
            continue
        text = path.read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            ours, foreign = match.groups()
            problem = (
                our_problem(root, path, ours, known[layer])
                if ours
                else foreign_problem(place, foreign, seen)
            )
            if problem:
                line = text.count("\n", 0, match.start()) + 1
                problems.append(f"{place}:{line}: {problem}")
    if files == 0:
        problems.append(f"no source files below {root}")
    print("\n".join(problems) or f"{files} files include what their layer may")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
