/* SPDX-License-Identifier: BSD-3-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "front/main.h"
#include "front/resolved.h"
#include "journal/explain.h"
#include "policy/special.h"

#define PENDING_MAX 16
#define DEADLINE_NS (5 * NS_PER_S)

struct explainer_link {
	struct explainer *owner;
	struct link *link;
	struct watch *watch;
};

/* One question of somebody at the control socket. */
struct pending {
	uint64_t id; /* 0: free */
	struct question question;
	struct inet_addr client;
	uint64_t at_ns; /* decided as of then; 0: now */
	struct control_request *request;
	uint64_t deadline_ns;
};

struct explainer {
	struct front *front;
	struct explainer_link links[CHANNEL_RESOLVERS_MAX];
	struct pending pending[PENDING_MAX];
	struct hash_key key;
	uint64_t last_id;
};

int explainer_new(struct front *f, struct explainer **out)
{
	struct explainer *e = calloc(1, sizeof(*e));

	if (!e)
		return ERR_MEMORY;
	e->front = f;
	for (unsigned i = 0; i < CHANNEL_RESOLVERS_MAX; i++)
		e->links[i].owner = e;
	if (hash_key_draw(&e->key) != 0) {
		free(e);
		return ERR_IO;
	}
	*out = e;
	return 0;
}

static void drop_link(struct explainer_link *l)
{
	watch_free(l->watch);
	link_free(l->link);
	l->watch = NULL;
	l->link = NULL;
}

void explainer_free(struct explainer *e)
{
	if (!e)
		return;
	for (unsigned i = 0; i < CHANNEL_RESOLVERS_MAX; i++)
		drop_link(&e->links[i]);
	free(e);
}

/* The policy in force as it was, or will be, at another time. */
static int policy_then(const struct front *f, uint64_t at_ns, struct policy **out)
{
	struct policy_moment at;

	policy_moment_at(f->snapshot->conf, at_ns, &f->suspender.all, &at);
	return policy_new(f->snapshot->conf, &at, out);
}

static void answer(struct explainer *e, struct pending *p, const struct resolution *r)
{
	const struct snapshot *s = e->front->snapshot;
	struct policy *then = NULL;
	int err = p->at_ns ? policy_then(e->front, p->at_ns, &then) : 0;
	const struct explain_request request = {
		.conf = s->conf,
		.policy = then ? then : s->policy,
		.resolution = r,
		.client = &p->client,
		.group = policy_group(s->policy, &p->client),
	};
	struct buf out;

	buf_init_heap(&out, CONTROL_REPLY_MAX);
	buf_put_text(&out, "{\"ok\":true,\"explain\":");
	explain_format(&request, &out);
	buf_put_text(&out, "}");
	if (err)
		control_refuse(p->request, err_text(err));
	else if (out.overflow)
		control_refuse(p->request, "the explanation is too long");
	else
		control_answer(p->request, buf_span(&out));
	buf_release(&out);
	policy_free(then);
	p->id = 0;
}

/* Judges what came with the lists in force and answers. */
static void explain(struct explainer *e, struct pending *p, const struct link_answer *from)
{
	const struct snapshot *s = e->front->snapshot;
	struct resolution *r = NULL;
	struct matcher *m = NULL;
	int err = matcher_new(&s->sources, &m);

	if (!err)
		err = resolution_from(m, &p->question, from, s->conf->cache_max_ttl_s, &r);
	if (err == ERR_FORMAT || err == ERR_LIMIT) {
		r = resolution_failed(m, &p->question, EDE_OTHER, resolution_problem(err));
		err = r ? 0 : ERR_MEMORY;
	}
	if (err) {
		control_refuse(p->request, err_text(err));
		p->id = 0;
	} else {
		answer(e, p, r);
	}
	resolution_free(r);
	matcher_free(m);
}

static void fail(struct explainer *e, struct pending *p, enum ede ede, const char *why)
{
	struct link_answer none = {.id = p->id, .failed = true, .ede = (uint16_t)ede};

	snprintf(none.why, sizeof(none.why), "%s", why);
	explain(e, p, &none);
}

static struct pending *find(struct explainer *e, uint64_t id)
{
	for (unsigned i = 0; i < PENDING_MAX; i++)
		if (e->pending[i].id == id)
			return &e->pending[i];
	return NULL;
}

static void on_link(void *arg, unsigned io)
{
	struct explainer_link *l = arg;
	struct link_answer from;
	int err = link_receive_answer(l->link, &from);

	(void)io;
	if (err && err != ERR_AGAIN && err != ERR_FORMAT)
		drop_link(l);
	if (!err && from.id) {
		struct pending *p = find(l->owner, from.id);

		if (p)
			explain(l->owner, p, &from);
	}
}

