/* SPDX-License-Identifier: BSD-3-Clause */

/* Judging allocates the evidence it hands out and nothing else, deciding nothing at all. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "judge/judge.h"
#include "policy/policy.h"
#include "sample.h"
#include "store/builder.h"

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);

static unsigned allocations;

void *__wrap_malloc(size_t size)
{
	allocations++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	allocations++;
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	allocations++;
	return __real_realloc(old, size);
}

static struct store *lists;
static struct matcher *matcher;

static void fill(struct builder *b)
{
	struct inet_prefix range = sample_prefix("8.129.0.0/16");
	struct inet_addr last = inet_prefix_last(&range);
	struct builder_row located = {.fact = FACT_LOCATED, .country = "CN"};
	struct builder_row camera = {.fact = FACT_OPERATED, .country = "CN"};
	uint8_t key[NAME_LEN_MAX];
	uint32_t list;

	assert_int_equal(builder_list(b, SPAN_LITERAL("prc"), &list), 0);
	assert_int_equal(
		builder_name(b, sample_key("hik.test", key), NAME_MATCH_SUFFIX, &camera), 0);
	assert_int_equal(builder_range(b, &range.addr, &last, &located), 0);
}

static int setup(void **state)
{
	static const uint8_t no_sources[DIGEST_LEN];
	char path[] = "/tmp/celnik-allocations-XXXXXX";
	const char *problem = "";
	struct builder *b = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(builder_new(&b), 0);
	fill(b);
	assert_int_equal(builder_write(b, path, no_sources, 1, &problem), 0);
	assert_int_equal(store_open(path, &lists), 0);
	builder_free(b);
	unlink(path);
	return matcher_new(&(struct matcher_sources){.store = lists}, &matcher);
}

static int teardown(void **state)
{
	(void)state;
	matcher_free(matcher);
	store_close(lists);
	return 0;
}

static struct answer *usual_answer(const struct question *q)
{
	return sample_answer(q,
		"? www.example. A NOERROR\n= www.example. 60 IN CNAME eu.hik.test.\n"
		"= eu.hik.test. 30 IN A 8.129.0.1\n= eu.hik.test. 30 IN A 8.129.0.2\n"
		"= eu.hik.test. 30 IN A 192.0.2.1\n= eu.hik.test. 30 IN A 192.0.2.2\n");
}

static void judging(void **state)
{
	struct question q = sample_question("www.example", RR_A);
	struct answer *a = usual_answer(&q);
	struct evidence *e = NULL;

	(void)state;
	for (int i = 0; i < 3; i++) {
		allocations = 0;
		assert_int_equal(judge_answer(matcher, &q, a, &e), 0);
		assert_int_equal(allocations, 1);
		assert_int_equal(e->count, 3);
		free(e);
		allocations = 0;
		assert_int_equal(judge_name(matcher, &q, &e), 0);
		assert_int_equal(allocations, 1);
		free(e);
	}
	free(a);
}

static const char *const countries[] = {"CN"};
static const struct conf_match located = {.located = countries, .located_count = 1, .sources = 2};
static const struct conf_match cameras = {.operated = countries, .operated_count = 1};
static const struct conf_match far = {.located = countries, .located_count = 1};

/* Every kind of rule, an exception that waives something, and strip. */
static void deciding(void **state)
{
	const struct conf_pattern exempt = {sample_name("hik.test"), true, true};
	const struct conf_exception exception = {.names = &exempt,
		.name_count = 1,
		.groups = 1,
		.covers = CONF_COVERS_NAME,
		.expires = 1};
	const struct conf_rule rules[] = {
		{"sure", .groups = 1, .matches = &located, .match_count = 1, .action = ACTION_DROP},
		{"trial", .groups = 1, .matches = &cameras, .match_count = 1,
			.action = ACTION_REFUSE, .observed = true},
		{"far", .groups = 1, .matches = &far, .match_count = 1, .action = ACTION_STRIP},
	};
	const struct conf conf = {.mode = MODE_ENFORCE,
		.rules = rules,
		.rule_count = 3,
		.exceptions = &exception,
		.exception_count = 1};
	struct question q = sample_question("www.example", RR_A);
	const struct policy_query query = {0, RR_A};
	struct answer *a = usual_answer(&q);
	struct answer_records dropped;
	struct evidence *e = NULL;
	struct policy *p = NULL;
	struct decision d;

	(void)state;
	assert_int_equal(policy_new(&conf, &(struct policy_moment){0}, &p), 0);
	assert_int_equal(judge_answer(matcher, &q, a, &e), 0);
	allocations = 0;
	policy_decide(p, &query, e, &d);
	assert_int_equal(d.action, ACTION_STRIP);
	assert_true(policy_strip(p, d.rule, &query, e, &dropped));
	assert_int_equal(dropped.bits[0], 6); /* the second and the third record */
	assert_int_equal(allocations, 0);
	policy_free(p);
	free(e);
	free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judging),
		cmocka_unit_test(deciding),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
