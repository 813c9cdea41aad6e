/* SPDX-License-Identifier: BSD-3-Clause */

/* The engine with an upstream of a few lines in the same loop, which answers by the first label. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "resolver/bogus.h"
#include "resolver/engine.h"
#include "resolver/exchange.h"
#include "resolver/pace.h"
#include "resolver/probe.h"
#include "wire/reply.h"

#define LIMIT_MS 20000 /* no test takes longer */
#define CONNECTIONS 16
#define FILES_MAX 768

struct connection {
	struct upstream *upstream;
	struct watch *watch; /* NULL: free */
	int fd;
};

struct upstream {
	struct loop *loop;
	struct connection connections[CONNECTIONS];
	int udp, tcp;
	struct inet_endpoint endpoint;
	struct watch *udp_watch, *tcp_watch;
	bool gives_keys; /* answers DNSKEY questions with keys and signatures */
	bool silent;
	bool truncates;
	unsigned asked; /* questions that are no probes */
};

struct world {
	struct loop *loop;
	struct watch *limit;
	struct upstream upstream;
	struct conf conf;
	char anchors[32];
	int anchors_fd;
	unsigned got;
	unsigned wanted;
	struct link_answer last; /* without its packet */
	uint8_t packet[512];
	size_t packet_len;
};

static void on_limit(void *arg)
{
	(void)arg;
	fail_msg("nothing happened for %d ms", LIMIT_MS);
}

/* One record behind the question: a pointer to it, type, class, TTL and data. */
static size_t put_record(uint8_t *at, uint16_t type, const void *data, uint8_t len)
{
	const uint8_t head[] = {
		0xc0, 12, (uint8_t)(type >> 8), (uint8_t)type, 0, 1, 0, 0, 1, 44, 0, len};

	memcpy(at, head, sizeof(head));
	memcpy(at + sizeof(head), data, len);
	return sizeof(head) + len;
}

static const uint8_t soa[] = {0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 44};

static size_t respond(struct upstream *u, const struct message *m, bool tcp, uint8_t *out)
{
	static const uint8_t address[] = {192, 0, 2, 1}, key[] = {1, 1, 3, 8, 1, 2, 3, 4};
	static const uint8_t signature[] = {
		0, 48, 8, 0, 0, 0, 1, 44, 0x7f, 0, 0, 0, 0x70, 0, 0, 0, 0, 1, 0, 1, 2, 3, 4};
	const struct question *q = &m->question;
	size_t len = MESSAGE_HEADER_LEN + q->name.len + 4;
	const char *label = (const char *)q->name.octets + 1;
	unsigned rcode = 0, answers = 0, authority = 0;
	bool truncated = u->truncates && !tcp;

	memcpy(out, m->octets.data, len);
	if (q->type == RR_DNSKEY && u->gives_keys && !truncated) {
		len += put_record(out + len, RR_DNSKEY, key, sizeof(key));
		len += put_record(out + len, RR_RRSIG, signature, sizeof(signature));
		answers = 2;
	} else if (strncmp(label, "bad", 3) == 0) {
		rcode = RCODE_SERVFAIL;
	} else if (strncmp(label, "nx", 2) == 0) {
		rcode = RCODE_NXDOMAIN;
		len += put_record(out + len, RR_SOA, soa, sizeof(soa));
		authority = 1;
	} else if (q->type == RR_A) {
		len += put_record(out + len, RR_A, address, sizeof(address));
		answers = 1;
	}
	out[2] = 0x81 | (truncated ? 2 : 0);
	out[3] = (uint8_t)(0x80 | rcode);
	memset(out + 6, 0, 6);
	out[7] = (uint8_t)answers;
	out[9] = (uint8_t)authority;
	return len;
}

