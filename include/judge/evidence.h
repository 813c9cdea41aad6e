/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef JUDGE_EVIDENCE_H
#define JUDGE_EVIDENCE_H

/*
 * What is known against or about an answer: the places that were looked at, names and addresses,
 * and the findings, each a place and the list entry that holds for it. Evidence says nothing about
 * what to do. Kept evidence is self-contained: one block, with no pointer into a list generation or
 * a packet, so that it outlives both. Entries that hold for many places are kept once.
 */

#include "base/err.h"
#include "base/inet.h"
#include "store/store.h"
#include "wire/name.h"

/* What does not fit is overflow. An answer holds at most ANSWER_RECORDS_MAX records, but an HTTPS
 * record may hold thousands of hints. */
#define EVIDENCE_PLACES_MAX 2048
#define EVIDENCE_ROWS_MAX 256
#define EVIDENCE_FINDINGS_MAX 4096

/* Where in an answer something was found. */
enum on {
	ON_QNAME, /* the name that was asked */
	ON_CNAME, /* a name an alias leads to: CNAME, DNAME */
	ON_TARGET, /* the target of SVCB or HTTPS */
	ON_ADDRESS, /* A, AAAA */
	ON_HINT, /* ipv4hint, ipv6hint */
	ON_EMBEDDED, /* an IPv4 address inside an IPv6 address */
	ON_MENTION, /* a name shown as data */
	ON_CLIENT, /* who asked */
	ON_COUNT
};

/* How far the judge could see. */
enum extent {
	EXTENT_NAME, /* only the question's name */
	EXTENT_FULL, /* the whole answer */
};

#define PLACE_QUESTION UINT16_MAX

/* One name or address that was looked at, whether a list knows it or not. */
struct place {
	enum on on;
	struct inet_addr addr; /* for addresses: the one judged (the inner one if embedded) */
	uint16_t record; /* index of the answer's record that it stands in, or PLACE_QUESTION */
	struct span name; /* for names: wire form in lower case; empty for addresses */
	const char *kind; /* of ON_EMBEDDED: static, see struct embedded; NULL otherwise */
};

struct finding {
	const struct place *place;
	const struct store_row *row; /* without first and last */
};

struct evidence {
	enum extent extent;
	bool overflow; /* there was more than fits: the answer must not be passed */
	uint16_t removable; /* records at the answer's end, of which some may be left out; 0 when
			       they are signed */
	unsigned place_count;
	const struct place *places; /* in the order of the answer, the question's name first */
	unsigned count;
	size_t size; /* octets of the whole block */
	struct finding findings[]; /* count of them, in the order of the places */
};

/* Evidence being gathered. */
struct evidence_draft;

/* NULL when memory is exhausted. */
struct evidence_draft *evidence_draft_new(void);
void evidence_draft_free(struct evidence_draft *d);
/* What is added from here on stands in that record; the question before the first call. */
void evidence_draft_record(struct evidence_draft *d, unsigned index);
/*
 * Add a place with the rows that hold for it; there may be none. Rows are not copied before
 * evidence_keep: their spans must stand until then. found is how many rows there are, of which the
 * first at most STORE_ROWS_MAX are at rows. Failure and overflow are remembered.
 */
void evidence_draft_name(struct evidence_draft *d, enum on on, const struct name *name,
	const struct store_row *rows, size_t found);
void evidence_draft_address(struct evidence_draft *d, enum on on, const struct inet_addr *addr,
	const struct store_row *rows, size_t found);
/* The same for an IPv4 address inside another; kind is static. */
void evidence_draft_embedded(struct evidence_draft *d, const struct inet_addr *addr,
	const char *kind, const struct store_row *rows, size_t found);
/* What is looked at from here on does not count any more: there was more than can be judged. */
void evidence_draft_overflow(struct evidence_draft *d);
/* Nothing more is taken: looking further is in vain. */
bool evidence_draft_is_over(const struct evidence_draft *d);
/* One block, freed with free(3). NULL when memory is, or was before, exhausted. */
struct evidence *evidence_keep(const struct evidence_draft *d, enum extent extent) MUST_CHECK;

extern const char *const on_text[ON_COUNT]; /* "qname", "cname" ... as in logs and configuration */
extern const char *const fact_text[FACT_COUNT]; /* "listed", "located" ... */
bool on_is_address(enum on on);
/* Stands in a record at the end of the chain: neither in the question nor in an alias. */
bool place_is_final(const struct place *p);

/* The name or address as text; returns out. */
const char *place_format(const struct place *p, char out[NAME_TEXT_MAX]);
/*
 * One sentence about a finding, for event.reason and explain: `name dev.hicloudcam.com is below
 * hicloudcam.com: vendor hikvision (prc, domains/ip-cameras.tsv:41)`, `address 8.129.0.1 is located
 * in CN (prc, addresses/located.tsv:12)`.
 */
struct buf;
void finding_describe(const struct finding *f, struct buf *out);
/* `name dev.hicloudcam.com`, `alias ...`, `address 8.129.0.1`. */
void place_describe(const struct place *p, struct buf *out);

#endif
