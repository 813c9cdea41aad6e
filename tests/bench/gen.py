#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Generates the data into a directory (argument 1). Deterministic.

  root.zone bench.zone   zones of the local upstream authority
  hit.q mix.q chain.q    query files ("name type", every name 18 characters)
  block-100k.txt block-1m.txt   block list, one domain per line
  cidr.txt               10k "CN-like" prefixes (8k v4, 2k v6, disjoint)
  rpz-100k.zone rpz-1m.zone     both lists + prefixes as one RPZ
  cidr.mmdb              the prefixes as a country database, where MaxMind::DB::Writer is there
"""
import ipaddress
import json
import os
import random
import subprocess
import sys

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
Z = "bench.example"


def w(name):
    return open(os.path.join(out, name), "w", buffering=1 << 20)


# ---- zones -------------------------------------------------------------
SOA = "$TTL 86400\n@ IN SOA ns.{0} h.{0} 1 86400 3600 604800 3600\n@ IN NS ns.{0}\n"
with w("bench.zone") as f:
    f.write("$ORIGIN %s.\n" % Z + SOA.format(Z + "."))
    f.write("ns A 127.0.0.1\n* A 100.64.0.1\n* AAAA 2001:db8:ffff::1\n*.w A 100.64.0.2\n")
    for i in range(20000):
        f.write("n%05d A 100.64.%d.%d\nn%05d AAAA 2001:db8:ffff::%x\n" % (i, 1 + i // 250, 1 + i % 250, i, i + 16))
    for i in range(2000):
        f.write("c%05d CNAME d%05d\nd%05d CNAME e%05d\ne%05d CNAME n%05d\n" % (i, i, i, i, i, i))
        f.write("p%05d A 203.0.113.%d\n" % (i, 1 + i % 250))
with w("root.zone") as f:
    f.write("$ORIGIN .\n" + SOA.format("nic.example."))
    f.write("*. A 100.64.0.3\n*. AAAA 2001:db8:ffff::3\n")

# ---- block list: half two-label, half three-label domains ----------------
rnd = random.Random(7)
AL = "abcdefghijklmnopqrstuvwxyz0123456789"
TLD = ["com", "net", "org", "info", "xyz", "top", "cn", "io"]
seen, lst = set(), []
while len(lst) < 1000000:
    a = "".join(rnd.choices(AL[:26], k=1)) + "".join(rnd.choices(AL, k=rnd.randint(4, 12)))
    d = a + "." + TLD[rnd.randrange(8)]
    if rnd.random() < .3:
        d = ("ads", "track", "log", "m", "api", "sdk")[rnd.randrange(6)] + "." + d
    if d not in seen:
        seen.add(d)
        lst.append(d)

# ---- prefixes ------------------------------------------------------------
keep = [ipaddress.ip_network(x) for x in ("100.64.0.0/10", "127.0.0.0/8", "0.0.0.0/8", "224.0.0.0/3")]
nets = [ipaddress.ip_network("203.0.113.0/24")]
slots = rnd.sample(range(1 << 16), 16000)          # one prefix per distinct /16
for s in slots:
    if len(nets) >= 8000:
        break
    base = ipaddress.ip_network((s << 16, 16))
    if any(base.overlaps(k) for k in keep) or base.overlaps(nets[0]):
        continue
    pl = rnd.choice([16, 17, 18, 19, 20, 20, 21, 21, 22, 22, 22, 23, 24, 24])
    nets.append(ipaddress.ip_network(((s << 16) | (rnd.randrange(1 << (pl - 16)) << (32 - pl)), pl)))
v6 = []
for s in rnd.sample(range(1 << 16), 2000):          # 2400::/16 .. one /32.. per slot
    pl = rnd.choice([32, 32, 32, 36, 40, 44, 48])
    v6.append(ipaddress.ip_network(((0x2400 << 112) | (s << 96), pl)))
with w("cidr.txt") as f:
    for n in nets + v6:
        f.write("%s\n" % n)


def rpzip(n):
    if n.version == 4:
        return "%d.%s.rpz-ip" % (n.prefixlen, ".".join(reversed(str(n.network_address).split("."))))
    g = [("%x" % int(x, 16)) for x in n.network_address.exploded.split(":")]
    while len(g) > 1 and g[-1] == "0":
        g.pop()
    if len(g) < 8:
        g.append("zz")
    return "%d.%s.rpz-ip" % (n.prefixlen, ".".join(reversed(g)))


for tag, n in (("100k", 100000), ("1m", 1000000)):
    with w("block-%s.txt" % tag) as f:
        f.writelines(d + "\n" for d in lst[:n])
    with w("rpz-%s.zone" % tag) as f:
        f.write("$ORIGIN rpz.bench.\n$TTL 300\n@ SOA localhost. h.localhost. 1 86400 3600 604800 300\n@ NS localhost.\n")
        f.writelines("%s CNAME .\n*.%s CNAME .\n" % (d, d) for d in lst[:n])
        f.writelines("%s CNAME .\n" % rpzip(x) for x in nets + v6)

# ---- country database: China, wherever a prefix of the list is -----------
writer = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system", "mmdb.pl")
made = os.path.join(out, "cidr.mmdb")
records = json.dumps({str(n): {"country": {"iso_code": "CN"}} for n in nets + v6})
done = subprocess.run(["perl", writer, made], input=records, text=True, capture_output=True)
if done.returncode:
    print("no cidr.mmdb: " + done.stderr.splitlines()[0], file=sys.stderr)

# ---- query files: all names have the same length so that UDP GSO can be used ----
L = len("n00000." + Z)
rnd = random.Random(9)
hit = ["n%05d.%s %s" % (i, Z, "AAAA" if i % 4 == 3 else "A") for i in range(20000)]
rnd.shuffle(hit)
with w("hit.q") as f:
    f.writelines(x + "\n" for x in hit)
blk = []
for d in lst[:100000]:
    k = L - len(d) - 1
    if k == -1:
        blk.append(d + " A")
    elif 1 <= k <= 20:
        blk.append("w" * k + "." + d + " A")
    if len(blk) == 2000:
        break
mix = hit[:14000] + ["c%05d.%s A" % (i, Z) for i in range(2000)] \
    + ["p%05d.%s A" % (i, Z) for i in range(2000)] + blk
rnd.shuffle(mix)
with w("mix.q") as f:
    f.writelines(x + "\n" for x in mix)
with w("chain.q") as f:
    f.writelines("c%05d.%s A\n" % (i, Z) for i in range(2000))
