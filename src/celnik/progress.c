/* SPDX-License-Identifier: BSD-3-Clause */

#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define BAR_WIDTH 30
#define MIB (1 << 20)

void progress_init(struct progress *p, const char *what, uint64_t total)
{
	*p = (struct progress){
		.what = what,
		.total = total,
		.begin_ns = clock_monotonic_ns(),
		.enabled = isatty(STDERR_FILENO),
	};
}

void progress_set(struct progress *p, uint64_t done)
{
	uint64_t now_ns = clock_monotonic_ns();
	uint64_t share = p->total ? done : 0;

	if (!p->enabled || now_ns - p->begin_ns < NS_PER_S ||
		now_ns - p->shown_ns < 100 * NS_PER_MS)
		return;
	p->shown_ns = now_ns;
	p->shown = true;
	if (share > p->total)
		share = p->total;
	fprintf(stderr, "\r%s: %llu MiB", p->what, (unsigned long long)(done / MIB));
	if (p->total) {
		int filled = (int)((double)share / (double)p->total * BAR_WIDTH);

		fprintf(stderr, " of %llu [%.*s%*s]", (unsigned long long)(p->total / MIB), filled,
			"##############################", BAR_WIDTH - filled, "");
	}
	fputs("\033[K", stderr);
	fflush(stderr);
}

void progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
