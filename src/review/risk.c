/* SPDX-License-Identifier: BSD-3-Clause */

#include "review/risk.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/file.h"
#include "chart.h"
#include "grid.h"
#include "page.h"

#define ROWS_SHOWN 40
#define CSV_ROWS_MAX 10000000
#define PATH_LEN 4096
#define DIGEST_SHOWN 16

static const char style[] =
	"body{font:10.5pt/1.45 \"DejaVu Sans\",\"Liberation Sans\",Arial,sans-serif;color:#1d1d1f;"
	"max-width:190mm;margin:0 auto;padding:8mm 5mm}"
	"h1{font-size:24pt;margin:0 0 2mm}h2{font-size:14pt;margin:9mm 0 2mm;border-bottom:1px "
	"solid "
	"#bbb;padding-bottom:1mm;break-after:avoid}"
	"p{margin:1.5mm 0}.sub{font-size:12pt;color:#444;margin-bottom:8mm}"
	".note{color:#555;font-size:9.5pt;break-after:avoid}table+.note{break-before:avoid}"
	"dl{display:grid;grid-template-columns:45mm 1fr;gap:1mm 4mm}dt{color:#555}dd{margin:0}"
	"table{border-collapse:collapse;width:100%;font-size:8.5pt;margin:2mm 0}"
	"th{text-align:left;background:#eee;border-bottom:1px solid #888;vertical-align:bottom}"
	"th,td{padding:1mm 1.5mm}td{vertical-align:top;overflow-wrap:anywhere}"
	"td{border-bottom:1px solid #ddd}.n{text-align:right}td.n{white-space:nowrap}"
	"td.t{white-space:nowrap}tr{break-inside:avoid}thead{display:table-header-group}"
	"svg{max-width:100%;height:auto;margin:2mm 0;break-inside:avoid;font-family:inherit}"
	".five{display:grid;grid-template-columns:repeat(5,1fr);gap:3mm;margin:4mm 0}"
	".five div{border:1px solid #bbb;padding:2.5mm}.five b{display:block;font-size:15pt}"
	".five span{color:#555;font-size:8.5pt}"
	"nav{columns:2;font-size:9.5pt}nav a{display:block;color:inherit}"
	".cover{break-after:page}"
	"@page{size:A4;margin:14mm 12mm}@media print{body{padding:0;max-width:none}}";

static void put_paragraphs(const struct page *p, enum phrase which)
{
	const char *text = page_phrase(p, which);

	while (*text) {
		size_t len = strcspn(text, "\n");

		fputs("<p>", p->out);
		fprintf(p->out, "%.*s", (int)len, text);
		fputs("</p>\n", p->out);
		text += len + (text[len] == '\n');
	}
}

static void put_head(const struct page *p, const struct risk *r)
{
	char hash[DIGEST_BASE64_MAX];

	page_put(p, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
		language_text[p->language]);
	page_put(p,
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src "
		"'sha256-%s'; base-uri 'none'; form-action 'none'\">\n",
		digest_base64(span_text(style), hash));
	page_put(p,
		"<meta name=\"viewport\" content=\"width=device-width\">\n<title>%s \u2013 "
		"%s</title>\n",
		page_phrase(p, PHRASE_TITLE), r->conf->site);
	fprintf(p->out, "<style>%s</style>\n</head>\n<body>\n", style);
}

static void put_fact(const struct page *p, enum phrase name, const char *value)
{
	page_put(p, "<dt>%s</dt><dd>%s</dd>\n", page_phrase(p, name), value);
}

static void put_period(const struct page *p, const struct risk *r)
{
	char since[PAGE_NUMBER_MAX], until[PAGE_NUMBER_MAX];

	page_put(p, "<dt>%s</dt><dd>%s \u2013 %s</dd>\n", page_phrase(p, PHRASE_PERIOD),
		page_time(r->period.since_ms, since), page_time(r->period.until_ms, until));
}

/* A sentence of the language with its one word. */
static void put_sentence(const struct page *p, enum phrase which, const char *word)
{
	const char *sentence = page_phrase(p, which), *at = strstr(sentence, "%s");

	fprintf(p->out, "%.*s", (int)(at - sentence), sentence);
	page_text(p, word);
	fputs(at + 2, p->out);
}

static int64_t count(const struct risk *r, const char *sql)
{
	struct db_statement *s = db_prepare(r->db, sql);
	int64_t number = db_step(s) ? db_int(s, 0) : 0;

	db_reset(s);
	db_statement_free(s);
	return number;
}

