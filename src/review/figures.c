/* SPDX-License-Identifier: BSD-3-Clause */

#include "review/figures.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/*
 * What the questions below have in common. `now` and `before` are sums of clients and shapes in the
 * two periods; `touched` has each vendor once for a shape; `who` is how a client is called.
 */
static const char common[] =
	"CREATE TEMP TABLE period (since INTEGER, until INTEGER, past INTEGER, moment INTEGER,"
	" redact INTEGER);"
	"CREATE TEMP TABLE exc (id TEXT, reason TEXT, owner TEXT, ticket TEXT, expires INTEGER);"
	"CREATE TEMP VIEW now AS SELECT bucket * 3600000 AS at, client, shape, count"
	" FROM hour_client WHERE bucket >= (SELECT since / 3600000 FROM period)"
	" AND bucket < (SELECT until / 3600000 FROM period);"
	"CREATE TEMP VIEW before AS SELECT bucket * 3600000 AS at, client, shape, count"
	" FROM hour_client WHERE bucket >= (SELECT past / 3600000 FROM period)"
	" AND bucket < (SELECT since / 3600000 FROM period);"
	"CREATE TEMP TABLE touched AS SELECT DISTINCT shape, vendor, category FROM fact"
	" WHERE vendor <> '';"
	"CREATE INDEX temp.touched_shape ON touched (shape);"
	"CREATE TEMP TABLE sorted AS SELECT DISTINCT shape, category FROM fact"
	" WHERE category <> '';"
	"CREATE INDEX temp.sorted_shape ON sorted (shape);"
	"CREATE TEMP TABLE placed AS SELECT DISTINCT shape, country FROM fact"
	" WHERE fact = 'located' AND country <> '';"
	"CREATE INDEX temp.placed_shape ON placed (shape);"
	"CREATE TEMP TABLE operated AS SELECT shape, asn, max(vendor) AS vendor FROM fact"
	" WHERE asn <> 0 GROUP BY shape, asn;"
	"CREATE INDEX temp.operated_shape ON operated (shape);"
	"CREATE TEMP VIEW deed AS SELECT id, grp, rule, exception, action, would, alert,"
	" action <> 'allow' AS blocked, would NOT IN ('', 'allow') AS would_block,"
	" exception <> '' AS waived FROM shape;"
	"CREATE TEMP VIEW who AS SELECT id, CASE WHEN (SELECT redact FROM period) THEN '#' || id"
	" WHEN device <> '' THEN device ELSE ip END AS label FROM client;"
	"CREATE TEMP VIEW met AS SELECT label, group_concat(value, ', ') AS vendors FROM"
	" (SELECT DISTINCT label, value FROM seen JOIN who ON who.id = client"
	" WHERE what = 'vendor' AND last >= (SELECT since FROM period)"
	" AND first < (SELECT until FROM period) ORDER BY label, value) GROUP BY label;";

#define DEED "JOIN deed ON deed.id = shape "
#define WHO "JOIN who ON who.id = client "
#define TOUCHED "JOIN touched USING (shape) "

#define FIGURE_ROW(phrase, sum)                                                                    \
	"SELECT '" phrase "', (SELECT " sum " FROM now " DEED "), (SELECT " sum                    \
	" FROM before " DEED ")"

