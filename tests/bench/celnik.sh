# SPDX-License-Identifier: BSD-3-Clause
# celnik as a contender: one worker, one resolver, in enforce mode; lists are compiled before it
# starts. The programs are $CELNIKD and $CELNIK, otherwise those of the path.
CELNIKD=${CELNIKD:-celnikd}
CELNIK=${CELNIK:-celnik}

lists() {
	[ "$FILTER" = none ] && return
	cat <<-X
	lists:
	  store: $W/lists
	  sources:
	    - { name: block, files: $W/block.txt, format: domains }
	    - { name: cidr, files: $DATA/cidr.txt, format: cidr }
	policy:
	  - rule: listed
	    match: { list: [ block, cidr ] }
	    action: nxdomain
	X
	[ -f "$DATA/cidr.mmdb" ] && printf '  - rule: located\n    match: { located: [ CN ] }\n    action: nxdomain\n' &&
		printf 'geoip: { country: [ %s ] }\n' "$DATA/cidr.mmdb"
	true
}

# One client asks for all. An older celnikd bounds nothing.
limits() {
	grep -q queries_per_second "$(command -v "$CELNIKD")" || return
	echo "limits: { queries_per_second: 0, outstanding_misses: 0, responses_per_second: 0 }"
}

journal() {
	printf 'journal:\n  directory: %s\n' "$W/journal"
	if [ "$LOG" = text ]; then
		printf '  queries: { keep: 1d, max_size: 100 GiB }\n  events: { keep: 1d }\n'
	else
		printf '  queries: { keep: 0 }\n  events: { keep: 0 }\n'
	fi
}

conf() {
	[ "$LOG" = tap ] && return 1
	{
	cat <<-X
	version: 1
	site: bench
	mode: enforce
	user: nobody
	listen: [ 127.0.0.1:$PORT ]
	workers: 1
	resolvers: 1
	clients:
	  local: { networks: [ 127.0.0.0/8 ] }
	upstreams: [ "127.0.0.1:$UPPORT" ]
	dnssec: { validate: no }
	cache: { size: 256 MiB, max_ttl: 1d }
	$(limits)
	otherwise: allow
	state: $W/state
	control: $W/run/control.sock
	X
	lists
	journal
	} > "$W/celnik.yaml"
	# The front runs as nobody and must reach what celnikd makes and gives away to it.
	chmod a+x "$W" "$(dirname "$W")"
	[ "$FILTER" = none ] && return
	mkdir -p "$W/lists"
	cp "$DATA/block-$FILTER.txt" "$W/block.txt"
	"$CELNIK" -c "$W/celnik.yaml" lists build > "$W/build.log" 2>&1 || { cat "$W/build.log" >&2; return 1; }
}

run() { exec "$CELNIKD" -c "$W/celnik.yaml" > "$W/celnikd.log" 2>&1; }

# One name more, so that there is something to compile: compiling is part of the reload.
reload() {
	echo "r$(date +%s%N).bench.invalid" >> "$W/block.txt"
	"$CELNIK" -c "$W/celnik.yaml" reload
}

# Records that the journal could not take, all in all.
losses() { "$CELNIK" -c "$W/celnik.yaml" stats -o csv | awk -F, '/^journal\.lost_/ {n += $2} END {print n + 0}'; }
