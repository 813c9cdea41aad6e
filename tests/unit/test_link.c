/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/link.h"

struct pair {
	struct link *worker, *resolver;
};

static int setup(void **state)
{
	static struct pair pair;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(link_new(ends[0], &pair.worker), 0);
	assert_int_equal(link_new(ends[1], &pair.resolver), 0);
	*state = &pair;
	return 0;
}

static int teardown(void **state)
{
	struct pair *pair = *state;

	link_free(pair->worker);
	link_free(pair->resolver);
	return 0;
}

static struct link_question question(uint64_t id, const char *name, uint16_t type)
{
	struct link_question q = {.id = id, .question = {.type = type, .class = RR_CLASS_IN}};

	assert_int_equal(name_parse(span_text(name), &q.question.name), 0);
	return q;
}

static void test_question_round_trip(void **state)
{
	static const struct {
		uint64_t id;
		const char *name;
		uint16_t type;
	} cases[] = {
		{1, "www.example.com", RR_A},
		{UINT64_MAX, ".", RR_NS},
		{0x0102030405060708, "a\\.b\\000.example", 65535},
	};
	struct pair *pair = *state;
	struct link_question got;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct link_question q = question(cases[i].id, cases[i].name, cases[i].type);

		assert_int_equal(link_ask(pair->worker, &q), 0);
	}
	assert_int_equal(link_receive_question(pair->resolver, &got), ERR_AGAIN);
	assert_int_equal(link_flush(pair->worker), 0);
	assert_int_equal(link_flush(pair->worker), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct link_question q = question(cases[i].id, cases[i].name, cases[i].type);

		assert_int_equal(link_receive_question(pair->resolver, &got), 0);
		assert_int_equal(got.id, q.id);
		assert_int_equal(got.question.type, q.question.type);
		assert_int_equal(got.question.class, RR_CLASS_IN);
		assert_int_equal(got.question.name.labels, q.question.name.labels);
		assert_true(span_equal(name_span(&got.question.name), name_span(&q.question.name)));
	}
	assert_int_equal(link_receive_question(pair->resolver, &got), ERR_AGAIN);
	assert_int_equal(link_receive_question(pair->resolver, &got), ERR_AGAIN);
}

/* A turn ends with each batch, although the next one is there. */
static void test_turn_is_a_batch(void **state)
{
	struct pair *pair = *state;
	struct link_question got;
	unsigned turns = 0, count = 0;

	for (unsigned i = 0; i < 3 * LINK_BATCH - 1; i++) {
		struct link_question q = question(i, "x.example", RR_A);

		assert_int_equal(link_ask(pair->worker, &q), 0);
	}
	assert_int_equal(link_flush(pair->worker), 0);
	while (count < 3 * LINK_BATCH - 1) {
		unsigned of_turn = 0;

		while (link_receive_question(pair->resolver, &got) == 0) {
			assert_int_equal(got.id, count);
			of_turn++;
			count++;
		}
		assert_true(of_turn > 0 && of_turn <= LINK_BATCH);
		turns++;
	}
	assert_int_equal(turns, 3);
}

static void test_longest_names_fit_a_batch(void **state)
{
	struct pair *pair = *state;
	struct link_question q = {.question = {.type = RR_A, .class = RR_CLASS_IN}}, got;
	struct name *n = &q.question.name;

	for (unsigned at = 0; at < 254; at += 2) {
		n->octets[at] = 1;
		n->octets[at + 1] = 'x';
	}
	n->octets[254] = 0;
	n->len = 255;
	n->labels = 127;
	for (unsigned i = 0; i < LINK_BATCH; i++)
		assert_int_equal(link_ask(pair->worker, &q), 0);
	assert_int_equal(link_flush(pair->worker), 0);
	for (unsigned i = 0; i < LINK_BATCH; i++)
		assert_int_equal(link_receive_question(pair->resolver, &got), 0);
	assert_int_equal(got.question.name.len, 255);
}

static void test_answer_round_trip(void **state)
{
	static uint8_t packet[MESSAGE_MAX];
	static const struct link_answer cases[] = {
		{.id = 1, .dnssec = DNSSEC_SECURE, .ede = 0xffff, .packet = {packet, 12}},
		{.id = 2, .failed = true, .ede = 22, .why = "no upstream", .packet = {NULL, 0}},
		{.id = UINT64_MAX,
			.dnssec = DNSSEC_BOGUS,
			.ede = 7,
			.why = "signature expired",
			.packet = {packet, MESSAGE_MAX}},
	};
	struct pair *pair = *state;
	struct link_answer got;

	memset(packet, 0xa5, sizeof(packet));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(link_reply(pair->resolver, &cases[i]), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(link_receive_answer(pair->worker, &got), 0);
		assert_int_equal(got.id, cases[i].id);
		assert_int_equal(got.failed, cases[i].failed);
		assert_int_equal(got.dnssec, cases[i].dnssec);
		assert_int_equal(got.ede, cases[i].ede);
		assert_string_equal(got.why, cases[i].why);
		assert_true(span_equal(got.packet, cases[i].packet));
	}
	assert_int_equal(link_receive_answer(pair->worker, &got), ERR_AGAIN);
}

