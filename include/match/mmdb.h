/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef MATCH_MMDB_H
#define MATCH_MMDB_H

/*
 * A MaxMind DB file of countries or ASNs. Both layouts are read: `country.iso_code` and the flat
 * `country_code`; `autonomous_system_number` and the flat `asn`. The only module that sees
 * libmaxminddb. Immutable, thread-safe.
 */

#include "base/err.h"
#include "base/inet.h"
#include "base/span.h"

struct mmdb;

/* From an open file or sealed memfd, verified by reading its metadata; name is the file's name for
 * logs, copied. */
int mmdb_open_fd(int fd, const char *name, struct mmdb **out) MUST_CHECK;
int mmdb_open(const char *path, struct mmdb **out) MUST_CHECK;
void mmdb_close(struct mmdb *m);
/*
 * Reads all of it once: every node of the tree, every record it leads to. The format has no
 * checksum, so a value that was changed into another stays unseen. ERR_FORMAT, ERR_MEMORY.
 */
int mmdb_check(const struct mmdb *m) MUST_CHECK;
const char *mmdb_name(const struct mmdb *m);
/* Seconds since 1970 when the database was built, from its metadata. */
uint64_t mmdb_built_s(const struct mmdb *m);
/* Two capital letters; ERR_MISSING when the database does not know. */
int mmdb_country(const struct mmdb *m, const struct inet_addr *addr, char out[3]) MUST_CHECK;
int mmdb_asn(const struct mmdb *m, const struct inet_addr *addr, uint32_t *out) MUST_CHECK;

#endif
