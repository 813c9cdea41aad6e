/* SPDX-License-Identifier: BSD-3-Clause */

/* An expression over the query log; behind a line end, the record that it is compared with. */

#include <stdlib.h>
#include <string.h>

#include "review/expression.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char sample[] =
	"{\"@timestamp\":\"2026-11-23T10:14:02.123Z\",\"event.action\":\"allow\","
	"\"client.ip\":\"10.20.8.11\",\"client.name\":\"cam\",\"dns.question.name\":\"a.example\","
	"\"celnik.match.vendor\":[\"tuya\",\"\"],\"celnik.match.fact\":[\"operated\",\"located\"],"
	"\"celnik.match.country\":[\"CN\",\"HK\"],\"celnik.match.asn\":[0,4134]}";

static void compare(const struct expression *e, struct span line)
{
	struct entry entry;

	if (entry_parse(line, &entry) != 0)
		return;
	/* Only what surely does not match may be passed over; sample is written as the log is. */
	if (expression_matches(e, &entry) && line.data == (const uint8_t *)sample &&
		!expression_may_match(e, line))
		abort();
	entry_release(&entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	struct span text = span_of(data, end ? (size_t)(end - data) : size);
	struct span line = span_part(span_of(data, size), text.len + 1, size);
	struct expression_error error = {0};
	struct expression *e = NULL;

	if (expression_parse(text, &e, &error) == 0) {
		compare(e, line);
		compare(e, SPAN_LITERAL(sample));
	} else if (error.column > text.len || error.message[0] == '\0') {
		abort();
	}
	expression_free(e);
	return 0;
}
