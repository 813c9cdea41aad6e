#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""No way past the filter that leads through an honest upstream, and nothing blocked that should pass:
the types that say where a service is, and the rare ones that carry addresses."""

import struct
import unittest

from octets import TYPES, wire
from upstream import address
from ways import Ways, cases

BAD, BAD6, NAT64 = "8.129.3.4", "2a0d:1234::7", "64:ff9b::881:304"
EVIL = "11.9.1.1"  # of no list


def service(title, label, bad, found, *texts, more=""):
    """HTTPS records of a name of its own."""
    name = "w{n}.%s.example" % label
    return (title, name, "HTTPS", bad, found, "\n".join("%s. HTTPS %s" % (name, text) for text in texts) + more)


SERVICES = cases({
    "hints": [
        service("ipv4hint", "h4", BAD, "hint " + BAD, "1 . alpn=h2 ipv4hint=" + BAD),
        service("ipv6hint", "h6", BAD6, "hint " + BAD6, "1 . alpn=h2 ipv6hint=" + BAD6),
        service("last of three", "h3", BAD, "hint " + BAD, "1 . ipv4hint=9.1.1.1,9.1.1.2,%s" % BAD),
        service("last of three of IPv6", "h63", BAD6, "hint " + BAD6, "1 . ipv6hint=2a00:1::1,2a00:1::2,%s" % BAD6),
        service("good IPv4, bad IPv6", "h46", BAD6, "hint " + BAD6, "1 . ipv4hint=9.1.1.1 ipv6hint=" + BAD6),
        service("of the second record", "second", BAD, "hint " + BAD, "1 . ipv4hint=9.1.1.1", "2 . ipv4hint=" + BAD),
        service("mapped", "hmapped", BAD, "embedded " + BAD, "1 . ipv6hint=::ffff:" + BAD),
        service("NAT64", "hnat64", NAT64, "embedded " + BAD, "1 . ipv6hint=" + NAT64),
        service("6to4", "h6to4", "2002:881:304::1", "embedded " + BAD, "1 . ipv6hint=2002:881:304::1"),
        service("of a range list", "hlist", "5.45.96.7", "hint 5.45.96.7", "1 . ipv4hint=5.45.96.7"),
        service("behind other keys", "keys", BAD, "hint " + BAD,
                '1 . mandatory=ipv4hint alpn=h2,h3 port=8443 ipv4hint=%s key65400="x"' % BAD),
        service("behind an alias", "hcname", BAD, "hint " + BAD,
                more="w{n}.hcname.example. CNAME end.hint.example.\nend.hint.example. HTTPS 1 . ipv4hint=" + BAD),
        ("of SVCB", "_dns.w{n}.svcb.example", "SVCB", BAD, "hint " + BAD,
         "_dns.w{n}.svcb.example. SVCB 1 . alpn=dot ipv4hint=" + BAD),
    ],
    "target": [
        service("a bad name", "target", "bad.example", "target w{n}.svc.bad.example",
                "1 w{n}.svc.bad.example. alpn=h2"),
        service("alias mode", "mode0", "bad.example", "target svc.bad.example", "0 svc.bad.example."),
        service("of the second record", "target2", "bad.example", "target svc.bad.example",
                "1 fine.example.", "2 svc.bad.example."),
        service("of a bad TLD", "tld", "badtld", "target svc.shop.badtld", "1 svc.shop.badtld."),
        service("behind an alias", "tcname", "bad.example", "target svc.bad.example",
                more="w{n}.tcname.example. CNAME end.tc.example.\nend.tc.example. HTTPS 1 svc.bad.example."),
        ("of SVCB", "_dns.w{n}.svcb2.example", "SVCB", "bad.example", "target svc.bad.example",
         "_dns.w{n}.svcb2.example. SVCB 1 svc.bad.example. alpn=dot"),
    ],
    "glue beside": [
        service("of a target", "glue", "+" + BAD, None, "1 glue.example. alpn=h2", more="\nglue.example. A " + BAD),
        service("of alias mode", "glue0", "+" + BAD, None, "0 glue.example."),
        service("its own name", "own", "+" + BAD, None, "1 . alpn=h2", more="\nw{n}.own.example. A " + BAD),
    ],
    "controls": [
        service("good hints", "good", "", "hint 9.1.1.1", "1 . alpn=h2 ipv4hint=9.1.1.1 ipv6hint=2a00:1::1"),
        service("a good target", "goodt", "", None, "1 www.notbad.example. alpn=h2"),
        service("nothing but ALPN", "alpn", "", None, "1 . alpn=h2,h3"),
        service("good alias mode", "good0", "", None, "0 www.notbad.example."),
        service("a good mapped hint", "goodm", "", "embedded 9.1.1.1", "1 . ipv6hint=::ffff:9.1.1.1"),
    ],
})


def rare(title, rtype, data, bad, found):
    """A record in the form of RFC 3597."""
    name = "w{n}.%s.example" % "".join(c for c in title.lower() if c.isalnum())
    number = TYPES[rtype] if rtype in TYPES else int(rtype[4:])
    return (title, name, rtype, bad, found, "%s. TYPE%d \\# %d %s" % (name, number, len(data), data.hex()))


def apl(*items):
    """(family, prefix length, octets given)"""
    return b"".join(struct.pack("!HBB", family, prefix, len(given)) + given for family, prefix, given in items)


V4, V6 = address(BAD), address(BAD6)
GOOD = address("9.1.1.1")
NAME = wire("svc.bad.example")

RARE = cases({
    "WKS": [rare("wks", "WKS", V4 + b"\6\0\1", BAD, "address " + BAD)],
    "APL": [
        rare("apl", "APL", apl((1, 32, V4)), BAD, "address " + BAD),
        rare("apl 6", "APL", apl((2, 128, V6)), BAD6, "address " + BAD6),
        rare("apl second", "APL", apl((1, 32, GOOD), (1, 32, V4)), BAD, "address " + BAD),
        rare("apl cut", "APL", apl((1, 24, V4[:3])), "", "address 8.129.3.0")[:3] + ("11.9.1.1", "address 8.129.3.0")
        + (rare("apl cut", "APL", apl((1, 24, V4[:3])), "", "")[5],),
    ],
    "IPSECKEY": [
        rare("ipseckey v4", "IPSECKEY", b"\x0a\1\2" + V4 + b"key", BAD, "address " + BAD),
        rare("ipseckey v6", "IPSECKEY", b"\x0a\2\2" + V6 + b"key", BAD6, "address " + BAD6),
        rare("ipseckey name", "IPSECKEY", b"\x0a\3\2" + NAME + b"key", "bad.example", "target svc.bad.example"),
    ],
    "AMTRELAY": [
        rare("amtrelay v4", "AMTRELAY", b"\x0a\1" + V4, BAD, "address " + BAD),
        rare("amtrelay v6", "AMTRELAY", b"\x0a\2" + V6, BAD6, "address " + BAD6),
        rare("amtrelay found", "AMTRELAY", b"\x0a\x81" + V4, BAD, "address " + BAD),
        rare("amtrelay name", "AMTRELAY", b"\x0a\3" + NAME, "bad.example", "target svc.bad.example"),
    ],
    "L32 and L64": [
        rare("l32", "L32", b"\0\x0a" + V4, BAD, "address " + BAD),
        rare("l64", "L64", b"\0\x0a" + V6[:8], EVIL, "address 2a0d:1234::"),
        rare("l64 of a database", "L64", b"\0\x0a" + address("2a02:4780:1:2::")[:8], EVIL, "address 2a02:4780:1:2::"),
        rare("lp", "TYPE107", b"\0\x0a" + NAME, "bad.example", "target svc.bad.example"),
    ],
    "A6": [rare("a6", "A6", b"\0" + V6, BAD6, "address " + BAD6)],
    "controls": [
        rare("good apl", "APL", apl((1, 32, GOOD)), "", "address 9.1.1.1"),
        rare("good ipseckey", "IPSECKEY", b"\x0a\0\2key", "", None),
        rare("good l32", "L32", b"\0\x0a" + GOOD, "", "address 9.1.1.1"),
        rare("good l64", "L64", b"\0\x0a" + address("2a00:1::")[:8], "", None),
        rare("unknown", "TYPE65300", V4, "", None),
    ],
})
# Types nobody needs, by a rule for them: the address in them is not looked for.
DENIED = cases({
    "NULL": [("null", "w{n}.null.example", "NULL", BAD, None, "w{n}.null.example. TYPE10 \\# 4 08810304")],
    "TYPE65400": [rare("denied", "TYPE65400", V4, BAD, None)],
})


class Services(Ways):
    TABLE = SERVICES

    def test_each(self):
        self.run_table()


class Rare(Ways):
    TABLE = RARE

    def test_each(self):
        self.run_table()


class Denied(Ways):
    TABLE = DENIED

    def test_each(self):
        self.run_table()


del Ways

if __name__ == "__main__":
    unittest.main()
