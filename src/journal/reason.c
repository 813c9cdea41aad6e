/* SPDX-License-Identifier: BSD-3-Clause */

#include "conf/value.h"
#include "line.h"

/* Whether some match of a rule that found nothing holds for questions of its types only. */
static bool asks_type(const struct conf_rule *rule)
{
	for (unsigned i = 0; i < rule->match_count; i++)
		if (rule->matches[i].on && !rule->matches[i].qtype_count)
			return false;
	return rule->match_count > 0;
}

static void describe_client(const struct reason *r, const struct conf *conf,
	const struct conf_rule *rule, struct buf *out)
{
	char type[RR_TEXT_MAX];

	if (r->query.group < conf->group_count)
		buf_printf(out, "client of group %s: ", conf->groups[r->query.group].name);
	if (asks_type(rule))
		buf_printf(out, "rule %s holds for questions of type %s", rule->name,
			rr_type_format(r->query.type, type));
	else
		buf_printf(out, "rule %s holds for every question", rule->name);
}

const char *cause_on(const struct evidence *e, const struct cause *cause)
{
	return on_text[cause->place < e->place_count ? e->places[cause->place].on : ON_CLIENT];
}

static void describe_cause(const struct reason *r, const struct conf *conf,
	const struct conf_rule *rule, const struct cause *cause, struct buf *out)
{
	const struct evidence *e = r->resolution->evidence;

	if (cause->finding < e->count) {
		finding_describe(&e->findings[cause->finding], out);
	} else if (cause->place < e->place_count) {
		place_describe(&e->places[cause->place], out);
		buf_printf(out, " is named by rule %s", rule->name);
	} else {
		describe_client(r, conf, rule, out);
	}
}

static void describe_exception(const struct conf_exception *x, struct buf *out)
{
	char date[VALUE_DATE_TEXT_MAX];

	buf_printf(out, "exception %s of %s, until %s: %s", x->id, x->owner,
		value_date_format(x->expires, date), x->reason);
}

void reason_describe(const struct reason *r, const struct conf *conf, struct buf *out)
{
	const struct resolution *resolution = r->resolution;
	struct cause cause;

	if (r->exception < conf->exception_count)
		describe_exception(&conf->exceptions[r->exception], out);
	else if (r->rule < conf->rule_count && policy_rule_truth(r->policy, r->rule, &r->query,
						       resolution->evidence, &cause) == TRUTH_YES)
		describe_cause(r, conf, &conf->rules[r->rule], &cause, out);
	else if (r->action == ACTION_LOG &&
		 policy_builtin_logs(r->policy, &r->query, resolution->evidence, &cause))
		finding_describe(&resolution->evidence->findings[cause.finding], out);
	else if (resolution->evidence->overflow && r->action == ACTION_REFUSE)
		buf_put_text(out, "the answer holds more than can be judged");
	else if (resolution->why[0])
		buf_put_text(out, resolution->why);
	else if (r->action != ACTION_ALLOW)
		buf_put_text(out, "no rule matches, so what the configuration says under "
				  "otherwise is done");
}