const struct figure figures[] = {
	{
		.id = "figures",
		.heading = PHRASE_FIGURES,
		.remark = PHRASE_FIGURES_REMARK,
		.columns = {{PHRASE_FIGURE, FIGURE_PHRASE}, {PHRASE_NOW, FIGURE_NUMBER},
			{PHRASE_BEFORE, FIGURE_NUMBER}},
		.sql = FIGURE_ROW("queries", "ifnull(sum(count), 0)") " UNION ALL " FIGURE_ROW(
			"devices", "count(DISTINCT client)") " UNION ALL " FIGURE_ROW("events",
			"ifnull(sum(count * alert), 0)") " UNION ALL " FIGURE_ROW("blocked",
			"ifnull(sum(count * blocked), 0)") " UNION ALL " FIGURE_ROW("waived",
			"ifnull(sum(count * waived), 0)"),
	},
	{
		.id = "risk",
		.heading = PHRASE_RISK,
		.remark = PHRASE_RISK_REMARK,
		.columns = {{PHRASE_GROUP, FIGURE_TEXT}, {PHRASE_CATEGORY, FIGURE_TEXT},
			{PHRASE_VENDOR, FIGURE_TEXT}, {PHRASE_DEVICES, FIGURE_NUMBER},
			{PHRASE_QUERIES, FIGURE_NUMBER}, {PHRASE_BLOCKED, FIGURE_NUMBER},
			{PHRASE_WOULD_BLOCK, FIGURE_NUMBER}, {PHRASE_MEASURE, FIGURE_TEXT},
			{PHRASE_EXCEPTION, FIGURE_TEXT}, {PHRASE_OWNER, FIGURE_TEXT}},
		.sql = "SELECT grp, category, vendor, count(DISTINCT client), sum(count) AS n,"
		       " sum(count * blocked), sum(count * would_block),"
		       " replace(group_concat(DISTINCT CASE WHEN alert AND action = 'allow' AND NOT"
		       " waived THEN 'log' ELSE action END), ',', ', '),"
		       " ifnull(replace(group_concat(DISTINCT nullif(exception, '')), ',', ', '), "
		       "''),"
		       " ifnull(replace(group_concat(DISTINCT exc.owner), ',', ', '), '')"
		       " FROM now " DEED TOUCHED "LEFT JOIN exc ON exc.id = exception"
		       " GROUP BY grp, category, vendor ORDER BY n DESC, grp, vendor",
	},
	{
		.id = "days",
		.heading = PHRASE_DAYS,
		.remark = PHRASE_DAYS_REMARK,
		.chart = CHART_STACKED,
		.chart_alone = true,
		.columns = {{PHRASE_DAY, FIGURE_DAY}, {PHRASE_BLOCKED, FIGURE_NUMBER},
			{PHRASE_WOULD_BLOCK, FIGURE_NUMBER}, {PHRASE_RECORDED, FIGURE_NUMBER},
			{PHRASE_ALLOWED, FIGURE_NUMBER}},
		.sql = "SELECT date(at / 1000, 'unixepoch', 'localtime') AS day,"
		       " sum(count * blocked), sum(count * (would_block AND NOT blocked)),"
		       " sum(count * (NOT blocked AND NOT would_block AND NOT waived)),"
		       " sum(count * (NOT blocked AND NOT would_block AND waived))"
		       " FROM now " DEED "WHERE alert GROUP BY day ORDER BY day",
	},
	{
		.id = "hours",
		.heading = PHRASE_HEAT,
		.remark = PHRASE_HEAT_REMARK,
		.chart = CHART_HEAT,
		.chart_alone = true,
		.columns = {{PHRASE_WEEKDAY, FIGURE_NUMBER}, {PHRASE_HOUR, FIGURE_NUMBER},
			{PHRASE_EVENTS, FIGURE_NUMBER}},
		.sql = "SELECT CAST(strftime('%w', at / 1000, 'unixepoch', 'localtime') AS INTEGER)"
		       " AS weekday,"
		       " CAST(strftime('%H', at / 1000, 'unixepoch', 'localtime') AS INTEGER) AS "
		       "hour,"
		       " sum(count) FROM now " DEED "WHERE alert GROUP BY weekday, hour"
		       " ORDER BY weekday, hour",
	},
	{
		.id = "vendors",
		.heading = PHRASE_VENDORS,
		.chart = CHART_BARS,
		.columns = {{PHRASE_VENDOR, FIGURE_TEXT}, {PHRASE_QUERIES, FIGURE_NUMBER},
			{PHRASE_DEVICES, FIGURE_NUMBER}, {PHRASE_BLOCKED, FIGURE_NUMBER},
			{PHRASE_WOULD_BLOCK, FIGURE_NUMBER}},
		.sql = "SELECT vendor, sum(count) AS n, count(DISTINCT client), sum(count * "
		       "blocked),"
		       " sum(count * would_block) FROM now " DEED
		       "JOIN (SELECT DISTINCT shape, vendor FROM touched) USING (shape)"
		       " GROUP BY vendor ORDER BY n DESC, vendor",
	},
	{
		.id = "categories",
		.heading = PHRASE_CATEGORIES,
		.chart = CHART_BARS,
		.columns = {{PHRASE_CATEGORY, FIGURE_TEXT}, {PHRASE_QUERIES, FIGURE_NUMBER},
			{PHRASE_DEVICES, FIGURE_NUMBER}, {PHRASE_BLOCKED, FIGURE_NUMBER},
			{PHRASE_WOULD_BLOCK, FIGURE_NUMBER}},
		.sql = "SELECT category, sum(count) AS n, count(DISTINCT client),"
		       " sum(count * blocked), sum(count * would_block) FROM now " DEED
		       "JOIN sorted USING (shape) GROUP BY category ORDER BY n DESC, category",
	},
	{
		.id = "matrix",
		.heading = PHRASE_MATRIX,
		.remark = PHRASE_MATRIX_REMARK,
		.chart = CHART_MATRIX,
		.chart_alone = true,
		.columns = {{PHRASE_DEVICE, FIGURE_CLIENT}, {PHRASE_VENDOR, FIGURE_TEXT},
			{PHRASE_QUERIES, FIGURE_NUMBER}},
		.sql = "SELECT label, vendor, sum(count) AS n FROM now " WHO
		       "JOIN (SELECT DISTINCT shape, vendor FROM touched) USING (shape)"
		       " GROUP BY label, vendor ORDER BY n DESC, label, vendor",
	},
	{
		.id = "countries",
		.heading = PHRASE_COUNTRIES,
		.remark = PHRASE_COUNTRIES_REMARK,
		.chart = CHART_BARS,
		.columns = {{PHRASE_COUNTRY, FIGURE_TEXT}, {PHRASE_QUERIES, FIGURE_NUMBER},
			{PHRASE_DEVICES, FIGURE_NUMBER}, {PHRASE_BLOCKED, FIGURE_NUMBER},
			{PHRASE_WOULD_BLOCK, FIGURE_NUMBER}},
		.sql = "SELECT country, sum(count) AS n, count(DISTINCT client),"
		       " sum(count * blocked), sum(count * would_block) FROM now " DEED
		       "JOIN placed USING (shape) GROUP BY country ORDER BY n DESC, country",
	},
	{
		.id = "operators",
		.heading = PHRASE_OPERATORS,
		.chart = CHART_BARS,
		.columns = {{PHRASE_OPERATOR, FIGURE_TEXT}, {PHRASE_QUERIES, FIGURE_NUMBER},
			{PHRASE_VENDOR, FIGURE_TEXT}, {PHRASE_DEVICES, FIGURE_NUMBER},
			{PHRASE_BLOCKED, FIGURE_NUMBER}},
		.sql = "SELECT 'AS' || asn AS operator, sum(count) AS n, max(vendor),"
		       " count(DISTINCT client), sum(count * blocked) FROM now " DEED
		       "JOIN operated USING (shape) GROUP BY asn ORDER BY n DESC, asn",
	},
	{
		.id = "first-seen",
		.heading = PHRASE_SEEN,
		.remark = PHRASE_SEEN_REMARK,
		.columns = {{PHRASE_FIRST, FIGURE_TIME}, {PHRASE_DEVICE, FIGURE_CLIENT},
			{PHRASE_WHAT, FIGURE_PHRASE}, {PHRASE_VALUE, FIGURE_TEXT}},
		.sql = "SELECT min(first) AS begun, label, what, value FROM seen " WHO
		       "WHERE what <> 'name' GROUP BY label, what, value"
		       " HAVING begun >= (SELECT since FROM period) AND begun < (SELECT until FROM"
		       " period) ORDER BY begun, label, what, value",
	},
	{
		.id = "devices",
		.heading = PHRASE_REGISTER,
		.columns = {{PHRASE_DEVICE, FIGURE_CLIENT}, {PHRASE_GROUP, FIGURE_TEXT},
			{PHRASE_QUERIES, FIGURE_NUMBER}, {PHRASE_EVENTS, FIGURE_NUMBER},
			{PHRASE_BLOCKED, FIGURE_NUMBER}, {PHRASE_FIRST, FIGURE_DAY},
			{PHRASE_LAST, FIGURE_DAY}, {PHRASE_VENDORS, FIGURE_TEXT},
			{PHRASE_EXCEPTION, FIGURE_TEXT}},
		.sql = "SELECT label, replace(group_concat(DISTINCT grp), ',', ', '), sum(count) "
		       "AS n,"
		       " sum(count * alert) AS alerts, sum(count * blocked), "
		       " date(min(at) / 1000, 'unixepoch', 'localtime'),"
		       " date(max(at) / 1000, 'unixepoch', 'localtime'),"
		       " ifnull(vendors, ''),"
		       " ifnull(replace(group_concat(DISTINCT nullif(exception, '')), ',', ', '), "
		       "'')"
		       " FROM now " DEED WHO "LEFT JOIN met USING (label)"
		       " GROUP BY label ORDER BY alerts DESC, n DESC, label",
	},
	{
		.id = "rules",
		.heading = PHRASE_RULES,
		.remark = PHRASE_RULES_REMARK,
		.columns = {{PHRASE_RULE, FIGURE_TEXT}, {PHRASE_ACTION, FIGURE_TEXT},
			{PHRASE_IN_ENFORCE, FIGURE_TEXT}, {PHRASE_QUERIES, FIGURE_NUMBER},
			{PHRASE_DEVICES, FIGURE_NUMBER}},
		.sql = "SELECT rule, action, CASE would WHEN '' THEN action ELSE would END AS "
		       "enforced,"
		       " sum(count) AS n, count(DISTINCT client) FROM now " DEED
		       "WHERE rule <> '' GROUP BY rule, action, enforced ORDER BY n DESC, rule",
	},
	{
		.id = "exceptions",
		.heading = PHRASE_EXCEPTIONS,
		.remark = PHRASE_EXCEPTIONS_REMARK,
		.columns = {{PHRASE_EXCEPTION, FIGURE_TEXT}, {PHRASE_REASON, FIGURE_TEXT},
			{PHRASE_OWNER, FIGURE_TEXT}, {PHRASE_TICKET, FIGURE_TEXT},
			{PHRASE_EXPIRES, FIGURE_DAY}, {PHRASE_DAYS_LEFT, FIGURE_NUMBER},
			{PHRASE_HITS, FIGURE_NUMBER}, {PHRASE_DEVICES, FIGURE_NUMBER}},
		.sql = "SELECT id, reason, owner, ticket, date(expires * 86400, 'unixepoch'),"
		       " expires - (SELECT moment FROM period) AS left, ifnull(n, 0) AS hits,"
		       " ifnull(devices, 0) FROM exc LEFT JOIN (SELECT exception, sum(count) AS n,"
		       " count(DISTINCT client) AS devices FROM now " DEED
		       "GROUP BY exception) ON exception = exc.id ORDER BY hits > 0, left, id",
	},
	{
		.id = "losses",
		.heading = PHRASE_LOSSES,
		.remark = PHRASE_LOSSES_REMARK,
		.columns = {{PHRASE_TIME, FIGURE_TIME}, {PHRASE_REASON, FIGURE_TEXT}},
		.sql = "SELECT at, CASE WHEN (SELECT redact FROM period) THEN '-' ELSE reason END"
		       " FROM remark WHERE kind = 'loss' AND at >= (SELECT since FROM period)"
		       " AND at < (SELECT until FROM period) ORDER BY at",
	},
	{
		.id = "changes",
		.heading = PHRASE_CHANGES,
		.columns = {{PHRASE_TIME, FIGURE_TIME}, {PHRASE_WHAT, FIGURE_TEXT},
			{PHRASE_REASON, FIGURE_TEXT}, {PHRASE_CONFIGURATION, FIGURE_DIGEST},
			{PHRASE_LISTS, FIGURE_DIGEST}},
		.sql = "SELECT at, action, CASE WHEN (SELECT redact FROM period) THEN '-' ELSE "
		       "reason"
		       " END, config, lists FROM remark WHERE kind = 'change'"
		       " AND at >= (SELECT since FROM period) AND at < (SELECT until FROM period)"
		       " ORDER BY at",
	},
};
const size_t figure_count = sizeof(figures) / sizeof(figures[0]);

