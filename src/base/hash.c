/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/hash.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

int hash_key_draw(struct hash_key *out)
{
	struct hash_key key;
	ssize_t n;

	/* Up to 256 octets come whole; only the wait for the first entropy can be interrupted. */
	do
		n = getrandom(&key, sizeof(key), 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(key))
		return ERR_IO;
	*out = key;
	return 0;
}

static inline uint64_t rotl(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static inline void compress(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

uint64_t hash_keyed(const struct hash_key *key, const void *data, size_t len)
{
	uint64_t v[4] = {
		key->k0 ^ UINT64_C(0x736f6d6570736575),
		key->k1 ^ UINT64_C(0x646f72616e646f6d),
		key->k0 ^ UINT64_C(0x6c7967656e657261),
		key->k1 ^ UINT64_C(0x7465646279746573),
	};
	const uint8_t *p = data;
	uint64_t last = (uint64_t)len << 56;
	uint64_t word;

	for (size_t words = len / 8; words > 0; words--, p += 8) {
		memcpy(&word, p, 8);
		compress(v, le64toh(word));
	}
	if (len >= 8 && len % 8 > 0) {
		/* The last eight at once; those that were taken already are shifted out. */
		memcpy(&word, p + len % 8 - 8, 8);
		last |= le64toh(word) >> 8 * (8 - len % 8);
	} else {
		for (size_t i = 0; i < len % 8; i++)
			last |= (uint64_t)p[i] << 8 * i;
	}
	compress(v, last);
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
