# SPDX-License-Identifier: BSD-3-Clause
"""Many clients at a steady rate over UDP, and an upstream that answers when it is told to.

Half of the questions are for a few known names, half for names never asked before. A client waits
two seconds and asks once more, as a stub resolver does: `late` counts questions that needed that,
`lost` those that had no answer then either.
"""

import heapq
import random
import selectors
import socket
import struct
import threading
import time

PATIENCE_S = 2.0
SOCKETS = 8
KNOWN = 40


def query(ident, name, rtype=1):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.strip(".").split("."))
    return struct.pack("!6H", ident, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", rtype, 1)


def read_name(message, at):
    """The name at an offset and the offset behind it."""
    parts, end = [], None
    while message[at]:
        if message[at] >= 0xC0:
            end = end or at + 2
            at = (message[at] & 0x3F) << 8 | message[at + 1]
            continue
        parts.append(message[at + 1 : at + 1 + message[at]].decode())
        at += 1 + message[at]
    return ".".join(parts).lower(), end or at + 1


def read_reply(message):
    """Response code and the addresses of an answer, in order."""
    rcode, answers = message[3] & 15, struct.unpack("!H", message[6:8])[0]
    at, found = read_name(message, 12)[1] + 4, []
    for _ in range(answers):
        at = read_name(message, at)[1]
        rtype, _, _, length = struct.unpack("!HHIH", message[at : at + 10])
        if rtype == 1:
            found.append(socket.inet_ntoa(message[at + 10 : at + 10 + length]))
        at += 10 + length
    return rcode, found


class Load(threading.Thread):
    """Asks until it is stopped. judge(name, rcode, addresses) says whether an answer is right."""

    def __init__(self, port, judge, rate=500, zone="load.test-site", extra=()):
        super().__init__(daemon=True)
        self.address, self.judge, self.zone, self.extra = ("127.0.0.1", port), judge, zone, list(extra)
        self.step = 1.0 / rate
        self.sent = self.answered = self.late = self.lost = 0
        self.wrong = []
        self.gap_s = 0.0
        self.waiting = {}  # (socket, id) -> [name, when, times]
        self.expiry = []
        self.sockets = []
        self.enough = threading.Event()
        self.run_id = "%x" % random.getrandbits(32)
        self.number = 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, value, trace):
        self.enough.set()
        self.join()

    def next_name(self):
        self.number += 1
        if self.extra and self.number % 10 == 0:
            return self.extra[self.number // 10 % len(self.extra)]
        if self.number % 2:
            return "known%d.%s" % (self.number // 2 % KNOWN, self.zone)
        return "new%d-%s.%s" % (self.number, self.run_id, self.zone)

    def ask(self, name, times):
        index, now = self.number % SOCKETS, time.monotonic()
        ident = self.number & 0xFFFF if times == 1 else random.getrandbits(16)
        while (index, ident) in self.waiting:
            ident = random.getrandbits(16)
        self.waiting[index, ident] = [name, times]
        heapq.heappush(self.expiry, (now + PATIENCE_S, index, ident))
        try:
            self.sockets[index].send(query(ident, name))
        except OSError:
            pass  # what a full or refusing socket did to it shows as a missing answer

    def take(self, index):
        try:
            message = self.sockets[index].recv(4096)
        except OSError:
            return
        entry = self.waiting.pop((index, struct.unpack("!H", message[:2])[0]), None)
        if not entry:
            return
        now = time.monotonic()
        self.gap_s = max(self.gap_s, now - self.heard)
        self.heard = now
        self.answered += 1
        reply = read_reply(message)
        if not self.judge(entry[0], *reply):
            self.wrong.append((entry[0],) + reply)

    def expire(self):
        now = time.monotonic()
        while self.expiry and self.expiry[0][0] <= now:
            _, index, ident = heapq.heappop(self.expiry)
            entry = self.waiting.pop((index, ident), None)
            if entry and entry[1] == 1:
                self.late += 1
                self.ask(entry[0], 2)
            elif entry:
                self.lost += 1

    def run(self):
        selector = selectors.DefaultSelector()
        for index in range(SOCKETS):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.setblocking(False)
            s.connect(self.address)
            self.sockets.append(s)
            selector.register(s, selectors.EVENT_READ, index)
        self.heard = due = time.monotonic()
        while not self.enough.is_set() or self.waiting:
            now = time.monotonic()
            while due <= now and not self.enough.is_set():
                self.sent += 1
                self.ask(self.next_name(), 1)
                due += self.step
            for key, _ in selector.select(max(0.0, min(due - now, 0.05))):
                self.take(key.data)
            self.expire()
        for s in self.sockets:
            s.close()
        selector.close()

    def __str__(self):
        return "sent %d, answered %d, late %d, lost %d, wrong %d, longest gap %.0f ms" % (
            self.sent, self.answered, self.late, self.lost, len(self.wrong), self.gap_s * 1000)


class Upstream(threading.Thread):
    """Answers every question of type A with one address, others with NODATA, after delay_s; a name
    whose first label is slow<ms>-... after that time."""

    def __init__(self, address, delay_s=0.0):
        super().__init__(daemon=True)
        self.delay_s = delay_s
        self.data = socket.inet_aton(address)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.asked = []
        self.enough = False
        self.later = []
        self.start()

    def answer(self, message, peer):
        name, end = read_name(message, 12)
        rtype = struct.unpack("!H", message[end : end + 2])[0]
        self.asked.append(name)
        head = message[:2] + struct.pack("!5H", 0x8580, 1, rtype == 1, 0, 0)
        reply = head + message[12 : end + 4]
        if rtype == 1:
            reply += b"\xc0\x0c" + struct.pack("!2HIH", 1, 1, 300, 4) + self.data
        delay = int(name[4:].split("-")[0]) / 1000 if name.startswith("slow") else self.delay_s
        heapq.heappush(self.later, (time.monotonic() + delay, random.random(), reply, peer))

    def run(self):
        while not self.enough:
            while self.later and self.later[0][0] <= time.monotonic():
                _, _, reply, peer = heapq.heappop(self.later)
                self.socket.sendto(reply, peer)
            due = self.later[0][0] - time.monotonic() if self.later else 0.05
            self.socket.settimeout(max(0.001, min(due, 0.05)))
            try:
                self.answer(*self.socket.recvfrom(4096))
            except (socket.timeout, BlockingIOError):
                pass
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.enough = True
        self.join()
