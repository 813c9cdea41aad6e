/* SPDX-License-Identifier: BSD-3-Clause */

#include "supervisor/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "conf/sources.h"
#include "match/mmdb.h"
#include "store/generations.h"

#define LISTS_SIZE_MAX ((size_t)4 << 30)
#define MMDB_SIZE_MAX ((size_t)1 << 30)
#define SMALL_FILE_MAX (1u << 20)
#define RESOLVING_MAX (4u << 20)
#define REMEDY "run 'celnik lists build'"

static const char *reason(int err)
{
	return err == ERR_IO ? strerror(errno) : err_text(err);
}

/* A copy of the file that nobody can change or truncate under its readers. */
static int seal_file(const char *path, const char *name, size_t max, int *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int err;

	if (fd < 0)
		return ERR_IO;
	err = file_seal_copy(fd, name, max, out);
	close(fd);
	return err;
}

static int open_lists(struct snapshot *s, const char *path)
{
	struct store *store;
	int fd, err = seal_file(path, "lists", LISTS_SIZE_MAX, &fd);

	if (err != 0)
		return err;
	if ((err = store_open_fd(fd, &store)) != 0) {
		close(fd);
		return err;
	}
	store_info_read(store, &s->lists);
	store_close(store);
	s->lists_fd = fd;
	return 0;
}

/* Without usable lists: in enforce mode nothing may quietly pass, in observe mode nothing is lost
 * but the record. */
static void report_no_lists(const struct snapshot *s, enum snapshot_for what_for, const char *path,
	int err, struct report *r)
{
	const struct report_place place = {.file = path};
	bool refused = what_for == SNAPSHOT_RELOAD || s->conf->mode == MODE_ENFORCE;
	const char *effect = refused ? "" : ", and no name or address is looked up in any";

	if (err == ERR_MISSING)
		report_add(r, refused ? REPORT_ERROR : REPORT_WARNING, &place,
			"there are no compiled lists%s; " REMEDY, effect);
	else
		report_add(r, refused ? REPORT_ERROR : REPORT_WARNING, &place,
			"the compiled lists cannot be used (%s)%s; " REMEDY, reason(err), effect);
}

/* What only a reload can mend is an alarm for as long as these lists are in force. */
static void compare_sources(
	struct snapshot *s, enum snapshot_for what_for, const char *path, struct report *r)
{
	const struct report_place place = {.file = path};
	enum report_level level = what_for == SNAPSHOT_RELOAD ? REPORT_ERROR : REPORT_WARNING;
	const size_t max = sizeof(s->lists_alarm);
	uint8_t digest[DIGEST_LEN];
	struct report *unread = report_new(1);
	int err = unread ? conf_sources_digest(s->conf, unread, digest) : ERR_MEMORY;

	report_free(unread);
	if (err != 0)
		snprintf(s->lists_alarm, max,
			"the files that the lists are made of cannot be read (%s); correct "
			"lists.sources or the files, then run 'celnik reload'",
			reason(err));
	else if (memcmp(digest, s->lists.sources, DIGEST_LEN) != 0)
		snprintf(s->lists_alarm, max,
			"the compiled lists differ from the configuration or the files they are "
			"made of; run 'celnik reload', which builds them");
	if (*s->lists_alarm != '\0')
		report_add(r, level, &place, "%s", s->lists_alarm);
}

static void load_lists(struct snapshot *s, enum snapshot_for what_for, struct report *r)
{
	char path[GENERATIONS_PATH_MAX];
	int err;

	if (s->conf->source_count == 0)
		return;
	if ((err = generations_current(s->conf->lists_store, path)) != 0)
		report_no_lists(s, what_for, s->conf->lists_store, err, r);
	else if ((err = open_lists(s, path)) != 0)
		report_no_lists(s, what_for, path, err, r);
	else
		compare_sources(s, what_for, path, r);
}

static int open_mmdb(const char *path, int *out)
{
	struct mmdb *mmdb;
	int fd, err = seal_file(path, "mmdb", MMDB_SIZE_MAX, &fd);

	if (err != 0)
		return err;
	if ((err = mmdb_open_fd(fd, path, &mmdb)) == 0) {
		err = mmdb_check(mmdb);
		mmdb_close(mmdb);
	}
	if (err == 0)
		*out = fd;
	else
		close(fd);
	/* What could be copied could be read. */
	return err == ERR_IO ? ERR_FORMAT : err;
}

static void load_mmdb(
	struct snapshot *s, enum channel_type type, const char *path, struct report *r)
{
	const struct report_place place = {.file = path};
	int fd = -1, err = open_mmdb(path, &fd);

	if (err == ERR_FORMAT)
		report_add(r, REPORT_ERROR, &place,
			"this is no whole MaxMind database; replace the file or take it out of "
			"geoip");
	else if (err != 0)
		report_add(r, REPORT_ERROR, &place, "cannot read the database: %s; correct geoip",
			reason(err));
	else
		s->mmdbs[s->mmdb_count++] = (struct snapshot_mmdb){type, path, fd};
}

