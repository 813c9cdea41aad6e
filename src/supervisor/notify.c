/* SPDX-License-Identifier: BSD-3-Clause */

#include "supervisor/notify.h"

#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "base/clock.h"

void notify(enum notify_state state, const char *status)
{
	static const char *const words[] = {
		[NOTIFY_READY] = "READY=1",
		[NOTIFY_RELOADING] = "RELOADING=1",
		[NOTIFY_STOPPING] = "STOPPING=1",
	};

	(void)sd_notifyf(0, "%s\nMONOTONIC_USEC=%llu%s%s", words[state],
		(unsigned long long)(clock_monotonic_ns() / 1000), status ? "\nSTATUS=" : "",
		status ? status : "");
}
