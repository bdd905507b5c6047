/* rules.h - the user's rules file: what to ignore, name, own or re-level.
 *
 * Format: one rule per line, `#` comments:
 *     title~"^Payment .* declined$" log_group="/aws/lambda/pay*" -> group="payments declined" owner="billing"
 *     message="*health check*" -> ignore
 *     account="1234*" level="WARN" -> level=ERROR
 * Conditions on level, title, message, log_group, account: `=` is a glob, `~` a
 * PCRE2 expression (match, depth and heap limits apply; a match that hits one
 * counts as no match). All conditions of a rule must hold; effects of every
 * rule that holds apply in order, the first `group` wins. Read-only once
 * loaded: may be shared between threads, each with its own match data. */
#ifndef MILLRACE_RULES_H
#define MILLRACE_RULES_H

#include "interpret/event.h"
#include "util/err.h"

struct rules;

/* RC_USAGE with file, line and column for a bad rule; RC_IO. */
NODISCARD enum rc rules_load(const char *path, struct rules **ret, struct err *err);
void rules_free(struct rules *r);
/* The file's bytes, for the plan hash. */
struct view rules_text(const struct rules *r);

struct rules_verdict {
    bool is_ignored;
    struct view group, owner, level; /* null where no rule says so */
};
struct rules_scratch; /* per thread */
struct rules_scratch *rules_scratch_new(const struct rules *r);
void rules_scratch_free(struct rules_scratch *s);
void rules_apply(const struct rules *r, struct rules_scratch *s, const struct event *e,
                 struct rules_verdict *ret);

#endif
