/* rules.h - the user's rules file: what to ignore, name, own or re-level.
 *
 * Format: one rule per line, `#` comments:
 *     title~"^Payment .* declined$" log_group="/aws/lambda/pay*" -> group="payments declined"
 * owner="billing" message="*health check*" -> ignore account="1234*" level="WARN" -> level=ERROR
 * Conditions on level, title, message, log_group, account: `=` is a glob (`*`,
 * `?`, `\` before a character that stands for itself) that must cover the whole
 * text, `~` a PCRE2 expression found anywhere in it (match, depth and heap
 * limits apply; a match that hits one counts as no match). In quotes `\"` is a
 * quote and any other backslash stays. Level conditions see the event's own
 * level, in upper case. An absent text meets no condition; of a long one the
 * first RULES_TEXT_BYTES_MAX bytes count. A rule may have no condition.
 * All conditions of a rule must hold; effects of every rule that holds apply in
 * order: the first `group` and the first `owner` win, the last `level` does, and
 * `ignore` stands. Effects: `ignore`, `group=`, `owner=`, `level=` (TRACE, DEBUG,
 * INFO, WARN, ERROR, FATAL). Read-only once loaded: may be shared between
 * threads, each with its own match data. */
#ifndef MILLRACE_RULES_H
#define MILLRACE_RULES_H

#include "interpret/event.h"
#include "util/err.h"

struct rules;

#define RULES_TEXT_BYTES_MAX (64 * 1024)
#define RULES_FILE_BYTES_MAX (1024 * 1024)
#define RULES_MAX 10000
#define RULE_CONDITIONS_MAX 8

/* RC_USAGE with file, line and column for a bad rule; RC_IO. */
NODISCARD enum rc rules_load(const char *path, struct rules **ret, struct err *err);
/* The same from text that is there; `name` is what to call it. */
NODISCARD enum rc rules_parse(const char *name, struct view text, struct rules **ret,
                              struct err *err);
void rules_free(struct rules *r);
/* The file's bytes, for the plan hash. */
struct view rules_text(const struct rules *r);

struct rules_verdict {
    bool is_ignored;
    struct view group, owner, level; /* null where no rule says so */
};
/* Whether some rule sets levels: otherwise only alerts need rules_apply(). */
bool rules_set_levels(const struct rules *r);

struct rules_scratch; /* per thread; NULL when out of memory */
struct rules_scratch *rules_scratch_new(const struct rules *r);
void rules_scratch_free(struct rules_scratch *s);
/* False when out of memory. */
NODISCARD bool rules_apply(const struct rules *r, struct rules_scratch *s, const struct event *e,
                           struct rules_verdict *ret);

#endif
