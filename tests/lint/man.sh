#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The man pages are correct mdoc.
root=${srcdir:-$(dirname "$0")/../..}
cd "$root" || exit 1
mandoc=${MANDOC:-mandoc}
if ! command -v "$mandoc" >/dev/null; then
	echo "'$mandoc' is missing; install mandoc"
	exit 1
fi
set -- man/*.[1-8]
if [ ! -e "$1" ]; then
	echo "no man pages below $PWD"
	exit 1
fi
"$mandoc" -T lint -W warning "$@" && echo "$# man pages are correct"
