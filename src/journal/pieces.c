/* SPDX-License-Identifier: BSD-3-Clause */

/* What a line says of one query, and how lines are put together. Most lines are a few copies and
 * what is written here, so it is written octet by octet. */

#include <endian.h>
#include <string.h>

#include "line.h"

#define PIECES_MAX 512 /* what all pieces of a line take, the client's text aside */
#define TIME_LEN (sizeof("2026-11-24T12:00:00.000Z") - 1)
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

#define EIGHT_DIGITS 100000000

#define TEXT(literal) literal, sizeof(literal) - 1

/* What the pieces are of. */
struct query_line {
	const struct line_memory *memory;
	const struct journal_record *record;
	const struct line_client *client;
	unsigned worker;
};

static inline uint8_t *put(uint8_t *at, const void *text, size_t len)
{
	memcpy(at, text, len);
	return at + len;
}

/* Eight digits, the first in the lowest octet: halves, quarters and digits of the number are
 * divided side by side in one word, with a multiplication for the division. */
static inline uint64_t eight_digits(uint32_t value)
{
	uint64_t halves = (uint64_t)value / 10000 | (uint64_t)(value % 10000) << 32;
	uint64_t high = (halves * 10486 >> 20) & UINT64_C(0x0000007f0000007f); /* by 100 */
	uint64_t quarters = high | (halves - 100 * high) << 16;

	high = (quarters * 103 >> 10) & UINT64_C(0x000f000f000f000f); /* by 10 */
	return high | (quarters - 10 * high) << 8;
}

static inline uint8_t *put_eight(uint8_t *at, uint64_t digits, unsigned from)
{
	uint64_t text = htole64((digits | UINT64_C(0x3030303030303030)) >> 8 * from);

	return put(at, &text, sizeof(text)) - from;
}

/* From the first digit that is not zero, or the last. */
static inline uint8_t *put_small(uint8_t *at, uint32_t value)
{
	uint64_t digits;

	if (value < 10) {
		*at = (uint8_t)('0' + value);
		return at + 1;
	}
	digits = eight_digits(value);
	return put_eight(at, digits, (unsigned)__builtin_ctzll(digits | UINT64_C(1) << 56) / 8);
}

static uint8_t *put_decimal(uint8_t *at, uint64_t value)
{
	uint64_t high;

	if (value < EIGHT_DIGITS)
		return put_small(at, (uint32_t)value);
	high = value / EIGHT_DIGITS;
	if (high < EIGHT_DIGITS) {
		at = put_small(at, (uint32_t)high);
	} else {
		at = put_small(at, (uint32_t)(high / EIGHT_DIGITS));
		at = put_eight(at, eight_digits((uint32_t)(high % EIGHT_DIGITS)), 0);
	}
	return put_eight(at, eight_digits((uint32_t)(value % EIGHT_DIGITS)), 0);
}

static uint8_t *put_head(const struct query_line *q, uint8_t *at)
{
	at = put(at, TEXT("{\"@timestamp\":\""));
	at = put(at, q->memory->time, TIME_LEN);
	at = put(at, TEXT("\",\"event.id\":\""));
	at = put(at, q->memory->boot.data, q->memory->boot.len);
	*at++ = '-';
	at = put_small(at, q->worker);
	*at++ = '-';
	at = put_decimal(at, q->record->number);
	*at++ = '"';
	return at;
}

static uint8_t *put_duration(const struct query_line *q, uint8_t *at)
{
	at = put(at, TEXT(",\"event.duration\":"));
	at = put_decimal(at, q->record->duration_us);
	return q->record->duration_us ? put(at, TEXT("000")) : at;
}

static uint8_t *put_client(const struct query_line *q, uint8_t *at)
{
	const struct line_client *c = q->client;

	at = put(at, c->text, c->ip_len);
	if (c->clients == CONF_CLIENTS_FULL) {
		at = put(at, TEXT(",\"client.port\":"));
		at = put_small(at, q->record->client_port);
		at = put(at, c->text + c->ip_len, (size_t)c->len - c->ip_len);
	}
	if (q->record->transport == JOURNAL_UDP)
		at = put(at, TEXT(",\"network.transport\":\"udp\",\"dns.id\":"));
	else
		at = put(at, TEXT(",\"network.transport\":\"tcp\",\"dns.id\":"));
	return put_small(at, q->record->dns_id);
}

static uint8_t *put_flags(const struct query_line *q, uint8_t *at)
{
	static const struct {
		uint16_t flag;
		char text[6];
	} flags[] = {{FLAG_RD, "\"RD\","}, {FLAG_AD, "\"AD\","}, {FLAG_CD, "\"CD\","}};

	if (!(q->record->query_flags & (FLAG_RD | FLAG_AD | FLAG_CD)))
		return at;
	at = put(at, TEXT(",\"dns.header_flags\":["));
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (q->record->query_flags & flags[i].flag)
			at = put(at, flags[i].text, 5);
	at[-1] = ']'; /* instead of the last comma */
	return at;
}

static uint8_t *put_source(const struct query_line *q, uint8_t *at)
{
	static const struct span sources[] = {
		[JOURNAL_SOURCE_CACHE] = SPAN_LITERAL("\"cache\""),
		[JOURNAL_SOURCE_UPSTREAM] = SPAN_LITERAL("\"upstream\""),
		[JOURNAL_SOURCE_LOCAL] = SPAN_LITERAL("\"local\""),
		[JOURNAL_SOURCE_STALE] = SPAN_LITERAL("\"stale\""),
	};
	const struct span *source = &sources[q->record->source];

	at = put(at, TEXT(",\"celnik.source\":"));
	return put(at, source->data, source->len);
}

