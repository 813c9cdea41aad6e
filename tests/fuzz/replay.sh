#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Every fuzz target over its corpus.
failed=0
for source in "$SRCDIR"/tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	echo "$name"
	"$BUILDDIR/tests/fuzz/$name" "$SRCDIR/tests/fuzz/corpus/${name#fuzz_}" || failed=1
done
exit $failed
