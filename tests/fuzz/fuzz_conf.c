/* SPDX-License-Identifier: BSD-3-Clause */

/* One text as the main file: checks before parsing, YAML, schema, rules. */

#include <stdlib.h>

#include "conf/conf.h"

#define REAL_NS UINT64_C(1795478400000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report *report = report_new(20);
	struct conf_files *files = NULL;
	struct conf *conf = NULL;

	if (!report || conf_files_from_text("f.yaml", span_of(data, size), REAL_NS, &files) != 0)
		goto out;
	/* A configuration or a reason, never both nor neither. */
	if ((conf_parse(files, report, &conf) == 0) != (report_count(report, REPORT_ERROR) == 0))
		abort();
	free(report_text(report, 65536));
out:
	conf_free(conf);
	conf_files_free(files);
	report_free(report);
	return 0;
}
