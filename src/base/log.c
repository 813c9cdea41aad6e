/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/utf8.h"

#define NAME_MAX_LEN 31
#define TEXT_MAX 1024

static const struct {
	const char *priority; /* of sd-daemon(3) */
	const char *word;
} levels[] = {
	[LOG_LEVEL_ERROR] = {"<3>", "error: "},
	[LOG_LEVEL_WARNING] = {"<4>", "warning: "},
	[LOG_LEVEL_INFO] = {"<6>", ""},
	[LOG_LEVEL_DEBUG] = {"<7>", "debug: "},
};

/* Written by log_open before there is a second thread. */
static struct {
	char name[NAME_MAX_LEN + 1];
	enum log_level most;
	bool journal;
} opened = {.most = LOG_LEVEL_INFO};

void log_open(const char *name, enum log_level most)
{
	snprintf(opened.name, sizeof(opened.name), "%s", name);
	opened.most = most;
	opened.journal = getenv("JOURNAL_STREAM") != NULL;
}

/* One write, so that the lines of threads and processes do not mix. A message that is too long is
 * cut, and one that cannot be written is lost: there is nobody left to tell. */
static void write_line(enum log_level level, const char *text)
{
	uint8_t storage[TEXT_MAX + NAME_MAX_LEN + 32];
	struct buf line;
	ssize_t n;

	buf_init_fixed(&line, storage, sizeof(storage));
	if (opened.journal)
		buf_put_text(&line, levels[level].priority);
	if (opened.name[0]) {
		utf8_put_visible(&line, span_text(opened.name));
		buf_put_text(&line, ": ");
	}
	buf_put_text(&line, levels[level].word);
	utf8_put_visible(&line, span_text(text));
	buf_put_text(&line, "\n");
	do
		n = write(STDERR_FILENO, line.data, line.len);
	while (n < 0 && errno == EINTR);
}

static void PRINTF_LIKE(2, 0) log_at(enum log_level level, const char *format, va_list args)
{
	int saved = errno;
	char text[TEXT_MAX];

	if (level <= opened.most) {
		vsnprintf(text, sizeof(text), format, args);
		write_line(level, text);
	}
	errno = saved;
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_at(LOG_LEVEL_ERROR, format, args);
	va_end(args);
}

void log_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_at(LOG_LEVEL_WARNING, format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_at(LOG_LEVEL_INFO, format, args);
	va_end(args);
}

void log_debug(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_at(LOG_LEVEL_DEBUG, format, args);
	va_end(args);
}
