/* SPDX-License-Identifier: BSD-3-Clause */

#include "match/mmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <maxminddb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_DEPTH 3

struct mmdb {
	MMDB_s db;
	char *name;
};

/* Where databases keep a value, the layout of MaxMind first. */
static const char *const country_paths[][PATH_DEPTH] = {
	{"country", "iso_code", NULL},
	{"country_code", NULL},
};
static const char *const asn_paths[][PATH_DEPTH] = {
	{"autonomous_system_number", NULL},
	{"asn", NULL},
};

static int code_of(int mmdb)
{
	switch (mmdb) {
	case MMDB_SUCCESS:
		return 0;
	case MMDB_OUT_OF_MEMORY_ERROR:
		return ERR_MEMORY;
	case MMDB_FILE_OPEN_ERROR:
	case MMDB_IO_ERROR:
		return ERR_IO;
	default:
		return ERR_FORMAT;
	}
}

static bool metadata_is_sound(const MMDB_s *db)
{
	const MMDB_metadata_s *m = &db->metadata;

	return m->binary_format_major_version == 2 && m->node_count > 0 &&
	       (m->ip_version == 4 || m->ip_version == 6);
}

static int open_path(const char *path, const char *name, struct mmdb **out)
{
	struct mmdb *m = calloc(1, sizeof(*m));
	int err;

	if (!m)
		return ERR_MEMORY;
	err = code_of(MMDB_open(path, MMDB_MODE_MMAP, &m->db));
	if (err) {
		free(m);
		return err;
	}
	m->name = strdup(name);
	if (!m->name)
		err = ERR_MEMORY;
	else if (!metadata_is_sound(&m->db))
		err = ERR_FORMAT;
	if (err)
		mmdb_close(m);
	else
		*out = m;
	return err;
}

int mmdb_open_fd(int fd, const char *name, struct mmdb **out)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open_path(path, name, out);
}

int mmdb_open(const char *path, struct mmdb **out)
{
	const char *slash = strrchr(path, '/');

	return open_path(path, slash ? slash + 1 : path, out);
}

void mmdb_close(struct mmdb *m)
{
	if (!m)
		return;
	MMDB_close(&m->db);
	free(m->name);
	free(m);
}

/* seen has a bit for each offset of a record that was read before: many networks share one. */
static int check_record(uint8_t type, MMDB_entry_s entry, uint8_t *seen)
{
	MMDB_entry_data_list_s *list = NULL;
	int mmdb;

	if (type == MMDB_RECORD_TYPE_INVALID)
		return ERR_FORMAT;
	if (type != MMDB_RECORD_TYPE_DATA)
		return 0;
	if (entry.offset >= entry.mmdb->data_section_size)
		return ERR_FORMAT;
	if (seen[entry.offset / 8] >> entry.offset % 8 & 1)
		return 0;
	seen[entry.offset / 8] |= (uint8_t)(1u << entry.offset % 8);
	mmdb = MMDB_get_entry_data_list(&entry, &list);
	MMDB_free_entry_data_list(list);
	return code_of(mmdb);
}

int mmdb_check(const struct mmdb *m)
{
	uint8_t *seen = calloc(1, m->db.data_section_size / 8 + 1);
	MMDB_search_node_s node;
	int err = seen ? 0 : ERR_MEMORY;

	for (uint32_t i = 0; !err && i < m->db.metadata.node_count; i++) {
		err = code_of(MMDB_read_node(&m->db, i, &node));
		if (!err)
			err = check_record(node.left_record_type, node.left_record_entry, seen);
		if (!err)
			err = check_record(node.right_record_type, node.right_record_entry, seen);
	}
	free(seen);
	return err;
}

const char *mmdb_name(const struct mmdb *m)
{
	return m->name;
}

uint64_t mmdb_built_s(const struct mmdb *m)
{
	return m->db.metadata.build_epoch;
}

static bool is_mapped(const struct inet_addr *addr)
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	return addr->is_v4 || memcmp(addr->octets, prefix, sizeof(prefix)) == 0;
}

static int lookup(const struct mmdb *m, const struct inet_addr *addr, MMDB_entry_s *out)
{
	struct inet_endpoint endpoint = {.addr = *addr};
	struct sockaddr_storage sa;
	MMDB_lookup_result_s found;
	int mmdb = MMDB_SUCCESS;

	endpoint.addr.is_v4 = is_mapped(addr);
	if (!endpoint.addr.is_v4 && m->db.metadata.ip_version == 4)
		return ERR_MISSING;
	inet_endpoint_to_sockaddr(&endpoint, &sa);
	found = MMDB_lookup_sockaddr(&m->db, (const struct sockaddr *)&sa, &mmdb);
	if (mmdb != MMDB_SUCCESS || !found.found_entry)
		return ERR_MISSING;
	*out = found.entry;
	return 0;
}

static bool value_at(MMDB_entry_s *entry, const char *const *path, MMDB_entry_data_s *out)
{
	return MMDB_aget_value(entry, out, path) == MMDB_SUCCESS && out->has_data;
}

static bool is_capital(char c)
{
	return c >= 'A' && c <= 'Z';
}

int mmdb_country(const struct mmdb *m, const struct inet_addr *addr, char out[3])
{
	MMDB_entry_data_s value;
	MMDB_entry_s entry;
	int err = lookup(m, addr, &entry);

	for (size_t i = 0; !err && i < sizeof(country_paths) / sizeof(country_paths[0]); i++) {
		if (!value_at(&entry, country_paths[i], &value) ||
			value.type != MMDB_DATA_TYPE_UTF8_STRING || value.data_size != 2 ||
			!is_capital(value.utf8_string[0]) || !is_capital(value.utf8_string[1]))
			continue;
		out[0] = value.utf8_string[0];
		out[1] = value.utf8_string[1];
		out[2] = '\0';
		return 0;
	}
	return ERR_MISSING;
}

static bool number_of(const MMDB_entry_data_s *value, uint32_t *out)
{
	uint64_t n;

	switch (value->type) {
	case MMDB_DATA_TYPE_UINT16:
		n = value->uint16;
		break;
	case MMDB_DATA_TYPE_UINT32:
		n = value->uint32;
		break;
	case MMDB_DATA_TYPE_UINT64:
		n = value->uint64;
		break;
	default:
		return false;
	}
	if (n == 0 || n > UINT32_MAX)
		return false;
	*out = (uint32_t)n;
	return true;
}

int mmdb_asn(const struct mmdb *m, const struct inet_addr *addr, uint32_t *out)
{
	MMDB_entry_data_s value;
	MMDB_entry_s entry;
	int err = lookup(m, addr, &entry);

	for (size_t i = 0; !err && i < sizeof(asn_paths) / sizeof(asn_paths[0]); i++)
		if (value_at(&entry, asn_paths[i], &value) && number_of(&value, out))
			return 0;
	return ERR_MISSING;
}
