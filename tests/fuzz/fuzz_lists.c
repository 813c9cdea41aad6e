/* SPDX-License-Identifier: BSD-3-Clause */

/* List files: the first octet picks the importer, the rest is the file. */

#include <stdlib.h>

#include "lists/lists.h"

#define REPORT_MAX 10

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int (*const importers[])(const struct import_target *t, struct span text,
	struct import_result *out) = {import_tsv, import_domains, import_cidr, import_hosts,
	import_dnsmasq, import_adblock, import_rpz, import_v2fly, import_delegated};
#define IMPORTER_COUNT (sizeof(importers) / sizeof(importers[0]))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct conf_source source = {
		.name = "l", .confidence = CONFIDENCE_MEDIUM, .vendor = "v"};
	/* Beside /dev/null stands nothing that could be included. */
	struct import_target t = {
		.source = &source, .file = SPAN_LITERAL("f"), .path = "/dev/null/f"};
	static const struct conf conf;
	static struct guard *guard;
	struct import_result result;
	struct span text;

	if (size == 0)
		return 0;
	if (!guard && guard_new(&conf, &guard) != 0)
		abort();
	t.guard = guard;
	text = span_of(data + 1, size - 1);
	t.report = report_new(REPORT_MAX);
	if (builder_new(&t.builder) != 0 || !t.report ||
		builder_list(t.builder, SPAN_LITERAL("l"), &t.list) != 0 ||
		builder_vendor(t.builder, SPAN_LITERAL("v"), SPAN_LITERAL("V"), SPAN_LITERAL("")))
		abort();
	(void)import_tsv_has_vendors(text);
	(void)!importers[data[0] % IMPORTER_COUNT](&t, text, &result);
	free(report_text(t.report, 65536));
	builder_free(t.builder);
	report_free(t.report);
	return 0;
}
