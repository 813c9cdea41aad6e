/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CELNIK_ASK_H
#define CELNIK_ASK_H

/* One question to the running daemon, with the messages a person needs when it does not work. */

#include "cli.h"
#include "control/control.h"
#include "json/reader.h"

#define ASK_TIME_MS 10000

struct ask_reply {
	char *line; /* as it came */
	struct json_document *document;
	const struct json_value *root; /* {"ok": true, ...} */
};

/*
 * The configured control socket. That of the installed default, with a message, when conf is NULL:
 * a daemon serves on, and must be asked, while its configuration is being broken.
 */
const char *ask_socket(const struct conf *conf);
/*
 * request is one line. Returns CLI_OK with a reply that the caller releases; CLI_NONE when the
 * daemon refused and CLI_IO when none answered, both after saying so on standard error.
 */
int ask_daemon(const char *socket, const char *request, uint32_t timeout_ms, struct ask_reply *out);
/* The same, but quietly when no daemon listens there: *none is set then, and CLI_IO returned. */
int ask_daemon_if_any(const char *socket, const char *request, uint32_t timeout_ms,
	struct ask_reply *out, bool *none);
void ask_release(struct ask_reply *reply);

#endif