static void test_answer_bounds(void **state)
{
	static uint8_t packet[MESSAGE_MAX + 1];
	struct pair *pair = *state;
	struct link_answer a = {.id = 1, .packet = {packet, sizeof(packet)}}, got;

	assert_int_equal(link_reply(pair->resolver, &a), ERR_LIMIT);
	a.packet.len = 12;
	memset(a.why, 'w', sizeof(a.why)); /* not terminated */
	assert_int_equal(link_reply(pair->resolver, &a), 0);
	assert_int_equal(link_receive_answer(pair->worker, &got), 0);
	assert_int_equal(strlen(got.why), LINK_WHY_MAX - 1);
}

static void test_full_link_does_not_wait(void **state)
{
	static uint8_t packet[MESSAGE_MAX];
	struct pair *pair = *state;
	const struct link_answer a = {.id = 1, .packet = {packet, sizeof(packet)}};
	struct link_question q = question(7, "x.example", RR_A), got;
	unsigned sent = 0, received = 0;
	int err;

	while ((err = link_reply(pair->resolver, &a)) == 0 && sent < 10000)
		sent++;
	assert_int_equal(err, ERR_AGAIN);
	sent = 0;
	while ((err = link_ask(pair->worker, &q)) == 0 && sent < 10000000)
		sent++;
	assert_int_equal(err, ERR_AGAIN);
	/* What was taken is not lost. */
	while (received < sent) {
		err = link_receive_question(pair->resolver, &got);
		if (err == 0)
			received++;
		else if (received + LINK_BATCH >= sent)
			assert_int_equal(link_flush(pair->worker), 0);
	}
	assert_int_equal(received, sent);
}

static void test_other_side_is_gone(void **state)
{
	struct pair *pair = *state;
	struct link_question q = question(7, "x.example", RR_A);
	struct link_answer got;

	link_free(pair->resolver);
	pair->resolver = NULL;
	assert_int_equal(link_receive_answer(pair->worker, &got), ERR_MISSING);
	assert_int_equal(link_ask(pair->worker, &q), 0);
	assert_int_equal(link_flush(pair->worker), ERR_IO);
}

static void test_nonsense_is_refused(void **state)
{
	static const struct {
		const char *octets;
		size_t len;
	} questions[] = {
		{"\0\0\0\0\0\0\0\1\0\1", 10}, /* too short */
		{"\0\0\0\0\0\0\0\1\0\1\0", 11}, /* no name */
		{"\0\0\0\0\0\0\0\1\0\1\5\3abc", 15}, /* the name is cut */
		{"\0\0\0\0\0\0\0\1\0\1\4\3abc", 15}, /* without the root label */
		{"\0\0\0\0\0\0\0\1\0\1\2\300\14", 13}, /* a compression pointer */
		{"\0\0\0\0\0\0\0\1\0\1\3\0\0\0", 14}, /* something behind the root label */
	};
	static const struct {
		const char *octets;
		size_t len;
	} answers[] = {
		{"\0\0\0\0\0\0\0\1\0\0\0\0", 12}, /* too short */
		{"\0\0\0\0\0\0\0\1\2\0\0\0\0p", 14}, /* failed is 2 */
		{"\0\0\0\0\0\0\0\1\0\4\0\0\0p", 14}, /* no such dnssec */
		{"\0\0\0\0\0\0\0\1\0\0\0\0\0", 13}, /* no packet */
		{"\0\0\0\0\0\0\0\1\1\0\0\0\0p", 14}, /* failed with a packet */
		{"\0\0\0\0\0\0\0\1\1\0\0\0\4why", 16}, /* why is cut */
		{"\0\0\0\0\0\0\0\1\1\0\0\0\200why", 16}, /* why is too long */
	};
	struct pair *pair = *state;
	struct link_question q;
	struct link_answer a;

	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		struct link *fresh[2];
		int ends[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
		assert_int_equal(link_new(ends[0], &fresh[0]), 0);
		assert_int_equal(link_new(ends[1], &fresh[1]), 0);
		assert_int_equal(
			send(ends[0], questions[i].octets, questions[i].len, 0), questions[i].len);
		assert_int_equal(link_receive_question(fresh[1], &q), ERR_FORMAT);
		link_free(fresh[0]);
		link_free(fresh[1]);
	}
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		assert_int_equal(
			send(link_fd(pair->resolver), answers[i].octets, answers[i].len, 0),
			answers[i].len);
		assert_int_equal(link_receive_answer(pair->worker, &a), ERR_FORMAT);
	}
}

static void test_truncation_is_an_error(void **state)
{
	static uint8_t octets[2 * MESSAGE_MAX];
	struct pair *pair = *state;
	struct link_question q;
	struct link_answer a;

	assert_int_equal(send(link_fd(pair->resolver), octets, sizeof(octets), 0), sizeof(octets));
	assert_int_equal(link_receive_answer(pair->worker, &a), ERR_FORMAT);
	assert_int_equal(send(link_fd(pair->worker), octets, sizeof(octets), 0), sizeof(octets));
	assert_int_equal(link_receive_question(pair->resolver, &q), ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_question_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_turn_is_a_batch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_longest_names_fit_a_batch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answer_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answer_bounds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_link_does_not_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_side_is_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nonsense_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_truncation_is_an_error, setup, teardown),
	};

	return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
