#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""No way past the filter that leads through an honest upstream, and nothing blocked that should pass:
names, however they are spelled, of all types, at the end of aliases or shown as data."""

import unittest

from octets import TYPES
from ways import Ways, cases

EVIL = "11.9.1.1"  # of no list: only the name it has is


def name(title, text, rtype="A", value=None):
    """A forbidden name; value is what a log calls it."""
    return (title, text, rtype, EVIL, "qname " + (value or text.lower()), text + ". A " + EVIL)


def passes(title, text):
    return (title, text, "A", "", None, text + ". A " + EVIL)


DEEP = "w{n}." + "a." * 119 + "bad.example"  # of 122 labels
LONG = "w{n}x%s." % ("a" * 46) + ("b" * 63 + ".") * 2 + "c" * 62 + ".bad.example"

SPELLING = cases({
    "type": [name("as " + rtype, "w{n}.bad.example", rtype)
             for rtype in (*TYPES, "TYPE13", "TYPE55", "TYPE61", "TYPE65400", "TYPE65534")],
    "spelling": [
        name("capitals", "W{n}.BAD.EXAMPLE"),
        name("mixed case", "w{n}.bAd.exAMPle"),
        name("the listed name itself", "bad.example"),
        name("122 labels", DEEP),
        name("as long as a name can be", LONG),
        name("with a NUL", "w{n}\\000x.bad.example"),
        name("with a dot in a label", "w{n}\\.x.bad.example", value="w{n}\\046x.bad.example"),
        name("with a space", "w{n}\\032x.bad.example"),
        name("with 0xFF", "w{n}\\255x.bad.example"),
        name("with a backslash", "w{n}\\\\x.bad.example", value="w{n}\\092x.bad.example"),
        name("with an asterisk", "*.w{n}.bad.example"),
        name("of a forbidden TLD", "w{n}.shop.badtld"),
        name("of a forbidden TLD in capitals", "W{n}.SHOP.BADTLD"),
    ],
    "IDN": [
        name("of a TLD", "w{n}.shop.xn--fiqs8s"),
        name("of a TLD in capitals", "w{n}.SHOP.XN--FIQS8S"),
        name("a label", "w{n}.xn--fiqs8s.example"),
        name("a label that the list has in UTF-8", "w{n}.xn--bcher-kva.example"),
        name("a label in capitals", "w{n}.XN--FIQS8S.example"),
    ],
    "controls": [
        passes("which ends alike", "w{n}.notbad.example"),
        passes("which begins alike", "w{n}.bad.example.test-net"),
        passes("the name as one label", "w{n}x\\.bad.example"),
        passes("both labels as one", "w{n}.bad\\.example"),
        passes("one octet more", "w{n}.bad.examples"),
        passes("one octet less", "w{n}.ba.example"),
        passes("a sibling", "w{n}.good.example"),
        passes("the TLD's name below another", "w{n}.badtld.example"),
        passes("raw UTF-8 is another name", "w{n}.\\228\\184\\173\\229\\155\\189"),
        passes("a label of the TLD's", "w{n}.xn--fiqs8t"),
    ],
})


def chain(title, label, found, *links, rtype="A", bad=EVIL):
    """An alias at w{n}.LABEL.example, and what it leads to."""
    text = "\n".join("w{n}.%s.example. CNAME %s" % (label, links[0]) if k == 0 else link
                     for k, link in enumerate(links))
    return (title, "w{n}.%s.example" % label, rtype, bad, found, text)


CHAINS = cases({
    "chain": [
        chain("to a bad address", "one", "address 8.129.3.4", "end.good.example.", "end.good.example. A 8.129.3.4",
              bad="8.129.3.4"),
        chain("to a bad name", "name", "cname w{n}.x.bad.example", "w{n}.x.bad.example.",
              "w{n}.x.bad.example. A " + EVIL, bad=EVIL + " bad.example"),
        chain("to a bad name in capitals", "capitals", "cname w{n}.y.bad.example", "W{n}.Y.BAD.Example.",
              "w{n}.y.bad.example. A " + EVIL, bad=EVIL + " bad.example"),
        chain("through a bad name", "through", "cname hop.bad.example", "hop.bad.example.",
              "hop.bad.example. CNAME fine.example.", "fine.example. A 9.1.1.1", bad="9.1.1.1 bad.example"),
        chain("third hop is a bad name", "third", "cname third.bad.example", "h1.third.example.",
              "h1.third.example. CNAME h2.third.example.", "h2.third.example. CNAME third.bad.example.",
              "third.bad.example. A " + EVIL, bad=EVIL + " bad.example"),
        chain("third hop is a bad address", "thirda", "address 5.45.96.7", "h1.thirda.example.",
              "h1.thirda.example. CNAME h2.thirda.example.", "h2.thirda.example. CNAME h3.thirda.example.",
              "h3.thirda.example. A 5.45.96.7", bad="5.45.96.7"),
        chain("to a bad TLD", "tld", "cname www.shop.badtld", "www.shop.badtld.", "www.shop.badtld. A " + EVIL,
              bad=EVIL + " badtld"),
        chain("to a bad IDN in capitals", "idn", "cname www.shop.xn--fiqs8s", "www.shop.XN--FIQS8S.",
              "www.shop.xn--fiqs8s. A " + EVIL, bad=EVIL + " xn--fiqs8s"),
        chain("to a bad name without an address", "nodata", "cname w{n}.nodata.bad.example",
              "w{n}.nodata.bad.example.", "w{n}.nodata.bad.example. TXT none", bad="bad.example"),
        chain("to a bad name that is not there", "nxdomain", "cname not.there.bad.example", "not.there.bad.example.",
              bad="bad.example"),
        chain("of another type", "mx", "cname w{n}.mx.bad.example", "w{n}.mx.bad.example.",
              "w{n}.mx.bad.example. MX 10 mail.example.", rtype="MX", bad="bad.example"),
        chain("asked for itself", "itself", "cname w{n}.z.bad.example", "w{n}.z.bad.example.", rtype="CNAME",
              bad="bad.example"),
        ("a wildcard alias", "w{n}.star.example", "A", EVIL, "cname star.bad.example",
         "*.star.example. CNAME star.bad.example.\nstar.bad.example. A " + EVIL),
        ("a DNAME to a bad name", "w{n}.dname.example", "A", EVIL, "cname w{n}.dn.bad.example",
         "dname.example. DNAME dn.bad.example.\nw{n}.dn.bad.example. A " + EVIL),
        ("a DNAME to a bad address", "w{n}.dname2.example", "A", "8.129.3.4", "address 8.129.3.4",
         "dname2.example. DNAME dn2.example.\nw{n}.dn2.example. A 8.129.3.4"),
        ("a DNAME asked for itself", "w{n}.own.example", "DNAME", "bad.example", "cname itself.bad.example",
         "w{n}.own.example. DNAME itself.bad.example."),
        ("an alias to a NAT64 address", "w{n}.to64.example", "AAAA", "64:ff9b::881:304", "embedded 8.129.3.4",
         "w{n}.to64.example. CNAME e64.example.\ne64.example. AAAA 64:ff9b::881:304"),
    ],
    "controls": [
        chain("to a good address", "ok", "address 9.1.1.1", "fine.example.", bad=""),
        chain("to a name that only ends alike", "alike", None, "www.notbad.example.", "www.notbad.example. A " + EVIL,
              bad=""),
        chain("to nothing", "void", None, "not.there.example.", bad=""),
        chain("of four", "four", "address 9.1.1.1", "f1.four.example.", "f1.four.example. CNAME f2.four.example.",
              "f2.four.example. CNAME f3.four.example.", "f3.four.example. CNAME fine.example.", bad=""),
        ("a good DNAME", "w{n}.gd.example", "A", "", None,
         "gd.example. DNAME gd2.example.\nw{n}.gd2.example. A " + EVIL),
    ],
})


def data(title, rtype, text, found="mention w{n}.t.bad.example", bad=""):
    """A record of the type at w{n}.data.example, whose data may name w{n}.t.bad.example."""
    label = "data-" + rtype.lower()
    return (title, "w{n}.%s.example" % label, rtype, bad, found, "w{n}.%s.example. %s %s" % (label, rtype, text))


MENTIONED = (
    ("MX", "10 w{n}.t.bad.example."),
    ("SRV", "0 0 443 w{n}.t.bad.example."),
    ("NAPTR", '10 10 "s" "SIP+D2U" "" w{n}.t.bad.example.'),
    ("PTR", "w{n}.t.bad.example."),
)
GLUE = "\nw{n}.t.bad.example. A 8.129.3.4\nglue.example. A 8.129.3.4"
SHOWN = cases({
    "shown as data": [data("in " + rtype, rtype, text + GLUE) for rtype, text in MENTIONED],
    "glue beside": [
        ("of MX", "w{n}.gluemx.example", "MX", "+8.129.3.4", None, "w{n}.gluemx.example. MX 10 glue.example."),
        ("of SRV", "w{n}.gluesrv.example", "SRV", "+8.129.3.4", None, "w{n}.gluesrv.example. SRV 0 0 1 glue.example."),
        ("of MX to a forbidden name", "w{n}.data-mx.example", "MX", "+8.129.3.4", "mention w{n}.t.bad.example", ""),
    ],
    "its own lookup": [
        ("as A", "w{n}.t.bad.example", "A", "8.129.3.4", "qname w{n}.t.bad.example", ""),
        ("as AAAA", "w{n}.t.bad.example", "AAAA", "8.129.3.4", "qname w{n}.t.bad.example", ""),
    ],
    "reverse": [
        ("of a bad address", "4.{n}.129.8.in-addr.arpa", "PTR", "", None,
         "4.{n}.129.8.in-addr.arpa. PTR host.example."),
    ],
})
STRICT = cases({
    "shown as data": [data("in " + rtype, rtype, text, bad="bad.example") for rtype, text in MENTIONED],
    "reverse": [("of a bad network", "4.{n}.129.8.in-addr.arpa", "PTR", EVIL, None,
                 "4.{n}.129.8.in-addr.arpa. PTR host.example.")],
})


class Spelling(Ways):
    TABLE = SPELLING

    def test_each(self):
        self.run_table()


class Chains(Ways):
    TABLE = CHAINS

    def test_each(self):
        self.run_table()


class Shown(Ways):
    TABLE = SHOWN

    def test_each(self):
        self.run_table()


class Strict(Ways):
    """As Shown, to a group with a rule for mentions and one for reverse names."""

    TABLE = STRICT
    SOURCE = "127.0.2.1"

    def test_each(self):
        self.run_table()


del Ways

if __name__ == "__main__":
    unittest.main()
