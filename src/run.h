/* run.h - the whole job: plan, every batch, merge.
 *
 * Crash safe at any point: running the same command again finishes what is
 * missing. Talks to the user through the hooks alone. */
#ifndef MILLRACE_RUN_H
#define MILLRACE_RUN_H

#include "commit/ledger.h"
#include "input/fanout.h"
#include "options.h"

struct run_hooks {
    void *context;
    /* One line for the user, without a newline; `level` 0 always, 1 with -v. */
    void (*on_notice)(void *context, unsigned level, const char *text);
    /* Around the batches. Outside them a run may be ended by _exit() at any
     * point, inside it is asked to stop. */
    void (*on_batches_begin)(void *context);
    void (*on_batches_end)(void *context);
    /* While batches run, several times a second: what is done of total_bytes.
     * Returns true when the run should stop (a signal came). */
    bool (*on_progress)(void *context, const struct fanout_progress *done, uint64_t total_bytes);
};

struct run_outcome {
    bool was_done;        /* OUT already held exactly this */
    struct ledger ledger; /* initialised and freed by the caller */
    uint64_t objects, batches, resumed_batches;
    double plan_s, batches_s, merge_s;
    char out[4096]; /* absolute path of OUT */
};

/* RC_OK when OUT holds the finished run (see ledger_is_damaged() for exit 3),
 * with --dry-run when the plan was printed to stdout. RC_STOPPED: resumable. */
NODISCARD enum rc run(const struct options *options, const struct run_hooks *hooks,
                      struct run_outcome *ret, struct err *err);

/* "millrace version X.Y.Z (build …)". */
const char *run_created_by(void);

#endif
