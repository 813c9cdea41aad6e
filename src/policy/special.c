/* SPDX-License-Identifier: BSD-3-Clause */

#include "policy/special.h"

#define TTL_S 3600

enum special {
	SPECIAL_NXDOMAIN,
	SPECIAL_NODATA,
	SPECIAL_LOOPBACK,
	SPECIAL_EMPTY, /* a zone with nothing in it; who delegates it answers for its DS */
};

static const struct {
	const char *key; /* as name_to_key gives it */
	uint8_t len;
	enum special answer;
} names[] = {
	{"\3alt", 4, SPECIAL_NXDOMAIN}, /* RFC 9476 */
	{"\5local", 6, SPECIAL_NXDOMAIN}, /* RFC 6762 */
	{"\5onion", 6, SPECIAL_NXDOMAIN}, /* RFC 7686 */
	{"\7invalid", 8, SPECIAL_NXDOMAIN}, /* RFC 6761 */
	{"\11localhost", 10, SPECIAL_LOOPBACK}, /* RFC 6761 */
	{"\4arpa\10resolver", 14, SPECIAL_NODATA}, /* RFC 9462 */
	{"\4arpa\4home", 10, SPECIAL_EMPTY}, /* RFC 8375 */
	{"\4arpa\7service", 13, SPECIAL_NXDOMAIN}, /* RFC 9665 */
};

static bool in_own_zone(const struct conf *conf, const struct name *name)
{
	for (unsigned i = 0; i < conf->zone_count; i++)
		if (name_is_below(name, &conf->zones[i].zone))
			return true;
	return false;
}

static size_t answer_loopback(const struct reply_asker *to, uint8_t *out)
{
	static const uint8_t v4[4] = {127, 0, 0, 1}, v6[16] = {[15] = 1};
	static const struct reply_extra none = {.ede = EDE_NONE};
	struct inet_addr addr;

	if (to->question.type != RR_A && to->question.type != RR_AAAA)
		return reply_negative(to, RCODE_NOERROR, TTL_S, &none, out, SPECIAL_ANSWER_MAX);
	addr = to->question.type == RR_A ? inet_addr_v4(v4) : inet_addr_v6(v6);
	return reply_address(to, &addr, TTL_S, &none, out, SPECIAL_ANSWER_MAX);
}

static size_t answer_negative(
	const struct reply_asker *to, enum special special, bool is_apex, uint8_t *out)
{
	static const struct reply_extra none = {.ede = EDE_NONE};
	bool exists = special == SPECIAL_NODATA || (special == SPECIAL_EMPTY && is_apex);

	if (special == SPECIAL_EMPTY && is_apex && to->question.type == RR_DS)
		return 0;
	return reply_negative(
		to, exists ? RCODE_NOERROR : RCODE_NXDOMAIN, TTL_S, &none, out, SPECIAL_ANSWER_MAX);
}

size_t special_answer(
	const struct conf *conf, const struct question *q, uint8_t out[SPECIAL_ANSWER_MAX])
{
	struct reply_asker to = {.has_question = true, .question = *q, .limit = SPECIAL_ANSWER_MAX};
	uint8_t key[NAME_LEN_MAX];
	struct span have = span_of(key, name_to_key(&q->name, key));

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!span_equal(
			    span_part(have, 0, names[i].len), span_of(names[i].key, names[i].len)))
			continue;
		if (in_own_zone(conf, &q->name))
			return 0;
		if (names[i].answer == SPECIAL_LOOPBACK)
			return answer_loopback(&to, out);
		return answer_negative(&to, names[i].answer, have.len == names[i].len, out);
	}
	return 0;
}
