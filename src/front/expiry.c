/* SPDX-License-Identifier: BSD-3-Clause */

#include "base/log.h"
#include "conf/value.h"
#include "front/main.h"

#define WARNED_DAYS 14
#define WARNED_MAX 20 /* exceptions named */

/* The ids of those whose last day is one of these, behind what is said of them; "" when there is
 * none. */
static const char *list(
	const struct conf *conf, const char *what, int64_t first, int64_t last, struct buf *out)
{
	char date[VALUE_DATE_TEXT_MAX];
	unsigned found = 0;

	for (unsigned i = 0; i < conf->exception_count; i++) {
		const struct conf_exception *x = &conf->exceptions[i];

		if (x->expires < first || x->expires > last || ++found > WARNED_MAX)
			continue;
		buf_printf(out, "%s %s (%s)", found > 1 ? "," : what, x->id,
			value_date_format(x->expires, date));
	}
	if (found > WARNED_MAX)
		buf_printf(out, ", and %u more", found - WARNED_MAX);
	return found ? buf_text(out) : "";
}

/* Each to the log, or to w. */
static void tell(const struct snapshot *s, struct json_writer *w)
{
	const struct {
		const char *what;
		int64_t first, last;
	} kinds[] = {
		{"exceptions end soon:", s->at.day, s->at.day + WARNED_DAYS},
		{"exceptions have expired:", INT64_MIN, s->at.day - 1},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct buf text;
		const char *line;

		buf_init_heap(&text, CONTROL_REPLY_MAX);
		line = list(s->conf, kinds[i].what, kinds[i].first, kinds[i].last, &text);
		if (*line && w)
			json_put_string(w, NULL, line);
		else if (*line)
			log_warning("%s", line);
		buf_release(&text);
	}
}

void expiry_warn(const struct snapshot *s)
{
	tell(s, NULL);
}

void expiry_put(const struct snapshot *s, struct json_writer *w)
{
	tell(s, w);
}
