/* SPDX-License-Identifier: BSD-3-Clause */

/* A response policy zone read as a server reads it (RFC 4592) says what was decided. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lists/export.h"
#include "store/builder.h"

#define NAMES_MAX 24
#define OWNERS_MAX 1024
#define ROUNDS 400
#define ASKED 200
#define DEPTH 5
#define TEXT_LEN (2 * DEPTH + 4)

/* What a random policy decides: for some names, and for all below each. The first is the root. */
struct decisions {
	char names[NAMES_MAX][TEXT_LEN];
	enum rpz_action self[NAMES_MAX], below[NAMES_MAX];
	unsigned count;
};

struct owner {
	char name[TEXT_LEN];
	enum rpz_action action;
};

static bool is_below(const char *name, const char *ancestor)
{
	size_t len = strlen(name), end = strlen(ancestor);

	return end == 0 ||
	       (len > end && strcmp(name + len - end, ancestor) == 0 && name[len - end - 1] == '.');
}

static enum rpz_action decide(const struct decisions *d, const char *name)
{
	unsigned closest = 0;

	for (unsigned i = 1; i < d->count; i++) {
		if (strcmp(name, d->names[i]) == 0)
			return d->self[i];
		if (is_below(name, d->names[i]) && strlen(d->names[i]) > strlen(d->names[closest]))
			closest = i;
	}
	return d->below[closest];
}

static enum rpz_action decide_name(void *context, const struct name *name)
{
	char text[NAME_TEXT_MAX];

	name_format(name, text);
	return decide(context, strcmp(text, ".") == 0 ? "" : text);
}

static enum rpz_action decide_nothing(void *context, const struct inet_addr *addr)
{
	(void)context;
	(void)addr;
	return RPZ_NONE;
}

static enum rpz_action random_action(void)
{
	return rand() % 2 ? RPZ_NONE : (enum rpz_action)(rand() % RPZ_ACTION_COUNT);
}

static void random_name(char *out)
{
	int labels = 1 + rand() % DEPTH;

	for (int i = 0; i < labels; i++)
		snprintf(out + 2 * i, 3, "%c.", 'a' + rand() % 3);
	out[2 * labels - 1] = '\0';
}

static void random_decisions(struct decisions *d)
{
	d->count = 1;
	d->names[0][0] = '\0';
	d->below[0] = random_action();
	while (d->count < NAMES_MAX) {
		bool known = false;

		random_name(d->names[d->count]);
		for (unsigned i = 0; i < d->count; i++)
			known = known || strcmp(d->names[i], d->names[d->count]) == 0;
		if (known)
			continue;
		d->self[d->count] = random_action();
		d->below[d->count++] = random_action();
	}
}

/* The first half stands in the lists, the others are of the policy. */
static struct store *lists_of(const struct decisions *d)
{
	static const uint8_t no_sources[DIGEST_LEN];
	struct builder_row row = {.file = SPAN_LITERAL("f"), .line = 1};
	char path[] = "/tmp/celnik-rpz-XXXXXX";
	struct builder *b = NULL;
	const char *problem = "";
	struct store *s = NULL;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(builder_new(&b), 0);
	assert_int_equal(builder_list(b, SPAN_LITERAL("l"), &row.list), 0);
	for (unsigned i = 1; i < NAMES_MAX / 2; i++) {
		uint8_t key[NAME_LEN_MAX];
		struct name name;

		assert_int_equal(name_parse(span_text(d->names[i]), &name), 0);
		assert_int_equal(builder_name(b, span_of(key, name_to_key(&name, key)),
					 NAME_MATCH_TLD, &row),
			0);
	}
	assert_int_equal(builder_write(b, path, no_sources, 1, &problem), 0);
	assert_int_equal(store_open(path, &s), 0);
	builder_free(b);
	unlink(path);
	return s;
}

