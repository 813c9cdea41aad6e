#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Each header compiles alone, and twice in one file.
root=${srcdir:-$(dirname "$0")/../..}
cd "$root" || exit 1
count=0
failed=0
for header in include/*/*.h src/*/*.h; do
	[ -e "$header" ] || continue
	count=$((count + 1))
	if ! printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
		${CC:-cc} -std=gnu17 -D_GNU_SOURCE -I. -Iinclude -Isrc -fsyntax-only -Wall -Wextra -Wundef \
			-Wstrict-prototypes -Werror -x c - 2>&1; then
		echo "$header: does not compile alone"
		failed=1
	fi
done
if [ $count = 0 ]; then
	echo "no headers below $PWD"
	exit 1
fi
[ $failed = 0 ] && echo "$count headers compile alone"
exit $failed
