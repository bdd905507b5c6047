/* functions.h - what REPORT lines say of Lambda functions, for every form. */
#ifndef MILLRACE_FUNCTIONS_H
#define MILLRACE_FUNCTIONS_H

#include "report/facts.h"

/* A summary holds MAP_KEYS_MAX functions, and (other). */
#define FUNCTIONS_RANKED_MAX (2 * MAP_KEYS_MAX)

enum functions_order {
    FUNCTIONS_BY_TROUBLE, /* timeouts and crashes, then reports near the memory limit */
    FUNCTIONS_BY_MEAN,    /* mean duration */
    FUNCTIONS_BY_MEMORY,  /* most used of the memory they have */
};

struct functions_ranked {
    const struct function_facts *at[FUNCTIONS_RANKED_MAX];
    size_t count;
};
void functions_rank(const struct summary *s, enum functions_order order,
                    struct functions_ranked *ret);

uint64_t functions_mean_us(const struct function_facts *x);

/* "16 timeouts and 2 crashes in 21,004 invocations of 38 functions; …". */
void functions_append_totals(struct buf *out, const struct summary *s);

/* Whether the subscription filter of the archive cannot have let REPORT lines
 * through: its events have extracted fields, and there is not one REPORT line. */
bool functions_are_filtered(const struct summary *s);
#define FUNCTIONS_FILTERED_TEXT                                                                    \
    "The subscription filter of this archive lets no REPORT line through. Timeouts and crashes "  \
    "that only a REPORT line tells of have left no trace here."

#endif
