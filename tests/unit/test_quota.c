/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "resolver/quota.h"

#define MAX 3

static struct name name_of(const char *text)
{
	struct name n;

	assert_int_equal(name_parse(span_text(text), &n), 0);
	return n;
}

static void a_zone_is_what_the_last_two_labels_name(void **state)
{
	static const char *const full[] = {"d.e.example", "e.example", "x.y.z.e.example"};
	static struct quota q;
	struct name n;

	(void)state;
	assert_int_equal(quota_init(&q, MAX), 0);
	/* So that no two of these names meet by chance. */
	q.key = (struct hash_key){1, 2};
	n = name_of("a.b.c.e.example");
	for (unsigned i = 0; i < MAX; i++)
		assert_true(quota_take(&q, &n));
	for (size_t i = 0; i < sizeof(full) / sizeof(full[0]); i++) {
		const struct name other = name_of(full[i]);

		assert_false(quota_take(&q, &other));
	}
	n = name_of("a.f.example");
	assert_true(quota_take(&q, &n));
	n = name_of("example");
	assert_true(quota_take(&q, &n));
	n = name_of(".");
	assert_true(quota_take(&q, &n));
	n = name_of("e.example");
	quota_give(&q, &n);
	assert_true(quota_take(&q, &n));
	assert_false(quota_take(&q, &n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zone_is_what_the_last_two_labels_name),
	};

	return cmocka_run_group_tests_name("quota", tests, NULL, NULL);
}