static void put_completeness(const struct page *p, const struct risk *r)
{
	char records[PAGE_NUMBER_MAX], losses[PAGE_NUMBER_MAX];

	page_put(p, "<dt>%s</dt><dd>%s %s, %s %s.<br>", page_phrase(p, PHRASE_COMPLETENESS),
		page_number(p, count(r, "SELECT total(count) FROM now"), records),
		page_phrase(p, PHRASE_COMPLETE_RECORDS),
		page_number(p,
			count(r,
				"SELECT count(*) FROM remark WHERE kind = 'loss' AND at >= (SELECT "
				"since FROM period) AND at < (SELECT until FROM period)"),
			losses),
		page_phrase(p, PHRASE_COMPLETE_LOSSES));
	if (r->head)
		put_sentence(p, PHRASE_VERIFIED, r->head);
	else
		page_text(p, page_phrase(p, PHRASE_VERIFIED_NOT));
	fputs("</dd>\n", p->out);
}

static void put_contents(const struct page *p)
{
	page_put(p, "<h2>%s</h2>\n<nav>\n", page_phrase(p, PHRASE_CONTENTS));
	for (size_t i = 0; i < figure_count; i++)
		page_put(p, "<a href=\"#%s\">%s</a>\n", figures[i].id,
			page_phrase(p, figures[i].heading));
	fputs("</nav>\n", p->out);
}

static void put_cover(const struct page *p, const struct risk *r)
{
	char digest[DIGEST_TEXT_MAX], made[PAGE_NUMBER_MAX];

	page_put(p, "<section class=\"cover\">\n<h1>%s</h1>\n<p class=\"sub\">%s</p>\n<dl>\n",
		page_phrase(p, PHRASE_TITLE), page_phrase(p, PHRASE_SUBTITLE));
	put_fact(p, PHRASE_SITE, r->conf->site);
	put_period(p, r);
	put_fact(p, PHRASE_MADE, page_time(r->period.now_ms, made));
	put_fact(p, PHRASE_MODE,
		page_phrase(p,
			r->conf->mode == MODE_ENFORCE ? PHRASE_MODE_ENFORCE : PHRASE_MODE_OBSERVE));
	put_fact(p, PHRASE_CONFIGURATION, digest_format(r->conf->digest, digest));
	put_fact(p, PHRASE_LISTS, *r->lists ? r->lists : "\u2013");
	put_completeness(p, r);
	fputs("</dl>\n", p->out);
	if (r->period.redact)
		page_put(p, "<p>%s</p>\n", page_phrase(p, PHRASE_REDACTED));
	page_put(p, "<h2>%s</h2>\n", page_phrase(p, PHRASE_THREAT));
	put_paragraphs(p, PHRASE_THREAT_TEXT);
	put_contents(p);
	fputs("</section>\n", p->out);
}

/* +12 %, and nothing where there was nothing to compare with. */
static const char *change_format(int64_t now, int64_t before, char out[PAGE_NUMBER_MAX])
{
	int64_t percent = before > 0 ? (now - before) * 100 / before : 0;

	if (before == 0)
		snprintf(out, PAGE_NUMBER_MAX, "\u2013");
	else
		snprintf(out, PAGE_NUMBER_MAX, "%s%lld\u00a0%%",
			percent > 0   ? "+"
			: percent < 0 ? "\u2212"
				      : "\u00b1",
			llabs((long long)percent));
	return out;
}

static void put_five(const struct page *p, const struct grid *g)
{
	static const enum phrase sentences[] = {PHRASE_QUERIES_SENTENCE, PHRASE_DEVICES_SENTENCE,
		PHRASE_EVENTS_SENTENCE, PHRASE_BLOCKED_SENTENCE, PHRASE_WAIVED_SENTENCE};
	char word[PAGE_NUMBER_MAX];

	fputs("<div class=\"five\">\n", p->out);
	for (size_t i = 0; i < g->rows; i++) {
		fputs("<div><span>", p->out);
		page_cell(p, FIGURE_PHRASE, grid_text(g, i, 0));
		page_put(p, "</span><b>%s</b>", page_number(p, grid_number(g, i, 1), word));
		page_put(p, "<span>%s: %s</span></div>\n", page_phrase(p, PHRASE_CHANGE),
			change_format(grid_number(g, i, 1), grid_number(g, i, 2), word));
	}
	fputs("</div>\n", p->out);
	for (size_t i = 0; i < g->rows && i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		fputs("<p>", p->out);
		put_sentence(p, sentences[i], page_number(p, grid_number(g, i, 1), word));
		fputs("</p>\n", p->out);
	}
}

static const char *class_of(enum figure_kind kind)
{
	static const char *const classes[] = {
		[FIGURE_TEXT] = "",
		[FIGURE_NUMBER] = " class=\"n\"",
		[FIGURE_TIME] = " class=\"t\"",
		[FIGURE_DAY] = " class=\"t\"",
		[FIGURE_PHRASE] = "",
		[FIGURE_CLIENT] = " class=\"t\"",
		[FIGURE_DIGEST] = " class=\"t\"",
	};

	return classes[kind];
}

