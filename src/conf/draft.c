/* SPDX-License-Identifier: BSD-3-Clause */

#include "draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_MAX 1024

static void report(struct draft *d, enum report_level level, const struct conf_place *place,
	const char *format, va_list arguments)
{
	char message[MESSAGE_MAX];

	vsnprintf(message, sizeof(message), format, arguments);
	for (unsigned i = 0; i < d->text_count; i++) {
		if (place->file == d->texts[i].path) {
			conf_text_report(&d->texts[i], d->report, level, place->line, place->column,
				"%s", message);
			return;
		}
	}
	report_add(d->report, level, &(struct report_place){.file = place->file}, "%s", message);
}

void draft_error(struct draft *d, const struct conf_place *place, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(d, REPORT_ERROR, place, format, arguments);
	va_end(arguments);
}

void draft_warning(struct draft *d, const struct conf_place *place, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(d, REPORT_WARNING, place, format, arguments);
	va_end(arguments);
}

size_t draft_errors(const struct draft *d)
{
	return report_count(d->report, REPORT_ERROR);
}

void *draft_alloc(struct draft *d, size_t count, size_t size)
{
	void *memory = arena_alloc_array(d->values, count, size);

	if (!memory)
		d->exhausted = true;
	return memory;
}

char *draft_text(struct draft *d, const char *text)
{
	char *copy = arena_text(d->values, span_text(text));

	if (!copy)
		d->exhausted = true;
	return copy;
}

char *draft_path(struct draft *d, const char *path)
{
	size_t size = strlen(d->directory) + strlen(path) + 2;
	char *copy;

	if (path[0] == '/')
		return draft_text(d, path);
	while (path[0] == '.' && path[1] == '/')
		path += 2;
	copy = draft_alloc(d, size, 1);
	if (copy)
		snprintf(copy, size, "%s/%s", strcmp(d->directory, "/") ? d->directory : "", path);
	return copy;
}
