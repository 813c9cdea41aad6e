# SPDX-License-Identifier: BSD-3-Clause
"""A DNS client that sends octets, in all the ways there are, and reads those that come back."""

import collections
import itertools
import re
import socket
import struct

RD, AD, CD, TC = 0x0100, 0x0020, 0x0010, 0x0200
DO = 0x8000
PATIENCE_S = 8

# How a client asks: flags, size offered (None: no EDNS), bits of EDNS.
Way = collections.namedtuple("Way", "title tcp flags size bits")
WAYS = [
    Way("%s over %s" % (title, "tcp" if tcp else "udp"), tcp, flags, size, bits)
    for (title, flags, size, bits), tcp in itertools.product(
        (
            ("plain", 0, 1232, 0),
            ("DO", 0, 1232, DO),
            ("CD", CD, 1232, 0),
            ("DO and CD", CD, 1232, DO),
            ("AD", AD, 1232, 0),
            ("small", 0, 512, 0),
            ("no EDNS", 0, None, 0),
        ),
        (False, True),
    )
]

TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "NULL": 10, "WKS": 11, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28,
    "SRV": 33, "NAPTR": 35, "A6": 38, "DNAME": 39, "APL": 42, "DS": 43, "IPSECKEY": 45, "RRSIG": 46, "NSEC": 47,
    "DNSKEY": 48, "TLSA": 52, "SVCB": 64, "HTTPS": 65, "L32": 105, "L64": 106, "ANY": 255, "URI": 256, "CAA": 257,
    "AMTRELAY": 260,
}
# Where names stand in the data of the types that may compress them: octets before, how many, behind.
NAMES_IN = {2: (0, 1), 5: (0, 1), 6: (0, 2), 12: (0, 1), 15: (2, 1), 33: (6, 1), 39: (0, 1)}


def type_number(text):
    return TYPES[text] if text in TYPES else int(text[len("TYPE"):])


def wire(text):
    """The wire form of a name as zone files write it, with \\DDD and \\X."""
    labels, label, at = [], b"", 0
    text = text.rstrip(".") if not text.endswith("\\.") else text
    while at < len(text):
        escape = re.match(r"\\(\d{3}|.)", text[at:])
        if escape:
            value = escape.group(1)
            label += bytes([int(value)]) if len(value) == 3 else value.encode()
            at += len(escape.group(0))
            continue
        if text[at] == ".":
            labels.append(label)
            label = b""
        else:
            label += text[at].encode("latin-1")
        at += 1
    return b"".join(bytes([len(one)]) + one for one in [*labels, label] if one) + b"\0"


def query(name, rtype, way, number):
    head = struct.pack("!6H", number, RD | way.flags, 1, 0, 0, way.size is not None)
    opt = b"" if way.size is None else struct.pack("!BHHHHH", 0, 41, way.size, 0, way.bits, 0)
    return head + name + struct.pack("!HH", rtype, 1) + opt


def read_name(octets, at):
    """The labels in lower case, and what stands behind them."""
    labels, behind = [], None
    while octets[at]:
        if octets[at] >= 0xC0:
            behind = behind or at + 2
            at = (octets[at] & 0x3F) << 8 | octets[at + 1]
            continue
        labels.append(octets[at + 1 : at + 1 + octets[at]].lower())
        at += 1 + octets[at]
    return tuple(labels), behind or at + 1


def canonical(octets, rtype, at, end):
    """The data of a record without compression, its names in lower case."""
    before, count = NAMES_IN.get(rtype, (0, 0))
    parts, at = [octets[at : at + before]], at + before
    for _ in range(count):
        labels, at = read_name(octets, at)
        parts.append(labels)
    return tuple(parts) + (octets[at:end],)


class Reply:
    """A message of the wire, read by nothing of what is tested."""

    def __init__(self, octets):
        self.octets = octets
        self.number, self.flags, questions, *self.counts = struct.unpack("!6H", octets[:12])
        self.rcode = self.flags & 15
        self.tc = bool(self.flags & TC)
        at = 12
        for _ in range(questions):
            at = read_name(octets, at)[1] + 4
        self.behind = octets[at:]  # all but header and question
        self.sections = []
        for count in self.counts:
            records = []
            for _ in range(count):
                owner, at = read_name(octets, at)
                rtype, cls, _ttl, size = struct.unpack("!HHIH", octets[at : at + 10])
                at += 10 + size
                records.append((owner, rtype, cls, canonical(octets, rtype, at - size, at)))
            self.sections.append(records)

    @property
    def names(self):
        """Those of owners and in data, but not those of our own SOA."""
        records = [record for record in itertools.chain(*self.sections) if record[1] != TYPES["SOA"]]
        return [part for record in records for part in (record[0], *record[3]) if isinstance(part, tuple)]

    @property
    def answers(self):
        return sorted(self.sections[0], key=repr)


class Client:
    """One socket and one connection to a server, with numbers that no other query of it has."""

    def __init__(self, port, source="127.0.0.1"):
        self.port, self.source = port, source
        self.number = 0
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((source, 0))
        self.udp.settimeout(PATIENCE_S)
        self.udp.connect(("127.0.0.1", port))
        self.tcp = None

    def close(self):
        self.udp.close()
        if self.tcp:
            self.tcp.close()

    def connect(self):
        if self.tcp:
            self.tcp.close()
        self.tcp = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S,
                                            source_address=(self.source, 0))

    def over_tcp(self, octets):
        if not self.tcp:
            self.connect()
        self.tcp.sendall(struct.pack("!H", len(octets)) + octets)
        got = b""
        while len(got) < 2 or len(got) < 2 + (got[0] << 8 | got[1]):
            part = self.tcp.recv(65536)
            if not part:
                raise EOFError("the connection was closed")
            got += part
        return got[2:]

    def ask(self, name, rtype, way):
        self.number += 1
        octets = query(name, rtype, way, self.number)
        if way.tcp:
            return Reply(self.over_tcp(octets))
        self.udp.send(octets)
        return Reply(self.udp.recv(65535))
