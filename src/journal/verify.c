/* SPDX-License-Identifier: BSD-3-Clause */

#include "journal/verify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "conf/conf.h"
#include "journal/journal.h"
#include "proof.h"

#define TEXT_MAX 1536
#define CONFIG_MAX ((size_t)CONF_FILES_MAX * CONF_FILE_MAX)

const char *const verify_kind_text[VERIFY_KINDS] = {
	[VERIFY_CHAIN] = "chain",
	[VERIFY_HEAD] = "head",
	[VERIFY_MISSING] = "missing",
	[VERIFY_ALTERED] = "altered",
	[VERIFY_UNLINKED] = "unlinked",
	[VERIFY_LOST] = "lost",
	[VERIFY_TORN] = "torn",
	[VERIFY_ENDED] = "ended",
	[VERIFY_REMOVED] = "removed",
	[VERIFY_UNSEALED] = "unsealed",
	[VERIFY_NO_CONFIG] = "no-config",
};

void proof_tell(
	struct proof *p, enum verify_kind kind, const char *subject, const char *format, ...)
{
	char text[TEXT_MAX];
	const struct verify_finding f = {.kind = kind, .subject = subject, .text = text};
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	p->result.findings[kind]++;
	p->tell(p->arg, &f);
}

static int compare_links(const void *a, const void *b)
{
	const struct link_seen *x = *(const struct link_seen *const *)a;
	const struct link_seen *y = *(const struct link_seen *const *)b;
	int order = strcmp(x->segment, y->segment);

	return order ? order : (int)y->sealed - (int)x->sealed;
}

static int sort_links(struct proof *p)
{
	p->by_name = calloc(p->count + 1, sizeof(*p->by_name));
	if (!p->by_name)
		return ERR_MEMORY;
	for (size_t i = 0; i < p->count; i++)
		p->by_name[i] = &p->links[i];
	qsort(p->by_name, p->count, sizeof(*p->by_name), compare_links);
	return 0;
}

const struct link_seen *proof_find(const struct proof *p, const char *segment, bool sealed)
{
	struct link_seen key = {.sealed = sealed};
	const struct link_seen *wanted = &key;
	struct link_seen **found;

	snprintf(key.segment, sizeof(key.segment), "%s", segment);
	found = bsearch(&wanted, p->by_name, p->count, sizeof(*p->by_name), compare_links);
	return found ? *found : NULL;
}

static int check_segments(struct proof *p)
{
	int err = 0;

	for (size_t i = 0; !err && i < p->count; i++) {
		const struct link_seen *l = &p->links[i];

		if (l->sealed && !proof_find(p, l->segment, false))
			err = proof_check_segment(p, l);
		else
			proof_forget_run(p, l);
	}
	return err;
}

/* Files that no link tells of. */
static int check_unlinked(struct proof *p, const char *stream)
{
	struct segments found;
	int err = segments_list(p->directory, stream, &found);

	if (err)
		return err;
	for (size_t i = 0; i < found.count; i++) {
		const char *name = found.list[i].name;

		if (proof_find(p, name, true) || proof_find(p, name, false))
			continue;
		if (found.list[i].is_packed)
			proof_tell(p, VERIFY_UNLINKED, name,
				"is sealed and has no link: the end of the chain was cut off, or "
				"the file was put there");
		else
			proof_tell(p, VERIFY_UNSEALED, name,
				"is not sealed so far: nothing is proven of it");
	}
	segments_release(&found);
	return 0;
}

/* The digest in a name as of JOURNAL_CONFIG_FILE; false for another file's. */
static bool read_config_name(const char *file, char digest[DIGEST_TEXT_MAX])
{
	char again[DIGEST_TEXT_MAX + sizeof(JOURNAL_CONFIG_FILE)];

	if (strncmp(file, "config-", 7) != 0 || strspn(file + 7, "0123456789abcdef") != 64)
		return false;
	snprintf(digest, DIGEST_TEXT_MAX, "%s", file + 7);
	snprintf(again, sizeof(again), JOURNAL_CONFIG_FILE, digest);
	return strcmp(again, file) == 0;
}

static int check_config(struct proof *p, const char *file, const char *expected)
{
	uint8_t digest[DIGEST_LEN];
	char found[DIGEST_TEXT_MAX];
	char *text = NULL;
	size_t len = 0;
	int fd = openat(p->fd, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	int err = fd < 0 ? ERR_IO : file_read_fd(fd, CONFIG_MAX, &text, &len);

	if (fd >= 0)
		close(fd);
	if (!err)
		err = digest_of(span_of(text, len), digest);
	free(text);
	if (err)
		return err == ERR_LIMIT ? 0 : err;
	if (strcmp(digest_format(digest, found), expected) != 0)
		proof_tell(p, VERIFY_ALTERED, file, "is not the text that its digest is of");
	return 0;
}

static int check_configs(struct proof *p)
{
	char digest[DIGEST_TEXT_MAX];
	const struct dirent *entry;
	DIR *dir = opendir(p->directory);
	int err = 0;

	if (!dir)
		return ERR_IO;
	while (!err && (entry = readdir(dir)))
		if (read_config_name(entry->d_name, digest))
			err = check_config(p, entry->d_name, digest);
	closedir(dir);
	return err;
}

static void check_head(struct proof *p)
{
	if (!p->head || p->result.head_link)
		return;
	proof_tell(p, VERIFY_HEAD, p->head,
		"this head is of no link: the end of the chain was cut off or altered, or the head "
		"is of another journal");
}

int journal_verify(const char *directory, const char *head,
	void (*tell)(void *arg, const struct verify_finding *f), void *arg,
	struct verify_result *out)
{
	struct proof *p = calloc(1, sizeof(*p));
	int err = ERR_MEMORY;

	if (!p)
		return ERR_MEMORY;
	p->directory = directory;
	p->head = head;
	p->tell = tell;
	p->arg = arg;
	p->queries.ended = p->events.ended = true;
	p->fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = p->fd < 0 ? ERR_IO : proof_read_chain(p);
	if (!err) {
		check_head(p);
		err = sort_links(p);
	}
	if (!err)
		err = check_segments(p);
	if (!err)
		err = check_unlinked(p, "events");
	if (!err)
		err = check_unlinked(p, "queries");
	if (!err)
		err = check_configs(p);
	if (!err)
		*out = p->result;
	if (p->fd >= 0)
		close(p->fd);
	free(p->by_name);
	free(p->links);
	free(p);
	return err;
}

bool verify_is_whole(const struct verify_result *r)
{
	for (int i = 0; i < VERIFY_WRONG_KINDS; i++)
		if (r->findings[i])
			return false;
	return true;
}
