/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_CHART_H
#define REVIEW_CHART_H

/* A grid as an inline SVG drawing; nothing for CHART_NONE or no rows. */

#include "grid.h"
#include "page.h"

void chart_draw(const struct page *p, const struct grid *g);

#endif
