/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_FILE_H
#define BASE_FILE_H

/* Files read whole with a bound, replaced atomically, and copied into sealed memory. Paths are the
 * caller's. */

#include "base/err.h"
#include "base/span.h"

/* Heap text of the whole file with a NUL behind it (not counted). ERR_LIMIT above max, ERR_IO,
 * ERR_MEMORY. */
int file_read(const char *path, size_t max, char **out, size_t *len) MUST_CHECK;
/* The same from the start of an open regular file or memfd; does not close it. */
int file_read_fd(int fd, size_t max, char **out, size_t *len) MUST_CHECK;
/* Writes path.tmp, fsyncs, renames over path, fsyncs the directory. On failure nothing is left
 * behind. */
int file_replace(const char *path, struct span content, unsigned mode) MUST_CHECK;
/* Copies an open file into a new memfd with all seals set (close-on-exec); *out is the caller's.
 * Kernels before 6.7 map it only privately or after reopening it read-only. */
int file_seal_copy(int fd, const char *name, size_t max, int *out) MUST_CHECK;
/* Whether it is such a copy: nobody can change it any more. */
bool file_is_sealed(int fd);
int file_seal_span(struct span content, const char *name, int *out) MUST_CHECK;
/* All of data or ERR_IO; EINTR and short writes are retried. */
int file_write_all(int fd, struct span data) MUST_CHECK;
/* Makes a directory and its missing parents with mode (less the umask). Existing is no error. */
int file_make_directory(const char *path, unsigned mode) MUST_CHECK;

#endif
