/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JSON_WRITER_H
#define JSON_WRITER_H

/*
 * Writes one JSON object or array into a buf, commas included. Text that is not valid UTF-8 has
 * each wrong octet replaced by U+FFFD; control characters are escaped. Nesting is at most 16 deep.
 * Whether all of it fitted is the buf's overflow.
 */

#include "base/buf.h"

struct json_writer {
	struct buf *out;
	uint32_t started; /* bit per depth: something stands there, so a comma comes first */
	unsigned depth;
};

void json_writer_init(struct json_writer *w, struct buf *out);
/* Goes on in an object that somebody else began and in which something stands. */
void json_writer_resume(struct json_writer *w, struct buf *out);
/* key is NULL inside an array and at the top. */
void json_begin_object(struct json_writer *w, const char *key);
void json_end_object(struct json_writer *w);
void json_begin_array(struct json_writer *w, const char *key);
void json_end_array(struct json_writer *w);
void json_put_text(struct json_writer *w, const char *key, struct span value);
void json_put_string(struct json_writer *w, const char *key, const char *value);
void json_put_u64(struct json_writer *w, const char *key, uint64_t value);
void json_put_bool(struct json_writer *w, const char *key, bool value);
/* The text of a JSON value that somebody else wrote, as it is. */
void json_put_raw(struct json_writer *w, const char *key, struct span value);

#endif
