/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * The one set of error codes. A fallible function returns 0 or one of these negative codes, and
 * writes its out parameters only when it returns 0. What a rule decides or what an answer contains
 * is never an error code.
 */

enum err {
	ERR_MEMORY = -1, /* an allocation failed */
	ERR_IO = -2, /* the operating system refused; errno says why */
	ERR_FORMAT = -3, /* the input does not have the form it must have */
	ERR_LIMIT = -4, /* a stated maximum would be exceeded */
	ERR_MISSING = -5, /* what was asked for is not there */
	ERR_STATE = -6, /* the call does not fit what was done before */
	ERR_VERSION = -7, /* written by another format version */
	ERR_AGAIN = -8, /* full or empty at the moment; try again later */
};

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((__format__(__printf__, text, first)))

/* A fixed lower-case sentence for a code; never NULL. For ERR_IO the caller adds strerror(errno).
 */
const char *err_text(int err);

#endif
