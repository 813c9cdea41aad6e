/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

static char line[8192];

/* A datagram keeps each write apart: what is read is what one write wrote. Standard error is our
 * own again before anything is asserted. */
static const char *written_by(void (*say)(const char *text), const char *text)
{
	int pair[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair), 0);
	dup2(pair[1], STDERR_FILENO);
	errno = EXDEV;
	say(text);
	n = errno == EXDEV ? read(pair[0], line, sizeof(line) - 1) : -2;
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(pair[0]);
	close(pair[1]);
	assert_int_not_equal(n, -2);
	line[n > 0 ? n : 0] = 0;
	return line;
}

static void error(const char *text)
{
	log_error("%s", text);
}

static void warning(const char *text)
{
	log_warning("%s", text);
}

static void info(const char *text)
{
	log_info("%s", text);
}

static void debug(const char *text)
{
	log_debug("%s", text);
}

static void one_line_each(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	log_open("front", LOG_LEVEL_INFO);
	assert_string_equal(written_by(error, "a"), "front: error: a\n");
	assert_string_equal(written_by(warning, "b"), "front: warning: b\n");
	assert_string_equal(written_by(info, "c"), "front: c\n");
	assert_string_equal(written_by(debug, "d"), "");
	assert_string_equal(
		written_by(info, "a\nfront: error: b\x1b[0m"), "front: a?front: error: b?[0m\n");
}

static void the_journal_gets_priorities(void **state)
{
	(void)state;
	setenv("JOURNAL_STREAM", "8:1", 1);
	log_open("a name that is longer than thirty-one octets", LOG_LEVEL_DEBUG);
	unsetenv("JOURNAL_STREAM");
	assert_string_equal(
		written_by(error, "a"), "<3>a name that is longer than thir: error: a\n");
	log_open("n", LOG_LEVEL_DEBUG);
	assert_string_equal(written_by(debug, "d"), "n: debug: d\n");
}

static void long_messages_are_cut(void **state)
{
	char text[4000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	log_open("0123456789012345678901234567890", LOG_LEVEL_INFO);
	written_by(warning, text);
	assert_in_range(strlen(line), 1000, 1100);
	assert_int_equal(line[strlen(line) - 1], '\n');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_each),
		cmocka_unit_test(the_journal_gets_priorities),
		cmocka_unit_test(long_messages_are_cut),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
