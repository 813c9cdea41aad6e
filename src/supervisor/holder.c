/* SPDX-License-Identifier: BSD-3-Clause */

#include "supervisor/holder.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTENING 0x0a /* the state of a TCP socket in /proc/net/tcp */

/* The kernel prints each four octets as one number of the machine's own order. */
static bool read_address(const char *hex, uint8_t *out, size_t len)
{
	char word[9];
	uint32_t value;

	if (strlen(hex) != 2 * len)
		return false;
	for (size_t i = 0; i < len; i += 4) {
		memcpy(word, hex + 2 * i, 8);
		word[8] = '\0';
		value = (uint32_t)strtoul(word, NULL, 16);
		memcpy(out + i, &value, 4);
	}
	return true;
}

static bool is_zero(const uint8_t *octets, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (octets[i] != 0)
			return false;
	return true;
}

/* The inode of the socket when this line is one that stands in the way. */
static bool read_line(
	const char *line, const struct inet_endpoint *e, bool tcp, unsigned long *inode)
{
	const size_t len = e->addr.is_v4 ? 4 : 16;
	const uint8_t *wanted = e->addr.octets + 16 - len;
	uint8_t address[16];
	char hex[33];
	unsigned port, state;

	if (sscanf(line, " %*u: %32[0-9A-Fa-f]:%4x %*s %2x %*s %*s %*s %*s %*s %lu", hex, &port,
		    &state, inode) != 4 ||
		port != e->port || (tcp && state != LISTENING) || !read_address(hex, address, len))
		return false;
	return memcmp(address, wanted, len) == 0 || is_zero(address, len) || is_zero(wanted, len);
}

static bool find_inode(const struct inet_endpoint *e, bool tcp, unsigned long *inode)
{
	static const char *const paths[2][2] = {
		{"/proc/net/udp6", "/proc/net/udp"},
		{"/proc/net/tcp6", "/proc/net/tcp"},
	};
	FILE *f = fopen(paths[tcp][e->addr.is_v4], "re");
	char line[512];
	bool found = false;

	if (f == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = read_line(line, e, tcp, inode);
	fclose(f);
	return found;
}

static bool has_socket(const char *pid, const char *wanted)
{
	char path[64 + NAME_MAX], target[64];
	const struct dirent *entry;
	bool found = false;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	if ((fds = opendir(path)) == NULL)
		return false;
	while (!found && (entry = readdir(fds)) != NULL) {
		ssize_t len = readlinkat(dirfd(fds), entry->d_name, target, sizeof(target) - 1);

		target[len > 0 ? len : 0] = '\0';
		found = strcmp(target, wanted) == 0;
	}
	closedir(fds);
	return found;
}

static void describe(const char *pid, char out[HOLDER_TEXT_MAX])
{
	char path[64 + NAME_MAX], name[32] = "?";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	if ((f = fopen(path, "re")) != NULL) {
		if (fgets(name, sizeof(name), f) != NULL)
			name[strcspn(name, "\n")] = '\0';
		fclose(f);
	}
	snprintf(out, HOLDER_TEXT_MAX, "process %.10s '%s'", pid, name);
}

bool holder_find(const struct inet_endpoint *e, bool tcp, char out[HOLDER_TEXT_MAX])
{
	const struct dirent *entry;
	unsigned long inode;
	char wanted[64];
	bool found = false;
	DIR *processes;

	if (!find_inode(e, tcp, &inode) || (processes = opendir("/proc")) == NULL)
		return false;
	snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
	while (!found && (entry = readdir(processes)) != NULL) {
		found = isdigit((unsigned char)entry->d_name[0]) &&
			has_socket(entry->d_name, wanted);
		if (found)
			describe(entry->d_name, out);
	}
	closedir(processes);
	return found;
}