static void on_udp(void *arg, unsigned io)
{
	struct upstream *u = arg;
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	uint8_t query[512], out[1024];
	struct message m;
	size_t len;
	ssize_t got =
		recvfrom(u->udp, query, sizeof(query), 0, (struct sockaddr *)&from, &from_len);

	(void)io;
	assert_true(got > 0);
	assert_int_equal(message_read(span_of(query, (size_t)got), &m), 0);
	if (u->silent || strncmp((const char *)m.question.name.octets + 1, "silent", 6) == 0)
		return;
	u->asked += m.question.type == RR_A;
	len = respond(u, &m, false, out);
	assert_int_equal(sendto(u->udp, out, len, 0, (struct sockaddr *)&from, from_len), len);
}

/* Whole queries come, more than one of libunbound; then the connection is closed. */
static void on_connection(void *arg, unsigned io)
{
	struct connection *c = arg;
	uint8_t queries[1024], out[1024];
	struct message m;
	size_t len;
	ssize_t got = recv(c->fd, queries, sizeof(queries), 0);

	(void)io;
	for (ssize_t at = 0; at + 2 <= got; at += (ssize_t)len + 2) {
		len = (size_t)(queries[at] << 8 | queries[at + 1]);
		assert_true(at + 2 + (ssize_t)len <= got);
		assert_int_equal(message_read(span_of(queries + at + 2, len), &m), 0);
		size_t out_len = respond(c->upstream, &m, true, out + 2);
		out[0] = (uint8_t)(out_len >> 8);
		out[1] = (uint8_t)out_len;
		assert_int_equal(send(c->fd, out, out_len + 2, MSG_NOSIGNAL), out_len + 2);
	}
	watch_free(c->watch);
	close(c->fd);
	c->watch = NULL;
}

static void on_tcp(void *arg, unsigned io)
{
	struct upstream *u = arg;
	struct connection *c = u->connections;

	(void)io;
	while (c->watch != NULL)
		c++;
	assert_true(c < u->connections + CONNECTIONS);
	c->upstream = u;
	c->fd = accept(u->tcp, NULL, NULL);
	assert_int_equal(watch_fd(u->loop, c->fd, LOOP_READ, on_connection, c, &c->watch), 0);
}

static void upstream_open(struct upstream *u, struct loop *l)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	u->loop = l;
	u->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	u->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(u->tcp, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(u->tcp, 8), 0);
	assert_int_equal(getsockname(u->tcp, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(bind(u->udp, (struct sockaddr *)&address, len), 0);
	assert_int_equal(
		inet_endpoint_from_sockaddr((struct sockaddr *)&address, len, &u->endpoint), 0);
	assert_int_equal(watch_fd(l, u->udp, LOOP_READ, on_udp, u, &u->udp_watch), 0);
	assert_int_equal(watch_fd(l, u->tcp, LOOP_READ, on_tcp, u, &u->tcp_watch), 0);
}

static int setup(void **state)
{
	static const char anchor[] =
		". IN DS 20326 8 2 "
		"E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC"
		"8D\n";
	static struct world w;
	int n;

	memset(&w, 0, sizeof(w));
	assert_int_equal(loop_new(&w.loop), 0);
	assert_int_equal(watch_timer(w.loop, on_limit, NULL, &w.limit), 0);
	assert_int_equal(watch_timer_set(w.limit, LIMIT_MS), 0);
	upstream_open(&w.upstream, w.loop);
	assert_int_equal(file_seal_span(span_text(anchor), "anchors", &w.anchors_fd), 0);
	n = snprintf(w.anchors, sizeof(w.anchors), "/proc/self/fd/%d", w.anchors_fd);
	assert_in_range(n, 1, sizeof(w.anchors) - 1);
	w.conf.validate = CONF_VALIDATE_NO;
	w.conf.trust_anchors = w.anchors;
	w.conf.cache_size = 64 << 20;
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	watch_free(w->limit);
	watch_free(w->upstream.udp_watch);
	watch_free(w->upstream.tcp_watch);
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		struct connection *c = &w->upstream.connections[i];

		if (c->watch != NULL)
			close(c->fd);
		watch_free(c->watch);
	}
	close(w->upstream.udp);
	close(w->upstream.tcp);
	close(w->anchors_fd);
	loop_free(w->loop);
	return 0;
}

