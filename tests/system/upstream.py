# SPDX-License-Identifier: BSD-3-Clause
"""An upstream server of our own, for what no good server does: it is slow, loses packets, lies.

What it says is a function from a Query to the replies, each with the seconds until it is sent. It
answers over UDP and TCP on one port of 127.0.0.1, in a thread of its own, and remembers what it was
asked.
"""

import collections
import heapq
import os
import random
import selectors
import socket
import struct
import threading
import time

from stage import free_port

A, NS, CNAME, SOA, TXT, AAAA = 1, 2, 5, 6, 16, 28
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
HERE = b"\xc0\x0c"  # a pointer to the question's name
QR, TC, RD, RA = 0x8000, 0x0200, 0x0100, 0x0080


def wire_name(text):
    labels = [label for label in text.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


class Query:
    """One question: number, name (lower case, no dot at the end), type, tcp, at (monotonic)."""

    def __init__(self, octets, tcp):
        self.octets, self.tcp, self.at = octets, tcp, time.monotonic()
        self.id, self.flags = struct.unpack("!HH", octets[:4])
        labels, at = [], 12
        while octets[at]:
            labels.append(octets[at + 1 : at + 1 + octets[at]].decode("latin-1").lower())
            at += 1 + octets[at]
        self.name = ".".join(labels)
        self.type, self.cls = struct.unpack("!HH", octets[at + 1 : at + 5])
        self.question = octets[12 : at + 5]
        self.number = 0  # how often this question came before


def rr(owner, rtype, data, ttl=300, cls=1, rdlen=None):
    """A record; owner is text, or octets as they shall stand there."""
    owner = owner if isinstance(owner, bytes) else wire_name(owner)
    return owner + struct.pack("!HHIH", rtype, cls, ttl, len(data) if rdlen is None else rdlen) + data


def address(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def a(owner, text, **fields):
    return rr(owner, AAAA if ":" in text else A, address(text), **fields)


SOA_DATA = wire_name("ns") + wire_name("admin") + struct.pack("!IIIII", 1, 3600, 600, 86400, 60)


def message(query, answer=(), authority=(), additional=(), rcode=NOERROR, flags=0, number=None,
            question=None, counts=None, tail=b""):
    """A reply to the query; counts is what the header says instead of the truth."""
    question = query.question if question is None else question
    counts = counts or (1, len(answer), len(authority), len(additional))
    head = struct.pack("!HHHHHH", query.id if number is None else number,
                       QR | RD | RA | flags | rcode, *counts)
    return head + question + b"".join(answer) + b"".join(authority) + b"".join(additional) + tail


def plain(query):
    """What a good server says: an address for every name; that of the root's servers for a probe."""
    if query.type == A:
        return message(query, [a(b"\xc0\x0c", "192.0.2.1")])
    if query.type == NS and not query.name:
        return message(query, [rr("", NS, wire_name("ns"))])
    return message(query, authority=[rr("", SOA, SOA_DATA)])


def slow(seconds, then=plain):
    return lambda query: [(seconds, then(query))]


def lossy(share, then=plain, seed=1):
    """Of what comes in and of what goes out that share is lost, over UDP."""
    dice = random.Random(seed)
    through = (1 - share) ** 2
    return lambda query: [(0, then(query))] if query.tcp or dice.random() < through else []


def silent(_query):
    return []


class Upstream:
    def __init__(self, says=plain, port=None):
        self.says = says
        self.port = port
        self.asked = []
        self.times = collections.Counter()
        self.lock = threading.Lock()
        self.thread = None
        self.start()

    # The life of the server. A port that was used once stays its own.

    def start(self):
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.port = self.port or free_port()
        self.udp.bind(("127.0.0.1", self.port))
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.tcp.bind(("127.0.0.1", self.port))
        self.tcp.listen(64)
        self.wake, self.waker = os.pipe()
        self.waiting = []  # (when, number, send, octets)
        self.sent = 0
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def stop(self):
        if self.thread:
            os.write(self.waker, b"x")
            self.thread.join()
            self.thread = None
            os.close(self.wake)
            os.close(self.waker)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def __str__(self):
        return "127.0.0.1:%d" % self.port

    # What it was asked.

    def queries(self, name=None, rtype=None):
        with self.lock:
            return [q for q in self.asked if name in (None, q.name) and rtype in (None, q.type)]

    def count(self, name=None, rtype=A):
        return len(self.queries(name, rtype))

    # The thread.

    def run(self):
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.udp, selectors.EVENT_READ, self.on_udp)
        self.selector.register(self.tcp, selectors.EVENT_READ, self.on_accept)
        self.selector.register(self.wake, selectors.EVENT_READ, None)
        connections = self.connections = set()
        while True:
            patience = max(0, self.waiting[0][0] - time.monotonic()) if self.waiting else None
            for key, _ in self.selector.select(patience):
                if key.data is None:
                    for s in (self.selector, self.udp, self.tcp, *connections):
                        s.close()
                    return
                key.data(key.fileobj)
            while self.waiting and self.waiting[0][0] <= time.monotonic():
                _, _, send, octets = heapq.heappop(self.waiting)
                try:
                    send(octets)
                except OSError:
                    pass

    def take(self, octets, tcp, send):
        try:
            query = Query(octets, tcp)
        except (IndexError, struct.error):
            return
        with self.lock:
            query.number = self.times[query.name, query.type]
            self.times[query.name, query.type] += 1
            self.asked.append(query)
        replies = self.says(query)
        if isinstance(replies, bytes):
            replies = [(0, replies)]
        for seconds, reply in replies:
            self.sent += 1
            heapq.heappush(self.waiting, (time.monotonic() + seconds, self.sent, send, reply))

    def on_udp(self, s):
        octets, peer = s.recvfrom(65535)

        def send(reply):
            if isinstance(reply, tuple):  # from another port
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                    other.bind(("127.0.0.1", 0))
                    other.sendto(reply[0], peer)
            else:
                s.sendto(reply, peer)

        self.take(octets, False, send)

    def on_accept(self, s):
        connection, _ = s.accept()
        self.connections.add(connection)
        rest = bytearray()

        def on_tcp(c):
            try:
                octets = c.recv(65535)
            except OSError:
                octets = b""
            if not octets:
                self.selector.unregister(c)
                self.connections.discard(c)
                c.close()
                return
            rest.extend(octets)
            while len(rest) >= 2 and len(rest) >= 2 + (rest[0] << 8 | rest[1]):
                size = rest[0] << 8 | rest[1]
                query = bytes(rest[2 : 2 + size])
                del rest[: 2 + size]
                self.take(query, True, lambda reply: c.sendall(struct.pack("!H", len(reply)) + reply))

        self.selector.register(connection, selectors.EVENT_READ, on_tcp)


def other_port(octets):
    """For a reply that comes from where nothing was asked."""
    return (octets,)
