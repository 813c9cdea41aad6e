/* SPDX-License-Identifier: BSD-3-Clause */

#include "front/counter.h"

const char *const counter_text[COUNTER_COUNT] = {
	[COUNTER_QUERIES_UDP] = "queries.udp",
	[COUNTER_QUERIES_TCP] = "queries.tcp",
	[COUNTER_CACHE_HITS] = "cache.hits",
	[COUNTER_CACHE_MISSES] = "cache.misses",
	[COUNTER_CACHE_EVICTED] = "cache.evicted",
	[COUNTER_CACHE_REJUDGED] = "cache.rejudged",
	[COUNTER_MERGED] = "resolver.merged",
	[COUNTER_ASKED] = "resolver.asked",
	[COUNTER_ASKED_AGAIN] = "resolver.asked_again",
	[COUNTER_QUARANTINED] = "resolver.quarantined",
	[COUNTER_ANSWERS_BAD] = "resolver.answers_bad",
	[COUNTER_DEADLINES] = "resolver.deadlines",
	[COUNTER_OVERLOAD] = "answers.overload",
	[COUNTER_SERVFAIL] = "answers.servfail",
	[COUNTER_BOGUS] = "answers.bogus",
	[COUNTER_ALLOWED] = "decisions.allowed",
	[COUNTER_BLOCKED] = "decisions.blocked",
	[COUNTER_WOULD_BLOCK] = "decisions.would_block",
	[COUNTER_ALERTS] = "decisions.alerts",
	[COUNTER_CLIENT_REFUSED] = "refused.clients",
	[COUNTER_QUERY_MALFORMED] = "refused.malformed",
	[COUNTER_QUERY_UNSUPPORTED] = "refused.unsupported",
	[COUNTER_SEND_FAILED] = "send.failed",
	[COUNTER_TCP_ACCEPTED] = "tcp.accepted",
	[COUNTER_TCP_CLOSED_LIMIT] = "tcp.closed_for_room",
	[COUNTER_TCP_CLOSED_TIME] = "tcp.closed_for_time",
};
