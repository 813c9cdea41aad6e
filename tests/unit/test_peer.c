/* SPDX-License-Identifier: BSD-3-Clause */

/* Links of a resolver, over an engine that is a list of what was asked. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "resolver/peer.h"
#include "wire/reply.h"

#define ASKS 8

static struct {
	struct link_question question;
	engine_done done;
	void *arg;
} asks[ASKS];
static unsigned ask_count;

int engine_ask(struct engine *e, const struct link_question *q, engine_done done, void *arg)
{
	(void)e;
	if (ask_count == ASKS)
		return ERR_LIMIT;
	asks[ask_count].question = *q;
	asks[ask_count].done = done;
	asks[ask_count++].arg = arg;
	return 0;
}

struct world {
	struct loop *loop;
	struct watch *timer;
	struct peers *peers;
	struct link *worker[2];
};

static void on_timer(void *arg)
{
	loop_stop(arg);
}

/* Lets everything that is due happen. */
static void turn(struct world *w)
{
	assert_int_equal(watch_timer_set(w->timer, 10), 0);
	assert_int_equal(loop_run(w->loop), 0);
}

static void connect_worker(struct world *w, uint32_t number, struct link **out)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	assert_int_equal(link_new(ends[0], out), 0);
	assert_int_equal(peers_link(w->peers, number, ends[1]), 0);
}

static int setup(void **state)
{
	static struct world w;

	ask_count = 0;
	assert_int_equal(loop_new(&w.loop), 0);
	assert_int_equal(watch_timer(w.loop, on_timer, w.loop, &w.timer), 0);
	assert_int_equal(peers_new(w.loop, &w.peers), 0);
	connect_worker(&w, 0, &w.worker[0]);
	connect_worker(&w, 1, &w.worker[1]);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	peers_free(w->peers);
	link_free(w->worker[0]);
	link_free(w->worker[1]);
	watch_free(w->timer);
	loop_free(w->loop);
	return 0;
}

static void send_question(struct link *l, uint64_t id)
{
	struct link_question q = {.id = id, .question = {.type = RR_A, .class = RR_CLASS_IN}};

	assert_int_equal(name_parse(SPAN_LITERAL("x.example"), &q.question.name), 0);
	assert_int_equal(link_ask(l, &q), 0);
	assert_int_equal(link_flush(l), 0);
}

static void finish(unsigned ask, bool failed)
{
	static const uint8_t packet[12];
	const struct link_answer a = {.id = asks[ask].question.id,
		.failed = failed,
		.packet = span_of(packet, failed ? 0 : sizeof(packet))};

	asks[ask].done(asks[ask].arg, &a);
}

static void test_each_gets_its_own(void **state)
{
	struct world *w = *state;
	struct link_answer a;

	send_question(w->worker[0], 7);
	send_question(w->worker[1], 7);
	turn(w);
	assert_int_equal(ask_count, 0); /* nothing before the start */
	assert_int_equal(peers_start(w->peers, (struct engine *)w), 0);
	turn(w);
	assert_int_equal(ask_count, 2);
	assert_true(peers_are_waiting(w->peers));
	finish(1, true);
	finish(0, false);
	assert_false(peers_are_waiting(w->peers));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(link_receive_answer(w->worker[i], &a), 0);
		assert_int_equal(a.id, 7);
		assert_int_equal(link_receive_answer(w->worker[i], &a), ERR_AGAIN);
	}
	assert_int_equal(peers_counts(w->peers).asked, 2);
	assert_int_equal(peers_counts(w->peers).failed, 1);
}

/* The ids of a front that died mean nothing to the next. */
static void test_replaced_link_gets_no_old_answer(void **state)
{
	struct world *w = *state;
	struct link_answer a;
	struct link *before = w->worker[0];

	assert_int_equal(peers_start(w->peers, (struct engine *)w), 0);
	send_question(before, 1);
	turn(w);
	assert_int_equal(ask_count, 1);
	connect_worker(w, 0, &w->worker[0]);
	assert_int_equal(link_receive_answer(before, &a), ERR_MISSING);
	assert_false(peers_are_waiting(w->peers));
	finish(0, false);
	assert_int_equal(link_receive_answer(w->worker[0], &a), ERR_AGAIN);
	send_question(w->worker[0], 2);
	turn(w);
	finish(1, false);
	assert_int_equal(link_receive_answer(w->worker[0], &a), 0);
	assert_int_equal(a.id, 2);
	link_free(before);
}

static void test_link_that_ends_while_asked(void **state)
{
	struct world *w = *state;

	assert_int_equal(peers_start(w->peers, (struct engine *)w), 0);
	send_question(w->worker[0], 1);
	turn(w);
	link_free(w->worker[0]);
	w->worker[0] = NULL;
	turn(w);
	finish(0, false);
	turn(w);
	assert_false(peers_are_waiting(w->peers));
}

static void test_what_the_engine_refuses_fails_at_once(void **state)
{
	struct world *w = *state;
	struct link_answer a;

	assert_int_equal(peers_start(w->peers, (struct engine *)w), 0);
	for (unsigned i = 0; i <= ASKS; i++)
		send_question(w->worker[0], i);
	for (unsigned i = 0; i <= ASKS; i++)
		turn(w);
	assert_int_equal(ask_count, ASKS);
	assert_int_equal(link_receive_answer(w->worker[0], &a), 0);
	assert_int_equal(a.id, ASKS);
	assert_true(a.failed);
	for (unsigned i = 0; i < ASKS; i++)
		finish(i, true);
}

static void test_nonsense_ends_the_link(void **state)
{
	struct world *w = *state;
	struct link_answer a;

	assert_int_equal(peers_start(w->peers, (struct engine *)w), 0);
	assert_int_equal(send(link_fd(w->worker[0]), "nonsense", 8, 0), 8);
	turn(w);
	assert_int_equal(link_receive_answer(w->worker[0], &a), ERR_MISSING);
	assert_int_equal(ask_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_gets_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_replaced_link_gets_no_old_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_link_that_ends_while_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_what_the_engine_refuses_fails_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nonsense_ends_the_link, setup, teardown),
	};

	return cmocka_run_group_tests_name("peer", tests, NULL, NULL);
}
