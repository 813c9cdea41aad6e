#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The sources are formatted as .clang-format says; `clang-format-14 -i FILE` does it.
root=${srcdir:-$(dirname "$0")/../..}
cd "$root" || exit 1
format=${CLANG_FORMAT:-clang-format-14}
if ! command -v "$format" >/dev/null; then
	echo "'$format' is missing; install clang-format-14"
	exit 1
fi
find include src tests -name '*.[ch]' -exec "$format" --dry-run -Werror {} + || exit 1
echo "the sources are formatted"
