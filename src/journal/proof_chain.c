/* SPDX-License-Identifier: BSD-3-Clause */

/* The chain file as a verification reads it. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal/journal.h"
#include "lines.h"
#include "proof.h"
#include "json/reader.h"

static struct link_seen *add_link(struct proof *p)
{
	if (p->count == p->capacity) {
		size_t more = p->capacity ? p->capacity * 2 : 64;
		struct link_seen *list = reallocarray(p->links, more, sizeof(*list));

		if (!list)
			return NULL;
		p->links = list;
		p->capacity = more;
	}
	p->links[p->count] = (struct link_seen){0};
	return &p->links[p->count++];
}

static void copy_text(const struct json_value *link, const char *key, char *out, size_t size)
{
	snprintf(out, size, "%s", json_get_string(link, key, ""));
}

static void look_for_configs(struct proof *p, const struct json_value *link)
{
	const struct json_value *list = json_get(link, "config");

	for (size_t i = 0; i < json_count(list); i++) {
		const char *digest = json_text(json_at(list, i), "");
		char file[DIGEST_TEXT_MAX + sizeof(JOURNAL_CONFIG_FILE)];

		if (strlen(digest) >= DIGEST_TEXT_MAX || strchr(digest, '/') ||
			strcmp(digest, p->config) == 0)
			continue;
		memcpy(p->config, digest, strlen(digest) + 1);
		snprintf(file, sizeof(file), JOURNAL_CONFIG_FILE, digest);
		if (faccessat(p->fd, file, F_OK, 0) != 0)
			proof_tell(p, VERIFY_NO_CONFIG, file,
				"the text of this configuration was not kept");
	}
}

static int keep_link(struct proof *p, uint64_t line, const struct json_value *link)
{
	const char *kind = json_get_string(link, "kind", "");
	struct link_seen *l = add_link(p);

	if (!l)
		return ERR_MEMORY;
	l->line = line;
	l->sealed = strcmp(kind, "sealed") == 0;
	copy_text(link, "segment", l->segment, sizeof(l->segment));
	copy_text(link, "first", l->first, sizeof(l->first));
	copy_text(link, "last", l->last, sizeof(l->last));
	copy_text(link, "sha256", l->digest, sizeof(l->digest));
	l->records = json_get_u64(link, "records", 0);
	l->torn = json_get_u64(link, "torn", 0);
	if (l->sealed)
		look_for_configs(p, link);
	else
		proof_tell(p, VERIFY_REMOVED, l->segment, "removed by retention: %s (link %llu)",
			json_get_string(link, "reason", ""), (unsigned long long)line);
	return 0;
}

/* Whether it follows what was there before, whose hash is previous and number before. */
static void check_order(struct proof *p, uint64_t line, const struct json_value *link,
	const char *previous, uint64_t before)
{
	uint64_t number = json_get_u64(link, "link", 0);

	if (strcmp(json_get_string(link, "previous", ""), previous) == 0)
		return;
	if (number > before + 1)
		proof_tell(p, VERIFY_CHAIN, CHAIN_FILE,
			"line %llu: is link %llu behind link %llu: those between are missing",
			(unsigned long long)line, (unsigned long long)number,
			(unsigned long long)before);
	else
		proof_tell(p, VERIFY_CHAIN, CHAIN_FILE,
			"line %llu: does not follow the line before it: that one was altered, or "
			"lines were moved or put in",
			(unsigned long long)line);
}

struct chain_place {
	uint64_t line, number;
	char hash[DIGEST_TEXT_MAX]; /* of the last line */
};

static int take_link(struct proof *p, struct span line, struct chain_place *at)
{
	struct json_document *document = NULL;
	const struct json_value *link;
	uint8_t digest[DIGEST_LEN];
	char previous[DIGEST_TEXT_MAX];
	int err = digest_of(line, digest);

	if (err)
		return err;
	at->line++;
	memcpy(previous, at->hash, sizeof(previous));
	digest_format(digest, at->hash);
	if (p->head && strcmp(p->head, at->hash) == 0)
		p->result.head_link = at->line;
	err = json_parse(line, &document);
	if (err == ERR_MEMORY)
		return err;
	link = err ? NULL : json_root(document);
	if (json_get_u64(link, "format", 0) != CHAIN_FORMAT) {
		proof_tell(p, VERIFY_CHAIN, CHAIN_FILE, "line %llu: is no link of a format known",
			(unsigned long long)at->line);
		at->number++;
		err = 0;
	} else {
		check_order(p, at->line, link, previous, at->number);
		at->number = json_get_u64(link, "link", 0);
		err = keep_link(p, at->line, link);
	}
	json_document_free(document);
	return err;
}

int proof_read_chain(struct proof *p)
{
	struct segment file = {.name = CHAIN_FILE};
	struct segment_lines *lines = NULL;
	struct chain_place at = {.hash = CHAIN_ORIGIN};
	struct span line;
	int err = segment_lines_open(&file, p->fd, &lines);

	if (err == ERR_IO && errno == ENOENT)
		err = ERR_MISSING;
	while (!err)
		if ((err = segment_lines_next(lines, &line)) == 0)
			err = take_link(p, line, &at);
	if (lines && err == ERR_MISSING && segment_lines_torn(lines) > 0)
		proof_tell(p, VERIFY_CHAIN, CHAIN_FILE,
			"the last line is torn: %llu octets without an end; celnikd cuts them off "
			"when it starts",
			(unsigned long long)segment_lines_torn(lines));
	segment_lines_close(lines);
	p->result.links = at.line;
	memcpy(p->result.head, at.hash, sizeof(at.hash));
	return err == ERR_MISSING ? 0 : err;
}
