#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# DNS forwarders side by side on loopback; see README.md.
#   bench.sh [-l] [-m "MODES"] [-k "MEASURES"] [-r ROUNDS] [-t SECONDS] CONTENDER...
# -l: one line for each figure instead of tables
# MODES       plain plainlog f100k f100klog f1m f1mlog        (default: plain f1m)
# MEASURES    hit mix chain tcp uncached lat reload           (default: hit)
# CONTENDERS  celnik unbound dnsdist echocache; echo runs in all rounds, as the limit.
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
TOP=${BENCH_TOP:-${TMPDIR:-/tmp}/dnsbench}
BIN=$TOP/bin DATA=$TOP/data RAW=${BENCH_RAW:-$TOP/raw.tsv}
LOCK=${BENCH_LOCK:-${TMPDIR:-/tmp}/bench.lock}
BUILDDIR=${BUILDDIR:-$HERE/../../build}
[ -x "$BUILDDIR/celnikd" ] && CELNIKD=${CELNIKD:-$BUILDDIR/celnikd} CELNIK=${CELNIK:-$BUILDDIR/celnik}
CORE_SRV=${CORE_SRV:-0} CORE_GEN=${CORE_GEN:-1}
# Real-time priorities keep other jobs of the machine out of the way; PRIO_SRV= PRIO_GEN= PRIO_AUX=
# turn them off. The server is round-robin with a slice of 4 ms (put back at the end): its threads
# take turns, and one that spins cannot shut out another that holds a lock.
PRIO_SRV=${PRIO_SRV-chrt -r 5} PRIO_GEN=${PRIO_GEN-chrt -f 5} PRIO_AUX=${PRIO_AUX-chrt -f 6}
UPPORT=${UPPORT:-5301} WIN=${WIN:-128} CLIENTS=${CLIENTS:-4}
MODES="plain f1m" MEASURES="hit" ROUNDS=3 SECS=2
REPORT=
while getopts m:k:r:t:l option; do
	case $option in
	m) MODES=$OPTARG ;;
	k) MEASURES=$OPTARG ;;
	r) ROUNDS=$OPTARG ;;
	t) SECS=$OPTARG ;;
	l) REPORT=--lines ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || { sed -n '4,8s/^# *//p' "$0"; exit 2; }
export HERE BIN DATA UPPORT CELNIKD CELNIK

mkdir -p "$BIN" "$DATA" || exit 1
for tool in ldgen echo; do
	[ "$BIN/$tool" -nt "$HERE/$tool.c" ] ||
		${CC:-cc} -D_GNU_SOURCE -O2 -march=native -o "$BIN/$tool" "$HERE/$tool.c" || exit 1
done
[ -f "$DATA/mix.q" ] || python3 "$HERE/gen.py" "$DATA" || exit 1
echo "n00000.bench.example A" > "$DATA/one.q"
WORK=$(mktemp -d "$TOP/run.XXXXXX") || exit 1
declare -A PIDS PORTS DIRS
UPPID= SLICE=/proc/sys/kernel/sched_rr_timeslice_ms
SLICE_BEFORE=$(cat $SLICE)

script() { if [ -f "$HERE/peers/$1.sh" ]; then echo "$HERE/peers/$1.sh"; else echo "$HERE/$1.sh"; fi; }
probe() { "$BIN/ldgen" -p "$1" -f "$2" -1 -c 1 -T "${3:-0.1}"; }
value() { sed -n "s/.*\b$2=\([^ ]*\).*/\1/p" <<< "$1"; }
offspring() { local c; for c in $(ps -o pid= --ppid "$1"); do echo "$c"; offspring "$c"; done; }
generate() { flock "$LOCK" taskset -c "$CORE_GEN" $PRIO_GEN "$BIN/ldgen" "$@"; }
# Runs a function of a contender, when there is one, as it sees the world.
of() { ( export PORT=${PORTS[$1]} W=${DIRS[$1]} PID=${PIDS[$1]}; . "$(script "$1")"; declare -f "$2" > /dev/null || exit 9; "$2" ) }

row() {
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$(date +%s)" "$@" >> "$RAW"
	printf '%-3s %-8s %-9s %-9s %s\n' "$@" >&2
}

stop_one() {
	local pid=${PIDS[$1]:-}
	[ -n "$pid" ] || return
	kill "$pid" 2> /dev/null
	for _ in $(seq 100); do kill -0 "$pid" 2> /dev/null || break; sleep 0.1; done
	kill -9 "$pid" 2> /dev/null
	wait "$pid" 2> /dev/null
	unset "PIDS[$1]" "PORTS[$1]"
}