static struct engine_options options_of(struct world *w)
{
	return (struct engine_options){.conf = &w->conf,
		.upstreams = &w->upstream.endpoint,
		.upstream_count = 1,
		.shares = 1,
		.anchors = w->anchors,
		.anchors_problem = ""};
}

static struct engine *make(struct world *w)
{
	const struct engine_options options = options_of(w);
	char problem[ENGINE_PROBLEM_MAX];
	struct engine *e = NULL;

	if (engine_new(w->loop, &options, problem, &e) != 0)
		fail_msg("engine_new: %s", problem);
	return e;
}

static void on_answer(void *arg, const struct link_answer *a)
{
	struct world *w = arg;

	w->last = *a;
	w->last.packet = span_of(NULL, 0);
	w->packet_len = a->packet.len < sizeof(w->packet) ? a->packet.len : sizeof(w->packet);
	if (w->packet_len > 0)
		memcpy(w->packet, a->packet.data, w->packet_len);
	if (++w->got == w->wanted)
		loop_stop(w->loop);
}

static void ask(struct world *w, struct engine *e, uint64_t id, const char *name, uint16_t type)
{
	struct link_question q = {.id = id, .question = {.type = type, .class = RR_CLASS_IN}};
	unsigned before = w->got;

	assert_int_equal(name_parse(span_text(name), &q.question.name), 0);
	assert_int_equal(engine_ask(e, &q, on_answer, w), 0);
	assert_int_equal(w->got, before); /* never from inside */
	w->wanted++;
}

static struct message packet_of(struct world *w)
{
	struct message m;

	assert_int_equal(message_read(span_of(w->packet, w->packet_len), &m), 0);
	return m;
}

static void test_answers(void **state)
{
	static const struct {
		const char *name;
		uint16_t type;
		bool failed;
		uint16_t ede;
		unsigned rcode, answers;
	} cases[] = {
		{"www.example.com", RR_A, false, EDE_NONE, RCODE_NOERROR, 1},
		{"www.example.com", RR_A, false, EDE_NONE, RCODE_NOERROR, 1}, /* cached */
		{"nx.example.com", RR_A, false, EDE_NONE, RCODE_NXDOMAIN, 0},
		{"a\\.b\\000\\\"\\\\.example.com", RR_A, false, EDE_NONE, RCODE_NOERROR, 1},
		{"bad.example.com", RR_A, true, EDE_NO_REACHABLE_AUTHORITY, 0, 0},
		{"bad.example.com", RR_A, true, EDE_NO_REACHABLE_AUTHORITY, 0, 0}, /* cached */
		{"www.example.com", RR_AXFR, true, EDE_NOT_SUPPORTED, 0, 0},
	};
	struct world *w = *state;
	struct engine *e = make(w);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct message m;

		ask(w, e, i + 100, cases[i].name, cases[i].type);
		assert_int_equal(engine_outstanding(e), 1);
		assert_int_equal(loop_run(w->loop), 0);
		assert_int_equal(engine_outstanding(e), 0);
		assert_int_equal(w->last.id, i + 100);
		assert_int_equal(w->last.failed, cases[i].failed);
		assert_int_equal(w->last.ede, cases[i].ede);
		assert_int_equal(w->last.dnssec, DNSSEC_UNCHECKED);
		if (cases[i].failed)
			continue;
		m = packet_of(w);
		assert_int_equal(message_rcode(&m), cases[i].rcode);
		assert_int_equal(m.counts[1], cases[i].answers);
		assert_int_equal(m.question.type, cases[i].type);
	}
	engine_free(e);
}

static void test_equal_questions_go_out_once(void **state)
{
	struct world *w = *state;
	struct engine *e = make(w);

	for (unsigned i = 0; i < 100; i++)
		ask(w, e, i, "same.example.com", RR_A);
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->got, 100);
	assert_int_equal(w->upstream.asked, 1);
	engine_free(e);
}

