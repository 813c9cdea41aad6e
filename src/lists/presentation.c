/* SPDX-License-Identifier: BSD-3-Clause */

#include "lists/presentation.h"

#include "zonefile.h"

#define FLAGS_AT 2
#define COUNTS_AT 6 /* of answers */

void presentation_init(struct presentation *p, const struct question *q)
{
	*p = (struct presentation){0};
	buf_init_heap(&p->octets, MESSAGE_MAX);
	buf_put_u32(&p->octets, 0);
	buf_put_u16(&p->octets, 1);
	for (unsigned i = 0; i < 3; i++)
		buf_put_u16(&p->octets, 0);
	buf_put_span(&p->octets, name_span(&q->name));
	buf_put_u16(&p->octets, q->type);
	buf_put_u16(&p->octets, q->class);
}

void presentation_release(struct presentation *p)
{
	buf_release(&p->octets);
}

int presentation_add(struct presentation *p, enum section section, struct span text)
{
	struct zonefile *file = NULL;
	struct zonefile_record r;
	enum zonefile_step step = ZONEFILE_END;
	int err = zonefile_open(text, &file);

	while (!err && (step = zonefile_next(file, &r)) == ZONEFILE_RECORD) {
		zonefile_write(file, &p->octets);
		if (p->octets.overflow)
			err = ERR_LIMIT;
		p->counts[section]++;
	}
	if (!err && step != ZONEFILE_END) {
		p->bad_line = r.line.number;
		err = ERR_FORMAT;
	}
	zonefile_close(file);
	return err;
}

struct span presentation_message(struct presentation *p, unsigned rcode)
{
	buf_patch_u16(&p->octets, FLAGS_AT, (uint16_t)(FLAG_QR | FLAG_RD | FLAG_RA | rcode));
	for (unsigned i = 0; i < 3; i++)
		buf_patch_u16(&p->octets, COUNTS_AT + 2 * i, p->counts[i]);
	return buf_span(&p->octets);
}
