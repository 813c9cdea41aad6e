/* SPDX-License-Identifier: BSD-3-Clause */

#include "supervisor/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"

#define FILES_AS_ROOT 65536
#define CAPABILITY_WORDS _LINUX_CAPABILITY_U32S_3

int identity_find(const struct conf *conf, struct report *r, struct identity *out)
{
	const struct report_place place = {.file = conf->path};
	const struct passwd *user;

	if (geteuid() != 0) {
		*out = (struct identity){false, geteuid(), getegid()};
		return 0;
	}
	user = getpwnam(conf->user);
	if (user == NULL) {
		report_add(r, REPORT_ERROR, &place,
			"there is no user '%s' to become; make it with 'useradd --system %s', or "
			"set user",
			conf->user, conf->user);
		return ERR_MISSING;
	}
	*out = (struct identity){true, user->pw_uid, user->pw_gid};
	return 0;
}

static bool is_writable(const struct identity *who, const struct stat *st)
{
	if (who->uid == 0)
		return true;
	if (st->st_uid == who->uid)
		return (st->st_mode & S_IRWXU) == S_IRWXU;
	if (st->st_gid == who->gid)
		return (st->st_mode & S_IRWXG) == S_IRWXG;
	return (st->st_mode & S_IRWXO) == S_IRWXO;
}

/* Only what we have made ourselves is given away: the path may name a directory of somebody else.
 */
static int make_directory(const struct identity *who, const char *path)
{
	char copy[PATH_MAX];
	int fd, err = 0;

	if (strlen(path) >= sizeof(copy))
		return ERR_LIMIT;
	memcpy(copy, path, strlen(path) + 1);
	if ((err = file_make_directory(dirname(copy), 0755)) != 0)
		return err;
	if (mkdir(path, 0750) != 0)
		return errno == EEXIST ? 0 : ERR_IO;
	if (!who->changes)
		return 0;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return ERR_IO;
	if (fchown(fd, who->uid, who->gid) != 0)
		err = ERR_IO;
	close(fd);
	return err;
}

static int prepare_directory(
	const struct identity *who, const char *key, const char *path, struct report *r)
{
	const struct report_place place = {.file = path};
	struct stat st;
	int err = make_directory(who, path);

	if (err == 0 && stat(path, &st) != 0)
		err = ERR_IO;
	if (err != 0) {
		report_add(r, REPORT_ERROR, &place, "cannot make the directory of '%s': %s", key,
			err == ERR_IO ? strerror(errno) : err_text(err));
		return ERR_FORMAT;
	}
	if (!S_ISDIR(st.st_mode) || !is_writable(who, &st)) {
		report_add(r, REPORT_ERROR, &place,
			"the directory of '%s' cannot be written by uid %u; give it a directory of "
			"its "
			"own: 'chown %u:%u %s'",
			key, (unsigned)who->uid, (unsigned)who->uid, (unsigned)who->gid, path);
		return ERR_FORMAT;
	}
	return 0;
}

int identity_prepare_directories(
	const struct identity *who, const struct conf *conf, struct report *r)
{
	char *control = strdup(conf->control);
	int err = ERR_MEMORY, each;

	if (control == NULL)
		return err;
	err = prepare_directory(who, "state", conf->state, r);
	each = prepare_directory(who, "journal.directory", conf->journal_directory, r);
	err = err ? err : each;
	each = prepare_directory(who, "control", dirname(control), r);
	free(control);
	return err ? err : each;
}

void privileges_raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	if (geteuid() == 0 && limit.rlim_max < FILES_AS_ROOT)
		limit.rlim_max = FILES_AS_ROOT;
	limit.rlim_cur = limit.rlim_max;
	/* The limit that there is may be enough; who runs out of files says so. */
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* Also those that a service manager gave us to bind ports with: the sockets are bound. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct none[CAPABILITY_WORDS] = {{0}};

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
		return ERR_IO;
	return syscall(SYS_capset, &header, none) == 0 ? 0 : ERR_IO;
}

int privileges_drop(const struct identity *who, pid_t parent)
{
	if (who->changes &&
		(setgroups(0, NULL) != 0 || setresgid(who->gid, who->gid, who->gid) != 0 ||
			setresuid(who->uid, who->uid, who->uid) != 0))
		return ERR_IO;
	if (drop_capabilities() != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return ERR_IO;
	/* Behind the change of user, which would clear it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return ERR_IO;
	return getppid() == parent ? 0 : ERR_IO;
}