const struct figure *figure_find(const char *id)
{
	for (size_t i = 0; i < figure_count; i++)
		if (strcmp(figures[i].id, id) == 0)
			return &figures[i];
	abort();
}

static void set_period(struct db *db, const struct figure_period *p)
{
	struct db_statement *s = db_prepare(db, "INSERT INTO period VALUES (?1, ?2, ?3, ?4, ?5)");

	db_bind_int(s, 1, p->since_ms);
	db_bind_int(s, 2, p->until_ms);
	db_bind_int(s, 3, 2 * p->since_ms - p->until_ms);
	db_bind_int(s, 4, p->now_ms / 86400000);
	db_bind_int(s, 5, p->redact);
	db_do(s);
	db_statement_free(s);
}

static void set_exceptions(struct db *db, const struct conf *conf)
{
	struct db_statement *s = db_prepare(db, "INSERT INTO exc VALUES (?1, ?2, ?3, ?4, ?5)");

	for (unsigned i = 0; i < conf->exception_count; i++) {
		const struct conf_exception *x = &conf->exceptions[i];

		db_bind_text(s, 1, span_text(x->id));
		db_bind_text(s, 2, span_text(x->reason));
		db_bind_text(s, 3, span_text(x->owner));
		db_bind_text(s, 4, span_text(x->ticket));
		db_bind_int(s, 5, x->expires);
		db_do(s);
	}
	db_statement_free(s);
}

int figures_begin(struct db *db, const struct conf *conf, const struct figure_period *p)
{
	db_run(db, common);
	set_period(db, p);
	set_exceptions(db, conf);
	return db_error(db);
}
