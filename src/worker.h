/* worker.h - the story of one batch: map, read, group, stage, commit.
 *
 * A worker owns everything it touches; what it shares with others is read-only
 * (plan, options, rules) or taken in turns (the slot for giant records). */
#ifndef MILLRACE_WORKER_H
#define MILLRACE_WORKER_H

#include "alert/rules.h"
#include "changed.h"
#include "commit/duplicates.h"
#include "input/fanout.h"
#include "object.h"
#include "options.h"

/* Shared by all workers of a run; outlives them. */
struct worker_shared {
    const struct options *options;
    const struct plan *plan;
    const struct object_options *object_options;
    struct giant_slot *slot;
    const struct rules *rules; /* or NULL */
    int work;                  /* open OUT.work/<plan hash> */
    const char *work_path;     /* its absolute path */
    const char *created_by;
    /* With --dedupe: the place of each object's name among all names; and where
     * batches are read again, what to leave out, for each batch of `plan`. */
    const uint32_t *name_ranks;
    const struct marked_rows *marked;
    /* Objects that are not what the plan says, where the job goes by a plan, or NULL.
     * A batch that holds one is not committed; with options->allows_changed it is
     * read without them. */
    struct changed *changed;
};

/* A fanout_worker_fn; `context` is the struct worker_shared. Commits each batch
 * it takes. Ends with RC_OK when no batch is left. */
NODISCARD enum rc worker_run(void *context, struct fanout_worker *f, struct err *err);

#endif
