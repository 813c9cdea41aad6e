#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The shipped lists have the form that lists/README.md describes, and say what they must of known
names and addresses."""

import bisect
import ipaddress
import os
import re
import sys

ROOT = os.path.join(os.environ.get("srcdir", os.path.join(os.path.dirname(__file__), "../..")),
                    "lists")
SIZE_MAX = 8 << 20
VENDOR_DEPTH = 4  # a vendor and its ancestors
V4_WIDEST, V6_WIDEST = 1 << 24, 1 << 112  # wider ranges are refused on import

NAMES = ("domain", "match", "vendor", "category", "fact", "country", "confidence", "source")
OPERATORS = ("asn", "vendor", "category", "fact", "country", "confidence", "source")
VENDORS = ("vendor", "name", "parent")
LOCATED = ("range", "country", "fact", "source")
NETWORKS = ("range", "asn", "source")

COUNTRIES = {"CN", "HK", "MO"}
CATEGORIES = {"carrier", "academic", "government", "corporate"}  # beside the files of domains/
MATCHES = {"exact", "suffix", "tld"}
FACTS = {"operated", "owned"}
CONFIDENCES = {"low", "medium", "high"}
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

# address: (countries it is located in, countries its network is operated from)
ADDRESSES = {
    "8.129.0.1": ({"CN"}, {"CN"}),
    "119.29.29.29": ({"CN"}, {"CN"}),
    "114.114.114.114": ({"CN"}, set()),
    "2001:250::1": ({"CN"}, {"CN"}),
    "2001:da8::1": ({"CN"}, {"CN"}),
    "2001:dc7::1": ({"CN"}, set()),
    "47.91.1.1": (set(), {"CN"}),
    "43.152.0.1": (set(), {"CN"}),
    "202.45.84.58": ({"HK"}, set()),
    "2404:c140::1": ({"HK"}, set()),
    "202.175.3.3": ({"MO"}, {"MO"}),
    "1.1.1.1": (set(), set()),
    "2606:4700:4700::1111": (set(), set()),
    "168.95.1.1": (set(), set()),
    "2001:b000:168::1": (set(), set()),
}
# name: (vendor, country); None: no row
DOMAINS = {
    "hicloudcam.com": ("hikvision", "CN"),
    "ezviz.com": ("ezviz", "CN"),
    "cn": ("cnnic", "CN"),
    "hk": ("hkirc", "HK"),
    "mo": ("monic", "MO"),
    "tw": None,
    "xn--fiqs8s": ("cnnic", "CN"),
    "xn--fiqz9s": ("cnnic", "CN"),
    "ctldl.windowsupdate.com": None,
    "cloudfront.net": None,
}

errors = []


def wrong(where, text):
    errors.append(f"{where}: {text}")


def read(path, columns):
    """Yields (where, fields) of the rows."""
    full = os.path.join(ROOT, path)
    with open(full, "rb") as f:
        text = f.read().decode("utf-8")
    if not text.endswith("\n") or "\r" in text:
        wrong(path, "lines end with a line feed alone, the last one too")
    header = False
    for number, line in enumerate(text.splitlines(), 1):
        where = f"lists/{path}:{number}"
        if line.startswith("#"):
            continue
        fields = line.split("\t")
        if not header:
            header = True
            if tuple(fields) != columns:
                wrong(where, f"the columns are not {' '.join(columns)}")
                return
        elif len(fields) != len(columns):
            wrong(where, f"{len(fields)} fields, not {len(columns)}")
        elif any(f != f.strip() or any(ord(c) < 32 for c in f) for f in fields):
            wrong(where, "a field has blanks around it or control characters")
        else:
            yield where, fields


def check_sorted(where, previous, key):
    if previous is not None and key == previous:
        wrong(where, f"'{key}' stands there twice")
    elif previous is not None and key < previous:
        wrong(where, f"'{key}' is out of order")


def read_vendors():
    vendors, previous = {}, None
    for where, (vendor, name, parent) in read("vendors.tsv", VENDORS):
        check_sorted(where, previous, vendor)
        previous = vendor
        if not ID.fullmatch(vendor) or len(vendor) > 63 or not name:
            wrong(where, "a vendor has an id of letters, digits and '-', and a name")
        vendors[vendor] = parent
    for vendor in vendors:
        chain, at = [], vendor
        while at and at not in chain:
            chain.append(at)
            if at not in vendors:
                wrong("lists/vendors.tsv", f"'{vendor}' leads to '{at}', which is not there")
                break
            at = vendors[at]
        if (at and at in chain) or len(chain) > VENDOR_DEPTH:
            wrong("lists/vendors.tsv", f"'{vendor}' has a cycle or too many ancestors")
    return vendors


def check_row(where, row, vendors, used, categories):
    if row["vendor"]:
        used.add(row["vendor"])
        if row["vendor"] not in vendors:
            wrong(where, f"vendor '{row['vendor']}' is not in vendors.tsv")
    for column, allowed in (("category", categories), ("fact", FACTS), ("country", COUNTRIES),
                            ("confidence", CONFIDENCES)):
        if row[column] not in allowed:
            wrong(where, f"{column} '{row[column]}' is none of {' '.join(sorted(allowed))}")
    if not row["source"]:
        wrong(where, "the source is missing")


def check_name(where, row):
    name = row["domain"]
    labels = name.split(".")
    if len(name) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        wrong(where, f"'{name}' is no name in lower-case A-labels")
    for label in labels:
        if label.startswith("xn--"):
            try:
                label[4:].encode("ascii").decode("punycode")
            except UnicodeError:
                wrong(where, f"'{label}' is no A-label")
        elif label[2:4] == "--":
            wrong(where, f"'{label}' has hyphens where only an A-label may have them")
    if row["match"] not in MATCHES:
        wrong(where, f"match '{row['match']}' is none of {' '.join(sorted(MATCHES))}")
    if len(labels) == 1 and row["match"] != "tld":
        wrong(where, "a single label needs match tld")


def read_names(vendors, used):
    names = {}
    files = sorted(os.listdir(os.path.join(ROOT, "domains")))
    categories = {f[:-4] for f in files if f.endswith(".tsv") and f != "tld.tsv"}
    for file in files:
        previous = None
        for where, fields in read("domains/" + file, NAMES):
            row = dict(zip(NAMES, fields))
            check_sorted(where, previous, row["domain"])
            previous = row["domain"]
            check_name(where, row)
            check_row(where, row, vendors, used, categories)
            if file != "tld.tsv" and file != row["category"] + ".tsv":
                wrong(where, "the row belongs to the file of its category")
            if (file == "tld.tsv") != (row["match"] == "tld"):
                wrong(where, "rows of match tld, and no others, stand in tld.tsv")
            if row["domain"] in names:
                wrong(where, f"'{row['domain']}' stands in another file too")
            names[row["domain"]] = row
    return names, categories


def read_operators(vendors, used, categories):
    operators, previous = {}, None
    for where, fields in read("operators.tsv", OPERATORS):
        row = dict(zip(OPERATORS, fields))
        if not row["asn"].isdigit() or not 0 < int(row["asn"]) < 1 << 32:
            wrong(where, f"'{row['asn']}' is no AS number")
            continue
        key = (int(row["asn"]), row["fact"])
        check_sorted(where, previous, key)
        previous = key
        check_row(where, row, vendors, used, categories | CATEGORIES)
        operators.setdefault(row["asn"], []).append(row)
    return operators


def read_range(text):
    """(version, first, last); ValueError."""
    if "-" in text:
        first, last = (ipaddress.ip_address(a) for a in text.split("-"))
        if first.version != last.version or first >= last:
            raise ValueError("the range mixes versions or ends before it begins")
        return first.version, int(first), int(last)
    network = ipaddress.ip_network(text)
    return network.version, int(network[0]), int(network[-1])


def read_ranges(path, columns):
    """(sorted (version, first), (last, fields)), disjoint."""
    keys, values, previous = [], [], None
    for where, fields in read(path, columns):
        try:
            version, first, last = read_range(fields[0])
        except ValueError as problem:
            wrong(where, str(problem))
            continue
        if last - first >= (V4_WIDEST if version == 4 else V6_WIDEST):
            wrong(where, "the range is too wide")
        if previous is not None and (version, first) <= previous[0]:
            wrong(where, "the range is out of order, or overlaps the one before")
        elif previous is not None and (version, first - 1) == previous[0]:
            if fields[1:] == previous[1]:
                wrong(where, "the range can be joined with the one before")
        previous = ((version, last), fields[1:])
        keys.append((version, first))
        values.append((last, fields))
    return keys, values


def find_range(ranges, text):
    a = ipaddress.ip_address(text)
    keys, values = ranges
    i = bisect.bisect_right(keys, (a.version, int(a))) - 1
    if i < 0 or keys[i][0] != a.version or values[i][0] < int(a):
        return None
    return values[i][1]


def check_addresses(located, networks, operators):
    for address, (countries, jurisdictions) in ADDRESSES.items():
        place, network = find_range(located, address), find_range(networks, address)
        found = {place[1]} if place else set()
        if found != countries:
            wrong("lists/addresses/located.tsv", f"{address} is in {found}, not {countries}")
        rows = operators.get(network[1], []) if network else []
        found = {r["country"] for r in rows if r["fact"] == "operated"}
        if found != jurisdictions:
            wrong("lists/addresses/operators.tsv",
                  f"{address} is operated from {found}, not {jurisdictions}")


def main():
    used = set()
    vendors = read_vendors()
    names, categories = read_names(vendors, used)
    operators = read_operators(vendors, used, categories)
    located = read_ranges("addresses/located.tsv", LOCATED)
    networks = read_ranges("addresses/operators.tsv", NETWORKS)
    for _, (_, country, fact, source) in located[1]:
        if country not in COUNTRIES or fact != "located" or not source:
            wrong("lists/addresses/located.tsv", f"'{country} {fact} {source}' is no location")
    for asn in {fields[1] for _, fields in networks[1]}:
        if all(r["confidence"] == "low" for r in operators.get(asn, [])):
            wrong("lists/addresses/operators.tsv", f"AS{asn} has no row that is on by default")
    parents = {vendors[v] for v in vendors}
    for vendor in sorted(set(vendors) - used - parents):
        wrong("lists/vendors.tsv", f"no row names '{vendor}'")
    for name, expected in DOMAINS.items():
        row = names.get(name)
        if (row and (row["vendor"], row["country"])) != expected:
            wrong("lists/domains", f"'{name}' is not {expected}")
    check_addresses(located, networks, operators)
    size = sum(os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(ROOT) for f in fs)
    if size > SIZE_MAX:
        wrong("lists", f"{size} octets are more than {SIZE_MAX}")
    if errors:
        sys.exit("\n".join(errors[:50]))
    print(f"{len(names)} names, {len(vendors)} vendors, {len(operators)} networks, "
          f"{len(located[0])} and {len(networks[0])} ranges are in order")


if __name__ == "__main__":
    main()
