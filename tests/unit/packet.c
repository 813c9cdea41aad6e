/* SPDX-License-Identifier: BSD-3-Clause */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "packet.h"

#define SIG                                                                                        \
	" 8 3 300 20300101000000 20200101000000 4711 example.com. "                                \
	"c2lnbmF0dXJlIG9mIHRoZSByZWNvcmRzIGFib3ZlIGl0IGhlcmU=\n"

const char *const packet_texts[] = {
	"? www.example.com. A NOERROR\n",
	"? www.example.com. A NOERROR\n= www.example.com. 300 IN A 192.0.2.1\nE 1232 do\n",
	"? www.example.com. AAAA NOERROR\n"
	"= www.example.com. 60 IN AAAA 2001:db8::1\n"
	"= www.example.com. 60 IN AAAA ::ffff:192.0.2.7\nE 4096\n",
	"? a.example.com. A NOERROR\n"
	"= a.example.com. 300 IN CNAME b.example.com.\n"
	"= b.example.com. 200 IN CNAME c.example.net.\n"
	"= c.example.net. 100 IN A 192.0.2.1\n"
	"= c.example.net. 100 IN A 192.0.2.2\n"
	"- example.net. 100 IN NS ns.example.net.\n"
	"+ ns.example.net. 100 IN A 192.0.2.53\n",
	"? x.old.example.com. A NOERROR\n"
	"= old.example.com. 300 IN DNAME new.example.com.\n"
	"= x.old.example.com. 300 IN CNAME x.new.example.com.\n"
	"= x.new.example.com. 20 IN A 192.0.2.9\n",
	"? www.example.com. A NOERROR\n"
	"= www.example.com. 300 IN A 192.0.2.1\n"
	"= www.example.com. 300 IN RRSIG A" SIG "E 1232 do\n",
	"? none.example.com. A NXDOMAIN\n"
	"- example.com. 3600 IN SOA ns.example.com. root.example.com. 7 3600 600 86400 900\n"
	"- example.com. 3600 IN RRSIG SOA" SIG
	"- mail.example.com. 900 IN NSEC www.example.com. A MX AAAA RRSIG NSEC TYPE65400\n"
	"- mail.example.com. 900 IN RRSIG NSEC" SIG "E 1232 do\n",
	"? none.example.com. A NOERROR\n"
	"- example.com. 3600 IN SOA ns.example.com. root.example.com. 7 3600 600 86400 900\n"
	"- 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.com. 900 IN NSEC3 1 1 12 aabbccdd "
	"2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY NS SOA NSEC3PARAM RRSIG\n"
	"- 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.com. 900 IN RRSIG NSEC3" SIG,
	"? example.com. MX NOERROR\n"
	"= example.com. 300 IN MX 10 mail.example.com.\n"
	"= example.com. 300 IN MX 20 mail2.example.com.\n"
	"+ mail.example.com. 300 IN A 192.0.2.25\n",
	"? example.com. NS NOERROR\n"
	"= example.com. 300 IN NS ns1.example.com.\n= example.com. 300 IN NS ns2.example.com.\n",
	"? example.com. SOA NOERROR\n"
	"= example.com. 300 IN SOA ns1.example.com. hostmaster.example.com. 1 2 3 4 5\n",
	"? 1.2.0.192.in-addr.arpa. PTR NOERROR\n"
	"= 1.2.0.192.in-addr.arpa. 300 IN PTR host.example.com.\n",
	"? example.com. TXT NOERROR\n"
	"= example.com. 300 IN TXT \"v=spf1 -all\" \"\" \"quote \\\" back \\\\ octet \\200 end\"\n"
	"= example.com. 300 IN TXT one\n",
	"? _sip._tcp.example.com. SRV NOERROR\n"
	"= _sip._tcp.example.com. 300 IN SRV 10 20 5060 sip.example.com.\n"
	"+ sip.example.com. 300 IN AAAA 2001:db8::5\n",
	"? example.com. NAPTR NOERROR\n"
	"= example.com. 300 IN NAPTR 100 10 \"U\" \"E2U+sip\" \"!^.*$!sip:a@example.com!\" .\n"
	"= example.com. 300 IN NAPTR 100 20 \"S\" \"SIP+D2T\" \"\" _sip._tcp.example.com.\n",
	"? example.com. DS NOERROR\n"
	"= example.com. 300 IN DS 4711 8 2 "
	"e2d3c916f6deeac73294e8268fb5885044a833fc5459588f4a9184cfc41a5766\n"
	"= example.com. 300 IN RRSIG DS" SIG,
	"? example.com. DNSKEY NOERROR\n"
	"= example.com. 300 IN DNSKEY 257 3 8 AwEAAagAIKlVZrpC6Ia7gEzahOR+9W29euxhJhVVLOyQbSEW\n",
	"? example.com. NSEC3PARAM NOERROR\n"
	"= example.com. 300 IN NSEC3PARAM 1 0 0 -\n= example.com. 300 IN NSEC3PARAM 1 0 5 aabb\n",
	"? _443._tcp.example.com. TLSA NOERROR\n"
	"= _443._tcp.example.com. 300 IN TLSA 3 1 1 "
	"0c72ac70b745ac19998811b131d662c9ac69dbdbe7cb23e5b514b56664c5d3d6\n",
	"? example.com. CAA NOERROR\n"
	"= example.com. 300 IN CAA 0 issue \"ca.example.net; policy=ev\"\n"
	"= example.com. 300 IN CAA 128 iodef \"mailto:security@example.com\"\n",
	"? example.com. HTTPS NOERROR\n"
	"= example.com. 300 IN TYPE65 \\# 61 0001000001000602683202683300040008c0000201c0000202"
	"0006002020010db800000000000000000000000120010db8000000000000000000000002\n"
	"= example.com. 300 IN TYPE65 \\# 15 000003737663076578616d706c6500\n",
	"? _dns.example.com. TYPE64 NOERROR\n"
	"= _dns.example.com. 300 IN TYPE64 \\# 49 000103646f74076578616d706c6500"
	"00000004000100030001000403646f74000300020355000700082f646e733f646e73\n",
	"? example.com. ANY NOERROR\n"
	"= example.com. 300 IN A 192.0.2.1\n= example.com. 300 IN MX 10 mail.example.com.\n"
	"= example.com. 300 IN HINFO \"cpu\" \"os\"\n= example.com. 300 IN RRSIG A" SIG
	"= example.com. 300 IN RP a.example.com. b.example.com.\n"
	"= example.com. 300 IN AFSDB 1 a.example.com.\n= example.com. 300 IN KX 1 b.example.com.\n"
	"= example.com. 300 IN SSHFP 1 1 aabbccdd\n= example.com. 300 IN TYPE65400 \\# 3 010203\n"
	"= example.com. 300 IN URI 10 1 \"https://example.com/\"\n"
	"= example.com. 300 IN MINFO a.example.com. b.example.com.\n"
	"= example.com. 300 IN CDS 0 0 0 00\n= example.com. 300 IN CDNSKEY 0 3 0 AA==\n"
	"= example.com. 300 IN PX 1 a.example.com. b.example.com.\n"
	"= example.com. 300 IN RT 1 a.example.com.\n",
	"? a\\000b\\.c\\255\\032d.example.com. A NOERROR\n"
	"= a\\000b\\.c\\255\\032d.example.com. 1 IN A 192.0.2.1\n",
	"? . NS NOERROR\n= . 518400 IN NS a.root-servers.net.\n= . 518400 IN NS "
	"b.root-servers.net.\n",
	NULL,
};