cleanup() {
	[ -z "$PRIO_SRV" ] || echo "$SLICE_BEFORE" > $SLICE
	for p in "${!PIDS[@]}"; do stop_one "$p"; done
	[ -n "$UPPID" ] && kill "$UPPID" 2> /dev/null && wait "$UPPID" 2> /dev/null
	rm -rf "$WORK"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
[ -z "$PRIO_SRV" ] || echo 4 > $SLICE

start_upstream() {
	mkdir -p "$WORK/nsd"
	cat > "$WORK/nsd/nsd.conf" <<-X
	server:
	  server-count: 1
	  ip-address: 127.0.0.1@$UPPORT
	  username: ""
	  chroot: ""
	  zonesdir: "$DATA"
	  pidfile: "$WORK/nsd/pid"
	  xfrdfile: ""
	  zonelistfile: "$WORK/nsd/zones"
	  database: ""
	  logfile: "$WORK/nsd/log"
	  rrl-ratelimit: 0
	  rrl-whitelist-ratelimit: 0
	remote-control:
	  control-enable: no
	zone:
	  name: "."
	  zonefile: root.zone
	zone:
	  name: bench.example
	  zonefile: bench.zone
	X
	taskset -c "$CORE_GEN" $PRIO_AUX nsd -d -c "$WORK/nsd/nsd.conf" & UPPID=$!
	for _ in $(seq 100); do
		probe "$UPPORT" "$DATA/one.q" | grep -q ' ok=1 ' && return
		sleep 0.1
	done
	echo "the upstream did not start" >&2
	exit 1
}

set_mode() {
	FILTER=none LOG=none
	case $1 in f100k*) FILTER=100k ;; f1m*) FILTER=1m ;; esac
	case $1 in *log) LOG=text ;; esac
	export FILTER LOG
}

# Of all its processes. Pages that several map count in each by rss, once by pss; a memfd is memory
# also where nobody maps it, which all_mib counts.
memory() {
	local pid pids
	pids="${PIDS[$1]} $(offspring "${PIDS[$1]}")"
	{
		for pid in $pids; do
			awk '{print $1, $2}' "/proc/$pid/smaps_rollup" 2> /dev/null
			find "/proc/$pid/fd" -lname '/memfd:*' -exec stat -Lc 'memfd %i %b' {} + 2> /dev/null
		done
	} | awk '$1 == "Rss:" {r += $2} $1 == "Pss:" {p += $2} $1 == "Pss_Shmem:" {s += $2} $1 == "memfd" {f[$2] = $3 / 2}
		END {for (i in f) m += f[i]
		printf "rss_mib=%.0f pss_mib=%.0f all_mib=%.0f\n", r / 1024, p / 1024, (p + (m > s ? m - s : 0)) / 1024}'
}

is_ready() {
	local r
	r=$(probe "$1" "$2/ready.q")
	if [ "$FILTER" = none ]; then [ "$(value "$r" ok)" = 1 ]
	else [ "$(value "$r" rcvd)" = 1 ] && [ "$(value "$r" ok)" = 0 ] && [ "$(value "$r" rc2)" = 0 ]; fi
}

# Ready is who answers; with a filter, who blocks the last name of the list.
start_one() {
	local p=$1 mode=$2 begin end ready= before
	export W=$WORK/$p.$mode PORT=$NEXTPORT
	NEXTPORT=$((NEXTPORT + 1))
	rm -rf "$W" && mkdir -p "$W"
	( . "$(script "$p")"; conf ) || { echo "# $p: mode $mode is not supported" >&2; return 1; }
	if [ "$FILTER" = none ]; then cp "$DATA/one.q" "$W/ready.q"
	else tail -1 "$DATA/block-$FILTER.txt" | sed 's/$/ A/' > "$W/ready.q"; fi
	exec 9> "$LOCK"
	flock 9
	begin=$(date +%s.%N)
	taskset -c "$CORE_SRV" $PRIO_SRV bash -c '. "'"$(script "$p")"'"; run' 9>&- & PIDS[$p]=$!
	PORTS[$p]=$PORT DIRS[$p]=$W
	before=$SECONDS
	while kill -0 "${PIDS[$p]}" 2> /dev/null && [ $((SECONDS - before)) -lt "${START_MAX:-120}" ]; do
		is_ready "$PORT" "$W" && ready=yes && break
		sleep 0.01
	done
	end=$(date +%s.%N)
	flock -u 9
	exec 9>&-
	if [ -z "$ready" ]; then
		echo "# $p: mode $mode did not become ready" >&2
		[ -n "${KEEP:-}" ] && cp -r "$W" "$TOP/failed.$p.$mode"
		stop_one "$p"
		return 1
	fi
	row 0 "$mode" start "$p" "start_s=$(awk "BEGIN{printf \"%.3f\", $end - $begin}") $(memory "$p")"
}

