#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks that each source file begins with the SPDX line, that no note of unfinished work is left
in the tree, and that no file has a name that says nothing."""

import os
import re
import sys
from pathlib import Path

SPDX = "SPDX-License-Identifier: BSD-3-Clause"
SOURCES = {".c": "/* ", ".h": "/* ", ".py": "# ", ".sh": "# ", ".pl": "# "}
TEXTS = set(SOURCES) | {".1", ".5", ".8", ".md", ".am", ".ac", ".yaml", ".service", ""}
TOPS = ["include", "src", "tests", "man", "dist", "lists"]
# In two halves, so that this file may say them.
UNFINISHED = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]) + r")\b")
EMPTY_NAMES = {"misc", "common", "helpers", "helper", "utils", "util"}


def files_of(root):
    yield from sorted(p for p in root.iterdir() if p.is_file() and p.suffix in {".md", ".am", ".ac"})
    yield from (p for p in (root / "bootstrap", root / "NEWS") if p.is_file())
    for top in TOPS:
        for directory, names, files in os.walk(root / top):
            names[:] = sorted(n for n in names if n not in {"corpus", "__pycache__"})
            yield from (Path(directory) / f for f in sorted(files))


def problems_of(path):
    """Pairs of line and what is wrong there."""
    if path.stem in EMPTY_NAMES:
        yield 1, f"'{path.stem}' is no name for a file; say what its role is"
    if path.suffix not in TEXTS:
        return
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    if path.suffix in SOURCES:
        first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
        if not first.startswith(SOURCES[path.suffix] + SPDX):
            yield 1, f"the first line is not '{SOURCES[path.suffix]}{SPDX}'"
    for number, line in enumerate(lines, 1):
        match = UNFINISHED.search(line)
        if match:
            yield number, f"'{match.group(1)}': finish it, or file an issue"


def main():
    root = Path(os.environ.get("srcdir") or Path(__file__).resolve().parents[2])
    problems, files = [], 0
    for path in files_of(root):
        files += 1
        for line, problem in problems_of(path):
            problems.append(f"{path.relative_to(root)}:{line}: {problem}")
    if files == 0:
        problems.append(f"no files below {root}")
    print("\n".join(problems) or f"{files} files have their licence line and no unfinished notes")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
