/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/digest.h"

#include <stdlib.h>

/* libcrypto has a type of that name. */
#define ERR_STATE libcrypto_err_state
#include <openssl/evp.h>
#undef ERR_STATE

struct digest_state {
	EVP_MD_CTX *context;
};

struct digest_state *digest_new(void)
{
	struct digest_state *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->context = EVP_MD_CTX_new();
	if (!d->context || EVP_DigestInit_ex(d->context, EVP_sha256(), NULL) != 1) {
		digest_free(d);
		return NULL;
	}
	return d;
}

void digest_free(struct digest_state *d)
{
	if (!d)
		return;
	EVP_MD_CTX_free(d->context);
	free(d);
}

void digest_add(struct digest_state *d, struct span data)
{
	/* Once SHA-256 has begun, libcrypto has no way to fail; to go on with a wrong identity
	 * would be worse than to end. */
	if (EVP_DigestUpdate(d->context, data.data, data.len) != 1)
		abort();
}

void digest_finish(struct digest_state *d, uint8_t out[DIGEST_LEN])
{
	if (EVP_DigestFinal_ex(d->context, out, NULL) != 1)
		abort();
	digest_free(d);
}

int digest_of(struct span data, uint8_t out[DIGEST_LEN])
{
	struct digest_state *d = digest_new();

	if (!d)
		return ERR_MEMORY;
	digest_add(d, data);
	digest_finish(d, out);
	return 0;
}

const char *digest_format(const uint8_t digest[DIGEST_LEN], char out[DIGEST_TEXT_MAX])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_LEN; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[2 * DIGEST_LEN] = 0;
	return out;
}

const char *digest_base64(struct span data, char out[DIGEST_BASE64_MAX])
{
	uint8_t digest[DIGEST_LEN];

	out[0] = '\0';
	if (digest_of(data, digest) == 0)
		EVP_EncodeBlock((unsigned char *)out, digest, DIGEST_LEN);
	return out;
}
