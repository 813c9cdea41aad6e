/* SPDX-License-Identifier: BSD-3-Clause */

#include <string.h>

#include "base/inet.h"
#include "hosts.h"
#include "row.h"

/* Names of the machine itself, which every hosts file has. */
static const char *const machine[] = {
	"localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0"};

static bool is_of_machine(struct span name)
{
	static const char prefix[] = "ip6-";

	if (name.len > 4 && memcmp(name.data, prefix, 4) == 0)
		return true;
	for (size_t i = 0; i < sizeof(machine) / sizeof(machine[0]); i++)
		if (span_equal(name, span_text(machine[i])))
			return true;
	return false;
}

/* Takes what stands before the next blank. */
static struct span word_next(struct span *rest)
{
	struct span text = line_trim(*rest), word;
	size_t len = 0;

	while (len < text.len && text.data[len] != ' ' && text.data[len] != '\t')
		len++;
	word = span_part(text, 0, len);
	*rest = span_part(text, len, text.len);
	return word;
}

/* As macOS writes it: fe80::1%lo0. */
static int address_parse(struct span text, struct inet_addr *out)
{
	const uint8_t *zone = text.len > 0 ? memchr(text.data, '%', text.len) : NULL;

	return inet_addr_parse(zone ? span_part(text, 0, (size_t)(zone - text.data)) : text, out);
}

bool hosts_blocks(struct span address)
{
	static const uint8_t none[16], loopback[16] = {[15] = 1};
	struct inet_addr addr;

	if (address_parse(address, &addr) != 0)
		return false;
	if (addr.is_v4)
		return addr.octets[12] == 127 || memcmp(addr.octets + 12, none, 4) == 0;
	return memcmp(addr.octets, none, 16) == 0 || memcmp(addr.octets, loopback, 16) == 0;
}

bool hosts_is_line(struct span text)
{
	struct span word = word_next(&text);
	struct inet_addr addr;

	return line_trim(text).len > 0 && address_parse(word, &addr) == 0;
}

int hosts_line(const struct import_target *t, struct tally *tally, const struct line *line,
	struct span text, enum name_match match, struct import_result *result)
{
	struct span address = word_next(&text), name;
	struct inet_addr addr;
	int err = 0;

	if (address_parse(address, &addr) != 0 || line_trim(text).len == 0) {
		row_refuse(t, line, address,
			"a line of a hosts file is an address with names behind it; write "
			"'0.0.0.0 example.com'",
			result);
		return 0;
	}
	while (!err && (name = word_next(&text)).len > 0) {
		if (is_of_machine(name))
			continue;
		if (hosts_blocks(address)) {
			err = row_add_name(t, line, name, match, result);
		} else {
			tally_add(tally, line, address,
				"the line gives a name its address instead of blocking it; lists "
				"have "
				"no answers");
			result->skipped++;
		}
	}
	return err;
}

int import_hosts(const struct import_target *t, struct span text, struct import_result *out)
{
	enum name_match match = t->source->scope_exact ? NAME_MATCH_EXACT : NAME_MATCH_SUFFIX;
	struct import_result result = {0};
	struct tally tally = {0};
	struct lines lines;
	struct line line;
	int err = 0;

	lines_init(&lines, text, "#");
	while (!err && lines_next(&lines, &line)) {
		const char *problem = line_problem(&line);

		if (problem)
			row_refuse(t, &line, line.text, problem, &result);
		else
			err = hosts_line(t, &tally, &line, line.text, match, &result);
	}
	tally_report(&tally, t);
	if (!err)
		*out = result;
	return err;
}
