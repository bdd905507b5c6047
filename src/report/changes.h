/* changes.h - what is new, back or gone since an earlier report. */
#ifndef MILLRACE_CHANGES_H
#define MILLRACE_CHANGES_H

#include "alert/partial.h"

/* A group that was silent for this long and is seen again is back. */
#define BACK_AFTER_DAYS 7

enum change {
    CHANGE_NONE, /* in both, without such a silence */
    CHANGE_NEW,  /* not among the baseline's groups */
    CHANGE_BACK, /* in both, BACK_AFTER_DAYS between its last there and its first here */
};

struct changes {
    unsigned char *of_rank; /* an enum change for each group of the report */
    size_t new_count, back_count;
    size_t *gone; /* ranks in the baseline, ascending */
    size_t gone_count;
    bool has_gone;       /* false: the report keeps not all groups, so none can be told gone */
    bool is_new_certain; /* false: the baseline kept not all of its groups */
};

/* Reads groups of both. Needs 16 bytes per group of either while it works. */
NODISCARD enum rc changes_find(struct report *report, struct report *baseline, struct changes *ret,
                               struct err *err);
void changes_done(struct changes *c);

/* "new", "back", or NULL. */
const char *change_name(enum change change);

#endif