static int load_mmdbs(struct snapshot *s, struct report *r)
{
	const struct conf *c = s->conf;

	s->mmdbs = calloc(c->geoip_country_count + 1, sizeof(*s->mmdbs));
	if (s->mmdbs == NULL)
		return ERR_MEMORY;
	for (unsigned i = 0; i < c->geoip_country_count; i++)
		load_mmdb(s, CHANNEL_MMDB_COUNTRY, c->geoip_country[i], r);
	if (c->geoip_asn != NULL)
		load_mmdb(s, CHANNEL_MMDB_ASN, c->geoip_asn, r);
	return 0;
}

static void put_endpoints(struct buf *out, const struct inet_endpoint *list, unsigned count)
{
	char text[INET_ENDPOINT_TEXT_MAX];

	for (unsigned i = 0; i < count; i++)
		buf_printf(out, " %s", inet_endpoint_format(&list[i], text));
	buf_put_text(out, "\n");
}

/* A file that cannot be read is the resolver's to complain about: it knows whether it can do
 * without. */
static void load_small(const char *path, const char *name, struct snapshot_file *out)
{
	int err = seal_file(path, name, SMALL_FILE_MAX, &out->fd);

	if (err != 0)
		*out = (struct snapshot_file){-1, err == ERR_IO ? errno : EFBIG};
}

static void load_for_resolvers(struct snapshot *s)
{
	if (s->conf->validate != CONF_VALIDATE_NO)
		load_small(s->conf->trust_anchors, "anchors", &s->anchors);
	if (s->conf->upstreams_system)
		load_small("/etc/resolv.conf", "resolv.conf", &s->resolv);
}

static void put_file(struct buf *out, const struct snapshot_file *f)
{
	char *text;
	size_t len;

	buf_printf(out, "%d\n", f->problem);
	if (f->fd < 0 || file_read_fd(f->fd, SMALL_FILE_MAX, &text, &len) != 0)
		return;
	buf_put(out, text, len);
	free(text);
}

static int digest_resolving(const struct snapshot *s, uint8_t out[DIGEST_LEN])
{
	const struct conf *c = s->conf;
	struct buf b;
	int err;

	buf_init_heap(&b, RESOLVING_MAX);
	put_endpoints(&b, c->upstreams, c->upstream_count);
	for (unsigned i = 0; i < c->zone_count; i++) {
		buf_put_span(&b, name_span(&c->zones[i].zone));
		buf_put_u8(&b, c->zones[i].validate);
		put_endpoints(&b, c->zones[i].servers, c->zones[i].server_count);
	}
	buf_printf(&b, "%d %d %llu\n", c->validate, c->upstreams_system,
		(unsigned long long)c->cache_size);
	put_file(&b, &s->resolv);
	put_file(&b, &s->anchors);
	err = b.overflow ? ERR_MEMORY : digest_of(buf_span(&b), out);
	buf_release(&b);
	return err;
}

int snapshot_load(const char *config_path, enum snapshot_for what_for, struct report *r,
	struct snapshot **out)
{
	struct conf_files *files = NULL;
	struct snapshot *s = calloc(1, sizeof(*s));
	int err;

	if (s == NULL)
		return ERR_MEMORY;
	s->config_fd = s->lists_fd = s->anchors.fd = s->resolv.fd = -1;
	if ((err = conf_files_read(config_path, r, &files)) != 0 ||
		(err = conf_parse(files, r, &s->conf)) != 0 ||
		(err = conf_files_seal(files, &s->config_fd)) != 0 || (err = load_mmdbs(s, r)) != 0)
		goto out;
	load_for_resolvers(s);
	if ((err = digest_resolving(s, s->resolving)) != 0)
		goto out;
	load_lists(s, what_for, r);
	if (report_count(r, REPORT_ERROR) > 0)
		err = ERR_FORMAT;
out:
	/* A failure that nobody has put into words yet. */
	if (err != 0 && report_count(r, REPORT_ERROR) == 0)
		report_add(r, REPORT_ERROR, &(struct report_place){.file = config_path},
			"cannot be used: %s", reason(err));
	conf_files_free(files);
	if (err == 0)
		*out = s;
	else
		snapshot_free(s);
	return err;
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

void snapshot_free(struct snapshot *s)
{
	if (s == NULL)
		return;
	for (unsigned i = 0; i < s->mmdb_count; i++)
		close(s->mmdbs[i].fd);
	free(s->mmdbs);
	close_if_open(s->lists_fd);
	close_if_open(s->config_fd);
	close_if_open(s->anchors.fd);
	close_if_open(s->resolv.fd);
	conf_free(s->conf);
	free(s);
}

static bool listens_alike(const struct conf *a, const struct conf *b)
{
	if (a->listen_count != b->listen_count)
		return false;
	for (unsigned i = 0; i < a->listen_count; i++)
		if (!inet_endpoint_equal(&a->listen[i], &b->listen[i]))
			return false;
	return true;
}

const char *snapshot_needs_restart(const struct conf *old, const struct conf *new)
{
	const struct {
		const char *key;
		bool same;
	} keys[] = {
		{"listen", listens_alike(old, new)},
		{"workers", old->workers == new->workers},
		{"resolvers", old->resolvers == new->resolvers},
		{"user", strcmp(old->user, new->user) == 0},
		{"state", strcmp(old->state, new->state) == 0},
		{"control", strcmp(old->control, new->control) == 0},
		{"journal.directory", strcmp(old->journal_directory, new->journal_directory) == 0},
		{"journal.ring", old->journal_ring == new->journal_ring},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!keys[i].same)
			return keys[i].key;
	return NULL;
}
