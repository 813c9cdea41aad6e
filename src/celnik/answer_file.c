/* SPDX-License-Identifier: BSD-3-Clause */

#include "answer_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "cli.h"
#include "lists/presentation.h"
#include "screen.h"

#define FILE_MAX (4u << 20)
#define BLANKS " \t\r\n;"
#define RCODES 16

/* A text being read. Records before the first heading are answers, as `dig +noall +answer` prints
 * them. */
struct reading {
	const char *path;
	const struct question *question;
	struct presentation answer;
	enum { RECORDS, QUESTION } what;
	enum section section;
	unsigned headers; /* seen */
	unsigned rcode;
	char *begin; /* of the records that have not been added */
	uint32_t line, begin_line;
};

static int refuse(const struct reading *r, uint32_t line, const char *text)
{
	screen_text(stderr, r->path);
	if (line > 0)
		fprintf(stderr, ":%u", line);
	fprintf(stderr, ": error: %s\n", text);
	return CLI_NONE;
}

/* "status: NXDOMAIN," and "rcode: NXDOMAIN,". */
static bool read_rcode(const char *header, unsigned *out)
{
	const char *word = strstr(header, "status: ");

	word = word ? word : strstr(header, "rcode: ");
	if (!word)
		return false;
	word = strchr(word, ' ') + 1;
	for (uint16_t i = 0; i < RCODES; i++) {
		char text[RR_TEXT_MAX];
		size_t len = strlen(rcode_format(i, text));

		if (strncmp(word, text, len) == 0 && strchr(",; \t\r", word[len])) {
			*out = i;
			return true;
		}
	}
	return false;
}

/* What stands in the file up to end. */
static int add_records(struct reading *r, const char *end)
{
	int err = presentation_add(
		&r->answer, r->section, span_of(r->begin, (size_t)(end - r->begin)));

	if (err == ERR_FORMAT)
		return refuse(r, r->begin_line + r->answer.bad_line - 1,
			"this is no record; save what dig prints, with +unknownformat for types "
			"that are not known here");
	if (err)
		return refuse(r, r->begin_line, "the answer is larger than a DNS message can be");
	return CLI_OK;
}

static int take_header(struct reading *r, const char *line)
{
	if (r->headers++ > 0)
		return refuse(r, r->line, "a second answer begins; leave one in the file");
	if (!read_rcode(line, &r->rcode))
		return refuse(r, r->line, "the header has no status that is known");
	return CLI_OK;
}

/* ";; flags: qr rd tc; ..." of dig, ";; Flags: ..." of kdig. */
static int take_flags(struct reading *r, const char *flags)
{
	const char *end = strchr(flags, ';');
	const char *tc = strstr(flags, " tc");

	if (tc && (!end || tc < end) && strchr(" ;\r", tc[3]))
		return refuse(r, r->line, "the answer was cut (flag tc); ask again with dig +tcp");
	return CLI_OK;
}

/* The next word of a line, empty at its end. */
static struct span next_word(const char **line)
{
	const char *word = *line + strspn(*line, BLANKS);

	*line = word + strcspn(word, BLANKS);
	return span_of(word, (size_t)(*line - word));
}

/* ";example.com. IN A" */
static int take_question(struct reading *r, const char *line)
{
	struct span name = next_word(&line), class = next_word(&line), type = next_word(&line);
	struct question q;

	if (!span_equal(class, SPAN_LITERAL("IN")) || name_parse(name, &q.name) != 0 ||
		rr_type_parse(type, &q.type) != 0)
		return CLI_OK;
	r->what = RECORDS;
	if (q.type == r->question->type && name_equal(&q.name, &r->question->name))
		return CLI_OK;
	return refuse(r, r->line,
		"this is the answer to another question; give its name and, with --type, its "
		"type");
}

/* A comment of dig, kdig or drill. */
static int take_comment(struct reading *r, const char *line)
{
	static const char *const sections[] = {[SECTION_ANSWER] = "ANSWER SECTION",
		[SECTION_AUTHORITY] = "AUTHORITY SECTION",
		[SECTION_ADDITIONAL] = "ADDITIONAL SECTION"};
	const char *flags = strcasestr(line, "flags:");

	if (strstr(line, "->>HEADER<<-"))
		return take_header(r, line);
	if (flags && !strstr(line, "EDNS"))
		return take_flags(r, flags);
	if (strstr(line, "QUESTION SECTION")) {
		r->what = QUESTION;
		return CLI_OK;
	}
	for (enum section s = SECTION_ANSWER; s <= SECTION_ADDITIONAL; s++) {
		if (strstr(line, sections[s])) {
			r->what = RECORDS;
			if (s < r->section)
				return refuse(r, r->line, "this section comes too late");
			r->section = s;
			return CLI_OK;
		}
	}
	return r->what == QUESTION ? take_question(r, line) : CLI_OK;
}

/* Records are added when a comment or the end comes: they may go over several lines. */
static int read_lines(struct reading *r, char *text)
{
	int code = CLI_OK;
	char *line;

	r->begin = text;
	r->begin_line = 1;
	while (code == CLI_OK && (line = strsep(&text, "\n"))) {
		r->line++;
		if (line[0] != ';') {
			if (text)
				text[-1] = '\n';
			continue;
		}
		code = add_records(r, line);
		if (code == CLI_OK)
			code = take_comment(r, line);
		r->begin = text;
		r->begin_line = r->line + 1;
	}
	if (code == CLI_OK && r->begin)
		code = add_records(r, r->begin + strlen(r->begin));
	return code;
}

static int read_text(const char *path, const struct question *q, char *text, struct buf *packet)
{
	struct reading r = {.path = path, .question = q, .section = SECTION_ANSWER};
	int code;

	presentation_init(&r.answer, q);
	code = read_lines(&r, text);
	if (code == CLI_OK && r.headers == 0 && r.answer.counts[SECTION_ANSWER] == 0)
		code = refuse(&r, 0, "there is no answer in it; save what 'dig NAME TYPE' prints");
	if (code == CLI_OK)
		buf_put_span(packet, presentation_message(&r.answer, r.rcode));
	presentation_release(&r.answer);
	return code;
}

static int check_message(const char *path, const struct question *q, const struct message *m)
{
	const struct reading r = {.path = path};

	if (!(m->flags & FLAG_QR) || m->counts[0] != 1)
		return refuse(&r, 0, "this message is no answer to one question");
	if (m->flags & FLAG_TC)
		return refuse(&r, 0, "the answer was cut (flag tc); ask again by TCP");
	if (m->question.type != q->type || !name_equal(&m->question.name, &q->name))
		return refuse(&r, 0,
			"this is the answer to another question; give its name and, with --type, "
			"its type");
	return CLI_OK;
}

int answer_file_read(const char *path, const struct question *q, struct buf *packet)
{
	struct message m;
	char *text;
	size_t len;
	int code, err = file_read(path, FILE_MAX, &text, &len);

	if (err) {
		fprintf(stderr, "celnik: answer '%s': %s\n", path,
			err == ERR_IO ? strerror(errno) : err_text(err));
		return CLI_IO;
	}
	if (message_read(span_of(text, len), &m) == 0) {
		code = check_message(path, q, &m);
		buf_put(packet, text, len);
	} else {
		code = read_text(path, q, text, packet);
	}
	free(text);
	return code;
}
