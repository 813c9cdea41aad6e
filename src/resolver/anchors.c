/* SPDX-License-Identifier: BSD-3-Clause */

#include "resolver/anchors.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"

#define ANCHORS_FILE_MAX (1u << 20)
#define BLANKS " \t\r"

static struct span next_word(const char **at)
{
	const char *word = *at + strspn(*at, BLANKS);
	size_t len = strcspn(word, BLANKS);

	*at = word + len;
	return span_of(word, len);
}

static bool word_is(struct span word, const char *text)
{
	return word.len == strlen(text) &&
	       strncasecmp((const char *)word.data, text, word.len) == 0;
}

/* The owner when the line is a DS or DNSKEY record: before the type may stand TTL and class. */
static bool read_line(const char *line, struct name *out)
{
	struct span owner, word;

	if (strchr(" \t;$", line[0]) != NULL)
		return false;
	owner = next_word(&line);
	for (unsigned i = 0; i < 3; i++) {
		word = next_word(&line);
		if (word_is(word, "DNSKEY") || word_is(word, "DS"))
			return name_parse(owner, out) == 0;
	}
	return false;
}

static bool is_among(const struct name *n, const struct name *list, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (name_equal(n, &list[i]))
			return true;
	return false;
}

int anchors_read(const char *path, struct name *out, unsigned max, unsigned *count)
{
	char *text, *rest, *line;
	size_t len;
	unsigned found = 0;
	int err = file_read(path, ANCHORS_FILE_MAX, &text, &len);

	if (err != 0)
		return err;
	for (rest = text; (line = strsep(&rest, "\n")) != NULL;) {
		struct name n;

		if (!read_line(line, &n) || is_among(&n, out, found))
			continue;
		if (found == max) {
			err = ERR_LIMIT;
			break;
		}
		out[found++] = n;
	}
	free(text);
	if (err == 0 && found == 0)
		err = ERR_MISSING;
	if (err == 0)
		*count = found;
	return err;
}