static int try_silent(struct world *w, struct engine *e, unsigned zone, unsigned number)
{
	struct link_question q = {.id = number, .question = {.type = RR_A, .class = RR_CLASS_IN}};
	char name[64];
	int n = snprintf(name, sizeof(name), "silent%u.z%u.example", number, zone);
	int err;

	assert_in_range(n, 1, sizeof(name) - 1);
	assert_int_equal(name_parse(span_text(name), &q.question.name), 0);
	err = engine_ask(e, &q, on_answer, w);
	if (err == 0)
		w->wanted++;
	return err;
}

/* Zones may share a count by chance, so their number is not known before. */
static void fill(struct world *w, struct engine *e)
{
	unsigned number = 0;

	for (unsigned zone = 0; zone < 32; zone++)
		while (try_silent(w, e, zone, number) == 0)
			number++;
	assert_int_equal(number, ENGINE_OUTSTANDING_MAX);
}

static void test_outstanding_is_bounded_and_ends_with_the_engine(void **state)
{
	struct world *w = *state;
	struct engine *e = make(w);

	fill(w, e);
	assert_int_equal(engine_outstanding(e), ENGINE_OUTSTANDING_MAX);
	assert_int_equal(w->got, 0);
	engine_free(e);
	assert_int_equal(w->got, ENGINE_OUTSTANDING_MAX);
	assert_true(w->last.failed);
}

static void test_a_zone_does_not_take_the_room_of_others(void **state)
{
	struct world *w = *state;
	struct engine *e = make(w);
	unsigned others = 0;

	for (unsigned i = 0; i < ENGINE_ZONE_MAX; i++)
		assert_int_equal(try_silent(w, e, 0, i), 0);
	assert_int_equal(try_silent(w, e, 0, ENGINE_ZONE_MAX), ERR_LIMIT);
	for (unsigned zone = 1; zone <= 8; zone++)
		others += try_silent(w, e, zone, 0) == 0;
	assert_in_range(others, 7, 8); /* one may share the count by chance */
	engine_free(e);
}

/* libunbound would go on for 8 to 17 seconds. */
static void test_deadline_ends_a_question(void **state)
{
	struct world *w = *state;
	uint64_t begin_ns = clock_monotonic_ns();
	struct engine *e = make(w);

	ask(w, e, 1, "silent.example.com", RR_A);
	assert_int_equal(loop_run(w->loop), 0);
	assert_true(clock_monotonic_ns() - begin_ns >= ENGINE_DEADLINE_MS * NS_PER_MS);
	assert_true(w->last.failed);
	assert_int_equal(w->last.id, 1);
	assert_int_equal(w->last.ede, EDE_NO_REACHABLE_AUTHORITY);
	assert_int_equal(engine_outstanding(e), 0);
	assert_int_equal(engine_abandoned(e), 1);
	/* A new context does not work for nobody. */
	engine_renew(e, PACE_QUICK_MS);
	assert_int_equal(engine_abandoned(e), 0);
	assert_int_equal(w->got, 1);
	ask(w, e, 2, "www.example.com", RR_A);
	assert_int_equal(loop_run(w->loop), 0);
	assert_false(w->last.failed);
	engine_free(e);
	assert_int_equal(w->got, 2);
}

static void test_what_libunbound_does_for_nobody_is_bounded(void **state)
{
	struct world *w = *state;
	struct engine *e = make(w);

	fill(w, e);
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->got, ENGINE_OUTSTANDING_MAX);
	assert_int_equal(engine_outstanding(e), 0);
	assert_int_equal(engine_abandoned(e), 0);
	ask(w, e, 1, "www.example.com", RR_A);
	assert_int_equal(loop_run(w->loop), 0);
	assert_false(w->last.failed);
	engine_free(e);
}

