#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# isolated.sh COMMAND...: runs it in a network namespace of its own where that is allowed, so that
# tests side by side do not take each other's ports.
if [ "$(id -u)" = 0 ] && unshare -n ip link set lo up 2>/dev/null; then
	exec unshare -n sh -c 'ip link set lo up && exec "$@"' sh "$@"
fi
exec "$@"
