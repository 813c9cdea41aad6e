/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JSON_READER_H
#define JSON_READER_H

/*
 * Reads one JSON value. The only module that sees jansson. Values are borrowed from the document
 * and read-only. Getting what is not there, or of another type, gives the default; nothing here
 * fails but parsing.
 */

#include "base/err.h"
#include "base/span.h"

struct json_document;
struct json_value;

/* ERR_FORMAT also for duplicate keys, trailing text, more than 2048 levels, integers above
 * INT64_MAX and NUL in a string. */
int json_parse(struct span text, struct json_document **out) MUST_CHECK;
void json_document_free(struct json_document *d);
const struct json_value *json_root(const struct json_document *d);
/* NULL when v is NULL, no object, or has no such key. */
const struct json_value *json_get(const struct json_value *v, const char *key);
const char *json_get_string(const struct json_value *v, const char *key, const char *otherwise);
uint64_t json_get_u64(const struct json_value *v, const char *key, uint64_t otherwise);
bool json_get_bool(const struct json_value *v, const char *key, bool otherwise);
/* 0 when v is no array. */
size_t json_count(const struct json_value *v);
const struct json_value *json_at(const struct json_value *v, size_t index);
/* The value itself as text or number. (jansson has taken the name json_string.) */
const char *json_text(const struct json_value *v, const char *otherwise);
uint64_t json_u64(const struct json_value *v, uint64_t otherwise);
/* Each member of an object in its order; *iterator starts as NULL. NULL at the end. */
const struct json_value *json_next(
	const struct json_value *object, void **iterator, const char **key);
/* The value as JSON text on the heap; NULL when memory is exhausted. */
char *json_dump(const struct json_value *v);

#endif
