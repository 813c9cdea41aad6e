/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_ANSWER_FILE_H
#define CELNIK_ANSWER_FILE_H

/* A saved answer: a DNS message as it was on the wire, or what dig, kdig or drill print of one. */

#include "base/buf.h"
#include "wire/message.h"

/* The message goes to packet. What is wrong is said on standard error, an answer to another
 * question included: CLI_NONE, CLI_IO. */
int answer_file_read(const char *path, const struct question *q, struct buf *packet) MUST_CHECK;

#endif
