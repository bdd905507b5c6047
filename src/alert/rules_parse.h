/* rules_parse.h - one line of a rules file, taken apart. */
#ifndef MILLRACE_RULES_PARSE_H
#define MILLRACE_RULES_PARSE_H

#include "alert/rules.h"

struct condition {
    enum column column;
    bool is_regex;
    struct view pattern; /* as written between the quotes, `\"` resolved */
    size_t place;        /* where the pattern begins in the line, from 0 */
};

struct effects {
    bool ignore;
    struct view group, owner, level;
};

struct rule_line {
    struct condition conditions[RULE_CONDITIONS_MAX];
    size_t conditions_count;
    struct effects effects;
};

/* RC_END for a blank line or a comment. RC_BAD_INPUT: *ret_column is the column
 * (from 1) and *ret_reason what is wrong there. Strings with `\"` in them are
 * written to `storage`, which has room for line.size bytes; all views borrow
 * from the two. */
NODISCARD enum rc rule_parse_line(struct view line, char *storage, struct rule_line *ret,
                                  size_t *ret_column, const char **ret_reason);

#endif