static void test_given_up(void **state)
{
	struct world *w = *state;
	struct engine *e = make(w);

	/* The first is asked of the upstream; the others fail at once. */
	for (unsigned i = 0; i < 60; i++) {
		assert_false(i < 40 && engine_has_given_up(e));
		ask(w, e, i, "bad.example.com", RR_A);
		assert_int_equal(loop_run(w->loop), 0);
	}
	assert_true(engine_has_given_up(e));
	engine_renew(e, PACE_QUICK_MS);
	assert_false(engine_has_given_up(e));
	engine_free(e);
}

/* What nobody answered is asked again of an upstream that is back, and answered at once. */
static void test_renewed(void **state)
{
	struct world *w = *state;
	struct engine *e;

	w->upstream.silent = true;
	e = make(w);
	ask(w, e, 1, "www.example.com", RR_A);
	ask(w, e, 2, "www.example.org", RR_A);
	w->upstream.silent = false;
	engine_renew(e, PACE_QUICK_MS);
	assert_int_equal(w->got, 0);
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(w->got, 2);
	assert_false(w->last.failed);
	assert_int_equal(engine_outstanding(e), 0);
	engine_free(e);
}

static void test_zone_goes_to_its_own_server(void **state)
{
	struct world *w = *state;
	struct conf_zone zones[2] = {{.servers = &w->upstream.endpoint, .server_count = 1}};
	struct engine_options options = options_of(w);
	char problem[ENGINE_PROBLEM_MAX];
	struct engine *e = NULL;

	options.upstream_count = 0;
	zones[1] = zones[0];
	/* Both below names that libunbound answers by itself. */
	assert_int_equal(name_parse(SPAN_LITERAL("corp.test"), &zones[0].zone), 0);
	assert_int_equal(name_parse(SPAN_LITERAL("1.168.192.in-addr.arpa"), &zones[1].zone), 0);
	w->conf.zones = zones;
	w->conf.zone_count = 2;
	/* Without any upstream: what is outside is refused, and never asked of the root servers. */
	assert_int_equal(engine_new(w->loop, &options, problem, &e), 0);
	ask(w, e, 1, "www.corp.test", RR_A);
	assert_int_equal(loop_run(w->loop), 0);
	assert_false(w->last.failed);
	assert_int_equal(packet_of(w).counts[1], 1);
	ask(w, e, 2, "7.1.168.192.in-addr.arpa", RR_A);
	assert_int_equal(loop_run(w->loop), 0);
	assert_false(w->last.failed);
	assert_int_equal(packet_of(w).counts[1], 1);
	ask(w, e, 3, "www.example.com", RR_A);
	assert_int_equal(loop_run(w->loop), 0);
	assert_true(w->last.failed);
	assert_int_equal(w->upstream.asked, 2);
	engine_free(e);
}

static void test_auto_with_keys(void **state)
{
	struct world *w = *state;
	struct engine *e;

	w->conf.validate = CONF_VALIDATE_AUTO;
	w->upstream.gives_keys = true;
	w->upstream.truncates = true; /* so the keys come over TCP */
	e = make(w);
	assert_int_equal(engine_validation(e), ENGINE_VALIDATION_UNKNOWN);
	ask(w, e, 1, "www.example.com", RR_A);
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(engine_validation(e), ENGINE_VALIDATION_ON);
	/* These are not the keys of the anchor. */
	assert_false(w->last.failed);
	assert_int_equal(w->last.dnssec, DNSSEC_BOGUS);
	assert_int_not_equal(w->last.ede, EDE_NONE);
	assert_int_not_equal(w->last.why[0], '\0');
	engine_free(e);
}

static void test_auto_without_keys(void **state)
{
	struct world *w = *state;
	struct engine *e;

	w->conf.validate = CONF_VALIDATE_AUTO;
	e = make(w);
	ask(w, e, 1, "www.example.com", RR_A);
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(engine_validation(e), ENGINE_VALIDATION_MISSING);
	assert_false(w->last.failed);
	assert_int_equal(w->last.dnssec, DNSSEC_UNCHECKED);
	engine_free(e);
}

