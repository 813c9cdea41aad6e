/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/err.h"

#include <stddef.h>

static const char *const texts[] = {
	[0] = "success",
	[-ERR_MEMORY] = "out of memory",
	[-ERR_IO] = "input or output failed",
	[-ERR_FORMAT] = "not in the form it must have",
	[-ERR_LIMIT] = "a limit would be exceeded",
	[-ERR_MISSING] = "not there",
	[-ERR_STATE] = "not possible in this state",
	[-ERR_VERSION] = "written by another format version",
	[-ERR_AGAIN] = "not possible at the moment",
};

const char *err_text(int err)
{
	if (err > 0 || err <= -(int)(sizeof(texts) / sizeof(texts[0])))
		return "unknown error";
	return texts[-err];
}
