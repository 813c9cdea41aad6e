#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks the size of functions and files, and that nobody calls what is banned or declares an
array whose length is only known at run time."""

import os
import re
import sys
from pathlib import Path

FUNCTION_LINES = {"include": 60, "src": 60, "tests": 120}  # a test may be one long list of cases
FILE_LINES = {"include": 600, "src": 600, "tests": 700}
BANNED = "sprintf vsprintf strcpy stpcpy strcat strncpy strncat strtok gets atoi atol atof alloca"

CALL = re.compile(r"\b(" + "|".join(BANNED.split()) + r")\s*\(")
# Comments and literals; a literal keeps its quotes.
NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
# A declaration inside a function: words, then name[length].
ARRAY = re.compile(r"^\t+(?P<words>(?:[A-Za-z_]\w*[\s*]+)+)[A-Za-z_]\w*(?P<lengths>(?:\[[^\]]*\])+)")
STATEMENT = re.compile(r"\b(return|goto|case|else|static|sizeof)\b")
# The first line of a table, which ends with a } below its first character.
TABLE = re.compile(r"^(\t*)\S.*= \{$")
SIZEOF = re.compile(r"sizeof\s*\((?:[^()]|\([^()]*\))*\)")
VARIABLE = re.compile(r"\b[a-z_]\w*\b")


def without_noise(text):
    """The text with comments and literals emptied, line for line."""

    def blank(match):
        found = match.group()
        lines = "\n" * found.count("\n")
        return found[0] + found[0] if found[0] in "\"'" else " " + lines

    return NOISE.sub(blank, text)


def is_variable_length(line):
    match = ARRAY.match(SIZEOF.sub("1", line))
    if not match or STATEMENT.search(match["words"]):
        return False
    return VARIABLE.search(match["lengths"]) is not None


def table_lines(lines):
    """The numbers of all lines that are rows of a table: data may be as long as it is."""
    rows, end = set(), None
    for number, line in enumerate(lines, 1):
        match = TABLE.match(line)
        if end is not None:
            if line.startswith(end):
                end = None
            else:
                rows.add(number)
        elif match:
            end = match.group(1) + "}"
    return rows


def problems_of(text, top):
    """Pairs of line and what is wrong there. A function is what stands between a { and a } in the
    first column, which is how .clang-format writes it."""
    start = None
    lines = without_noise(text).split("\n")
    tables = table_lines(lines)
    length = len(lines) - 1 - len(tables)
    if length > FILE_LINES[top]:
        yield 1, f"{length} lines that are no tables; a file has at most {FILE_LINES[top]}"
    for number, line in enumerate(lines, 1):
        for match in CALL.finditer(line):
            yield number, f"{match.group(1)} is banned"
        if line == "{":
            start = number
        elif line.startswith("}") and start:
            length = number - start + 1 - len(tables.intersection(range(start, number)))
            if length > FUNCTION_LINES[top]:
                yield start, f"{length} lines; a function has at most {FUNCTION_LINES[top]}"
            start = None
        elif start and is_variable_length(line):
            yield number, "an array whose length is no constant"


def main():
    root = Path(os.environ.get("srcdir") or Path(__file__).resolve().parents[2])
    problems, files = [], 0
    for path in sorted(p for top in ("include", "src", "tests") for p in root.glob(f"{top}/**/*.[ch]")):
        files += 1
        for line, problem in problems_of(path.read_text(encoding="utf-8"), path.relative_to(root).parts[0]):
            problems.append(f"{path.relative_to(root)}:{line}: {problem}")
    if files == 0:
        problems.append(f"no source files below {root}")
    print("\n".join(problems) or f"{files} files keep to size and calls")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