/* Nobody answers at first; the question waits a second, and validation begins when keys come. */
static void test_auto_begins_later(void **state)
{
	struct world *w = *state;
	struct engine *e;

	w->conf.validate = CONF_VALIDATE_AUTO;
	w->upstream.silent = true;
	w->upstream.gives_keys = true;
	e = make(w);
	ask(w, e, 1, "localhost", RR_A); /* libunbound's own */
	assert_int_equal(loop_run(w->loop), 0);
	assert_int_equal(engine_validation(e), ENGINE_VALIDATION_UNKNOWN);
	assert_int_equal(w->last.dnssec, DNSSEC_UNCHECKED);
	w->upstream.silent = false;
	while (engine_validation(e) == ENGINE_VALIDATION_UNKNOWN) {
		ask(w, e, 2, "localhost", RR_A);
		assert_int_equal(loop_run(w->loop), 0);
		usleep(1000);
	}
	assert_int_equal(engine_validation(e), ENGINE_VALIDATION_ON);
	engine_free(e);
}

static void test_anchors_that_cannot_be_read(void **state)
{
	static const struct {
		const char *path, *why, *problem;
	} cases[] = {
		{"", "Permission denied",
			"cannot read the trust anchors '/etc/celnik/site.key': Permission denied"},
		{"/dev/null", "", "there are no DS or DNSKEY records in '/etc/celnik/site.key'"},
	};
	struct world *w = *state;

	w->conf.trust_anchors = "/etc/celnik/site.key";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct engine_options options = options_of(w);
		char problem[ENGINE_PROBLEM_MAX];
		struct engine *e = NULL;

		options.anchors = cases[i].path;
		options.anchors_problem = cases[i].why;
		w->conf.validate = CONF_VALIDATE_YES;
		assert_int_equal(engine_new(w->loop, &options, problem, &e), ERR_STATE);
		assert_string_equal(problem, cases[i].problem);
		assert_null(e);
		w->conf.validate = CONF_VALIDATE_AUTO;
		assert_int_equal(engine_new(w->loop, &options, problem, &e), 0);
		assert_int_equal(engine_validation(e), ENGINE_VALIDATION_MISSING);
		engine_free(e);
	}
}

static void on_exchange(void *arg, const struct message *reply)
{
	struct world *w = arg;

	w->packet_len = 0;
	if (reply != NULL) {
		w->packet_len = reply->octets.len;
		assert_true(w->packet_len <= sizeof(w->packet));
		memcpy(w->packet, reply->octets.data, w->packet_len);
	}
	loop_stop(w->loop);
}

static void test_exchange(void **state)
{
	static const struct {
		const char *name;
		bool truncates, whole;
		unsigned answers;
		bool reply;
	} cases[] = {
		{"www.example.com", false, false, 1, true},
		{"www.example.com", true, false, 1, true}, /* TC is an answer too */
		{"www.example.com", true, true, 1, true}, /* TCP */
		{"silent.example.com", false, true, 0, false},
	};
	struct world *w = *state;
	struct exchange *x;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct question q = {.type = RR_A, .class = RR_CLASS_IN};

		assert_int_equal(name_parse(span_text(cases[i].name), &q.name), 0);
		w->upstream.truncates = cases[i].truncates;
		assert_int_equal(exchange_start(w->loop, &w->upstream.endpoint, &q, cases[i].whole,
					 200, on_exchange, w, &x),
			0);
		assert_int_equal(loop_run(w->loop), 0);
		assert_int_equal(w->packet_len > 0, cases[i].reply);
		if (cases[i].reply) {
			assert_int_equal(packet_of(w).counts[1], cases[i].answers);
			assert_int_equal(!!(packet_of(w).flags & FLAG_TC),
				cases[i].truncates && !cases[i].whole);
		}
	}
	assert_int_equal(exchange_start(w->loop, &w->upstream.endpoint,
				 &(struct question){{.len = 1}, RR_NS, RR_CLASS_IN}, false, 200,
				 on_exchange, w, &x),
		0);
	exchange_free(x);
}

static void on_turn(void *arg)
{
	struct world *w = arg;

	loop_stop(w->loop);
}