static char *zone_of(struct store *s, struct decisions *d, struct lists_export_result *result)
{
	static struct name names[NAMES_MAX];
	struct lists_rpz rpz = {.about = "random",
		.ttl_s = 60,
		.names = names,
		.name = decide_name,
		.address = decide_nothing,
		.client = decide_nothing,
		.context = d};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(inet_addr_parse(SPAN_LITERAL("192.0.2.1"), &rpz.ipv4), 0);
	assert_int_equal(inet_addr_parse(SPAN_LITERAL("2001:db8::1"), &rpz.ipv6), 0);
	for (unsigned i = NAMES_MAX / 2; i < d->count; i++)
		assert_int_equal(name_parse(span_text(d->names[i]), &names[rpz.name_count++]), 0);
	assert_int_equal(lists_export_rpz(s, &rpz, out, result), 0);
	fclose(out);
	return text;
}

static unsigned read_zone(char *text, struct owner *owners)
{
	static const char *const data[RPZ_ACTION_COUNT] = {
		"", "CNAME rpz-passthru.", "CNAME .", "CNAME *.", "CNAME rpz-drop.", "A 192.0.2.1"};
	unsigned count = 0;
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *space = strchr(line, ' ');
		int action = 1;

		if (strchr(";$@", *line) || strcmp(space, " AAAA 2001:db8::1") == 0)
			continue;
		while (action < RPZ_ACTION_COUNT && strcmp(space + 1, data[action]) != 0)
			action++;
		assert_int_not_equal(action, RPZ_ACTION_COUNT);
		*space = '\0';
		assert_true(count < OWNERS_MAX);
		owners[count].action = (enum rpz_action)action;
		snprintf(owners[count++].name, TEXT_LEN, "%s", line);
	}
	return count;
}

static const struct owner *find(const struct owner *owners, unsigned count, const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(owners[i].name, name) == 0)
			return &owners[i];
	return NULL;
}

static bool exists(const struct owner *owners, unsigned count, const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(owners[i].name, name) == 0 || is_below(owners[i].name, name))
			return true;
	return false;
}

/* The name itself, or the wildcard right below the closest name that exists. */
static enum rpz_action say(const struct owner *owners, unsigned count, const char *name)
{
	const struct owner *own = find(owners, count, name);
	char wildcard[TEXT_LEN + 2];
	const char *encloser = name;

	if (own)
		return own->action;
	if (exists(owners, count, name))
		return RPZ_NONE;
	do {
		const char *dot = strchr(encloser, '.');

		encloser = dot ? dot + 1 : "";
	} while (*encloser && !exists(owners, count, encloser));
	snprintf(wildcard, sizeof(wildcard), "*%s%s", *encloser ? "." : "", encloser);
	own = find(owners, count, wildcard);
	return own ? own->action : RPZ_NONE;
}

static void check_zone(const struct decisions *d, const struct owner *owners, unsigned count)
{
	for (int i = 0; i < ASKED; i++) {
		enum rpz_action decided, said;
		char name[TEXT_LEN];

		random_name(name);
		decided = decide(d, name);
		said = say(owners, count, name);
		/* Below a wildcard silence has to be said. */
		if (decided == RPZ_NONE && said == RPZ_PASSTHRU)
			said = RPZ_NONE;
		if (said != decided)
			fail_msg("'%s': decided %d, the zone says %d", name, (int)decided,
				(int)said);
	}
}

static void test_random_zones(void **state)
{
	static struct owner owners[OWNERS_MAX];

	(void)state;
	srand(1);
	for (int i = 0; i < ROUNDS; i++) {
		struct lists_export_result result = {0};
		struct decisions d;
		struct store *s;
		char *text;

		random_decisions(&d);
		s = lists_of(&d);
		text = zone_of(s, &d, &result);
		check_zone(&d, owners, read_zone(text, owners));
		assert_int_equal(result.left_out, 0);
		free(text);
		store_close(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_zones)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