static ldns_rr *read_rr(const char *line)
{
	ldns_rr *rr = NULL;

	if (ldns_rr_new_frm_str(&rr, line, 0, NULL, NULL) != LDNS_STATUS_OK)
		fail_msg("ldns does not read '%s'", line);
	return rr;
}

static void read_question(ldns_pkt *pkt, char *line)
{
	char *rest = line;
	char *owner = strsep(&rest, " ");
	char *type = strsep(&rest, " ");
	ldns_rr *rr = ldns_rr_new();
	const ldns_lookup_table *rcode = ldns_lookup_by_name(ldns_rcodes, rest);

	assert_non_null(rcode);
	ldns_rr_set_owner(rr, ldns_dname_new_frm_str(owner));
	ldns_rr_set_type(rr, ldns_get_rr_type_by_name(type));
	ldns_rr_set_class(rr, LDNS_RR_CLASS_IN);
	ldns_rr_set_question(rr, true);
	ldns_pkt_push_rr(pkt, LDNS_SECTION_QUESTION, rr);
	ldns_pkt_set_rcode(pkt, (uint8_t)rcode->id);
}

static void read_line(ldns_pkt *pkt, char *line)
{
	switch (line[0]) {
	case '?':
		read_question(pkt, line + 2);
		break;
	case '=':
		ldns_pkt_push_rr(pkt, LDNS_SECTION_ANSWER, read_rr(line + 2));
		break;
	case '-':
		ldns_pkt_push_rr(pkt, LDNS_SECTION_AUTHORITY, read_rr(line + 2));
		break;
	case '+':
		ldns_pkt_push_rr(pkt, LDNS_SECTION_ADDITIONAL, read_rr(line + 2));
		break;
	case 'E':
		ldns_pkt_set_edns_udp_size(pkt, (uint16_t)strtoul(line + 2, NULL, 10));
		ldns_pkt_set_edns_do(pkt, strstr(line, " do") != NULL);
		break;
	default:
		fail_msg("no such line: '%s'", line);
	}
}

void packet_make(const char *text, struct packet *out)
{
	ldns_pkt *pkt = ldns_pkt_new();
	char *copy = strdup(text);
	char *rest = copy;
	uint8_t *wire = NULL;
	size_t len = 0;
	char *line;

	assert_non_null(copy);
	ldns_pkt_set_qr(pkt, true);
	ldns_pkt_set_rd(pkt, true);
	ldns_pkt_set_ra(pkt, true);
	while ((line = strsep(&rest, "\n")) && *line)
		read_line(pkt, line);
	assert_int_equal(ldns_pkt2wire(&wire, pkt, &len), LDNS_STATUS_OK);
	packet_copy(out, wire, len);
	free(wire);
	free(copy);
	ldns_pkt_free(pkt);
}

struct span packet_span(const struct packet *p)
{
	return span_of(p->octets, p->len);
}

void packet_copy(struct packet *out, const void *octets, size_t len)
{
	assert_true(len <= sizeof(out->octets));
	memcpy(out->octets, octets, len);
	out->len = len;
}
