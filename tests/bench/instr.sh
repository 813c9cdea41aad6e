#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# User-space instructions that celnik's front spends on a cached query, by callgrind: the difference
# of a run with 6 and one with 2 passes over the queries, writer of the log included.
#   instr.sh [none|text]...      without a log, with the log (default: both)
# FILTER=100k or 1m adds lists, COUNT is the number of queries, KEEP=1 leaves the profiles.
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=${BENCH_TOP:-${TMPDIR:-/tmp}/dnsbench}
BIN=$TOP/bin-plain
BUILDDIR=${BUILDDIR:-$HERE/../../build}
export DATA=$TOP/data UPPORT=${UPPORT:-5309} PORT=${PORT:-5390} FILTER=${FILTER:-none}
export CELNIKD=${CELNIKD:-$BUILDDIR/celnikd} CELNIK=${CELNIK:-$BUILDDIR/celnik}
COUNT=${COUNT:-4000}

mkdir -p "$BIN" "$DATA" || exit 1
[ -f "$DATA/mix.q" ] || python3 "$HERE/gen.py" "$DATA" || exit 1
${CC:-cc} -D_GNU_SOURCE -O2 -o "$BIN/ldgen" "$HERE/ldgen.c" || exit 1
T=$(mktemp -d "$TOP/instr.XXXXXX") || exit 1
chmod 755 "$T"
mkdir -m 1777 "$T/profiles"
head -n "$COUNT" "$DATA/hit.q" > "$T/hit.q"
echo "n00000.bench.example A" > "$T/one.q"
cat > "$T/nsd.conf" <<X
server:
  server-count: 1
  ip-address: 127.0.0.1@$UPPORT
  username: ""
  chroot: ""
  zonesdir: "$DATA"
  pidfile: "$T/pid"
  xfrdfile: ""
  zonelistfile: "$T/zones"
  database: ""
  logfile: "$T/nsd.log"
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: bench.example
  zonefile: bench.zone
X
nsd -d -c "$T/nsd.conf" & UPPID=$! SERVER=
finish() {
	[ -z "$SERVER" ] || kill "$SERVER" 2> /dev/null
	kill $UPPID
	wait
	if [ -n "${KEEP:-}" ]; then echo "$T/profiles"; else rm -rf "$T"; fi
}
trap finish EXIT
trap 'exit 130' INT TERM

poll() { local i; for i in $(seq 600); do "$@" && return; sleep 0.2; done; echo "waited in vain: $*" >&2; exit 1; }
answers() { "$BIN/ldgen" -p "$PORT" -f "$T/one.q" -1 -c 1 -T 1 | grep -q ' rcvd=1 '; }
is_written() { [ "$(cat "$W"/journal/queries-*.jsonl | wc -l)" -ge "$1" ]; }

# Instructions of the front in a run of $1 passes.
instructions() {
	local front
	export W=$T/$LOG.$1
	mkdir -p "$W"
	. "$HERE/celnik.sh"
	conf || exit 1
	valgrind -q --tool=callgrind --vgdb=no --trace-children=yes --trace-children-skip-by-arg=--resolver \
		--callgrind-out-file="$T/profiles/$LOG.$1.%p" "$CELNIKD" -c "$W/celnik.yaml" > "$W/celnikd.log" 2>&1 & SERVER=$!
	poll answers
	for _ in $(seq "$1"); do
		"$BIN/ldgen" -p "$PORT" -f "$T/hit.q" -1 -c 1 -w 64 -T 5 | grep -q ' lost=0 ' || echo "# answers were lost" >&2
	done
	# The writer is slow like this, and must be through before the supervisor's patience counts.
	[ "$LOG" = none ] || poll is_written $(($1 * COUNT))
	front=$(pgrep -P $SERVER -f -- --front)
	kill $SERVER
	wait $SERVER
	SERVER=
	awk '/^totals:/ {printf "%.0f\n", $2}' "$T/profiles/$LOG.$1.$front"
}

[ $# -gt 0 ] || set -- none text
for LOG in "$@"; do
	export LOG
	instructions 2 > "$T/few"
	instructions 6 > "$T/many"
	echo "instructions_per_hit filter=$FILTER log=$LOG value=$((($(cat "$T/many") - $(cat "$T/few")) / (4 * COUNT)))"
done