int explainer_link(struct explainer *e, unsigned resolver, int fd)
{
	struct explainer_link *l = &e->links[resolver];
	int err;

	drop_link(l);
	err = link_new(fd, &l->link);
	if (!err)
		err = watch_fd(e->front->loop, fd, LOOP_READ, on_link, l, &l->watch);
	if (err) {
		if (!l->link)
			close(fd);
		drop_link(l);
	}
	return err;
}

static int read_body(const struct front *f, const struct json_value *body, struct pending *p,
	const char **problem)
{
	const char *client = json_get_string(body, "client", "127.0.0.1");

	p->question.class = RR_CLASS_IN;
	p->at_ns = json_get_u64(body, "at_ns", 0);
	if (name_parse(span_text(json_get_string(body, "name", "")), &p->question.name) != 0) {
		*problem = "the name is no domain name";
		return ERR_FORMAT;
	}
	name_to_lower(&p->question.name);
	if (rr_type_parse(span_text(json_get_string(body, "type", "A")), &p->question.type) != 0) {
		*problem = "the type is none; write one such as A, AAAA or TYPE65";
		return ERR_FORMAT;
	}
	if (inet_addr_parse(span_text(client), &p->client) == 0)
		return 0;
	for (unsigned i = 0; i < f->snapshot->conf->device_count; i++) {
		const struct conf_device *d = &f->snapshot->conf->devices[i];

		if (strcmp(d->name, client) == 0) {
			p->client = d->addr;
			return 0;
		}
	}
	*problem = "the client is neither an address nor a name under devices";
	return ERR_FORMAT;
}

/* As a worker does it: what the name decides alone never goes upstream. */
static bool explain_name(struct explainer *e, struct pending *p)
{
	const struct snapshot *s = e->front->snapshot;
	const struct policy_query q = {policy_group(s->policy, &p->client), p->question.type};
	struct decision decision = {.resolve_first = true};
	struct resolution *r = NULL;
	struct matcher *m = NULL;
	struct policy *then = NULL;

	if (q.group != POLICY_GROUP_NONE && matcher_new(&s->sources, &m) == 0 &&
		resolution_of_name(m, &p->question, &r) == 0 &&
		(!p->at_ns || policy_then(e->front, p->at_ns, &then) == 0))
		policy_decide(then ? then : s->policy, &q, r->evidence, &decision);
	if (!decision.resolve_first)
		answer(e, p, r);
	policy_free(then);
	resolution_free(r);
	matcher_free(m);
	return !decision.resolve_first;
}

static int ask(struct explainer *e, const struct pending *p)
{
	const struct name *name = &p->question.name;
	unsigned resolver =
		(unsigned)(hash_keyed(&e->key, name->octets, name->len) % e->front->resolver_count);
	const struct link_question q = {.id = p->id, .question = p->question};
	struct link *link = e->links[resolver].link;
	int err = link ? link_ask(link, &q) : ERR_AGAIN;

	return err ? err : link_flush(link);
}

void explainer_ask(
	struct explainer *e, struct control_request *request, const struct json_value *body)
{
	uint8_t special[SPECIAL_ANSWER_MAX];
	struct pending *p = find(e, 0);
	const char *problem = "too many explanations are under way; try again";
	size_t len;

	if (!p || read_body(e->front, body, p, &problem) != 0) {
		control_refuse(request, problem);
		return;
	}
	p->id = ++e->last_id;
	p->request = request;
	p->deadline_ns = clock_monotonic_ns() + DEADLINE_NS;
	len = special_answer(e->front->snapshot->conf, &p->question, special);
	if (len) {
		const struct link_answer local = {.packet = span_of(special, len)};

		explain(e, p, &local);
	} else if (explain_name(e, p)) {
		return;
	} else if (quarantine_holds(
			   e->front->quarantine, &p->question, clock_monotonic_ns() / NS_PER_MS)) {
		control_refuse(request, QUARANTINE_WHY);
		p->id = 0;
	} else if (ask(e, p) != 0) {
		fail(e, p, EDE_NOT_READY, "the resolver is busy");
	}
}

void explainer_tick(struct explainer *e)
{
	uint64_t now_ns = clock_monotonic_ns();

	for (unsigned i = 0; i < PENDING_MAX; i++) {
		struct pending *p = &e->pending[i];

		if (p->id && p->deadline_ns <= now_ns)
			fail(e, p, EDE_NO_REACHABLE_AUTHORITY, "no upstream answered in time");
	}
}
