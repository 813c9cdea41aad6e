# SPDX-License-Identifier: BSD-3-Clause
"""A site on loopback for one test: an nsd as upstream, a celnikd in front of it, clients that ask.

Everything lives in one scratch directory and is stopped by its pid. Programs come from $BUILDDIR
(default: the build directory the test runner stands in), data from $SRCDIR.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

SRCDIR = pathlib.Path(os.environ.get("SRCDIR", pathlib.Path(__file__).parents[2])).resolve()
BUILDDIR = pathlib.Path(os.environ.get("BUILDDIR", ".")).resolve()
PATIENCE_S = float(os.environ.get("PATIENCE_S", "20"))

ZONE = """\
$ORIGIN .
$TTL 300
. IN SOA ns.test-root. admin.test-root. 1 3600 600 86400 60
. IN NS ns.test-root.
ns.test-root. IN A 127.0.0.1
"""


given_ports = set()


def free_port():
    """A port that is free for UDP and TCP, v4 and v6, at this moment, and was not given before."""
    while True:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as tcp, socket.socket(
            socket.AF_INET6, socket.SOCK_DGRAM
        ) as udp:
            for s in (tcp, udp):
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            tcp.bind(("::", 0))
            port = tcp.getsockname()[1]
            try:
                udp.bind(("::", port))
            except OSError:
                continue
            if port not in given_ports:
                given_ports.add(port)
                return port


def wait_for(what, probe, patience=PATIENCE_S):
    """The first true value of probe(); an AssertionError that says what did not happen otherwise."""
    end = time.monotonic() + patience
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("waited %.0f s in vain: %s" % (patience, what))
        time.sleep(0.02)


class Reply:
    """What a client printed of a reply."""

    def __init__(self, text):
        self.text = text
        status = re.search(r"(?:status|rcode): ([A-Z]+)", text)
        self.status = status.group(1) if status else None
        flags = re.search(r"[Ff]lags:? ([a-z ]*)", text)
        self.flags = flags.group(1).split() if flags else []
        self.ede = [int(n) for n in re.findall(r"EDE: (\d+)", text)]
        section = re.search(r"ANSWER SECTION:\n((?:[^;\n].*\n)*)", text)
        rows = section.group(1).splitlines() if section else []
        self.answers = [tuple(re.split(r"\s+", row, maxsplit=4)) for row in rows]

    def data(self, rtype=None):
        return [a[4] for a in self.answers if rtype is None or a[3] == rtype]


class Nsd:
    """An authoritative server that plays the upstream: one zone, the root, holds every name."""

    def __init__(self, directory, records, port=None, zones=None):
        self.directory = pathlib.Path(directory)
        self.port = port or free_port()
        zones = zones or {".": ZONE + records}
        text = (
            "server:\n  ip-address: 127.0.0.1@%d\n  username: \"\"\n  server-count: 1\n"
            "  zonesdir: %s\n  pidfile: %s/nsd.pid\n  database: \"\"\n  xfrdfile: %s/xfrd.state\n"
            "  zonelistfile: %s/zone.list\n  logfile: %s/nsd.log\n  hide-version: yes\n"
            "  rrl-ratelimit: 0\n"
            "remote-control:\n  control-enable: no\n"
        ) % ((self.port,) + (self.directory,) * 5)
        for number, (zone, content) in enumerate(zones.items()):
            (self.directory / ("zone%d" % number)).write_text(content)
            text += "zone:\n  name: \"%s\"\n  zonefile: zone%d\n" % (zone, number)
        self.config = self.directory / "nsd.conf"
        self.config.write_text(text)
        self.process = None
        self.start()

    def start(self):
        nsd = shutil.which("nsd", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        self.process = subprocess.Popen(
            [nsd, "-d", "-c", str(self.config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for("nsd answers", self.answers)

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError("nsd ended: " + (self.directory / "nsd.log").read_text())
        query = b"\0\1\1\0\0\1\0\0\0\0\0\0\0\0\6\0\1"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            s.connect(("127.0.0.1", self.port))
            try:
                s.send(query)
                return s.recv(4096)
            except OSError:
                return None

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


class Stage:
    """A scratch site. config is the text of celnik.yaml with {port}, {upstream}, {dir}, {lists},
    and what words says besides or instead."""

    def __init__(self, config, records="", files=None, build=True, start=True, zones=None, words=None):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="celnik-test-"))
        os.chmod(self.directory, 0o755)
        self.port = free_port()
        self.daemon = None
        self.words = words or {}
        self.log = self.directory / "celnikd.log"
        for name in ("nsd", "store"):
            (self.directory / name).mkdir()
        self.nsd = Nsd(self.directory / "nsd", records, zones=zones)
        for name, content in (files or {}).items():
            (self.directory / name).write_text(content)
        self.config = self.directory / "celnik.yaml"
        self.write_config(config)
        try:
            if build:
                self.celnik("lists", "build")
            if start:
                self.start()
        except BaseException:
            self.stop()
            raise

    def fill(self, text):
        # As root the daemon becomes somebody; the user of the package need not be there.
        if text.startswith("version:") and "\nuser:" not in text:
            text += "user: nobody\n"
        for key, value in (
            *self.words.items(),
            ("port", self.port),
            ("upstream", "127.0.0.1:%d" % self.nsd.port),
            ("dir", self.directory),
            ("lists", SRCDIR / "lists"),
        ):
            text = text.replace("{%s}" % key, str(value))
        return text

    def write_config(self, text, name=None):
        path = self.directory / name if name else self.config
        path.write_text(self.fill(text))
        return path

    # The programs.

    @staticmethod
    def celnikd():
        return BUILDDIR / "celnikd"

    def celnik(self, *arguments, code=0, config=True, env=None):
        command = [str(BUILDDIR / "celnik")]
        if config:
            command += ["-c", str(self.config)]
        done = subprocess.run(
            command + [str(a) for a in arguments],
            capture_output=True,
            text=True,
            timeout=120,
            env=dict(os.environ, **(env or {})),
        )
        if "Sanitizer" in done.stderr or "runtime error" in done.stderr:
            raise AssertionError("a sanitizer spoke:\n" + done.stderr)
        if code is not None and done.returncode != code:
            raise AssertionError(
                "%s: exit %d, not %d\n%s%s"
                % (" ".join(done.args), done.returncode, code, done.stdout, done.stderr)
            )
        return done

    def start(self, ready=True, env=None, prefix=()):
        with self.log.open("ab") as log:
            offset = log.tell()
            self.daemon = subprocess.Popen(
                [*prefix, str(self.celnikd()), "-c", str(self.config)],
                stderr=log,
                stdout=log,
                env=dict(os.environ, **(env or {})),
            )
        if ready:
            wait_for("celnikd is ready", lambda: self.is_ready(offset))

    def is_ready(self, offset):
        text = self.log.read_text(errors="replace")[offset:]
        if self.daemon.poll() is not None:
            raise AssertionError("celnikd ended with %d:\n%s" % (self.daemon.returncode, text))
        return re.search(r"^(<\d>)?(celnikd: )?ready$", text, re.M)

    def stop(self):
        """Ends everything; the daemon's exit code, None when there was none."""
        code = None
        if self.daemon:
            if self.daemon.poll() is None:
                self.daemon.terminate()
            try:
                code = self.daemon.wait(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.daemon.kill()
                self.daemon.wait()
                code = -signal.SIGKILL
            self.daemon = None
        self.nsd.stop()
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        if "Sanitizer" in text or "runtime error" in text:
            raise AssertionError("a sanitizer spoke:\n" + text)
        if not os.environ.get("KEEP"):
            shutil.rmtree(self.directory, ignore_errors=True)
        return code

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind and self.log.exists():
            print(self.log.read_text(errors="replace")[-8000:])
        code = self.stop()
        if not kind and code not in (None, 0):
            raise AssertionError("celnikd ended with %d" % code)

    # Clients.

    def dig(self, name, rtype="A", *options, client=None, tcp=False, v6=False):
        command = ["dig", "@::1" if v6 else "@127.0.0.1", "-p", str(self.port), "+tries=1"]
        command += ["+time=8", "+tcp" if tcp else "+notcp", "+ignore", "+nocookie"]
        if client:
            command += ["-b", client]
        command += list(options) + ["-t", rtype, "-q", name]
        return Reply(run(command))

    def kdig(self, name, rtype="A", *options, client=None, tcp=False, v6=False):
        command = ["kdig", "@::1" if v6 else "@127.0.0.1", "-p", str(self.port), "+retry=0"]
        command += ["+timeout=8", "+tcp" if tcp else "+notcp", "+edns", "+noidn"]
        if client:
            command += ["-b", client]
        return Reply(run(command + list(options) + ["-t", rtype, "-q", name]))

    def drill(self, name, rtype="A", *options, client=None, tcp=False, v6=False):
        command = ["drill", "-p", str(self.port), "-t" if tcp else "-u"]
        if client:
            command += ["-I", client]
        command += list(options) + [name, rtype, "@::1" if v6 else "@127.0.0.1"]
        return Reply(run(command))

    # The query log.

    def segments(self, stream):
        """Its files in order, each sealed or plain; where both are there, the plain one."""
        paths = {}
        for suffix in (".zst", ""):
            for path in (self.directory / "journal").glob(stream + "-*.jsonl" + suffix):
                paths[path.name.removesuffix(".zst")] = path
        return [paths[name] for name in sorted(paths)]

    def records(self, stream="queries"):
        found = []
        for path in self.segments(stream):
            for line in read_segment(path).splitlines(keepends=True):
                if line.endswith("\n"):
                    found.append(json.loads(line))
        return found

    def record(self, name, stream="queries", number=1, **fields):
        """Waits for the number-th record of a question name; fields narrow it (dots as __)."""

        def probe():
            found = [
                r
                for r in self.records(stream)
                if r.get("dns.question.name") == name
                and all(r.get(k.replace("__", ".")) == v for k, v in fields.items())
            ]
            return found[number - 1] if len(found) >= number else None

        return wait_for("record %d of %s in %s %s" % (number, name, stream, fields), probe)

    def stats(self):
        return json.loads(self.celnik("stats", "-o", "json").stdout)["counters"]


def read_segment(path):
    """The text of a file of the query log, which may be sealed at any moment."""
    if path.suffix != ".zst":
        try:
            return path.read_text()
        except FileNotFoundError:
            path = path.with_name(path.name + ".zst")
    if not path.exists():
        return ""  # removed meanwhile
    done = subprocess.run(["zstd", "-dcq", str(path)], capture_output=True, text=True, check=True)
    return done.stdout


def children(pid):
    """{role: [pids]} of the daemon's processes."""
    found = {"front": [], "resolver": []}
    out = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True)
    for line in out.stdout.splitlines():
        number, arguments = line.split(None, 1)
        for role in found:
            if "--" + role in arguments:
                found[role].append(int(number))
    return found


def is_sanitized():
    return re.search("^CELNIK_CFLAGS = .*-fsanitize", (BUILDDIR / "Makefile").read_text(), re.M) is not None


def process_status(pid):
    text = pathlib.Path("/proc/%d/status" % pid).read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def descriptors(pid):
    """What a process has open, as links; of front and resolvers only root may see that."""
    try:
        return list(pathlib.Path("/proc/%d/fd" % pid).iterdir())
    except PermissionError:
        raise unittest.SkipTest("only root may look into front and resolvers")


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def build_mmdb(path, networks, ip_version=6, **metadata):
    """A small MaxMind DB: networks is {prefix: record}, record a dict of strings and numbers."""
    script = SRCDIR / "tests" / "system" / "mmdb.pl"
    done = subprocess.run(
        ["perl", str(script), str(path)], input=json.dumps(networks), capture_output=True, text=True
    )
    if done.returncode:
        raise AssertionError("mmdb.pl: " + done.stderr)
