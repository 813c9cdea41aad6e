/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/span.h"

#include <string.h>

bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

int span_compare(struct span a, struct span b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	/* memcmp must not be given NULL, not even for nothing. */
	int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

struct span span_part(struct span s, size_t offset, size_t len)
{
	if (offset >= s.len)
		return span_of(NULL, 0);
	if (len > s.len - offset)
		len = s.len - offset;
	return span_of(s.data + offset, len);
}
