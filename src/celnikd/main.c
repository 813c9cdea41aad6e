/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * One program for three kinds of process. Only the supervisor is started by a person; it starts the
 * others from its own executable with their role as the one argument.
 */

#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "front/front.h"
#include "resolver/resolver.h"
#include "supervisor/supervisor.h"

static const struct role {
	const char *argument;
	const char *name; /* for ps(1): one executed by descriptor would be called by its number */
	int (*run)(void);
} roles[] = {
	{"--front", "celnikd-front", front_main},
	{"--resolver", "celnikd-resolv", resolver_main},
};

/* Nobody but root looks into the memory of who talks to strangers, or attaches to it; a leak
 * checker is such a debugger. */
static void shut_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

static int usage(FILE *out, int code)
{
	fputs("usage: celnikd [-c FILE]\n"
	      "       celnikd --version\n"
	      "Filters and logs the DNS of a site; see celnikd(8). Stays in the foreground.\n"
	      "  -c, --config FILE   the configuration (default " SYSCONFDIR
	      "/celnik/celnik.yaml)\n",
		out);
	return code;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	const char *config = SYSCONFDIR "/celnik/celnik.yaml";
	int option;

	for (size_t i = 0; argc == 2 && i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(argv[1], roles[i].argument) == 0) {
			prctl(PR_SET_NAME, roles[i].name);
			shut_memory();
			return roles[i].run();
		}
	while ((option = getopt_long(argc, argv, "c:hV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			config = optarg;
			break;
		case 'h':
			return usage(stdout, 0);
		case 'V':
			puts(PACKAGE_STRING);
			return 0;
		default:
			return usage(stderr, 2);
		}
	}
	if (optind != argc)
		return usage(stderr, 2);
	return supervisor_main(config);
}
