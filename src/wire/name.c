/* SPDX-License-Identifier: BSD-3-Clause */

#include "wire/name.h"

#include <string.h>

#define LABEL_LEN_MAX 63
#define POINTER_BITS 0xc0
#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))
#define HEADER_LEN 12 /* no name starts inside the message's header */

/*
 * Folding whole wire names octet by octet is safe: a length octet is at most 63, below 'A'.
 */
static uint8_t fold(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? octet + ('a' - 'A') : octet;
}

static bool equal_folded(const uint8_t *a, const uint8_t *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (a[i] != b[i] && fold(a[i]) != fold(b[i]))
			return false;
	}
	return true;
}

void name_copy(struct name *to, const struct name *from)
{
	to->len = from->len;
	to->labels = from->labels;
	memcpy(to->octets, from->octets, from->len);
}

/* For a name that has no root label yet. */
static int append_label(struct name *n, const uint8_t *content, size_t content_len)
{
	if (content_len == 0 || content_len > LABEL_LEN_MAX)
		return ERR_FORMAT;
	if (n->len + 1 + content_len > NAME_LEN_MAX - 1)
		return ERR_FORMAT;
	n->octets[n->len++] = (uint8_t)content_len;
	memcpy(n->octets + n->len, content, content_len);
	n->len += (uint8_t)content_len;
	n->labels++;
	return 0;
}

static void append_root(struct name *n)
{
	n->octets[n->len++] = 0;
}

/* Labels up to the root label or a pointer, which is where *at is then. */
static int skip_piece(struct span message, size_t room, size_t *at, uint8_t *labels)
{
	size_t end = *at;
	uint8_t count = 0;

	for (; end < message.len; count++) {
		uint8_t octet = message.data[end];

		if (octet == 0 || (octet & POINTER_BITS) == POINTER_BITS) {
			*at = end;
			*labels = count;
			return 0;
		}
		end += 1 + (size_t)octet;
		/* A set upper bit makes the length too big for a label. */
		if (octet > LABEL_LEN_MAX || end - *at > room)
			return ERR_FORMAT;
	}
	return ERR_FORMAT;
}

/* The same, copied as one piece. */
static int append_piece(struct name *n, struct span message, size_t *at)
{
	size_t from = *at;
	uint8_t labels;

	if (skip_piece(message, NAME_LEN_MAX - 1u - n->len, at, &labels) != 0)
		return ERR_FORMAT;
	memcpy(n->octets + n->len, message.data + from, *at - from);
	n->len += (uint8_t)(*at - from);
	n->labels += labels;
	return 0;
}

/*
 * Each pointer must lead to before the piece that it ends, so no name can loop. Their number is
 * bounded too, since a packet may hold thousands of names that all start at one long chain of
 * pointers.
 */
static int read_compressed(struct span message, size_t *pos, struct name *out)
{
	size_t at = *pos, behind = 0;
	unsigned pointers = 0;
	struct name n;

	n.len = n.labels = 0;
	for (;;) {
		size_t piece = at, target;

		if (append_piece(&n, message, &at) != 0)
			return ERR_FORMAT;
		if (message.data[at] == 0)
			break;
		if (message.len - at < 2)
			return ERR_FORMAT;
		target = (size_t)(message.data[at] & ~POINTER_BITS) << 8 | message.data[at + 1];
		if (target >= piece || target < HEADER_LEN || ++pointers > NAME_LABELS_MAX)
			return ERR_FORMAT;
		if (!behind)
			behind = at + 2;
		at = target;
	}
	append_root(&n);
	*pos = behind;
	name_copy(out, &n);
	return 0;
}

/* Most names in questions have no pointer, and are copied once. */
int name_read(struct span message, size_t *pos, struct name *out)
{
	size_t end = *pos;
	uint8_t labels;

	if (skip_piece(message, NAME_LEN_MAX - 1, &end, &labels) != 0)
		return ERR_FORMAT;
	if (message.data[end] != 0)
		return read_compressed(message, pos, out);
	out->len = (uint8_t)(end + 1 - *pos);
	out->labels = labels;
	memcpy(out->octets, message.data + *pos, out->len);
	*pos = end + 1;
	return 0;
}

/* One octet of a label at *at: itself, \X or \DDD. */
static int unescape(struct span text, size_t *at, uint8_t *out)
{
	const uint8_t *p = text.data + *at;
	size_t left = text.len - *at;
	unsigned value;

	if (p[0] <= ' ' || p[0] == 0x7f)
		return ERR_FORMAT;
	if (p[0] != '\\') {
		*out = p[0];
		*at += 1;
		return 0;
	}
	if (left < 2 || p[1] < ' ' || p[1] == 0x7f)
		return ERR_FORMAT;
	if (p[1] < '0' || p[1] > '9') {
		*out = p[1];
		*at += 2;
		return 0;
	}
	if (left < 4 || p[2] < '0' || p[2] > '9' || p[3] < '0' || p[3] > '9')
		return ERR_FORMAT;
	value = (p[1] - '0') * 100u + (p[2] - '0') * 10u + (p[3] - '0');
	if (value > UINT8_MAX)
		return ERR_FORMAT;
	*out = (uint8_t)value;
	*at += 4;
	return 0;
}

static int parse_label(struct span text, size_t *at, struct name *n)
{
	uint8_t content[LABEL_LEN_MAX];
	size_t len = 0;

	while (*at < text.len && text.data[*at] != '.') {
		if (len == sizeof(content) || unescape(text, at, &content[len]) != 0)
			return ERR_FORMAT;
		len++;
	}
	return append_label(n, content, len);
}

