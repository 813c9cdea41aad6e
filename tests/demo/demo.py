#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""celnik at work on this machine, without any network: `demo.py BUILDDIR`.

Starts a local name server that plays the outside world, celnikd in observe mode in front of it, and
asks what typical devices ask. Shows every command it runs, stops everything and leaves nothing.
"""

import os
import pathlib
import pwd
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PATIENCE_S = 30

# The outside world, as one zone.
ZONE = """\
$ORIGIN .
$TTL 300
. IN SOA ns.outside. hostmaster.outside. 1 3600 600 86400 60
. IN NS ns.outside.
ns.outside. IN A 127.0.0.1
dev.hik-connect.com. IN A 47.91.1.1
intl.fusionsolar.huawei.com. IN A 203.0.113.20
connectivitycheck.platform.hicloud.com. IN A 203.0.113.30
data.meters.example.net. IN A 8.129.0.1
firmware.example.org. IN CNAME firmware.cdn.example.net.
firmware.cdn.example.net. IN CNAME images.oss-eu-central-1.aliyuncs.com.
images.oss-eu-central-1.aliyuncs.com. IN A 203.0.113.50
portal.example.com. IN HTTPS 1 . alpn=h2 ipv4hint=8.129.0.1
www.example.org. IN A 203.0.113.60
"""

NSD = """\
server:
  ip-address: 127.0.0.1@{upstream}
  username: ""
  server-count: 1
  zonesdir: {directory}/outside
  database: ""
  pidfile: {directory}/outside/nsd.pid
  xfrdfile: {directory}/outside/xfrd.state
  zonelistfile: {directory}/outside/zone.list
  logfile: {directory}/outside/nsd.log
remote-control:
  control-enable: no
zone:
  name: .
  zonefile: outside.zone
"""

CONFIG = """\
version: 1
site: demo
mode: observe
user: {user}
listen: 127.0.0.1:{port}

clients:
  cameras: {{ networks: 127.0.0.11/32 }}
  ot:      {{ networks: [ 127.0.0.12/32, 127.0.0.13/32 ] }}
  office:  {{ networks: 127.0.0.0/8 }}
devices:
  127.0.0.11: cam-gate-north
  127.0.0.12: inverter-hall-b
  127.0.0.13: meter-cabinet-7
  127.0.0.14: phone-reception
  127.0.0.15: desk-accounting

upstreams: 127.0.0.1:{upstream}
dnssec: {{ validate: no }}          # the demonstration's upstream signs nothing
cache: {{ size: 16 MiB }}

lists:
  store: {directory}/lists
  shipped_directory: {lists}
  sources: [ {{ name: prc, shipped: prc }} ]

policy:
  - rule: camera-clouds           # what mode enforce would block
    clients: cameras
    match: {{ category: ip-cameras }}
    action: nxdomain
  - rule: prc-anything            # allowed, and recorded as an event
    match: [ {{ operated: CN }}, {{ located: CN }} ]
    action: log

state: {directory}/state
journal: {{ directory: {directory}/journal }}
control: {directory}/run/control.sock
"""

# Who asks, what, the type, a piece of the right answer, and what it is an example of.
QUESTIONS = [
    ("127.0.0.11", "dev.hik-connect.com", "A", "47.91.1.1", "a camera calls its vendor"),
    ("127.0.0.12", "intl.fusionsolar.huawei.com", "A", "203.0.113.20", "an inverter calls its cloud"),
    ("127.0.0.13", "data.meters.example.net", "A", "8.129.0.1", "only the address tells"),
    ("127.0.0.13", "firmware.example.org", "A", "203.0.113.50", "a cloud behind two aliases"),
    ("127.0.0.14", "connectivitycheck.platform.hicloud.com", "A", "203.0.113.30", "a telephone"),
    ("127.0.0.15", "portal.example.com", "HTTPS", "8.129.0.1", "an address inside a hint"),
    ("127.0.0.15", "www.example.org", "A", "203.0.113.60", "nothing to see here"),
]

NEXT = """\
Each line says who asked for what, what was done, and why: the list, the file and the line.
Nothing was blocked: in mode observe celnik only tells what mode enforce would do.

What to do next:
  README.md                     how to install it and put it in front of a site's resolvers
  {help:<28}  all verbs; the manual pages are in man/ (man ./man/celnik.1)
  dist/                         the systemd unit and its companions
