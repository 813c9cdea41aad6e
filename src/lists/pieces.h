/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_PIECES_H
#define LISTS_PIECES_H

/*
 * The addresses of one family, cut where an answer about them may change. Nothing is known of what
 * lies between: whoever walks decides for the first address of each piece.
 */

#include "base/err.h"
#include "base/inet.h"

struct pieces;

/* NULL when memory is exhausted. */
struct pieces *pieces_new(bool is_v4);
void pieces_free(struct pieces *s);
/* Cuts before first and behind last; those of the other family are passed over. ERR_MEMORY. */
int pieces_cut(
	struct pieces *s, const struct inet_addr *first, const struct inet_addr *last) MUST_CHECK;
/* Neighbours for which decide gives the same are joined; each gets their prefixes, in order, where
 * that is not 0. */
void pieces_walk(struct pieces *s, int (*decide)(void *context, const struct inet_addr *addr),
	void (*each)(void *context, const struct inet_prefix *prefix, int decided), void *context);
/* Calls each with the prefixes that make up a range. */
void pieces_split(const struct inet_addr *first, const struct inet_addr *last,
	void (*each)(void *context, const struct inet_prefix *prefix), void *context);

/* True when nothing lies between a range that ends at last and one that begins at first, in order.
 */
bool pieces_touch(const struct inet_addr *last, const struct inet_addr *first);

#endif
