#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks that each file of the repository stands in Makefile.am, or below a directory that does, so
that it is in the tarball. A tarball is what it is: nothing to check there."""

import os
import re
import subprocess
import sys
from pathlib import Path

# What only a clone has a use for.
CLONE_ONLY = {".editorconfig", ".gitignore"}
# What automake distributes by itself.
IMPLIED = {"Makefile.am", "configure.ac"}


def main():
    root = Path(os.environ.get("srcdir") or Path(__file__).resolve().parents[2])
    if not (root / ".git").exists():
        print("no clone; nothing to check")
        return 0
    listed = subprocess.run(["git", "-c", "safe.directory=*", "-C", str(root), "ls-files"],
                            capture_output=True, text=True)
    if listed.returncode:
        print(listed.stderr)
        return 1
    makefile = re.sub(r"^#.*", "", (root / "Makefile.am").read_text(), flags=re.M)
    named = set(re.split(r"[\s=]+", makefile))
    missing = []
    for path in map(Path, listed.stdout.split("\n")[:-1]):
        # A program of one source is named without its suffix.
        places = {str(path), re.sub(r"\.c$", "", str(path))} | {str(p) for p in path.parents if "/" in str(p)}
        if not places & named and str(path) not in CLONE_ONLY | IMPLIED and (root / path).exists():
            missing.append(f"{path}: not in Makefile.am, so not in the tarball; put it into the right list")
    print("\n".join(missing) or "every file is distributed")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
