/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_PAGE_H
#define REVIEW_PAGE_H

/* Writing HTML and the texts in it: escaped, in the report's language. */

#include <stdint.h>
#include <stdio.h>

#include "base/span.h"
#include "review/figures.h"

struct page {
	FILE *out;
	enum language language;
};

#define PAGE_NUMBER_MAX 40

/* Text from anywhere; what a browser could obey is escaped, and controls are shown as \DDD. */
void page_text(const struct page *p, const char *text);
/* Markup of ours with texts in between: each %s is escaped, each %d an int. */
void page_put(const struct page *p, const char *markup, ...) PRINTF_LIKE(2, 3);
/* With the separators of the language: 12,345 or 12 345. */
const char *page_number(const struct page *p, int64_t value, char out[PAGE_NUMBER_MAX]);
/* A moment in the timezone of the process: 2026-11-24 10:14. */
const char *page_time(int64_t at_ms, char out[PAGE_NUMBER_MAX]);
const char *page_phrase(const struct page *p, enum phrase which);
/* 0 is Sunday. */
const char *page_weekday(const struct page *p, unsigned weekday);
/* A cell as its column wants it. */
void page_cell(const struct page *p, enum figure_kind kind, const char *text);

#endif
