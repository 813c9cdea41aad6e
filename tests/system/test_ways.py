#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""No way past the filter that leads through an honest upstream, and nothing blocked that should pass:
addresses, one of many, in big answers, and IPv4 addresses inside of others."""

import unittest

from octets import CD, WAYS, wire
from upstream import address
from ways import Ways, cases


def many(name, bad, low, high=0):
    """An address between good ones; they are in the order of their octets."""
    addresses = ["7.1.1.%d" % k for k in range(low)] + [bad] + ["48.1.1.%d" % k for k in range(high)]
    return "\n".join("%s.example. A %s" % (name, address) for address in addresses)


def one(title, label, address):
    """A name with one bad address of its own."""
    rtype = "AAAA" if ":" in address else "A"
    name = "w{n}.%s.example" % label
    return (title, name, rtype, address, "address " + address, "%s. %s %s" % (name, rtype, address))


def good(title, label, address, found=None):
    rtype = "AAAA" if ":" in address else "A"
    name = "w{n}.%s.example" % label
    return (title, name, rtype, "", found, "%s. %s %s" % (name, rtype, address))


def inner(title, label, address, v4="8.129.3.4"):
    """An IPv4 address inside of an IPv6 one."""
    name = "w{n}.%s.example" % label
    return (title, name, "AAAA", "%s %s" % (address, v4), "embedded " + v4, "%s. AAAA %s" % (name, address))


ADDRESSES = cases({
    "plain": [
        one("of a range list", "plain", "5.45.96.7"),
        one("of country.iso_code", "iso", "8.129.3.4"),
        one("of a flat country_code", "flat", "47.93.3.4"),
        one("IPv6, of a range list", "plain6", "2a0d:1234::7"),
        one("IPv6, of country.iso_code", "iso6", "2a02:4780::1"),
        ("a wildcard", "w{n}.wild.example", "A", "5.45.96.7", "address 5.45.96.7", "*.wild.example. A 5.45.96.7"),
    ],
    "prefix edges": [
        one("first of a /24", "first24", "5.45.96.0"),
        one("last of a /24", "last24", "5.45.96.255"),
        one("first of a /26", "first26", "5.45.98.64"),
        one("last of a /26", "last26", "5.45.98.127"),
        one("first of a /32", "first32", "2a0d:1234::"),
        one("last of a /32", "last32", "2a0d:1234:ffff:ffff:ffff:ffff:ffff:ffff"),
        one("first of a /64", "first64", "2a0d:5678:1:2::"),
        one("last of a /64", "last64", "2a0d:5678:1:2:ffff:ffff:ffff:ffff"),
    ],
    "one of many": [
        ("first of 5", "w{n}.first.example", "A", "8.129.3.4", "address 8.129.3.4",
         many("w{n}.first", "8.129.3.4", 0, 4)),
        ("middle of 5", "w{n}.middle.example", "A", "8.129.3.4", "address 8.129.3.4",
         many("w{n}.middle", "8.129.3.4", 2, 2)),
        ("last of 5", "w{n}.last.example", "A", "8.129.3.4", "address 8.129.3.4",
         many("w{n}.last", "8.129.3.4", 4)),
        ("good A", "w{n}.mixed.example", "A", "", "address 9.1.1.1",
         "w{n}.mixed.example. A 9.1.1.1\nw{n}.mixed.example. AAAA 2a0d:1234::7"),
        ("beside a bad AAAA", "w{n}.mixed.example", "AAAA", "2a0d:1234::7", "address 2a0d:1234::7", ""),
        ("among all types", "w{n}.all.example", "ANY", "8.129.3.4", "address 8.129.3.4",
         "w{n}.all.example. A 8.129.3.4\nw{n}.all.example. TXT text\nw{n}.all.example. MX 1 mail.example."),
        ("one of 50", "w{n}.fifty.example", "A", "8.129.3.4", "address 8.129.3.4",
         many("w{n}.fifty", "8.129.3.4", 20, 30)),
        ("last of 250", "big.example", "A", "8.129.3.4", "address 8.129.3.4", many("big", "8.129.3.4", 249)),
        ("middle of 300", "bigger.example", "A", "8.129.3.4", "address 8.129.3.4",
         many("bigger", "8.129.3.4", 150, 150)),
    ],
    "controls": [
        good("a good address", "good", "9.1.1.1", "address 9.1.1.1"),
        good("a good IPv6 address", "good6", "2a00:1::1"),
        good("below a /24", "below24", "5.45.95.255"),
        good("above a /24", "above24", "5.45.97.0"),
        good("below a /26", "below26", "5.45.98.63"),
        good("above a /26", "above26", "5.45.98.128"),
        good("below a /32", "below32", "2a0d:1233:ffff:ffff:ffff:ffff:ffff:ffff"),
        good("above a /32", "above32", "2a0d:1235::"),
        good("below a /64", "below64", "2a0d:5678:1:1:ffff:ffff:ffff:ffff"),
        good("above a /64", "above64", "2a0d:5678:1:3::"),
        ("300 good ones", "good300.example", "A", "", "address 9.2.0.0",
         "\n".join("good300.example. A 9.2.%d.%d" % (k // 200, k % 200) for k in range(300))),
        ("no such type", "w{n}.good.example", "MX", "", None, ""),
        ("no such name", "w{n}.nothing.example", "A", "", None, ""),
        ("a big text", "text.example", "TXT", "", None,
         "\n".join('text.example. TXT "%s"' % (chr(97 + k) * 200) for k in range(20))),
        ("an address as text", "w{n}.spell.example", "TXT", "", None, 'w{n}.spell.example. TXT "8.129.3.4"'),
    ],
})

EMBEDDED = cases({
    "IPv4 inside IPv6": [
        inner("mapped", "mapped", "::ffff:8.129.3.4"),
        inner("compatible", "compatible", "::8.129.3.4"),
        inner("SIIT", "siit", "::ffff:0:8.129.3.4"),
        inner("6to4", "sixtofour", "2002:881:304::1"),
        inner("6to4 with an ISATAP host of another", "twofold", "2002:901:101::5efe:881:304"),
        inner("Teredo server", "server", "2001:0:881:304:0:0:f6fe:fefe"),
        ("Teredo client", "w{n}.client.example", "AAAA", "2001:0:901:101::f77e:fcfb", "embedded 8.129.3.4",
         "w{n}.client.example. AAAA 2001:0:901:101::f77e:fcfb"),
        inner("NAT64", "nat64", "64:ff9b::881:304"),
        ("NAT64 of RFC 8215, /48", "w{n}.local48.example", "AAAA", "64:ff9b:1:881:3:400::", "embedded 8.129.3.4",
         "w{n}.local48.example. AAAA 64:ff9b:1:881:3:400::"),
        inner("NAT64 of RFC 8215, /96", "local96", "64:ff9b:1::881:304"),
        ("NAT64 of the site, /64", "w{n}.site64.example", "AAAA", "2001:db8:6464:1:8:8103:400:0", "embedded 8.129.3.4",
         "w{n}.site64.example. AAAA 2001:db8:6464:1:8:8103:400:0"),
        inner("NAT64 of the site, /96", "site96", "2001:db8:64::881:304"),
        ("NAT64 of the site, /40", "w{n}.site40.example", "AAAA", "2001:db8:6508:8103:4::", "embedded 8.129.3.4",
         "w{n}.site40.example. AAAA 2001:db8:6508:8103:4::"),
        inner("ISATAP", "isatap", "2a00:1::5efe:881:304"),
        inner("ISATAP of a global address", "isatap2", "2a00:1::200:5efe:881:304"),
        inner("of a flat country_code", "codes", "64:ff9b::2f5d:304", "47.93.3.4"),
        inner("of a range list", "listed", "2002:52d:6007::1", "5.45.96.7"),
        ("behind a good one", "w{n}.second.example", "AAAA", "::ffff:8.129.3.4", "embedded 8.129.3.4",
         "w{n}.second.example. AAAA 2a00:1::1\nw{n}.second.example. AAAA ::ffff:8.129.3.4"),
    ],
    "controls": [
        good("a good 6to4", "good6to4", "2002:901:101::1", "embedded 9.1.1.1"),
        good("a good mapped one", "goodmapped", "::ffff:9.1.1.1", "embedded 9.1.1.1"),
        good("a good Teredo", "goodteredo", "2001:0:901:101::f6fe:fefe", "embedded 9.1.1.1"),
        good("a good NAT64", "good64", "64:ff9b::901:101", "embedded 9.1.1.1"),
        good("a good ISATAP", "goodisatap", "2a00:1::5efe:901:101", "embedded 9.1.1.1"),
        good("the octets of one where none is meant", "nowhere", "2a00:1:881:304::881:304"),
    ],
})


class Addresses(Ways):
    TABLE = ADDRESSES
    MORE = "".join("w%d.broken.example. A 8.129.3.4\n" % n for n in range(len(WAYS)))

    def test_each(self):
        self.run_table()


    def test_bogus(self):
        """What does not validate is given to nobody, nor to who asks for it all the same where it is
        forbidden; what was found in it is written."""
        for number, way in enumerate(WAYS):
            reply = self.client.ask(wire("w%d.broken.example" % number), 1, way)
            self.assertEqual((reply.rcode, reply.counts[0]), (3 if way.flags & CD else 2, 0), way)
            self.assertNotIn(address("8.129.3.4"), reply.octets)
            record = self.record()
            self.assertEqual((record["rule.name"], record["celnik.dnssec"]), ("located", "bogus"), way)
            self.assertEqual(record["event.action"], "nxdomain" if way.flags & CD else "allow", way)
        for name, way in (("w0.broken.example", WAYS[0]), ("w1.broken.example", WAYS[1])):
            reply = self.client.ask(wire(name), 1, way)
            explained = self.explained(name, "A", True)
            self.check_explained(self.record(), explained)
            self.assertTrue(explained["fails"])
            self.assertIn("the client gets SERVFAIL", self.stage.celnik("explain", name).stdout)


class Embedded(Ways):
    TABLE = EMBEDDED

    def test_each(self):
        self.run_table()


del Ways

if __name__ == "__main__":
    unittest.main()
