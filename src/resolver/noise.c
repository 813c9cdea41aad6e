/* SPDX-License-Identifier: BSD-3-Clause */

#include "resolver/noise.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define LINES_MAX 20
#define PERIOD_NS (60 * NS_PER_S)
#define LINE_MAX 500

struct noise {
	uint64_t since_ns;
	unsigned lines; /* in this period */
	size_t len;
	char line[LINE_MAX + 1];
};

/* A bogus answer is said to who asked, and recorded; here it would only be repeated. */
static bool is_known(const char *text)
{
	return strstr(text, "info: validation failure") != NULL;
}

static void end_line(struct noise *n)
{
	uint64_t now = clock_monotonic_ns();
	const char *text;

	n->line[n->len] = '\0';
	n->len = 0;
	/* "[time] libunbound[pid:0] error: what" */
	text = strstr(n->line, ":0] ");
	text = text ? text + 4 : n->line;
	if (text[0] == '\0' || is_known(text))
		return;
	if (n->since_ns == 0 || now - n->since_ns > PERIOD_NS) {
		if (n->lines > LINES_MAX)
			log_warning("libunbound: %u more lines", n->lines - LINES_MAX);
		n->since_ns = now;
		n->lines = 0;
	}
	if (++n->lines <= LINES_MAX)
		log_warning("libunbound: %s", text);
}

static ssize_t on_write(void *cookie, const char *data, size_t size)
{
	struct noise *n = cookie;

	for (size_t i = 0; i < size; i++) {
		if (data[i] == '\n')
			end_line(n);
		else if (n->len < LINE_MAX)
			n->line[n->len++] = data[i] >= ' ' && data[i] <= '~' ? data[i] : '?';
	}
	return (ssize_t)size;
}

static int on_close(void *cookie)
{
	free(cookie);
	return 0;
}

int noise_open(FILE **out)
{
	struct noise *n = calloc(1, sizeof(*n));
	FILE *f;

	if (n == NULL)
		return ERR_MEMORY;
	f = fopencookie(n, "w", (cookie_io_functions_t){.write = on_write, .close = on_close});
	if (f == NULL) {
		free(n);
		return ERR_IO;
	}
	/* libunbound may end the process right behind a line. */
	setvbuf(f, NULL, _IOLBF, 0);
	*out = f;
	return 0;
}
