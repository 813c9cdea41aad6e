/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WIRE_SVCPARAM_H
#define WIRE_SVCPARAM_H

/* The parameters of SVCB and HTTPS records: their form and their text (RFC 9460, 9461, 9540). */

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/* ERR_FORMAT unless the keys ascend and each known one has its form. */
int svcparams_check(struct span params) MUST_CHECK;
/* The next parameter at *pos of params that were checked; false at their end. */
bool svcparam_next(struct span params, size_t *pos, uint16_t *key, struct span *value);
/* `key=value`, or the key alone when the value is empty. */
void svcparam_format(uint16_t key, struct span value, struct buf *out);

#endif
