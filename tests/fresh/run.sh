#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# tests/fresh/run.sh [DIRECTORY]
#
# The fresh machine: puts a minimal Debian 12 into a folder below DIRECTORY (default: $TMPDIR or
# /tmp), clones the last commit into it, and runs there what the README calls two commands. Says how
# long each took. Run it before a release, as root; needs debootstrap, git, some 3 GB, and the package
# mirror that apt of this machine uses.
#
# Mounts and processes live in namespaces of their own and vanish with them, whatever happens; the
# folder is removed at the end. No service is started, neither here nor in the folder.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
release=bookworm

say() { printf 'fresh: %s\n' "$*"; }

die() {
	say "$*" >&2
	exit 1
}

# Of the first source of this machine's apt that has the release.
find_mirror() {
	apt-get indextargets --format '$(REPO_URI)' "Codename: $release" 'Component: main' \
		'Identifier: Packages' | head -n 1
}

# In the namespaces: what the folder sees of this machine, and nothing else of it.
mount_all() {
	mount -t proc proc "$1/proc"
	mount -t tmpfs -o mode=755 dev "$1/dev"
	for device in null zero full random urandom tty; do
		touch "$1/dev/$device"
		mount --bind "/dev/$device" "$1/dev/$device"
	done
	mkdir "$1/dev/shm" "$1/dev/pts"
	mount -t tmpfs -o mode=1777 shm "$1/dev/shm"
	mount -t devpts -o newinstance,ptmxmode=666 devpts "$1/dev/pts"
	ln -s pts/ptmx "$1/dev/ptmx"
	ln -s /proc/self/fd "$1/dev/fd"
}

install_system() {
	local proxy
	proxy=$(apt-config shell p Acquire::http::Proxy)
	[ -z "$proxy" ] || eval "$proxy; export http_proxy=\$p"
	say "installing a minimal $release"
	debootstrap --variant=minbase --include=ca-certificates "$release" "$1" "$2" >"$1.log" 2>&1 ||
		{ tail -n 20 "$1.log" >&2; die "debootstrap failed"; }
	[ -z "${http_proxy-}" ] || echo "Acquire::http::Proxy \"$http_proxy\";" >"$1/etc/apt/apt.conf.d/proxy"
	cp -L /etc/resolv.conf /etc/hosts "$1/etc/"
	printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
	chmod 755 "$1/usr/sbin/policy-rc.d"
}

# run_there ROOT COMMAND: as a login of root would, with nothing of the caller's environment.
run_there() {
	local start=$SECONDS
	say "running $2"
	chroot "$1" /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		/bin/bash -c "cd /root/celnik && $2" || die "$2 failed on a fresh $release"
	say "$2 took $((SECONDS - start)) s"
}

# What still runs was left behind: here are this script and its like only.
check_processes() {
	local left
	left=$(for link in /proc/[0-9]*/root; do
		[ "$(readlink "$link")" != "$1" ] || cat "${link%root}comm"
	done)
	[ -z "$left" ] || die "left running:" $left
}

inside() {
	local root=$1 mirror=$2
	mount -t proc proc /proc
	install_system "$root" "$mirror"
	mount_all "$root"
	git -c safe.directory='*' clone -q --no-hardlinks "$top" "$root/root/celnik"
	sed -n 's,^    \(\./bootstrap [a-z]*\) .*,\1,p' "$top/README.md" >"$root.commands"
	[ "$(wc -l <"$root.commands")" = 2 ] || die "the README does not name two commands"
	while read -r command; do
		run_there "$root" "$command" </dev/null
	done <"$root.commands"
	check_processes "$root"
}

if [ "${1-}" = --inside ]; then
	inside "$2" "$3"
	exit
fi

[ "$(id -u)" = 0 ] || die "this needs root"
for tool in debootstrap git unshare; do
	command -v "$tool" >/dev/null || die "'$tool' is missing; install it"
done
mirror=$(find_mirror)
[ -n "$mirror" ] || die "apt of this machine knows no source of $release"
[ -z "$(git -c safe.directory='*' -C "$top" status --porcelain)" ] ||
	say "the work tree has changes that are not committed; they are not tested"
place=$(mktemp -d "${1:-${TMPDIR:-/tmp}}/celnik-fresh-XXXXXX")
child=
# unshare ignores other signals; with it all processes in the namespaces die.
clean_up() {
	[ -z "$child" ] || kill -KILL "$child" 2>/dev/null || true
	wait
	rm -rf --one-file-system "$place"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP
chmod 755 "$place"
mkdir "$place/root"
unshare --mount --propagation private --pid --fork --kill-child \
	"$BASH" "${BASH_SOURCE[0]}" --inside "$place/root" "$mirror" </dev/null &
child=$!
status=0
wait "$child" || status=$?
child=
[ $status = 0 ] || exit 1
say "both commands work"
