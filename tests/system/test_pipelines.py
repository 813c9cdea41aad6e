#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The query log goes where logs go: into ClickHouse by the table and the words of dist/clickhouse.sql,
and through rsyslog. The servers themselves run with LONG=1; the fields are compared always."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from stage import SRCDIR, Stage, free_port, wait_for

LONG = bool(os.environ.get("LONG"))
DDL = (SRCDIR / "dist" / "clickhouse.sql").read_text()

CONFIG = """\
version: 1
site: test-site
mode: enforce
listen: [ "127.0.0.1:{port}" ]
workers: 1
resolvers: 1
clients: { local: { networks: [ 127.0.0.0/8 ] } }
devices: { 127.0.0.1: this-host }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
lists:
  store: {dir}/store
  shipped_directory: {lists}
  sources: [ { name: prc, shipped: prc } ]
policy: [ { rule: prc, match: [ { operated: [ CN ] }, { located: [ CN ] } ], action: nxdomain } ]
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""
RECORDS = "".join("h%d.plain.example. IN A 192.0.2.%d\n" % (n, n) for n in range(1, 40)) + """\
dev.hicloudcam.com. IN CNAME x.plain.example.
x.plain.example. IN A 8.129.0.1
odd\\"\\226\\192.plain.example. IN TXT "a\\"b"
"""

SERVER = """\
<yandex>
<logger><level>warning</level><log>{dir}/log</log><errorlog>{dir}/err</errorlog></logger>
<http_port>{http}</http_port><tcp_port>{tcp}</tcp_port><listen_host>127.0.0.1</listen_host>
<path>{dir}/data/</path><tmp_path>{dir}/tmp/</tmp_path><user_files_path>{dir}/files/</user_files_path>
<mark_cache_size>5368709120</mark_cache_size>
<users_config>users.xml</users_config><default_profile>default</default_profile>
<default_database>default</default_database>
</yandex>
"""
USERS = """\
<yandex><profiles><default/></profiles><users><default><password></password>
<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users>
<quotas><default/></quotas></yandex>
"""
RSYSLOG = """\
module(load="imfile" mode="polling" pollingInterval="1")
global(workDirectory="{dir}")
input(type="imfile" file="{journal}/events-*.jsonl" tag="celnik:" facility="local5" reopenOnTruncate="on")
template(name="line" type="list") {{ property(name="msg") constant(value="\\n") }}
*.* action(type="omfile" file="{dir}/out" template="line")
"""


def columns():
    """The table's columns with their types, by the name of the field."""
    own = {"header_flags": "dns.header_flags", "resolved_ip": "dns.resolved_ip", "rules": "celnik.rules"}
    return {own.get(name, name): kind for name, kind in re.findall(r"^    `([^`]+)` (.*),$", DDL, re.M)}


def fitting(value):
    kinds = {bool: ["UInt8"], int: ["UInt16", "UInt32", "UInt64"], str: ["String", "DateTime"]}
    if isinstance(value, list):
        return ["Array(%s)" % kind for kind in kinds[type(value[0])]]
    return kinds[type(value)]


def fill(stage):
    for n in range(1, 40):
        stage.dig("h%d.plain.example" % n)
    stage.dig("dev.hicloudcam.com", "A", "+dnssec", "+cdflag")
    stage.dig("dev.hicloudcam.com", tcp=True)
    stage.dig('odd\\"\\226\\192.plain.example', "TXT")
    wait_for("the log", lambda: len([r for r in stage.records() if "dns.id" in r]) == 42)


def program(name):
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not path:
        raise AssertionError("%s is missing; ./bootstrap long installs it" % name)
    return path


class Pipelines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(CONFIG, RECORDS)
        fill(cls.stage)

    @classmethod
    def tearDownClass(cls):
        cls.stage.stop()

    def test_every_field_has_its_column(self):
        table = columns()
        page = (SRCDIR / "man" / "celnik-log.5").read_text()
        documented = set(re.findall(r"^\.It Cm (@timestamp|\w+\.[\w.]+) No \((?:text|number|boolean)s?\)", page, re.M))
        self.assertEqual(documented - set(table), set())
        self.assertEqual(set(table) - documented, set())
        for record in self.stage.records():
            for key, value in record.items():
                self.assertIn(table[key], fitting(value), key)

    def segments(self):
        return b"".join(p.read_bytes() for p in (self.stage.directory / "journal").glob("queries-*.jsonl"))

    def through_sed(self):
        script = re.search(r"sed '(.*)' \|", DDL).group(1)
        return subprocess.run(["sed", script], input=self.segments(), capture_output=True, check=True).stdout

    def test_three_names_are_changed_and_nothing_else(self):
        before, after = ([json.loads(x) for x in t.splitlines()] for t in (self.segments(), self.through_sed()))
        own = {"dns.header_flags": "header_flags", "dns.resolved_ip": "resolved_ip", "celnik.rules": "rules"}
        self.assertEqual([{own.get(k, k): v for k, v in record.items()} for record in before], after)

    def clickhouse(self, server, query, text=b""):
        command = [program("clickhouse-client"), "--host", "127.0.0.1", "--port", str(server)]
        command += ["--date_time_input_format", "best_effort", "--query", query]
        done = subprocess.run(command, input=text, capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout

    @unittest.skipUnless(LONG, "with LONG=1")
    def test_clickhouse_loads_a_segment(self):
        directory = self.stage.directory / "clickhouse"
        directory.mkdir()
        tcp = free_port()
        (directory / "config.xml").write_text(SERVER.format(dir=directory, http=free_port(), tcp=tcp))
        (directory / "users.xml").write_text(USERS)
        server = subprocess.Popen(
            [program("clickhouse-server"), "--config-file=%s" % (directory / "config.xml")],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        try:
            client = [program("clickhouse-client"), "--host", "127.0.0.1", "--port", str(tcp), "--query", "SELECT 1"]
            wait_for("clickhouse", lambda: subprocess.run(client, capture_output=True).returncode == 0)
            self.clickhouse(tcp, DDL[DDL.index("CREATE"):])
            self.clickhouse(tcp, "INSERT INTO celnik FORMAT JSONEachRow", self.through_sed())
            out = self.clickhouse(tcp, "SELECT * FROM celnik FORMAT JSONEachRow")
            loaded = {r["event.id"]: r for r in map(json.loads, out.splitlines())}
            sent = [json.loads(line) for line in self.through_sed().splitlines()]
            self.assertEqual(set(loaded), {r["event.id"] for r in sent})
            for record in sent:
                for key, value in record.items():
                    if key != "@timestamp":
                        got = loaded[record["event.id"]][key]
                        self.assertEqual(str(int(value)) if isinstance(value, int) else value,
                                         str(got) if isinstance(value, int) else got, key)
        finally:
            server.terminate()
            server.wait()

    @unittest.skipUnless(LONG, "with LONG=1")
    def test_rsyslog_takes_events(self):
        directory = pathlib.Path(self.stage.directory / "rsyslog")
        directory.mkdir()
        config = directory / "rsyslog.conf"
        config.write_text(RSYSLOG.format(dir=directory, journal=self.stage.directory / "journal"))
        daemon = subprocess.Popen([program("rsyslogd"), "-n", "-f", str(config), "-i", str(directory / "pid")],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            sent = self.stage.records("events")
            out = directory / "out"
            wait_for("rsyslog", lambda: out.exists() and out.read_bytes().count(b"\n") >= len(sent))
            self.assertEqual([json.loads(line) for line in out.read_text().splitlines() if line[0] == "{"], sent)
        finally:
            daemon.terminate()
            daemon.wait()


if __name__ == "__main__":
    unittest.main()
