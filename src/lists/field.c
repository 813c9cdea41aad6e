/* SPDX-License-Identifier: BSD-3-Clause */

#include "field.h"

#include <string.h>

#include "lists/idn.h"

#define ID_MAX 64

static const char *const match_words[] = {
	[NAME_MATCH_EXACT] = "exact", [NAME_MATCH_SUFFIX] = "suffix", [NAME_MATCH_TLD] = "tld"};
static const char *const fact_words[] = {[FACT_LISTED] = "listed",
	[FACT_LOCATED] = "located",
	[FACT_OPERATED] = "operated",
	[FACT_OWNED] = "owned"};
static const char *const confidence_words[] = {
	[CONFIDENCE_LOW] = "low", [CONFIDENCE_MEDIUM] = "medium", [CONFIDENCE_HIGH] = "high"};

#define COUNT(words) (sizeof(words) / sizeof((words)[0]))

/* The index of the word, or count. */
static size_t word_find(struct span text, const char *const *words, size_t count)
{
	size_t i = 0;

	while (i < count && !span_equal(text, span_text(words[i])))
		i++;
	return i;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const char *name_characters(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (c == '/')
			return "the name has a slash; write host names, not addresses of pages or "
			       "prefixes";
		if (c == ' ' || c == '\t')
			return "there is more than one name; write one a line";
		if (c == '*')
			return "a '*' may only stand as the first label";
		if (!is_letter(c) && !is_digit(c) && c != '-' && c != '_' && c != '.')
			return "the name has a character that host names do not have";
	}
	return NULL;
}

/* No top-level domain is a number, but the last octet of an address is. */
static bool is_address_like(struct span text)
{
	size_t at = text.len;

	while (at > 0 && is_digit(text.data[at - 1]))
		at--;
	return at < text.len && (at == 0 || text.data[at - 1] == '.');
}

static bool is_ascii(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] >= 0x80)
			return false;
	return true;
}

const char *field_name(struct span text, enum name_match match, struct name *out)
{
	char ascii[IDN_NAME_MAX];
	const char *problem;
	struct name name;

	if (!is_ascii(text)) {
		if (idn_to_ascii(text, ascii) != 0)
			return "the name cannot be written in A-labels (xn--...); mend it";
		text = span_text(ascii);
	}
	if (text.len > 0 && text.data[text.len - 1] == '.')
		text.len--;
	if (text.len == 0)
		return "the name is empty";
	problem = name_characters(text);
	if (problem)
		return problem;
	if (is_address_like(text))
		return "this is an address; put it on a list of format cidr";
	if (name_parse(text, &name) != 0)
		return "the name has an empty label, one of more than 63 octets, or more than 253 "
		       "octets";
	if (name.labels < 2 && match != NAME_MATCH_TLD)
		return "a single label would catch a whole top-level domain; if that is meant, "
		       "write it in a tsv list with match tld";
	name_to_lower(&name);
	*out = name;
	return NULL;
}

/* True when last lies further from first than a range may reach: bits of the address that are free.
 */
static bool is_wider(const struct inet_addr *first, const struct inet_addr *last, unsigned bits)
{
	unsigned borrow = 0;
	uint8_t difference[16];

	for (int i = 15; i >= 0; i--) {
		unsigned d = 256u + last->octets[i] - first->octets[i] - borrow;

		difference[i] = (uint8_t)d;
		borrow = d < 256;
	}
	for (unsigned i = 0; i < 16 - bits / 8; i++)
		if (difference[i] != 0)
			return true;
	return false;
}

static const char *range_of_two(
	struct span text, size_t dash, struct inet_addr *first, struct inet_addr *last)
{
	struct span a = span_part(text, 0, dash), b = span_part(text, dash + 1, text.len);

	while (a.len > 0 && a.data[a.len - 1] == ' ')
		a.len--;
	while (b.len > 0 && b.data[0] == ' ')
		b = span_part(b, 1, b.len);
	if (inet_addr_parse(a, first) != 0 || inet_addr_parse(b, last) != 0)
		return "this is no range; write first-last with two addresses";
	if (first->is_v4 != last->is_v4)
		return "the range mixes IPv4 and IPv6";
	if (inet_addr_compare(first, last) > 0)
		return "the range ends before it begins; swap the addresses";
	return NULL;
}

