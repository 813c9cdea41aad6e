/* SPDX-License-Identifier: BSD-3-Clause */
#include "ask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "screen.h"

#define SOCKET_DEFAULT RUNSTATEDIR "/celnik/control.sock"

const char *ask_socket(const struct conf *conf)
{
	if (conf)
		return conf->control;
	fprintf(stderr,
		"celnik: the configuration cannot be used; asking at the default control socket "
		"'%s'\n",
		SOCKET_DEFAULT);
	return SOCKET_DEFAULT;
}

static bool is_nobody(int err)
{
	return err == ERR_IO && (errno == ENOENT || errno == ECONNREFUSED);
}

static void say_why(const char *socket, int err, uint32_t timeout_ms)
{
	if (is_nobody(err))
		fprintf(stderr,
			"celnik: no daemon answers; is celnikd running? the control socket is "
			"'%s'\n",
			socket);
	else if (err == ERR_IO && (errno == EACCES || errno == EPERM))
		fprintf(stderr,
			"celnik: no permission for the control socket '%s'; become root or a "
			"member of its group\n",
			socket);
	else if (err == ERR_AGAIN)
		fprintf(stderr,
			"celnik: no answer within %u s at the control socket '%s'; look at the "
			"messages of celnikd\n",
			timeout_ms / 1000, socket);
	else if (err == ERR_FORMAT)
		fprintf(stderr,
			"celnik: no whole answer came at the control socket '%s'; is it that of "
			"celnikd, and of this version?\n",
			socket);
	else
		fprintf(stderr, "celnik: cannot ask at the control socket '%s': %s\n", socket,
			err == ERR_IO ? strerror(errno) : err_text(err));
}

/* A report ends its lines itself. */
static void say_refusal(const char *text)
{
	size_t len = strlen(text);

	fputs("celnik: ", stderr);
	screen_text(stderr, text);
	if (len == 0 || text[len - 1] != '\n')
		fputc('\n', stderr);
}

int ask_daemon_if_any(const char *socket, const char *request, uint32_t timeout_ms,
	struct ask_reply *out, bool *none)
{
	struct ask_reply reply = {0};
	int err = control_call(socket, span_text(request), timeout_ms, &reply.line);

	if (!err)
		err = json_parse(span_text(reply.line), &reply.document);
	if (err) {
		if (none && is_nobody(err))
			*none = true;
		else
			say_why(socket, err, timeout_ms);
		ask_release(&reply);
		return CLI_IO;
	}
	reply.root = json_root(reply.document);
	if (!json_get_bool(reply.root, "ok", false)) {
		say_refusal(json_get_string(reply.root, "error", "the daemon refused"));
		ask_release(&reply);
		return CLI_NONE;
	}
	*out = reply;
	return CLI_OK;
}

int ask_daemon(const char *socket, const char *request, uint32_t timeout_ms, struct ask_reply *out)
{
	return ask_daemon_if_any(socket, request, timeout_ms, out, NULL);
}

void ask_release(struct ask_reply *reply)
{
	json_document_free(reply->document);
	free(reply->line);
	*reply = (struct ask_reply){0};
}
