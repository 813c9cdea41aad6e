/* SPDX-License-Identifier: BSD-3-Clause */
#include "screen.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

/* A C1 control character (U+0080 to U+009F) is 0xC2 and an octet from 0x80 to 0x9F in UTF-8. */
static bool is_c1(const unsigned char *p)
{
	return p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f;
}

void screen_text(FILE *out, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (is_c1(p)) {
			fprintf(out, "\\%03u\\%03u", p[0], p[1]);
			p++;
		} else if ((*p < 0x20 && *p != '\n') || *p == 0x7f) {
			fprintf(out, "\\%03u", *p);
		} else {
			fputc(*p, out);
		}
	}
}

void screen_printf(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) >= 0)
		screen_text(stdout, text);
	va_end(arguments);
	free(text);
}

const char *screen_duration(uint64_t seconds, char out[SCREEN_DURATION_MAX])
{
	static const struct unit {
		uint64_t seconds;
		const char *name;
		uint64_t part_seconds;
		const char *part;
	} units[] = {
		{86400, "d", 3600, "h"},
		{3600, "h", 60, "min"},
		{60, "min", 0, NULL},
		{1, "s", 0, NULL},
	};
	const struct unit *u = units;

	while (u->seconds > 1 && seconds < u->seconds)
		u++;
	if (u->part && seconds % u->seconds >= u->part_seconds)
		snprintf(out, SCREEN_DURATION_MAX, "%llu %s %llu %s",
			(unsigned long long)(seconds / u->seconds), u->name,
			(unsigned long long)(seconds % u->seconds / u->part_seconds), u->part);
	else
		snprintf(out, SCREEN_DURATION_MAX, "%llu %s",
			(unsigned long long)(seconds / u->seconds), u->name);
	return out;
}

const char *screen_plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}
