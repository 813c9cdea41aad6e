/* SPDX-License-Identifier: BSD-3-Clause */

#include "suffixes.h"

#include <libpsl.h>
#include <stdlib.h>

struct suffixes {
	psl_ctx_t *psl;
};

int suffixes_open(struct suffixes **out)
{
	struct suffixes *s = calloc(1, sizeof(*s));

	if (!s)
		return ERR_MEMORY;
	s->psl = psl_latest(NULL);
	if (!s->psl) {
		free(s);
		return ERR_MISSING;
	}
	*out = s;
	return 0;
}

void suffixes_close(struct suffixes *s)
{
	if (s)
		psl_free(s->psl);
	free(s);
}

enum suffix_kind suffixes_find(const struct suffixes *s, const char *name)
{
	/* Without it every top-level domain that the list does not know would be one. */
	const int listed_only = PSL_TYPE_NO_STAR_RULE;

	if (!psl_is_public_suffix2(s->psl, name, PSL_TYPE_ANY | listed_only))
		return SUFFIX_NONE;
	return psl_is_public_suffix2(s->psl, name, PSL_TYPE_ICANN | listed_only) ? SUFFIX_REGISTRY
										 : SUFFIX_PRIVATE;
}
