/* command_line.h - the one option table: parser and --help come from it. */
#ifndef MILLRACE_COMMAND_LINE_H
#define MILLRACE_COMMAND_LINE_H

#include "options.h"

enum verb {
    VERB_RUN,
    VERB_WATCH,
    VERB_PLAN,
    VERB_MERGE,
    VERB_EVENTS,
    VERB_SPLIT,
    VERB_INSPECT,
    VERB_REPORT,
    VERB_EXPLAIN,
    VERB_VERIFY,
    VERB_QUARANTINE,
    VERB_BENCH,
    VERB_COUNT
};

struct verb_info {
    const char *name;
    const char *arguments; /* "SOURCE... -o OUT" */
    const char *summary;   /* one line for the list of verbs */
    const char *details;   /* a paragraph for the verb's own help */
};
const struct verb_info *verb_info(enum verb verb);

struct command_line {
    bool wants_help;
    bool wants_version;
    bool has_verb;
    enum verb verb;
    struct options options; /* sources borrow from argv */
};

/* Parses argv. RC_USAGE with one line that says what is wrong. */
NODISCARD enum rc command_line_parse(int argc, char **argv, struct command_line *ret,
                                     struct err *err);

/* Sets options that a plan records: name, value, name, value, … RC_USAGE for one
 * that is none of this version's. */
NODISCARD enum rc command_line_apply(struct options *o, const char *const *arguments, size_t count,
                                     struct err *err);

/* Appends the help of the program, or of one verb. */
void help_append(struct buf *out);
void help_append_verb(enum verb verb, struct buf *out);

#endif
