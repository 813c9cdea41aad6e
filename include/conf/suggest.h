/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONF_SUGGEST_H
#define CONF_SUGGEST_H

/* The known word that a wrong one most likely means: offered one by one, the nearest wins. */

struct suggestion {
	const char *wrong;
	const char *best; /* NULL when none is near */
	unsigned distance;
};

void suggestion_init(struct suggestion *s, const char *wrong);
void suggestion_offer(struct suggestion *s, const char *word);

#endif