static const char *range_of_prefix(
	struct span text, struct inet_addr *first, struct inet_addr *last)
{
	struct inet_prefix prefix;

	switch (inet_prefix_parse(text, &prefix)) {
	case 0:
		*first = prefix.addr;
		*last = inet_prefix_last(&prefix);
		return NULL;
	case ERR_LIMIT:
		return "the prefix has host bits set; clear them or shorten the prefix";
	default:
		return "this is no address, prefix or range; write 192.0.2.0/24, 2001:db8::/32 or "
		       "first-last";
	}
}

/* ::ffff:0:0/96 is where IPv4 lies. */
static bool reaches_into_v4(const struct inet_addr *first, const struct inet_addr *last)
{
	static const uint8_t low[4] = {0}, high[4] = {255, 255, 255, 255};
	struct inet_addr v4_first = inet_addr_v4(low), v4_last = inet_addr_v4(high);

	return !first->is_v4 && inet_addr_compare(first, &v4_last) <= 0 &&
	       inet_addr_compare(last, &v4_first) >= 0;
}

const char *field_range(struct span text, struct inet_addr *first, struct inet_addr *last)
{
	const uint8_t *dash = text.len > 0 ? memchr(text.data, '-', text.len) : NULL;
	struct inet_addr a, b;
	const char *problem = dash ? range_of_two(text, (size_t)(dash - text.data), &a, &b)
				   : range_of_prefix(text, &a, &b);

	if (problem)
		return problem;
	if (a.is_v4 && is_wider(&a, &b, 24))
		return "the range is wider than a /8; split it if that is meant";
	if (!a.is_v4 && is_wider(&a, &b, 112))
		return "the range is wider than a /16; split it if that is meant";
	if (reaches_into_v4(&a, &b))
		return "the range holds the mapped IPv4 addresses; write those as IPv4";
	*first = a;
	*last = b;
	return NULL;
}

const char *field_asn(struct span text, uint32_t *out)
{
	uint64_t n = 0;

	if (text.len > 2 && (text.data[0] | 0x20) == 'a' && (text.data[1] | 0x20) == 's')
		text = span_part(text, 2, text.len);
	for (size_t i = 0; i < text.len; i++) {
		if (!is_digit(text.data[i]) || text.len > 10)
			return "this is no AS number; write 64500 or AS64500";
		n = n * 10 + (text.data[i] - '0');
	}
	if (n == 0 || n > UINT32_MAX)
		return "an AS number is 1 to 4294967295";
	*out = (uint32_t)n;
	return NULL;
}

const char *field_country(struct span text, char out[3])
{
	if (text.len != 2 || text.data[0] < 'A' || text.data[0] > 'Z' || text.data[1] < 'A' ||
		text.data[1] > 'Z')
		return "a country is two capital letters as in ISO 3166";
	out[0] = (char)text.data[0];
	out[1] = (char)text.data[1];
	out[2] = '\0';
	return NULL;
}

const char *field_id(struct span text)
{
	if (text.len > ID_MAX)
		return "the id is longer than 64 characters";
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (!(c >= 'a' && c <= 'z') && !is_digit(c) && c != '-')
			return "an id has only small letters, digits and '-'";
	}
	return NULL;
}

const char *field_match(struct span text, enum name_match *out)
{
	size_t i = word_find(text, match_words, COUNT(match_words));

	if (i == COUNT(match_words))
		return "match is exact, suffix or tld";
	*out = (enum name_match)i;
	return NULL;
}

const char *field_fact(struct span text, enum fact *out)
{
	size_t i = word_find(text, fact_words, COUNT(fact_words));

	if (i == COUNT(fact_words))
		return "fact is listed, located, operated or owned";
	*out = (enum fact)i;
	return NULL;
}

const char *field_confidence(struct span text, enum confidence *out)
{
	size_t i = word_find(text, confidence_words, COUNT(confidence_words));

	if (i == COUNT(confidence_words))
		return "confidence is low, medium or high";
	*out = (enum confidence)i;
	return NULL;
}
