# SPDX-License-Identifier: BSD-3-Clause
# Unbound: the lists as a response policy zone, looked at for each answer.
conf() {
	{
		cat <<-X
		server:
		  username: ""
		  chroot: ""
		  directory: "$W"
		  pidfile: "$W/unbound.pid"
		  do-daemonize: no
		  interface: 127.0.0.1@$PORT
		  do-ip6: no
		  do-not-query-localhost: no
		  access-control: 127.0.0.0/8 allow
		  num-threads: 1
		  msg-cache-size: 128m
		  rrset-cache-size: 256m
		  outgoing-range: 4096
		  num-queries-per-thread: 2048
		  use-syslog: no
		  logfile: "$W/query.log"
		  verbosity: 0
		  module-config: "$([ "$FILTER" = none ] || echo respip) iterator"
		X
		[ "$LOG" = text ] && printf '  log-queries: yes\n  log-replies: yes\n'
		cat <<-X
		remote-control:
		  control-enable: yes
		  control-interface: "$W/ctl"
		  control-use-cert: no
		forward-zone:
		  name: "."
		  forward-addr: 127.0.0.1@$UPPORT
		X
		[ "$FILTER" = none ] || printf 'rpz:\n  name: "rpz.bench"\n  zonefile: "%s"\n' "$W/rpz.zone"
	} > "$W/unbound.conf"
	[ "$FILTER" = none ] || ln -sf "$DATA/rpz-$FILTER.zone" "$W/rpz.zone"
}
run() { exec unbound -d -c "$W/unbound.conf"; }
reload() { unbound-control -c "$W/unbound.conf" auth_zone_reload rpz.bench; }
