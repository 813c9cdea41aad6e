/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "resolver/pace.h"

#define SILENT UINT32_MAX

static void test_rows(void **state)
{
	/* Each row: what was seen one after the other, 0 at the end, and the waiting after each. */
	static const struct {
		uint32_t seen[8], wait[8];
	} rows[] = {
		{{20, 300, 20, 0}, {300, 300, 300}},
		/* Slow from the start. */
		{{SILENT, 500, 0}, {4400, 1500}},
		{{310, 0}, {1200}},
		{{1000, 0}, {3000}},
		{{2000, 4000, 0}, {4400, 4400}},
		/* The first packet was lost. */
		{{SILENT, 20, 0}, {4400, 300}},
		/* Slow later; a silence is then nothing new. */
		{{20, SILENT, 900, 0}, {300, 300, 2700}},
		/* Within its room. */
		{{500, 900, 990, 1100, 0}, {1500, 1500, 1500, 3300}},
		/* Quick again, but not by one answer. */
		{{2000, 20, 20, 20, 0}, {4400, 4400, 4400, 300}},
		{{2000, 20, 20, 2000, 20, 20, 0}, {4400, 4400, 4400, 4400, 4400, 4400}},
		{{5, UINT32_MAX - 1, 0}, {300, 4400}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pace p;

		pace_init(&p);
		assert_int_equal(p.wait_ms, PACE_QUICK_MS);
		for (size_t k = 0; rows[i].seen[k] != 0; k++) {
			uint32_t before = p.wait_ms;
			bool changed = rows[i].seen[k] == SILENT
					       ? pace_silent(&p)
					       : pace_measured(&p, rows[i].seen[k]);

			if (p.wait_ms != rows[i].wait[k])
				fail_msg("row %zu, step %zu: waits %u ms", i, k, p.wait_ms);
			assert_int_equal(changed, before != p.wait_ms);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
