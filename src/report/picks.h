/* picks.h - the few groups to look at before the others, each with its reasons.
 *
 * The largest is not always the one that matters: what is new, back, spiking,
 * fatal, young or spread over accounts may be. */
#ifndef MILLRACE_PICKS_H
#define MILLRACE_PICKS_H

#include "report/form.h"

#define PICKS_MAX 6
/* Fewer groups than this are seen at a glance. */
#define PICKS_GROUPS_MIN 3
/* The largest, among which the choice is made. */
#define PICKS_GROUPS_MAX 1000

/* A bit each, in the order in which they are told. */
enum pick_reason {
    PICK_NEW = 1,
    PICK_BACK = 2,
    PICK_SPIKING = 4,
    PICK_LARGEST = 8,
    PICK_LATE = 16,   /* the largest of those that began in the last quarter */
    PICK_WIDEST = 32, /* in the most accounts */
    PICK_FATAL = 64,
};

struct pick {
    size_t rank;
    unsigned reasons;
    uint64_t weight; /* while choosing */
};

struct picks {
    struct pick at[PICKS_MAX];
    size_t count;
};

/* Chooses among the groups_max largest groups; each reason names one of them at
 * most. RC_NO_MEMORY, and what reading groups gives. */
NODISCARD enum rc picks_find(struct form *f, size_t groups_max, struct picks *ret);

/* "Spiked, most frequent". */
void picks_append_reasons(struct buf *out, unsigned reasons);

#endif
