/* SPDX-License-Identifier: BSD-3-Clause */

#include "resolver/upstreams.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"

#define RESOLV_CONF_MAX (64u << 10)
#define BLANKS " \t\r"

static bool is_any(const struct inet_addr *a)
{
	static const uint8_t zeros[16];

	return memcmp(a->octets + (a->is_v4 ? 12 : 0), zeros, a->is_v4 ? 4 : 16) == 0;
}

/* Only an address of this host can be bound to. */
static bool is_own(const struct inet_addr *a)
{
	const struct inet_endpoint e = {*a, 0};
	struct sockaddr_storage address;
	socklen_t len = inet_endpoint_to_sockaddr(&e, &address);
	int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool own = fd >= 0 && bind(fd, (const struct sockaddr *)&address, len) == 0;

	if (fd >= 0)
		close(fd);
	return own;
}

static bool is_celnik(
	const struct inet_endpoint *e, const struct inet_endpoint *listen, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (inet_endpoint_equal(e, &listen[i]) ||
			(listen[i].port == e->port && is_any(&listen[i].addr) &&
				listen[i].addr.is_v4 == e->addr.is_v4 && is_own(&e->addr)))
			return true;
	return false;
}

static bool is_among(
	const struct inet_endpoint *e, const struct inet_endpoint *list, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (inet_endpoint_equal(e, &list[i]))
			return true;
	return false;
}

/* "nameserver ADDRESS"; an IPv6 address with a zone index is nothing that we can use. */
static bool read_line(const char *line, struct inet_endpoint *out)
{
	static const char keyword[] = "nameserver";
	const char *address;

	line += strspn(line, BLANKS);
	if (strncmp(line, keyword, sizeof(keyword) - 1) != 0)
		return false;
	line += sizeof(keyword) - 1;
	address = line + strspn(line, BLANKS);
	if (address == line)
		return false;
	out->port = 53;
	return inet_addr_parse(span_of(address, strcspn(address, BLANKS)), &out->addr) == 0;
}

int upstreams_of_system(const char *path, const struct inet_endpoint *listen, unsigned listen_count,
	struct inet_endpoint *out, unsigned max, unsigned *count)
{
	char *text, *rest, *line;
	size_t len;
	unsigned found = 0;
	int err = file_read(path, RESOLV_CONF_MAX, &text, &len);

	if (err != 0)
		return err;
	for (rest = text; found < max && (line = strsep(&rest, "\n")) != NULL;) {
		struct inet_endpoint e;

		if (read_line(line, &e) && !is_celnik(&e, listen, listen_count) &&
			!is_among(&e, out, found))
			out[found++] = e;
	}
	free(text);
	if (found == 0)
		return ERR_MISSING;
	*count = found;
	return 0;
}
