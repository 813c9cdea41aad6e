/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SUPERVISOR_HOLDER_H
#define SUPERVISOR_HOLDER_H

/* Who has an address that we cannot bind: looked up in /proc, for the message. */

#include "base/inet.h"

#define HOLDER_TEXT_MAX 64

/* "process 1234 'dnsmasq'". False when it cannot be found, for want of rights or because it has
 * just gone. */
bool holder_find(const struct inet_endpoint *e, bool tcp, char out[HOLDER_TEXT_MAX]);

#endif
