#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every command in an EXAMPLES section of the manual prints what the manual says. `...` stands for
what varies; alone on a line, for any number of lines."""

import os
import re
import shlex
import subprocess
import unittest

from stage import BUILDDIR, SRCDIR, Stage

CONFIG = """\
version: 1
site: test-site
mode: observe
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients:
  local: { networks: [ 127.0.0.0/8 ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
lists:
  store: {dir}/store
  shipped_directory: {lists}
  sources:
    - { name: prc, shipped: prc }
policy:
  - rule: prc-anything
    match: [ { operated: [ CN ] }, { located: [ CN ] } ]
    action: log
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""


def blocks(page):
    """The literal blocks of the EXAMPLES section, as the reader sees them."""
    section = re.search(r"^\.Sh EXAMPLES\n(.*?)(?=^\.Sh|\Z)", page.read_text(), re.M | re.S)
    if not section:
        return []
    found = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", section.group(1), re.M | re.S)
    return [b.replace("\\&", "").replace("\\e", "\\").replace("\\-", "-") for b in found]


def steps(block):
    """(command, expected output) of a block; a command goes on to the end of its here-document."""
    lines = block.splitlines()
    found = []
    while lines:
        line = lines.pop(0)
        if not line.startswith("$ "):
            found[-1][1].append(line)
            continue
        command = [line[2:]]
        here = re.search(r"<<'?(\w+)'?", line)
        while here and command[-1] != here.group(1):
            command.append(lines.pop(0))
        found.append(("\n".join(command), []))
    return found


def pattern(expected):
    """A regular expression for the whole output."""
    text = ""
    for line in expected:
        if line == "...":
            text += r"(?:.*\n)*?"
        else:
            text += ".*".join(re.escape(part) for part in line.split("...")) + r"\n"
    return text


class Manual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(CONFIG, "dev.hicloudcam.com. IN A 8.129.0.1\n")
        # What the log is asked for.
        cls.stage.dig("dev.hicloudcam.com")
        cls.stage.record("dev.hicloudcam.com", "events")
        cls.stage.record("dev.hicloudcam.com")
        cls.stage.dig("localhost")
        cls.stage.record("localhost")
        bin_directory = cls.stage.directory / "bin"
        bin_directory.mkdir()
        for program, default in (("celnik", True), ("celnikd", False)):
            # What is installed finds its configuration by itself.
            path = shlex.quote(str(BUILDDIR / program))
            config = shlex.quote(str(cls.stage.config))
            script = 'case " $* " in *" -c "*) exec %s "$@";; *) exec %s -c %s "$@";; esac\n'
            plain = 'exec %s "$@"\n' % path
            file = bin_directory / program
            file.write_text("#!/bin/sh\n" + (script % (path, path, config) if default else plain))
            file.chmod(0o755)
        cls.path = "%s:%s" % (bin_directory, os.environ["PATH"])

    @classmethod
    def tearDownClass(cls):
        assert cls.stage.stop() == 0

    def run_block(self, block):
        scratch = self.stage.directory / "scratch"
        scratch.mkdir(exist_ok=True)
        for command, expected in steps(block):
            done = subprocess.run(
                ["sh", "-c", command.replace("-p 5335", "-p %d" % self.stage.port)],
                cwd=scratch,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=60,
                env=dict(os.environ, PATH=self.path),
            )
            with self.subTest(command=command):
                self.assertRegex(done.stdout, r"\A" + pattern(expected) + r"\Z")

    def test_examples(self):
        pages = sorted((SRCDIR / "man").glob("*.[1-8]"))
        self.assertEqual(len(pages), 5)
        for page in pages:
            examples = blocks(page)
            self.assertTrue(examples, "%s has no examples" % page.name)
            for block in examples:
                with self.subTest(page=page.name):
                    self.run_block(block)


if __name__ == "__main__":
    unittest.main()
