#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Every fuzz target for FUZZ_SECONDS (60), beginning with its corpus.
if ! command -v clang >/dev/null; then
	echo "clang is missing; install clang and libclang-rt-14-dev"
	exit 1
fi
failed=0
for source in "$SRCDIR"/tests/fuzz/fuzz_*.c; do
	target=$(basename "$source" .c)
	make -C "$BUILDDIR" fuzz TARGET="${target#fuzz_}" SECONDS="${FUZZ_SECONDS:-60}" || failed=1
done
exit $failed