static uint8_t *put_edns(const struct query_line *q, uint8_t *at)
{
	if (q->record->ede != EDE_NONE) {
		at = put(at, TEXT(",\"celnik.ede\":"));
		at = put_small(at, q->record->ede);
	}
	if (q->record->dnssec_ok)
		at = put(at, TEXT(",\"celnik.do\":true"));
	if (q->record->query_flags & FLAG_CD)
		at = put(at, TEXT(",\"celnik.cd\":true"));
	return at;
}

static inline uint8_t *put_run(const struct line_text *t, enum line_run run, uint8_t *at)
{
	size_t from = run == 0 ? 0 : t->ends[run - 1], len = t->ends[run] - from;

	/* Without validation there is nothing to say of it. */
	return len > 0 ? put(at, t->octets + from, len) : at;
}

static void describe_client(struct line_client *c)
{
	struct inet_addr shown = c->addr;
	size_t kept = shown.is_v4 ? 15 : 6; /* /24, /48 */
	const char *name = conf_device_name(c->context->conf, &c->addr);
	char ip[INET_TEXT_MAX];
	struct json_writer w;
	struct buf text;

	buf_init_fixed(&text, c->text, sizeof(c->text));
	json_writer_resume(&w, &text);
	if (c->clients == CONF_CLIENTS_TRUNCATED)
		memset(shown.octets + kept, 0, sizeof(shown.octets) - kept);
	if (c->clients != CONF_CLIENTS_NONE)
		json_put_string(&w, "client.ip", inet_addr_format(&shown, ip));
	c->ip_len = (uint8_t)text.len;
	/* An id of the configuration: always fits. */
	if (c->clients == CONF_CLIENTS_FULL && name)
		json_put_string(&w, "client.name", name);
	c->len = (uint8_t)text.len;
}

static const struct line_client *recall_client(struct line_memory *m,
	const struct journal_record *r, const struct journal_context *c, enum conf_clients clients)
{
	struct line_client *client;
	uint64_t asked[2], known[2];

	memcpy(asked, r->client, sizeof(asked));
	client = &m->clients[(asked[0] ^ asked[1]) * GOLDEN >> 32 & (LINE_CLIENTS - 1)];
	memcpy(known, client->addr.octets, sizeof(known));
	if (client->context == c && client->clients == clients && asked[0] == known[0] &&
		asked[1] == known[1] && client->addr.is_v4 == r->client_is_v4)
		return client;
	client->context = c;
	client->clients = clients;
	client->addr = r->client_is_v4 ? inet_addr_v4(r->client + 12) : inet_addr_v6(r->client);
	describe_client(client);
	return client;
}

static void recall_time(struct line_memory *m, uint64_t real_ns)
{
	uint64_t ms = real_ns / NS_PER_MS;

	if (ms == m->ms && ms != 0)
		return;
	clock_format(real_ns, m->time);
	m->ms = ms;
}

void line_memory_forget(struct line_memory *m)
{
	for (size_t i = 0; i < LINE_CLIENTS; i++)
		m->clients[i].context = NULL;
}

void line_memory_init(struct line_memory *m, const char *boot)
{
	m->boot = span_text(boot);
	m->ms = 0;
	line_memory_forget(m);
}

struct line_key line_key_of(const struct journal_record *r, const struct journal_context *c)
{
	return (struct line_key){
		.context = c,
		.group = r->group,
		.rule = r->rule,
		.exception = r->exception,
		.rcode = r->rcode,
		.action = r->action,
		.would = r->would,
		.alert = r->alert,
	};
}

void line_write(struct line_memory *m, const struct line_text *t, const struct journal_record *r,
	const struct journal_context *c, unsigned worker, enum conf_clients clients,
	struct buf *out)
{
	const struct query_line q = {m, r, recall_client(m, r, c, clients), worker};
	size_t most = PIECES_MAX + LINE_CLIENT_MAX + t->ends[RUN_COUNT - 1];
	uint8_t *begin = buf_extend(out, most), *at = begin;

	if (!at)
		return;
	recall_time(m, r->real_ns);
	at = put_run(t, RUN_EVENT, put_head(&q, at));
	at = put_run(t, RUN_SITE, put_duration(&q, at));
	at = put_run(t, RUN_QUESTION, put_client(&q, at));
	at = put_run(t, RUN_ANSWER, put_flags(&q, at));
	at = put_run(t, RUN_DNSSEC, put_source(&q, at));
	at = put_run(t, RUN_MATCHES, put_edns(&q, at));
	*at++ = '}';
	out->len -= most - (size_t)(at - begin);
}

void journal_format(const struct journal_record *r, const struct journal_context *c,
	const char *boot, unsigned worker, enum conf_clients clients, struct buf *out)
{
	const struct line_key key = line_key_of(r, c);
	struct line_memory memory;
	struct line_text text;
	struct buf scratch;

	line_memory_init(&memory, boot);
	buf_init_heap(&scratch, JOURNAL_LINE_MAX);
	line_prepare(&key, r->resolution, &scratch, &text);
	if (scratch.overflow)
		out->overflow = true;
	else
		line_write(&memory, &text, r, c, worker, clients, out);
	buf_release(&scratch);
}
