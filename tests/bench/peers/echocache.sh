# SPDX-License-Identifier: BSD-3-Clause
# The limit of a cache: parse, one hash lookup, a stored packet; a line of text each with a log.
conf() { [ "$FILTER" = none ]; }
run() {
	[ "$LOG" = text ] && exec "$BIN/echo" "$PORT" "$DATA/hit.q" "$W/query.log"
	exec "$BIN/echo" "$PORT" "$DATA/hit.q"
}
