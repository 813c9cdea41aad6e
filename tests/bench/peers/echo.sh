# SPDX-License-Identifier: BSD-3-Clause
# The limit of the kernel: recvmmsg and sendmmsg, no lookup at all.
conf() { [ "$FILTER" = none ] && [ "$LOG" = none ]; }
run() { exec "$BIN/echo" "$PORT"; }
