/* SPDX-License-Identifier: BSD-3-Clause */

#include "conf/suggest.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 32
#define DISTANCE_MAX 2

/* What other programs call it; spelling alone would lead from `blok` to `log`. */
static const struct {
	const char *wrong, *right;
} aliases[] = {
	{"block", "sinkhole"},
	{"blok", "sinkhole"},
	{"deny", "sinkhole"},
	{"reject", "refuse"},
	{"pass", "allow"},
	{"permit", "allow"},
	{"monitor", "observe"},
	{"audit", "observe"},
	{"block", "enforce"},
	{"forwarders", "upstreams"},
	{"forward", "upstreams"},
	{"resolver", "upstreams"},
	{"servers", "upstreams"},
	{"rules", "policy"},
	{"groups", "clients"},
	{"group", "clients"},
	{"name", "rule"},
	{"default", "otherwise"},
	{"country", "located"},
	{"countries", "located"},
	{"domain", "name"},
	{"domains", "name"},
	{"names", "name"},
	{"interface", "listen"},
	{"bind", "listen"},
	{"until", "expires"},
	{"expiry", "expires"},
	{"expire", "expires"},
	{"path", "files"},
	{"subnets", "networks"},
	{"retention", "keep"},
};

void suggestion_init(struct suggestion *s, const char *wrong)
{
	*s = (struct suggestion){.wrong = wrong, .distance = DISTANCE_MAX + 1};
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: insert, delete, replace, swap of neighbours. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][WORD_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		above[j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *spare = before;

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = above[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = least(row[j], least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[b_len];
}

void suggestion_offer(struct suggestion *s, const char *word)
{
	size_t wrong_len = strlen(s->wrong), len = strlen(word);
	unsigned found, most = len < 3 ? 0 : len < 6 ? 1 : DISTANCE_MAX;

	if (wrong_len > WORD_MAX || len > WORD_MAX)
		return;
	found = distance(s->wrong, wrong_len, word, len);
	if (strcasecmp(s->wrong, word) == 0)
		found = 0;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(aliases[i].wrong, s->wrong) == 0 && strcmp(aliases[i].right, word) == 0)
			found = 0;
	if (found <= most && found < s->distance) {
		s->best = word;
		s->distance = found;
	}
}
