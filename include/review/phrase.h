/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef REVIEW_PHRASE_H
#define REVIEW_PHRASE_H

/* The words of the risk report, in each of its languages. */

#include <stdbool.h>
#include <stddef.h>

enum language { LANGUAGE_EN, LANGUAGE_CS, LANGUAGES };

/* "en", "cs". */
extern const char *const language_text[LANGUAGES];

#define PHRASES(X)                                                                                 \
	X(NONE)                                                                                    \
	X(TITLE)                                                                                   \
	X(SUBTITLE)                                                                                \
	X(SITE)                                                                                    \
	X(PERIOD)                                                                                  \
	X(MADE)                                                                                    \
	X(MODE)                                                                                    \
	X(MODE_OBSERVE)                                                                            \
	X(MODE_ENFORCE)                                                                            \
	X(CONFIGURATION)                                                                           \
	X(LISTS)                                                                                   \
	X(COMPLETENESS)                                                                            \
	X(COMPLETE_RECORDS)                                                                        \
	X(COMPLETE_LOSSES)                                                                         \
	X(VERIFIED)                                                                                \
	X(VERIFIED_NOT)                                                                            \
	X(REDACTED)                                                                                \
	X(CONTENTS)                                                                                \
	X(FIGURES)                                                                                 \
	X(FIGURES_REMARK)                                                                          \
	X(QUERIES)                                                                                 \
	X(QUERIES_SENTENCE)                                                                        \
	X(DEVICES)                                                                                 \
	X(DEVICES_SENTENCE)                                                                        \
	X(EVENTS)                                                                                  \
	X(EVENTS_SENTENCE)                                                                         \
	X(BLOCKED)                                                                                 \
	X(BLOCKED_SENTENCE)                                                                        \
	X(WAIVED)                                                                                  \
	X(WAIVED_SENTENCE)                                                                         \
	X(FIGURE)                                                                                  \
	X(NOW)                                                                                     \
	X(BEFORE)                                                                                  \
	X(CHANGE)                                                                                  \
	X(RISK)                                                                                    \
	X(RISK_REMARK)                                                                             \
	X(THREAT)                                                                                  \
	X(THREAT_TEXT)                                                                             \
	X(GROUP)                                                                                   \
	X(CATEGORY)                                                                                \
	X(VENDOR)                                                                                  \
	X(FIRST)                                                                                   \
	X(LAST)                                                                                    \
	X(MEASURE)                                                                                 \
	X(EXCEPTION)                                                                               \
	X(OWNER)                                                                                   \
	X(DAYS)                                                                                    \
	X(DAYS_REMARK)                                                                             \
	X(DAY)                                                                                     \
	X(ALLOWED)                                                                                 \
	X(RECORDED)                                                                                \
	X(WOULD_BLOCK)                                                                             \
	X(HEAT)                                                                                    \
	X(HEAT_REMARK)                                                                             \
	X(WEEKDAY)                                                                                 \
	X(HOUR)                                                                                    \
	X(VENDORS)                                                                                 \
	X(CATEGORIES)                                                                              \
	X(MATRIX)                                                                                  \
	X(MATRIX_REMARK)                                                                           \
	X(DEVICE)                                                                                  \
	X(COUNTRIES)                                                                               \
	X(COUNTRIES_REMARK)                                                                        \
	X(COUNTRY)                                                                                 \
	X(OPERATORS)                                                                               \
	X(OPERATOR)                                                                                \
	X(SEEN)                                                                                    \
	X(SEEN_REMARK)                                                                             \
	X(WHAT)                                                                                    \
	X(VALUE)                                                                                   \
	X(REGISTER)                                                                                \
	X(RULES)                                                                                   \
	X(RULES_REMARK)                                                                            \
	X(RULE)                                                                                    \
	X(ACTION)                                                                                  \
	X(IN_ENFORCE)                                                                              \
	X(EXCEPTIONS)                                                                              \
	X(EXCEPTIONS_REMARK)                                                                       \
	X(REASON)                                                                                  \
	X(TICKET)                                                                                  \
	X(EXPIRES)                                                                                 \
	X(DAYS_LEFT)                                                                               \
	X(HITS)                                                                                    \
	X(LOSSES)                                                                                  \
	X(LOSSES_REMARK)                                                                           \
	X(TIME)                                                                                    \
	X(CHANGES)                                                                                 \
	X(COVERAGE)                                                                                \
	X(COVERAGE_TEXT)                                                                           \
	X(METHOD)                                                                                  \
	X(METHOD_TEXT)                                                                             \
	X(GLOSSARY)                                                                                \
	X(GLOSSARY_TEXT)                                                                           \
	X(EMPTY)                                                                                   \
	X(MORE)                                                                                    \
	X(DEVICE_NUMBER)                                                                           \
	X(UNNAMED)

enum phrase {
#define X(name) PHRASE_##name,
	PHRASES(X)
#undef X
		PHRASE_COUNT
};

/* Never NULL. Texts with several paragraphs have a line end between them; sentences have %s where
 * their figures go. */
const char *phrase(enum language language, enum phrase p);
/* By its name in lower case, as a query gives it; PHRASE_NONE for none. */
enum phrase phrase_find(const char *name, size_t len);
/* "en", "cs"; false for another word. */
bool language_parse(const char *word, enum language *out);

#endif
