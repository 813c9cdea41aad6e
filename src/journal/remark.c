/* SPDX-License-Identifier: BSD-3-Clause */

#include "remark.h"

#include "base/clock.h"
#include "line.h"
#include "json/writer.h"

const char *event_id_format(
	const char *boot, unsigned worker, uint64_t number, char out[REMARK_ID_MAX])
{
	struct buf text;

	/* A terminator always fits: boot is short. */
	buf_init_fixed(&text, out, REMARK_ID_MAX);
	buf_put_text(&text, boot);
	buf_put_u8(&text, '-');
	buf_put_decimal(&text, worker);
	buf_put_u8(&text, '-');
	buf_put_decimal(&text, number);
	return buf_text(&text);
}

static void put_filled(struct json_writer *w, const char *key, const char *value)
{
	if (value && *value)
		json_put_string(w, key, value);
}

void remark_format(const struct remark *r, struct buf *out)
{
	char time[CLOCK_TEXT_MAX], id[REMARK_ID_MAX];
	struct json_writer w;

	json_writer_init(&w, out);
	json_begin_object(&w, NULL);
	json_put_string(&w, "@timestamp", clock_format(r->real_ns, time));
	json_put_string(&w, "event.id", event_id_format(r->boot, r->worker, r->number, id));
	json_put_string(&w, "event.kind", r->kind);
	put_filled(&w, "event.action", r->action);
	put_filled(&w, "event.reason", r->reason);
	json_put_u64(&w, "celnik.format", LINE_FORMAT);
	put_filled(&w, "observer.name", r->site);
	put_filled(&w, "celnik.mode", r->mode);
	put_filled(&w, "celnik.lists", r->lists);
	put_filled(&w, "celnik.config", r->config);
	json_end_object(&w);
}