static void put_table(const struct page *p, const struct grid *g)
{
	const struct figure_column *columns = g->figure->columns;
	char more[PAGE_NUMBER_MAX];

	fputs("<table><thead><tr>", p->out);
	for (unsigned i = 0; i < g->columns; i++)
		fprintf(p->out, "<th%s>%s</th>", class_of(columns[i].kind),
			page_phrase(p, columns[i].heading));
	fputs("</tr></thead>\n<tbody>\n", p->out);
	for (size_t row = 0; row < g->rows; row++) {
		fputs("<tr>", p->out);
		for (unsigned i = 0; i < g->columns; i++) {
			fprintf(p->out, "<td%s>", class_of(columns[i].kind));
			page_cell(p, columns[i].kind, grid_text(g, row, i));
			fputs("</td>", p->out);
		}
		fputs("</tr>\n", p->out);
	}
	fputs("</tbody></table>\n", p->out);
	if (g->left_out) {
		fputs("<p class=\"note\">", p->out);
		put_sentence(p, PHRASE_MORE, page_number(p, (int64_t)g->left_out, more));
		fputs("</p>\n", p->out);
	}
}

static int put_figure(const struct page *p, const struct risk *r, const struct figure *f)
{
	struct grid g;
	int err = grid_read(r->db, f, f->chart_alone ? SIZE_MAX : ROWS_SHOWN, &g);

	if (err)
		return err;
	page_put(p, "<section id=\"%s\"><h2>%s</h2>\n", f->id, page_phrase(p, f->heading));
	if (f->remark != PHRASE_NONE)
		page_put(p, "<p class=\"note\">%s</p>\n", page_phrase(p, f->remark));
	if (f == figure_find("figures"))
		put_five(p, &g);
	chart_draw(p, &g);
	if (g.rows == 0)
		page_put(p, "<p>%s</p>\n", page_phrase(p, PHRASE_EMPTY));
	else if (!f->chart_alone)
		put_table(p, &g);
	fputs("</section>\n", p->out);
	grid_release(&g);
	return 0;
}

static void put_text(const struct page *p, enum phrase heading, enum phrase text)
{
	page_put(p, "<h2>%s</h2>\n", page_phrase(p, heading));
	put_paragraphs(p, text);
}

int risk_html(const struct risk *r, FILE *out)
{
	const struct page p = {out, r->language};
	int err = 0;

	put_head(&p, r);
	put_cover(&p, r);
	for (size_t i = 0; !err && i < figure_count; i++)
		err = put_figure(&p, r, &figures[i]);
	put_text(&p, PHRASE_COVERAGE, PHRASE_COVERAGE_TEXT);
	put_text(&p, PHRASE_METHOD, PHRASE_METHOD_TEXT);
	put_text(&p, PHRASE_GLOSSARY, PHRASE_GLOSSARY_TEXT);
	fputs("</body>\n</html>\n", out);
	if (!err)
		err = db_error(r->db);
	if (!err && (fflush(out) != 0 || ferror(out)))
		err = ERR_IO;
	return err;
}

static void put_csv(FILE *out, enum figure_kind kind, const char *text)
{
	bool harmful = *text && strchr("=+-@\t\r", *text) && kind != FIGURE_NUMBER;

	putc('"', out);
	if (harmful)
		putc('\'', out);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', out);
		putc(*text, out);
	}
	putc('"', out);
}

static void put_csv_cell(const struct page *p, enum figure_kind kind, const char *text)
{
	char time[PAGE_NUMBER_MAX];

	if (kind == FIGURE_TIME)
		text = page_time(strtoll(text, NULL, 10), time);
	else if (kind == FIGURE_PHRASE)
		text = page_phrase(p, phrase_find(text, strlen(text)));
	put_csv(p->out, kind, text);
}

static int write_csv(const struct risk *r, const struct figure *f, const char *path)
{
	struct page p = {fopen(path, "we"), r->language};
	struct grid g;
	int err;

	if (!p.out)
		return ERR_IO;
	err = grid_read(r->db, f, CSV_ROWS_MAX, &g);
	if (err) {
		fclose(p.out);
		return err;
	}
	for (unsigned i = 0; i < g.columns; i++) {
		fputs(i ? "," : "", p.out);
		put_csv(p.out, FIGURE_TEXT, page_phrase(&p, f->columns[i].heading));
	}
	putc('\n', p.out);
	for (size_t row = 0; row < g.rows; row++) {
		for (unsigned i = 0; i < g.columns; i++) {
			fputs(i ? "," : "", p.out);
			put_csv_cell(&p, f->columns[i].kind, grid_text(&g, row, i));
		}
		putc('\n', p.out);
	}
	grid_release(&g);
	return fclose(p.out) == 0 ? 0 : ERR_IO;
}

int risk_csv(const struct risk *r, const char *directory)
{
	char path[PATH_LEN];
	int err = file_make_directory(directory, 0755);

	for (size_t i = 0; !err && i < figure_count; i++) {
		snprintf(path, sizeof(path), "%s/%s.csv", directory, figures[i].id);
		err = write_csv(r, &figures[i], path);
	}
	return err;
}
