/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_DOMAIN_LIST_H
#define CONF_DOMAIN_LIST_H

/*
 * Which files a domain list of v2fly's form consists of: a line `include:NAME` stands for the file
 * of that name beside it. What the other lines mean is not known here.
 */

#include "base/err.h"
#include "base/span.h"

#define DOMAIN_LIST_FILES_MAX 4096
#define DOMAIN_LIST_FILE_MAX ((size_t)256 << 20) /* octets */

/* True when the line, without blanks around it, includes a file; *name is what stands behind
 * `include:` up to a blank, *rest what follows. */
bool domain_list_include(struct span line, struct span *name, struct span *rest);
/* The file called name beside the file at path, on the heap. NULL when name cannot be that of a
 * file there (letters, digits, and `!._-` behind the first), or memory is exhausted. */
char *domain_list_path(const char *path, struct span name);

struct domain_list_files {
	char **paths;
	size_t count;
};
/*
 * The file at path and all that it leads to, each once, in the order they are met. Lines that
 * include what cannot be a name are passed over. ERR_IO (errno) with the file in *problem, which is
 * on the heap and the caller's; ERR_LIMIT, ERR_MEMORY.
 */
int domain_list_files(const char *path, struct domain_list_files *out, char **problem) MUST_CHECK;
/* A zeroed one is fine. */
void domain_list_files_release(struct domain_list_files *f);

#endif
