/* option_table.h - every option of every verb: the parser, --help and plans go by
 * this one table. */
#ifndef MILLRACE_OPTION_TABLE_H
#define MILLRACE_OPTION_TABLE_H

#include "cli/command_line.h"

#define BIT(verb) (1u << (verb))

enum {
    ON_RUN = BIT(VERB_RUN),
    ON_WATCH = BIT(VERB_WATCH),
    ON_MERGE = BIT(VERB_MERGE),
    ON_PLAN = BIT(VERB_PLAN),
    IS_PLANNED = BIT(VERB_COUNT), /* decides output bytes: a plan records it */
    ON_PLANNING = ON_RUN | ON_PLAN,
    PLANNED = ON_PLANNING | ON_WATCH | IS_PLANNED,
    ON_PUBLISHING = ON_RUN | ON_MERGE,
    ON_WORKING = ON_PUBLISHING | ON_WATCH,
    ON_JOB = ON_PLANNING | ON_WORKING,
    ON_READING = BIT(VERB_EVENTS) | BIT(VERB_SPLIT) | BIT(VERB_INSPECT) | BIT(VERB_EXPLAIN),
    ON_INTERPRETING = PLANNED | BIT(VERB_EVENTS) | BIT(VERB_EXPLAIN),
    ON_REPORT = BIT(VERB_REPORT),
    ON_REPORTING = PLANNED | ON_REPORT,
    ON_VERIFY = BIT(VERB_VERIFY),
    ON_QUARANTINE = BIT(VERB_QUARANTINE),
    ON_BENCH = BIT(VERB_BENCH),
    ON_FINISHED = ON_VERIFY | ON_QUARANTINE,
    ON_ALL = ON_JOB | ON_READING,
};

typedef bool option_set_fn(struct options *o, const char *value);

struct option_spec {
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* NULL: a flag */
    unsigned verbs;
    option_set_fn *set;
    const char *help;
};

/* A name may stand for one thing on one verb and another elsewhere. What decides
 * output bytes is PLANNED: a plan must bring it along. */
extern const struct option_spec option_table[];
extern const size_t option_table_count;

/* False when the list is full. */
bool option_list_add(struct option_list *list, const char *value);

#endif