static void on_probe(void *arg, bool recovered)
{
	struct world *w = arg;

	assert_false(recovered);
	w->got++;
	loop_stop(w->loop);
}

static void test_probes(void **state)
{
	struct world *w = *state;
	struct inet_endpoint servers[2] = {w->upstream.endpoint, w->upstream.endpoint};
	struct probes *p;
	struct watch *turn;
	struct buf text;
	uint32_t rtt_ms;

	servers[1].port = 1; /* nobody is there */
	assert_int_equal(watch_timer(w->loop, on_turn, w, &turn), 0);
	assert_int_equal(probes_new(w->loop, &w->conf, servers, 2, false, on_probe, w, &p), 0);
	assert_false(probes_are_known(p));
	assert_false(probes_rtt(p, &rtt_ms));
	while (!probes_are_known(p)) {
		assert_int_equal(watch_timer_set(turn, 5), 0);
		assert_int_equal(loop_run(w->loop), 0);
	}
	assert_int_equal(w->got, 1); /* one answer */
	assert_true(probes_rtt(p, &rtt_ms));
	assert_in_range(rtt_ms, 0, LIMIT_MS);
	buf_init_heap(&text, 4096);
	probes_write(p, &text);
	assert_non_null(strstr(buf_text(&text), "\"zone\": \".\", \"up\": true}, {"));
	assert_non_null(strstr(buf_text(&text),
		"{\"address\": \"127.0.0.1:1\", \"zone\": \".\", \"up\": false}]"));
	buf_release(&text);
	probes_free(p);
	watch_free(turn);
}

static void test_bogus_texts(void **state)
{
	static const struct {
		const char *why, *text;
		uint16_t ede;
	} cases[] = {
		{NULL, "validation failure", EDE_DNSSEC_BOGUS},
		{"validation failure <www.b. A IN>: signature expired from 127.0.0.1",
			"signature expired from 127.0.0.1", EDE_SIGNATURE_EXPIRED},
		{"validation failure <b. A IN>: signature before inception date",
			"signature before inception date", EDE_SIGNATURE_NOT_YET_VALID},
		{"validation failure <b. A IN>: no DNSKEY rrset", "no DNSKEY rrset",
			EDE_DNSKEY_MISSING},
		{"validation failure <b. A IN>: no signatures", "no signatures",
			EDE_RRSIGS_MISSING},
		{"validation failure <b. A IN>: no signatures over NSEC3s",
			"no signatures over NSEC3s", EDE_NSEC_MISSING},
		{"validation failure <b. A IN>: ECDSA signature verification failed",
			"ECDSA signature verification failed", EDE_DNSSEC_BOGUS},
		{"a\nb\x1b[0m\xff", "a?b?[0m?", EDE_DNSSEC_BOGUS},
	};
	char longest[1000], out[LINK_WHY_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(bogus_explain(cases[i].why, out), cases[i].ede);
		assert_string_equal(out, cases[i].text);
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	bogus_explain(longest, out);
	assert_int_equal(strlen(out), LINK_WHY_MAX - 1);
}

/* So that not all ports of the host are taken, at the cost of tests that run beside. */
static void limit_sockets(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > FILES_MAX) {
		limit.rlim_cur = FILES_MAX;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_equal_questions_go_out_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_outstanding_is_bounded_and_ends_with_the_engine, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_zone_does_not_take_the_room_of_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deadline_ends_a_question, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_what_libunbound_does_for_nobody_is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_given_up, setup, teardown),
		cmocka_unit_test_setup_teardown(test_renewed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_zone_goes_to_its_own_server, setup, teardown),
		cmocka_unit_test_setup_teardown(test_auto_with_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(test_auto_without_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(test_auto_begins_later, setup, teardown),
		cmocka_unit_test_setup_teardown(test_anchors_that_cannot_be_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exchange, setup, teardown),
		cmocka_unit_test_setup_teardown(test_probes, setup, teardown),
		cmocka_unit_test(test_bogus_texts),
	};

	limit_sockets();
	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