# Text logs grow in one file, journals in segments, of which all but the open one may go between runs.
logged() { stat -Lc %s "$1"/query.log "$1"/reply.log "$1"/journal/* 2> /dev/null | awk '{t += $1} END{print t + 0}'; }
forget_log() {
	ls "$1"/journal/queries-*.jsonl 2> /dev/null | head -n -1 | xargs -r rm -f
	truncate -cs 0 "$1"/query.log "$1"/reply.log
}
# Lines are few bytes more or less, so the growth has ended when it stands still.
settle_log() { local a=-1 b; while b=$(logged "$1"); [ "$a" != "$b" ]; do a=$b; sleep 0.3; done; }

upstream_cpu() { local c t=0; for c in $UPPID $(offspring "$UPPID"); do t=$((t + $(sed 's/.*)//' "/proc/$c/stat" | awk '{print $12 + $13}'))); done; echo $t; }

# The echo has nothing to load again: its gap is that of the machine.
measure_reload() {
	local p=$1 pids=$2 begin end out=$WORK/reload.$1 load
	exec 8> "$LOCK"
	flock 8
	taskset -c "$CORE_GEN" $PRIO_GEN "$BIN/ldgen" -p "${PORTS[$p]}" -f "$DATA/hit.q" -c 16 -r 1000 \
		-t "${RLSECS:-20}" -W 0.5 -T 3 -P "$pids" > "$out" 8>&- & load=$!
	sleep 1.5
	begin=$(date +%s.%N)
	[ "$p" = echo ] || of "$p" reload >> "${DIRS[$p]}/reload.out" 2>&1 8>&- || echo "# $p: the reload failed" >&2
	end=$(date +%s.%N)
	wait $load
	exec 8>&-
	echo "cmd_s=$(awk "BEGIN{printf \"%.2f\", $end - $begin}") $(memory "$p") $(cat "$out")"
}

measure() {
	local round=$1 mode=$2 m=$3 p=$4 port=${PORTS[$4]} dir=${DIRS[$4]} pids r before losses_before u
	pids=${PIDS[$p]}$(offspring "${PIDS[$p]}" | sed 's/^/,/' | tr -d '\n')
	[ "$LOG" = none ] || forget_log "$dir"
	before=$(logged "$dir") losses_before=$(of "$p" losses)
	case $m in
	hit | mix | chain) r=$(generate -p "$port" -f "$DATA/$m.q" -c "$CLIENTS" -w "$WIN" -t "$SECS" -W 0.3 -P "$pids") ;;
	tcp) r=$(generate -S -p "$port" -f "$DATA/hit.q" -c "$CLIENTS" -w "$WIN" -t "$SECS" -W 0.3 -P "$pids") ;;
	uncached)
		u=$(upstream_cpu)
		r=$(generate -p "$port" -u -c "$CLIENTS" -w "$WIN" -t "$SECS" -W 0.3 -P "$pids")
		r="$r up_cpu=$(awk "BEGIN{printf \"%.2f\", ($(upstream_cpu) - $u) / 100 / ($SECS + 0.3)}")"
		;;
	lat) r=$(generate -p "$port" -f "$DATA/hit.q" -c 8 -r 1000 -t "${LATSECS:-4}" -W 0.5 -P "$pids") ;;
	reload) r=$(measure_reload "$p" "$pids") ;;
	esac
	if [ "$LOG" != none ]; then
		settle_log "$dir"
		r="$r log_bytes=$(($(logged "$dir") - before))"
		u=$(of "$p" losses)
		[ -z "$u" ] || r="$r log_lost=$((u - losses_before))"
	fi
	row "$round" "$mode" "$m" "$p" "$r"
}

warm() {
	local k
	for k in $MEASURES; do [ -f "$DATA/$k.q" ] && probe "${PORTS[$1]}" "$DATA/$k.q" 1 > /dev/null; done
	case " $MEASURES " in *" lat "* | *" reload "* | *" tcp "*) probe "${PORTS[$1]}" "$DATA/hit.q" 1 > /dev/null ;; esac
	echo "p00777.bench.example A" > "$WORK/address.q"
	row 0 "$2" warm "$1" "address_filtered=$([ "$(value "$(probe "${PORTS[$1]}" "$WORK/address.q" 1)" ok)" = 0 ] && echo yes || echo no) $(memory "$1")"
}

start_upstream
NEXTPORT=${FIRSTPORT:-5410}
for mode in $MODES; do
	set_mode plain
	start_one echo "$mode" || exit 1
	set_mode "$mode"
	live=echo
	for p in "$@"; do [ "$p" = echo ] || { start_one "$p" "$mode" && live="$live $p"; }; done
	for p in $live; do warm "$p" "$mode"; done
	for k in $MEASURES; do
		for round in $(seq "$ROUNDS"); do
			for p in $live; do
				case $k in
				reload) [ "$FILTER" = none ] && continue; [ "$round" -gt "${RLROUNDS:-3}" ] && continue ;;
				uncached | tcp) [ "${p#echo}" != "$p" ] && continue ;;
				esac
				measure "$round" "$mode" "$k" "$p"
			done
		done
	done
	for p in $live; do stop_one "$p"; done
done
python3 "$HERE/report.py" $REPORT "$RAW"
