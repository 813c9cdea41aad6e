#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the RFCs ask of a server, over real sockets: odd queries, sizes, several questions on one
connection, limits."""

import socket
import struct
import time
import unittest

from stage import Stage, wait_for

CONFIG = """\
version: 1
site: test-site
mode: enforce
listen: [ "127.0.0.1:{port}", "[::1]:{port}" ]
workers: 1
resolvers: 1
clients:
  local: { networks: [ 127.0.0.0/8, "::1/128" ] }
upstreams: [ "{upstream}" ]
dnssec: { validate: no }
lists:
  store: {dir}/store
  sources:
    - { name: site, files: {dir}/site.txt, format: domains }
policy:
  - { rule: site, match: { list: [ site ] }, action: nxdomain }
state: {dir}/state
journal: { directory: {dir}/journal }
control: {dir}/run/control.sock
"""
RECORDS = "a.test-site. IN A 192.0.2.1\n" + "".join(
    "big.test-site. IN TXT \"%s\"\n" % (chr(97 + n) * 200) for n in range(20)
) + "".join("n%d.test-site. IN A 192.0.2.%d\n" % (n, n) for n in range(50))

RD = 0x0100


def name(text):
    labels = [label.encode() for label in text.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def query(qname="a.test-site", qtype=1, qclass=1, flags=RD, ident=0x1234, edns=None, count=1):
    question = (qname if isinstance(qname, bytes) else name(qname)) + struct.pack(">HH", qtype, qclass)
    head = struct.pack(">HHHHHH", ident, flags, count, 0, 0, 1 if edns is not None else 0)
    return head + question * count + (edns or b"")


def opt(size=1232, version=0, flags=0, options=b""):
    return b"\0" + struct.pack(">HHBBHH", 41, size, 0, version, flags, len(options)) + options


class Answer:
    def __init__(self, data):
        self.data = data
        self.ident, self.flags, self.qd, self.an, self.ns, self.ar = struct.unpack(">HHHHHH", data[:12])
        self.rcode = self.flags & 15
        self.tc = bool(self.flags & 0x200)


class Protocol(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(CONFIG, RECORDS, files={"site.txt": "blocked.example\n"})

    @classmethod
    def tearDownClass(cls):
        assert cls.stage.stop() == 0

    def udp(self, data, patience=3.0):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(patience)
            s.connect(("127.0.0.1", self.stage.port))
            s.send(data)
            try:
                return Answer(s.recv(65535))
            except socket.timeout:
                return None

    def connect(self):
        s = socket.create_connection(("127.0.0.1", self.stage.port), timeout=5)
        return s

    @staticmethod
    def receive(s):
        def exactly(n):
            data = b""
            while len(data) < n:
                part = s.recv(n - len(data))
                if not part:
                    raise EOFError
                data += part
            return data

        return Answer(exactly(struct.unpack(">H", exactly(2))[0]))

    def test_odd_queries_get_the_error_that_the_rfcs_name(self):
        formerr, notimp, refused, badvers = 1, 4, 5, 16
        cases = (
            ("cut question", query()[:-2], formerr),
            ("no question", struct.pack(">HHHHHH", 1, RD, 0, 0, 0, 0), formerr),
            ("two questions", query(count=2), formerr),
            ("forward pointer", query(b"\xc0\x20"), formerr),
            ("pointer to itself", query(b"\xc0\x0c"), formerr),
            ("label of 64", query(b"\x40" + b"a" * 64 + b"\0"), formerr),
            ("name of 256", query(b"\x3f" + b"a" * 63 + (b"\x3f" + b"b" * 63) * 3 + b"\0"), formerr),
            ("trailing octets", query() + b"x", formerr),
            ("two OPT", query(edns=opt() + opt())[:11] + b"\2" + query(edns=opt() + opt())[12:], formerr),
            ("cut EDNS option", query(edns=opt(options=b"\0\x0a\0\x08ab")), formerr),
            ("opcode STATUS", query(flags=RD | 2 << 11), notimp),
            ("opcode UPDATE", query(flags=RD | 5 << 11), notimp),
            ("class CH", query("version.bind", 16, 3), refused),
            ("class ANY", query(qclass=255), refused),
            ("AXFR", query(qtype=252), refused),
            ("IXFR", query(qtype=251), refused),
            ("type OPT", query(qtype=41), notimp),
            ("type MAILB", query(qtype=253), notimp),
            ("no recursion desired", query(flags=0), refused),
            ("EDNS version 1", query(edns=opt(version=1)), badvers),
        )
        for title, data, rcode in cases:
            with self.subTest(title):
                answer = self.udp(data)
                self.assertIsNotNone(answer, "no reply")
                got = answer.rcode
                if answer.ar and answer.data[-11:-8] == b"\0\0\x29":
                    got |= answer.data[-6] << 4
                self.assertEqual(got, rcode)
                self.assertTrue(answer.flags & 0x8000)
                self.assertEqual(answer.an, 0)
                self.assertLessEqual(len(answer.data), max(len(data) + 11, 64))
                self.assertEqual(answer.ident, struct.unpack(">H", data[:2])[0])

    def test_what_is_no_query_gets_no_reply(self):
        for title, data in (
            ("shorter than a header", query()[:11]),
            ("a response", query(flags=RD | 0x8000)),
            ("empty", b""),
        ):
            with self.subTest(title):
                self.assertIsNone(self.udp(data, patience=0.3))

    def test_udp_replies_fit_the_size_offered_and_never_exceed_1232(self):
        for edns, most in ((None, 512), (opt(512), 512), (opt(100), 512), (opt(900), 900),
                           (opt(1232), 1232), (opt(4096), 1232), (opt(65535), 1232)):
            with self.subTest(most=most):
                answer = self.udp(query("big.test-site", 16, edns=edns))
                self.assertLessEqual(len(answer.data), most)
                self.assertTrue(answer.tc)
                self.assertEqual(answer.an, 0)
        with self.connect() as s:
            data = query("big.test-site", 16)
            s.sendall(struct.pack(">H", len(data)) + data)
            answer = self.receive(s)
            self.assertFalse(answer.tc)
            self.assertEqual(answer.an, 20)

    def test_many_questions_on_one_connection(self):
        with self.connect() as s:
            data = b""
            for n in range(50):
                q = query("n%d.test-site" % n, ident=n)
                data += struct.pack(">H", len(q)) + q
            s.sendall(data)
            answers = {}
            for _ in range(50):
                answer = self.receive(s)
                answers[answer.ident] = answer.data[-4:] if not answer.ar else answer.data
            self.assertEqual(set(answers), set(range(50)))
            for n in range(50):
                self.assertEqual(answers[n], socket.inet_aton("192.0.2.%d" % n))

    def test_octet_by_octet(self):
        with self.connect() as s:
            q = query()
            for octet in struct.pack(">H", len(q)) + q:
                s.sendall(bytes([octet]))
                time.sleep(0.002)
            self.assertEqual(self.receive(s).an, 1)

    def test_half_closed_client_gets_its_answers(self):
        with self.connect() as s:
            q = query("n3.test-site")
            s.sendall(struct.pack(">H", len(q)) + q)
            s.shutdown(socket.SHUT_WR)
            self.assertEqual(self.receive(s).an, 1)
            self.assertEqual(s.recv(1), b"")

    def test_too_long_a_query_closes_the_connection(self):
        with self.connect() as s:
            s.sendall(struct.pack(">H", 5000) + b"x" * 5000)
            try:
                self.assertEqual(s.recv(1), b"")
            except ConnectionResetError:
                pass

    def test_idle_connection_is_closed(self):
        before = self.stage.stats()["tcp.closed_for_time"]
        with self.connect() as idle, self.connect() as slow:
            slow.sendall(b"\0")
            wait_for("both are closed",
                     lambda: self.stage.stats()["tcp.closed_for_time"] >= before + 2, 15)
            self.assertEqual(idle.recv(1), b"")

    def test_client_that_never_reads_costs_a_bounded_buffer(self):
        with self.connect() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.setblocking(False)
            q = query("big.test-site", 16)
            data = (struct.pack(">H", len(q)) + q) * 1000
            sent, blocked_since = 0, None
            # What the kernel holds for both sides is some megabytes; then it must come to a stop.
            while sent < 64 << 20 and (blocked_since is None or time.monotonic() < blocked_since + 1):
                try:
                    sent += s.send(data)
                    blocked_since = None
                except BlockingIOError:
                    blocked_since = blocked_since or time.monotonic()
                    time.sleep(0.01)
                except (BrokenPipeError, ConnectionResetError):
                    break
            self.assertLess(sent, 64 << 20, "it was read without end")
        self.assertEqual(self.udp(query()).an, 1)

    def test_special_names_stay_on_the_site(self):
        s = self.stage
        before = s.stats()["resolver.asked"]
        for text, rtype, status, data in (
            ("printer.local", "A", "NXDOMAIN", []),
            ("expyuzz4wqqyqhjn.onion", "A", "NXDOMAIN", []),
            ("x.invalid", "A", "NXDOMAIN", []),
            ("localhost", "A", "NOERROR", ["127.0.0.1"]),
            ("localhost", "AAAA", "NOERROR", ["::1"]),
            ("_dns.resolver.arpa", "SVCB", "NOERROR", []),
            ("x.service.arpa", "A", "NXDOMAIN", []),
            ("x.alt", "A", "NXDOMAIN", []),
            ("alt", "AAAA", "NXDOMAIN", []),
            ("printer.home.arpa", "A", "NXDOMAIN", []),
            ("x.home.arpa", "DS", "NXDOMAIN", []),
            ("home.arpa", "A", "NOERROR", []),
        ):
            with self.subTest(text):
                reply = s.dig(text, rtype)
                self.assertEqual((reply.status, reply.data()), (status, data), reply.text)
        self.assertEqual(s.stats()["resolver.asked"], before)

    def test_who_delegates_home_arpa_is_asked_for_its_ds(self):
        """RFC 8375, section 4: the proof that it is not signed comes from above."""
        before = self.stage.stats()["resolver.asked"]
        self.stage.dig("home.arpa", "DS")
        self.assertEqual(self.stage.stats()["resolver.asked"], before + 1)

    def test_equal_questions_are_merged(self):
        s = self.stage
        before = s.stats()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(5)
            client.connect(("127.0.0.1", s.port))
            for n in range(20):
                client.send(query("n49.test-site", ident=n))
            got = {Answer(client.recv(4096)).ident for _ in range(20)}
        self.assertEqual(got, set(range(20)))
        self.assertEqual(s.stats()["resolver.asked"], before["resolver.asked"] + 1)


if __name__ == "__main__":
    unittest.main()
