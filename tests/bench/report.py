#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Summarises raw.tsv: one row for each mode, measure and contender, as median [min-max]; with --lines
one line for each figure, `MEASURE.MODE.CONTENDER.FIGURE MEDIAN`, for programs."""

import statistics
import sys

NUMBER = "%s [%s-%s]"
TABLES = {
    "start": [("start s", "start_s", "%.3f"), ("RSS MiB", "rss_mib", "%.0f"), ("memory MiB", "all_mib", "%.0f")],
    "lat": [("p50 us", "p50us", "%.0f"), ("p99 us", "p99us", "%.0f"), ("p99.9 us", "p999us", "%.0f"),
            ("CPU us/query", "us_per_q", "%.1f"), ("lost", "lost", "%.0f"), ("records lost", "log_lost", "%.0f")],
    "reload": [("command s", "cmd_s", "%.2f"), ("longest gap ms", "maxgap_ms", "%.1f"), ("lost", "lost", "%.0f"),
               ("RSS MiB", "rss_mib", "%.0f"), ("memory MiB", "all_mib", "%.0f")],
}
LOAD = [("kQPS", "kqps", "%.1f"), ("x echo", "ratio", "%.3f"), ("CPU us/query", "us_per_q", "%.2f"),
        ("server core", "srv_cpu", "%.2f"), ("generator core", "gen_cpu", "%.2f"), ("ok %", "ok_percent", "%.1f"),
        ("lost", "lost", "%.0f"), ("log B/query", "log_per_query", "%.0f"), ("records lost", "log_lost", "%.0f")]


def read(path):
    with open(path, encoding="utf-8") as rows:
        for row in rows:
            _, _, mode, measure, name, text = row.rstrip("\n").split("\t")
            values = {}
            for word in text.split():
                key, _, value = word.partition("=")
                try:
                    values[key] = float(value)
                except ValueError:
                    pass
            yield (mode, measure, name), values


def derive(key, v, limit):
    """Fills in what follows; limit holds the echo's last rate by mode and measure: its round's."""
    mode, measure, name = key
    if not v.get("qps"):
        return
    if name == "echo":
        limit[mode, measure] = v["qps"]
    v["kqps"] = v["qps"] / 1e3
    v["ok_percent"] = 100 * v["ok"] / v["rcvd"]
    # There is no echo over TCP or of what is not cached: the one measured last stands for it.
    echo = limit.get((mode, measure)) or limit.get((mode, "hit"))
    if echo:
        v["ratio"] = v["qps"] / echo
    if "log_bytes" in v:
        v["log_per_query"] = v["log_bytes"] / (v["qps"] * (v["secs"] + 0.3))


def cell(form, rows, field):
    found = [v[field] for v in rows if field in v]
    return NUMBER % tuple(form % f(found) for f in (statistics.median, min, max)) if found else ""


def show_lines(results):
    for (mode, measure, name), rows in results.items():
        for _, field, form in TABLES.get(measure, LOAD):
            found = [v[field] for v in rows if field in v]
            if found and measure != "warm":
                print("%s.%s.%s.%s %s" % (measure, mode, name, field, form % statistics.median(found)))


def main():
    results, limit = {}, {}
    for key, values in read(sys.argv[-1]):
        derive(key, values, limit)
        results.setdefault(key, []).append(values)
    if sys.argv[1] == "--lines":
        show_lines(results)
        return
    for measure in dict.fromkeys(key[1] for key in results):
        if measure == "warm":
            continue
        columns = TABLES.get(measure, LOAD)
        print("\n### %s\n\n| mode | contender | n | %s |" % (measure, " | ".join(c[0] for c in columns)))
        print("|---|---|--:|" + "--:|" * len(columns))
        for (mode, _, name), rows in ((k, r) for k, r in results.items() if k[1] == measure):
            cells = [cell(form, rows, field) for _, field, form in columns]
            print("| %s | %s | %d | %s |" % (mode, name, len(rows), " | ".join(cells)))


if __name__ == "__main__":
    main()
