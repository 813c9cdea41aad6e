/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_IMPORT_CHECK_H
#define TESTS_IMPORT_CHECK_H

/* One import into a new builder, and what came of it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lists/lists.h"

#define REPORT_MAX 100

typedef int (*importer)(const struct import_target *t, struct span text, struct import_result *out);

/* One import into a new builder with the vendors v and w. */
struct run {
	struct builder *builder;
	struct report *report;
	struct import_result result;
	int err;
};

static const struct conf_source plain = {.name = "l"};

static inline struct run run(importer import, const struct conf_source *source, const char *text)
{
	struct run r = {.report = report_new(REPORT_MAX)};
	struct import_target t = {
		.source = source, .file = SPAN_LITERAL("f"), .path = "/p/f", .report = r.report};
	uint32_t list;

	assert_non_null(r.report);
	assert_int_equal(builder_new(&r.builder), 0);
	assert_int_equal(builder_list(r.builder, SPAN_LITERAL("l"), &list), 0);
	assert_int_equal(
		builder_vendor(r.builder, SPAN_LITERAL("v"), SPAN_LITERAL("V"), SPAN_LITERAL("")),
		0);
	assert_int_equal(
		builder_vendor(r.builder, SPAN_LITERAL("w"), SPAN_LITERAL("W"), SPAN_LITERAL("v")),
		0);
	t.builder = r.builder;
	t.list = list;
	r.err = import(&t, span_text(text), &r.result);
	return r;
}

static inline void end(struct run *r)
{
	builder_free(r->builder);
	report_free(r->report);
}

static inline void assert_reported(const struct run *r, const char *what)
{
	char *text = report_text(r->report, 65536);

	assert_non_null(text);
	if (!strstr(text, what))
		fail_msg("'%s' is not in: %s", what, text);
	free(text);
}

/* One line each: NULL when it is taken, or a part of the warning with its place. */
struct line_case {
	const char *line, *warning;
};

static inline void assert_lines(
	importer import, const char *before, const struct line_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char text[10000];
		struct run r;

		snprintf(text, sizeof(text), "%s%s\n", before, cases[i].line);
		r = run(import, &plain, text);
		assert_int_equal(r.err, 0);
		if (r.result.accepted != !cases[i].warning ||
			r.result.skipped != !!cases[i].warning)
			fail_msg("'%s': accepted %u, skipped %u", cases[i].line, r.result.accepted,
				r.result.skipped);
		assert_int_equal(report_count(r.report, REPORT_WARNING), !!cases[i].warning);
		if (cases[i].warning)
			assert_reported(&r, cases[i].warning);
		end(&r);
	}
}

#define CASES(cases) cases, sizeof(cases) / sizeof((cases)[0])

static inline void assert_counts(
	const struct run *r, unsigned accepted, unsigned duplicate, unsigned skipped)
{
	char *text = report_text(r->report, 65536);

	if (r->err || r->result.accepted != accepted || r->result.duplicate != duplicate ||
		r->result.skipped != skipped)
		fail_msg("%d: accepted %u, duplicate %u, skipped %u: %s", r->err,
			r->result.accepted, r->result.duplicate, r->result.skipped, text);
	free(text);
}

#endif
