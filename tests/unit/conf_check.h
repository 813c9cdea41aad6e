/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_CONF_CHECK_H
#define TESTS_CONF_CHECK_H

/* Checks a configuration and compares what it says with what it should say. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "conf/conf.h"

#define TODAY_NS (UINT64_C(20781) * 86400 * NS_PER_S) /* 2026-11-24 */
#define TEXT_MAX 65536

/* Line 3 is the first of each case. */
#define HEAD "version: 1\nclients: { a: { networks: 10.0.0.0/8 }, b: { networks: 11.0.0.0/8 } }\n"

struct outcome {
	size_t errors, warnings;
	char *messages; /* only the lines that name a place, without the path of the main file */
};

/* Leaves the source lines and carets out. */
static inline char *only_messages(const char *text)
{
	char *out = calloc(1, strlen(text) + 1), *at = out;

	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		const char *start = strstr(line, ": error: ");
		const char *warning = strstr(line, ": warning: ");

		if ((start && start < line + len) || (warning && warning < line + len)) {
			memcpy(at, line, len + 1);
			at += len + 1;
		}
		line += len + (line[len] == '\n');
	}
	return out;
}

static inline struct outcome check(const char *text)
{
	struct report *report = report_new(100);
	struct conf_files *files = NULL;
	struct conf *conf = NULL;
	struct outcome o;
	char *all;
	int err;

	assert_int_equal(conf_files_from_text("f", span_text(text), TODAY_NS, &files), 0);
	err = conf_parse(files, report, &conf);
	o.errors = report_count(report, REPORT_ERROR);
	o.warnings = report_count(report, REPORT_WARNING);
	assert_int_equal(err, o.errors ? ERR_FORMAT : 0);
	assert_true(o.errors ? !conf : conf != NULL);
	all = report_text(report, TEXT_MAX);
	o.messages = only_messages(all);
	free(all);
	conf_free(conf);
	conf_files_free(files);
	report_free(report);
	return o;
}

struct error_case {
	const char *text; /* behind HEAD */
	const char *messages[4]; /* the beginning of each, in order; no more than these */
};

/* What rules ask for must be known from somewhere: stands behind cases that have no lists. */
#define SOURCES "lists: { sources: { name: known, shipped: prc } }\n"

static inline void check_cases(const struct error_case *cases, size_t count, const char *tail)
{
	for (size_t i = 0; i < count; i++) {
		char text[4096];
		struct outcome o;
		const char *line;
		size_t expected = 0;

		snprintf(text, sizeof(text), HEAD "%s%s", cases[i].text, tail);
		o = check(text);
		line = o.messages;
		for (; expected < 4 && cases[i].messages[expected]; expected++) {
			const char *message = cases[i].messages[expected];

			if (strncmp(line, message, strlen(message)) != 0)
				fail_msg("%s\nshould say\n%s\nbut says\n%s", cases[i].text, message,
					o.messages);
			line += strcspn(line, "\n");
			line += *line == '\n';
		}
		if (o.errors + o.warnings != expected)
			fail_msg("%s\nsays\n%s", cases[i].text, o.messages);
		free(o.messages);
	}
}

#define CHECK_WITH(tail, cases) check_cases(cases, sizeof(cases) / sizeof((cases)[0]), tail)
#define CHECK(cases) CHECK_WITH("", cases)

#endif
