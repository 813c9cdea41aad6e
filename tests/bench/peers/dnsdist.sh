# SPDX-License-Identifier: BSD-3-Clause
# dnsdist with a packet cache: the names of the list, not the prefixes, which it cannot look at.
conf() {
	{
		cat <<-X
		setLocal('127.0.0.1:$PORT')
		setACL({'127.0.0.0/8'})
		setSecurityPollSuffix('')
		controlSocket('127.0.0.1:$((PORT + 1000))')
		setKey('AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=')
		setMaxUDPOutstanding(65535)
		setUDPMultipleMessagesVectorSize(64)
		pc = newPacketCache(2000000, {maxTTL=86400, minTTL=0})
		getPool(''):setCache(pc)
		s = newServer({address='127.0.0.1:$UPPORT', sockets=4})
		s:setUp()
		X
		[ "$FILTER" = none ] || cat <<-X
		function loadlist()
		  local n = newSuffixMatchNode()
		  for l in io.lines('$W/block.txt') do n:add(newDNSName(l)) end
		  return n
		end
		function mkrules()
		  clearRules()
		  addAction(SuffixMatchNodeRule(loadlist()), RCodeAction(DNSRCode.NXDOMAIN))
		  if logact then logact() end
		end
		mkrules()
		X
		[ "$LOG" = none ] || cat <<-X
		la = LogAction('$W/query.log', false, true, true, false, true)
		lr = LogResponseAction('$W/reply.log', true, true, false, true)
		function logact() addAction(AllRule(), la) end
		logact()
		addResponseAction(AllRule(), lr); addCacheHitResponseAction(AllRule(), lr)
		addSelfAnsweredResponseAction(AllRule(), lr)
		X
	} > "$W/dnsdist.conf"
	[ "$FILTER" = none ] || ln -sf "$DATA/block-$FILTER.txt" "$W/block.txt"
}
run() { exec dnsdist --supervised --disable-syslog -C "$W/dnsdist.conf" > "$W/dnsdist.log" 2>&1; }
reload() { dnsdist -C "$W/dnsdist.conf" -c -e 'mkrules()'; }
