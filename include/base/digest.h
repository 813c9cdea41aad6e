/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

/* SHA-256: the identity of configurations, lists and generations. The only module that sees
 * libcrypto. */

#include "base/err.h"
#include "base/span.h"

#define DIGEST_LEN 32
#define DIGEST_TEXT_MAX 65 /* 64 hexadecimal digits and the terminator */
#define DIGEST_BASE64_MAX 45

struct digest_state;

/* NULL when memory is exhausted. */
struct digest_state *digest_new(void);
/* For the path on which the digest is no longer wanted; NULL is fine. */
void digest_free(struct digest_state *d);
void digest_add(struct digest_state *d, struct span data);
/* Writes the digest and frees d. */
void digest_finish(struct digest_state *d, uint8_t out[DIGEST_LEN]);
int digest_of(struct span data, uint8_t out[DIGEST_LEN]) MUST_CHECK;
/* Base64 of the digest of a text, as a Content-Security-Policy wants it; returns out. */
const char *digest_base64(struct span data, char out[DIGEST_BASE64_MAX]);
const char *digest_format(const uint8_t digest[DIGEST_LEN], char out[DIGEST_TEXT_MAX]);

#endif
