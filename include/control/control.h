/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

/*
 * The control socket: a Unix stream socket where one line of JSON asks and one line of JSON
 * answers, and the connection ends. A request is {"verb": "status"}; a reply {"ok": true, ...} or
 * {"ok": false, "error": "..."}. Reading verbs need the group that owns the socket, changing verbs
 * root or the daemon's own user (SO_PEERCRED).
 *
 * Whoever may connect can neither make the server grow nor keep it busy: the lengths below, the
 * number of clients, and the time a client may take to ask and to read its answer are all limited.
 * Everything happens in the loop's thread.
 */

#include "base/buf.h"
#include "base/err.h"
#include "loop/loop.h"
#include "json/reader.h"

#define CONTROL_REQUEST_MAX 4096 /* octets, without the line end */
#define CONTROL_REPLY_MAX (1u << 20)
#define CONTROL_CLIENTS_MAX 16 /* at the same time; one more is refused */
#define CONTROL_TIME_MS 5000 /* to send a request, and again to read the answer */

struct control_server;
struct control_request; /* one that is being answered */

/*
 * A row of the server's verb table. fn answers at once with control_answer or control_refuse, or
 * keeps the request and answers later: each request exactly once. body is valid during the call.
 */
struct control_verb {
	const char *name;
	bool changes;
	void (*fn)(void *arg, struct control_request *request, const struct json_value *body);
};

/*
 * Binds path (an old socket nobody listens on is removed), mode 0660. verbs end with a NULL name;
 * they and arg must outlive the server. ERR_STATE when another server listens there, ERR_IO (errno
 * is EEXIST when path is something else than a socket, ENAMETOOLONG when it is too long for one),
 * ERR_MEMORY.
 */
int control_server_new(struct loop *l, const char *path, const struct control_verb *verbs,
	void *arg, struct control_server **out) MUST_CHECK;
/* Requests still kept are dropped, and no longer valid; removes the socket. NULL is fine. Not from
 * inside a verb. */
void control_server_free(struct control_server *s);
/* json is one object without a line end. The request is no longer valid. An answer above
 * CONTROL_REPLY_MAX is replaced by an error. */
void control_answer(struct control_request *request, struct span json);
void control_refuse(struct control_request *request, const char *error);
/* "uid 1000" of who asked; valid as long as the request. */
const char *control_who(const struct control_request *request);

/*
 * The client's side, blocking for timeout_ms at most. request is one line without its end. *out is
 * the reply as heap text without the line end. ERR_IO (errno says why), ERR_FORMAT (no whole line
 * came, or one that is too long), ERR_AGAIN on time-out, ERR_MEMORY.
 */
int control_call(const char *path, struct span request, uint32_t timeout_ms, char **out) MUST_CHECK;

#endif
