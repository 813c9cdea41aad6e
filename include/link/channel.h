/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LINK_CHANNEL_H
#define LINK_CHANNEL_H

/*
 * Typed messages with at most one descriptor each, between the supervisor and one child, over a
 * SOCK_SEQPACKET pair. A child finds its end as descriptor CHANNEL_FD. Messages are rare; each is
 * sent and received whole, or not at all.
 *
 * A child is started by: its CONFIG, for the front also LISTS, the MMDB_*, UDP, TCP and LINK of
 * each worker, then START. It answers READY when it serves, or exits with CHANNEL_EXIT_REFUSED when
 * it cannot use what it was given (it has said why on standard error). A resolver gets, where its
 * CONFIG needs them, ANCHORS and RESOLV before START, and its LINKs before or after. A reload is
 * CONFIG, LISTS and MMDB_* as at the start, followed by SWAP, answered by SWAPPED. A LINK that
 * comes later replaces that link; the front gets one only to a resolver that is READY, or at its
 * own start. A child whose channel ends exits.
 */

#include "base/err.h"
#include "base/span.h"

#define CHANNEL_FD 3
#define CHANNEL_TEXT_MAX 60000
#define CHANNEL_EXIT_REFUSED 3 /* exit code of a child that starting again would not help */
#define CHANNEL_WORKERS_MAX 64
#define CHANNEL_RESOLVERS_MAX 16
#define CHANNEL_FIRST "first" /* in START of a front: none has been ready yet */
#define CHANNEL_CONTROL UINT32_MAX /* in LINK: not a worker's */

enum channel_type {
	CHANNEL_CONFIG = 1, /* to child: conf_files_unseal's memfd */
	CHANNEL_LISTS, /* to front: sealed generation; without a descriptor: there is none;
			  text: an alarm about it, or nothing */
	CHANNEL_MMDB_COUNTRY, /* to front: sealed database; text is its file name */
	CHANNEL_MMDB_ASN, /* the same */
	CHANNEL_ANCHORS, /* to a resolver: the trust anchors, sealed; without a descriptor they
			    cannot be read, and text says why */
	CHANNEL_RESOLV, /* to a resolver: the system's resolv.conf, likewise */
	CHANNEL_UDP, /* to front: a bound socket for worker a; text is the endpoint */
	CHANNEL_TCP, /* to front: a listening socket for worker a */
	CHANNEL_LINK, /* to front: the end of worker a for resolver b; to a resolver: the end for
			 worker a */
	CHANNEL_START, /* to front: a workers, b resolvers, text CHANNEL_FIRST or nothing; to a
			  resolver: a resolvers, b its own index */
	CHANNEL_READY, /* from child */
	CHANNEL_REFUSED, /* from child: text says why it cannot use what it was given and will exit
			  */
	CHANNEL_SWAP, /* to front: use what was sent since; text says who asked, for the event */
	CHANNEL_SWAPPED, /* from front: a is 0, or 1 when it failed and nothing was changed; text
			    then says why */
	CHANNEL_RELOAD, /* from front: somebody asked on the control socket; text says who */
	CHANNEL_RESULT, /* to front: of that reload: a is 0 or 1 (failed), text for the asker */
	CHANNEL_STATUS, /* from resolver, and passed to the front: a is the resolver, b how often it
			   was restarted, text a JSON object (resolver/resolver.h) */
	CHANNEL_PING, /* to child, each half second */
	CHANNEL_PONG, /* from child */
	CHANNEL_STOP, /* to child: finish and exit 0 */
	CHANNEL_TYPE_END
};

struct channel_message {
	enum channel_type type;
	uint32_t a, b;
	struct span text; /* received: valid until the next receive on that channel, NUL behind it
			   */
	int fd; /* -1 for none; received: the receiver's to close */
};

struct channel;

/* Takes over fd on success, makes it non-blocking and close-on-exec, with a send buffer of 1 MiB.
 */
int channel_new(int fd, struct channel **out) MUST_CHECK;
void channel_free(struct channel *c);
int channel_fd(const struct channel *c);
/* ERR_AGAIN when the other side does not read; ERR_IO when it is gone. The descriptor stays the
 * caller's. */
int channel_send(struct channel *c, const struct channel_message *m) MUST_CHECK;
/* ERR_AGAIN when there is nothing, ERR_MISSING at the end, ERR_FORMAT for a message that is none.
 */
int channel_receive(struct channel *c, struct channel_message *out) MUST_CHECK;

#endif
