/* redact_rules.h - the user's own expressions for what no report may show.
 *
 * Format: a PCRE2 expression per line; blank lines and lines that begin with
 * `#` say nothing. What an expression matches is replaced by `[redacted]`;
 * where it has a group, only what its first group matched:
 *     \b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){3,7}\b
 *     customer[_ ]?number[=: ]+(\d+)
 * Match, depth and heap limits apply. A text that hits one is replaced as a
 * whole: what could not be looked at is not shown. */
#ifndef MILLRACE_REDACT_RULES_H
#define MILLRACE_REDACT_RULES_H

#include "util/buf.h"
#include "util/err.h"

/* An expression is tried on every text of every report, so their number is a
 * number of passes. */
#define REDACT_RULES_MAX 200
#define REDACT_FILE_BYTES_MAX (256 * 1024)

struct redact_rules;

/* RC_USAGE with file, line and column for a bad expression; RC_IO, RC_NO_MEMORY. */
NODISCARD enum rc redact_rules_load(const char *path, struct redact_rules **ret, struct err *err);
/* The same from text that is there; `name` is what to call it. */
NODISCARD enum rc redact_rules_parse(const char *name, struct view text, struct redact_rules **ret,
                                     struct err *err);
void redact_rules_free(struct redact_rules *r); /* NULL is fine */
/* The file's bytes, for the plan hash. */
struct view redact_rules_text(const struct redact_rules *r);

/* The text in `v` without what the rules match. Borrows from `v` or from `r`
 * until the next call: one thread at a time. Null stays null. Sets *is_failed
 * where memory ran out. */
struct view redact_rules_apply(struct redact_rules *r, struct view v, bool *is_failed);

#endif
