# SPDX-License-Identifier: BSD-3-Clause
"""A DNS client over plain sockets: for tests that ask too much for a program per question, or that
look at the very octets of the reply."""

import socket
import struct

from upstream import wire_name

RD, CD, AD = 0x0100, 0x0010, 0x0020
OPT, DO = 41, 0x8000


def query(name, rtype, flags=RD, cls=1, edns=1232, do=False, version=0, number=0x4321):
    """A question; name is text or wire octets, edns the size that is offered, None for no EDNS."""
    name = name if isinstance(name, bytes) else wire_name(name)
    octets = struct.pack("!HHHHHH", number, flags, 1, 0, 0, edns is not None)
    octets += name + struct.pack("!HH", rtype, cls)
    if edns is not None:
        octets += b"\0" + struct.pack("!HHIH", OPT, edns, version << 16 | (DO if do else 0), 0)
    return octets


def ask(port, octets, tcp=False, patience=8):
    """The reply's octets; a TimeoutError when there is none."""
    kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as s:
        s.settimeout(patience)
        s.connect(("127.0.0.1", port))
        if not tcp:
            s.send(octets)
            return s.recv(65535)
        s.sendall(struct.pack("!H", len(octets)) + octets)
        with s.makefile("rb") as stream:
            return stream.read(struct.unpack("!H", stream.read(2))[0])


def read_name(octets, at):
    """The labels of a name as they stand there, and where it ends."""
    labels, end = [], None
    while octets[at]:
        if octets[at] >= 0xC0:
            end = end or at + 2
            at = struct.unpack("!H", octets[at : at + 2])[0] & 0x3FFF
            continue
        labels.append(octets[at + 1 : at + 1 + octets[at]])
        at += 1 + octets[at]
    return labels, end or at + 1


class Reply:
    """What stands in a reply: rcode, flags, answers as (owner, type, RDATA as it stands there)."""

    def __init__(self, octets):
        self.octets = octets
        _, self.flags, _, *counts = struct.unpack("!HHHHHH", octets[:12])
        self.rcode, self.counts = self.flags & 15, counts
        _, self.question_end = read_name(octets, 12)
        self.question_end += 4
        at, self.answers = self.question_end, []
        for _ in range(counts[0]):
            owner, at = read_name(octets, at)
            rtype, _, _, size = struct.unpack("!HHIH", octets[at : at + 10])
            self.answers.append((tuple(owner), rtype, octets[at + 10 : at + 10 + size]))
            at += 10 + size