int name_parse(struct span text, struct name *out)
{
	struct name n = {0};
	size_t at = 0;
	bool is_root = text.len == 1 && text.data[0] == '.';

	if (text.len == 0)
		return ERR_FORMAT;
	while (!is_root && at < text.len) {
		if (parse_label(text, &at, &n) != 0)
			return ERR_FORMAT;
		at++; /* the dot, or one behind the end */
	}
	append_root(&n);
	name_copy(out, &n);
	return 0;
}

static bool is_plain(uint8_t octet)
{
	return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') ||
	       (octet >= '0' && octet <= '9') || octet == '-' || octet == '_' || octet == '*';
}

static char *put_octet(char *at, uint8_t octet)
{
	if (is_plain(octet)) {
		*at++ = (char)octet;
		return at;
	}
	*at++ = '\\';
	*at++ = (char)('0' + octet / 100);
	*at++ = (char)('0' + octet / 10 % 10);
	*at++ = (char)('0' + octet % 10);
	return at;
}

const char *name_format(const struct name *n, char out[NAME_TEXT_MAX])
{
	const uint8_t *label = n->octets;
	char *at = out;

	if (*label == 0)
		*at++ = '.';
	while (*label) {
		if (at != out)
			*at++ = '.';
		for (size_t i = 1; i <= *label; i++)
			at = put_octet(at, label[i]);
		label += 1 + *label;
	}
	*at = '\0';
	return out;
}

int name_from_span(struct span wire, struct name *out)
{
	struct name n = {0};
	size_t at = 0;

	while (at < wire.len && wire.data[at] != 0) {
		size_t len = wire.data[at++];
		if (wire.len - at < len || append_label(&n, wire.data + at, len) != 0)
			return ERR_FORMAT;
		at += len;
	}
	if (at + 1 != wire.len)
		return ERR_FORMAT;
	append_root(&n);
	name_copy(out, &n);
	return 0;
}

struct span name_span(const struct name *n)
{
	return span_of(n->octets, n->len);
}

/* Eight octets at once: the upper bit of each sum says whether the octet is at least 'A', or above
 * 'Z', and moved by two it is the bit that makes a letter small. */
static void fold_eight(uint8_t *octets)
{
	uint64_t word, low, upper;

	memcpy(&word, octets, sizeof(word));
	low = word & EACH(0x7f);
	upper = (low + EACH(0x80 - 'A')) ^ (low + EACH(0x7f - 'Z'));
	word |= (upper & ~word & EACH(0x80)) >> 2;
	memcpy(octets, &word, sizeof(word));
}

void name_to_lower(struct name *n)
{
	size_t last = n->len - sizeof(uint64_t);

	if (n->len < sizeof(uint64_t)) {
		for (size_t i = 0; i < n->len; i++)
			n->octets[i] = fold(n->octets[i]);
		return;
	}
	for (size_t i = 0; i < last; i += sizeof(uint64_t))
		fold_eight(n->octets + i);
	/* The last eight, some of them again. */
	fold_eight(n->octets + last);
}

bool name_equal(const struct name *a, const struct name *b)
{
	return a->len == b->len && equal_folded(a->octets, b->octets, a->len);
}

/* The offset of the name that is left when the first count labels are taken away. */
static size_t skip_labels(const struct name *n, unsigned count)
{
	size_t at = 0;

	while (count--)
		at += 1 + (size_t)n->octets[at];
	return at;
}

bool name_is_below(const struct name *n, const struct name *ancestor)
{
	size_t at;

	if (n->len < ancestor->len || n->labels < ancestor->labels)
		return false;
	at = skip_labels(n, n->labels - ancestor->labels);
	return n->len - at == ancestor->len &&
	       equal_folded(n->octets + at, ancestor->octets, ancestor->len);
}

void name_to_parent(struct name *n)
{
	size_t first;

	if (n->labels == 0)
		return;
	first = 1 + (size_t)n->octets[0];
	n->len -= (uint8_t)first;
	n->labels--;
	memmove(n->octets, n->octets + first, n->len);
}

int name_substitute(
	const struct name *n, const struct name *owner, const struct name *target, struct name *out)
{
	struct name result;
	size_t kept = n->len - (size_t)owner->len;

	if (kept + target->len > NAME_LEN_MAX)
		return ERR_LIMIT;
	memcpy(result.octets, n->octets, kept);
	memcpy(result.octets + kept, target->octets, target->len);
	result.len = (uint8_t)(kept + target->len);
	result.labels = (uint8_t)(n->labels - owner->labels + target->labels);
	name_copy(out, &result);
	return 0;
}

size_t name_to_key(const struct name *n, uint8_t key[NAME_LEN_MAX])
{
	const uint8_t *label = n->octets;
	size_t len = n->len - 1u;
	size_t end = len;

	while (*label) {
		size_t label_len = 1 + (size_t)*label;
		end -= label_len;
		for (size_t i = 0; i < label_len; i++)
			key[end + i] = fold(label[i]);
		label += label_len;
	}
	return len;
}

int name_from_key(struct span key, struct name *out)
{
	struct name n = {0};
	size_t at = 0;
	size_t len;

	if (key.len > NAME_LEN_MAX - 1)
		return ERR_FORMAT;
	n.len = (uint8_t)(key.len + 1);
	for (; at < key.len; at += len, n.labels++) {
		len = 1 + (size_t)key.data[at];
		if (len == 1 || len > 1 + LABEL_LEN_MAX || len > key.len - at)
			return ERR_FORMAT;
		memcpy(n.octets + key.len - at - len, key.data + at, len);
	}
	for (size_t i = 0; i < key.len; i++) {
		if (fold(n.octets[i]) != n.octets[i])
			return ERR_FORMAT;
	}
	name_copy(out, &n);
	return 0;
}
