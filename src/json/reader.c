/* SPDX-License-Identifier: BSD-3-Clause */
#include "json/reader.h"

#include <jansson.h>
#include <stdlib.h>

/* A json_value is jansson's json_t under a name that no header has to explain. */
struct json_document {
	json_t *root;
};

static const json_t *plain(const struct json_value *v)
{
	return (const json_t *)v;
}

static const struct json_value *borrowed(const json_t *j)
{
	return (const struct json_value *)j;
}

int json_parse(struct span text, struct json_document **out)
{
	struct json_document *d = calloc(1, sizeof(*d));
	json_error_t error;

	if (!d)
		return ERR_MEMORY;
	/* jansson refuses trailing text, NUL in strings and more than 2048 levels by itself. */
	d->root = json_loadb(text.data ? (const char *)text.data : "", text.len,
		JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!d->root) {
		free(d);
		return json_error_code(&error) == json_error_out_of_memory ? ERR_MEMORY
									   : ERR_FORMAT;
	}
	*out = d;
	return 0;
}

void json_document_free(struct json_document *d)
{
	if (!d)
		return;
	json_decref(d->root);
	free(d);
}

const struct json_value *json_root(const struct json_document *d)
{
	return d ? borrowed(d->root) : NULL;
}

const struct json_value *json_get(const struct json_value *v, const char *key)
{
	return borrowed(json_object_get(plain(v), key));
}

const char *json_get_string(const struct json_value *v, const char *key, const char *otherwise)
{
	return json_text(json_get(v, key), otherwise);
}

uint64_t json_get_u64(const struct json_value *v, const char *key, uint64_t otherwise)
{
	return json_u64(json_get(v, key), otherwise);
}

bool json_get_bool(const struct json_value *v, const char *key, bool otherwise)
{
	const json_t *j = plain(json_get(v, key));

	return json_is_boolean(j) ? json_is_true(j) : otherwise;
}

size_t json_count(const struct json_value *v)
{
	return json_array_size(plain(v));
}

const struct json_value *json_at(const struct json_value *v, size_t index)
{
	return borrowed(json_array_get(plain(v), index));
}

const char *json_text(const struct json_value *v, const char *otherwise)
{
	const char *text = json_string_value(plain(v));

	return text ? text : otherwise;
}

uint64_t json_u64(const struct json_value *v, uint64_t otherwise)
{
	const json_t *j = plain(v);

	if (!json_is_integer(j) || json_integer_value(j) < 0)
		return otherwise;
	return (uint64_t)json_integer_value(j);
}

const struct json_value *json_next(
	const struct json_value *object, void **iterator, const char **key)
{
	/* The iterator functions want what they could change; they are not used to change it. */
	json_t *j = (json_t *)(uintptr_t)object;

	*iterator = *iterator ? json_object_iter_next(j, *iterator) : json_object_iter(j);
	if (!*iterator)
		return NULL;
	*key = json_object_iter_key(*iterator);
	return borrowed(json_object_iter_value(*iterator));
}

char *json_dump(const struct json_value *v)
{
	return json_dumps(plain(v), JSON_COMPACT | JSON_ENCODE_ANY);
}