"""


class Failure(Exception):
    """Something did not work; the text says what."""


def free_port():
    """A port of 127.0.0.1 that is free for UDP and TCP at this moment."""
    for _ in range(100):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(
            socket.AF_INET, socket.SOCK_DGRAM
        ) as udp:
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            return tcp.getsockname()[1]
    raise Failure("no free port on 127.0.0.1")


def find_program(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not path:
        raise Failure(f"'{name}' is missing; './bootstrap demo' installs it")
    return path


def show(command, end=""):
    print("$ " + shlex.join(command) + end, flush=True)


def heading(text):
    print(f"\n--- {text}\n", flush=True)


class Demo:
    def __init__(self, build, directory):
        self.build = build
        self.directory = directory
        self.processes = []  # in the order of their start
        self.log = directory / "celnikd.log"
        self.config = directory / "celnik.yaml"
        self.port = free_port()
        self.upstream = free_port()
        while self.upstream == self.port:
            self.upstream = free_port()

    def write(self):
        """All files. Started as root, celnikd becomes nobody, who then owns what it writes to."""
        values = {
            "directory": self.directory,
            "port": self.port,
            "upstream": self.upstream,
            "lists": SOURCE / "lists",
            "user": "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name,
        }
        self.directory.chmod(0o755)
        for name in ("outside", "lists", "state", "journal", "run"):
            (self.directory / name).mkdir()
            if os.geteuid() == 0 and name != "outside":
                shutil.chown(self.directory / name, "nobody")
        (self.directory / "outside" / "outside.zone").write_text(ZONE)
        (self.directory / "nsd.conf").write_text(NSD.format(**values))
        self.config.write_text(CONFIG.format(**values))

    def celnik(self, *arguments):
        return [str(self.build / "celnik"), "-c", str(self.config), *arguments]

    def run(self, command):
        """Shows a command and its output, which is returned; it must succeed."""
        show(command)
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=PATIENCE_S,
                text=True,
                errors="replace",
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as e:
            raise Failure(str(e)) from e
        print(done.stdout, end="", flush=True)
        if done.returncode != 0:
            raise Failure(f"'{shlex.join(command)}' ended with {done.returncode}")
        return done.stdout

    def start(self, command, output):
        show(command, " &")
        with output.open("wb") as log:
            try:
                process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
                )
            except OSError as e:
                raise Failure(str(e)) from e
        self.processes.append(process)
        return process

    def wait(self, what, process, probe):
        end = time.monotonic() + PATIENCE_S
        while not probe():
            if process.poll() is not None:
                raise Failure(f"{what}: the process ended with {process.returncode}")
            if time.monotonic() > end:
                raise Failure(f"{what}: waited {PATIENCE_S} s in vain")
            time.sleep(0.02)

    def upstream_answers(self):
        query = b"\0\1\0\0\0\1\0\0\0\0\0\0\0\0\6\0\1"  # SOA of the root
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            s.connect(("127.0.0.1", self.upstream))
            try:
                s.send(query)
                return bool(s.recv(512))
            except OSError:
                return False

    def daemon_is_ready(self):
        lines = self.log.read_text(errors="replace").splitlines()
        return any(line.split(": ")[-1].split(">")[-1] == "ready" for line in lines)

    def lines_logged(self, stream):
        files = (self.directory / "journal").glob(f"{stream}-*.jsonl")
        return sum(f.read_bytes().count(b'"dns.question.name"') for f in files)

    def all_is_logged(self):
        """All but the last question are events."""
        count = len(QUESTIONS)
        return self.lines_logged("queries") >= count and self.lines_logged("events") >= count - 1

    def ask(self, client, name, rtype, expected, what):
        print(f"# {what}")
        command = ["dig", "@127.0.0.1", "-p", str(self.port), "-b", client]
        command += ["+noall", "+answer", "+tries=1", "+time=8", name, rtype]
        if expected not in self.run(command):
            raise Failure(f"the answer for {name} {rtype} is not the expected one")

    def play(self):
        heading("a name server on this machine plays the outside world")
        find_program("dig")
        nsd = self.start(
            [find_program("nsd"), "-d", "-c", str(self.directory / "nsd.conf")],
            self.directory / "outside" / "nsd.out",
        )
        self.wait("nsd does not answer", nsd, self.upstream_answers)

        heading("the configuration, the lists, the daemon")
        self.run(["cat", str(self.config)])
        print()
        self.run(self.celnik("lists", "build"))
        daemon = self.start([str(self.build / "celnikd"), "-c", str(self.config)], self.log)
        self.wait("celnikd is not ready", daemon, self.daemon_is_ready)
        print(self.log.read_text(errors="replace"), end="")

        heading("devices ask, and get their answers")
        for number, question in enumerate(QUESTIONS):
            print(end="\n" if number else "")
            self.ask(*question)
        self.wait("the query log", daemon, self.all_is_logged)

        heading("what the log says about it")
        told = self.run(self.celnik("log"))
        for _, name, *_ in QUESTIONS[:-1]:
            if name not in told:
                raise Failure(f"the log does not tell of {name}")

        heading("why, step by step")
        self.run(self.celnik("explain", "--client", "cam-gate-north", "dev.hik-connect.com"))

        heading("that is it")
        print(NEXT.format(help=f"{self.build}/celnik --help"), flush=True)

    def stop(self):
        for process in reversed(self.processes):
            if process.poll() is not None:
                continue
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def show_logs(self):
        for path in (self.log, self.directory / "outside" / "nsd.log"):
            if path.exists() and path.stat().st_size:
                print(f"\nThe messages of {path.stem}:", file=sys.stderr)
                print(path.read_text(errors="replace"), file=sys.stderr)


def main():
    if len(sys.argv) != 2:
        print("usage: demo.py BUILDDIR", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="celnik-demo-") as directory:
        demo = Demo(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(directory))
        try:
            demo.write()
            demo.play()
        except Failure as e:
            sys.stdout.flush()
            print(f"\nThe demonstration failed: {e}", file=sys.stderr)
            demo.stop()
            demo.show_logs()
            return 1
        except KeyboardInterrupt:
            return 130
        finally:
            demo.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
