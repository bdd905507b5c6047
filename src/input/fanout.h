/* fanout.h - hands the batches of a plan to workers, one per core.
 *
 * A worker takes batches until there are none, and asks for the inputs of its
 * batch one after another; who pages them in, and when, is the
 * implementation's business. Implementations: threads (fanout_threads.c).
 * Workers share nothing but the plan: a batch is taken by one of them, and
 * what they count goes into their own progress lines. */
#ifndef MILLRACE_FANOUT_H
#define MILLRACE_FANOUT_H

#include "input/source.h"
#include "plan/plan.h"

#include <stdatomic.h>

/* What a worker has done so far, for the progress line: one cache line each,
 * written by its worker alone. */
struct fanout_progress {
    _Alignas(64) _Atomic uint64_t stored_bytes;
    _Atomic uint64_t decoded_bytes;
    _Atomic uint64_t events;
    _Atomic uint64_t quarantined;
};

struct fanout;

/* One worker's side. Called on its own thread with its number. */
typedef enum rc fanout_worker_fn(void *context, struct fanout *f, unsigned worker, struct err *err);

struct fanout_options {
    const struct plan *plan;
    const uint32_t *todo; /* indexes of the batches to do, in order */
    size_t todo_count;
    unsigned workers;
    fanout_worker_fn *run;
    void *context;
    /* Called on the calling thread several times a second while workers run. */
    void (*on_tick)(void *context, const struct fanout *f);
    const atomic_bool *stop; /* set to true by a signal: no batch is taken any more */
};

/* Runs all workers to their end. The first failure stops the others at their
 * next batch and is returned, with its text. RC_STOPPED when *stop was set
 * before everything was done. */
NODISCARD enum rc fanout_run(const struct fanout_options *options, struct err *err);

/* For workers: the next batch, RC_END when there is none, RC_STOPPED. */
NODISCARD enum rc fanout_take(struct fanout *f, unsigned worker, uint32_t *ret_batch);
/* For workers: input `i` of the batch (0 … object_count - 1), open in `source`. */
NODISCARD enum rc fanout_input(struct fanout *f, const struct batch *batch, uint32_t i,
                               struct source *source, struct err *err);
/* True once the run should end: asked between records. */
bool fanout_is_stopping(const struct fanout *f);

struct fanout_progress *fanout_progress(struct fanout *f, unsigned worker);
/* Sums over the workers; for on_tick. */
void fanout_progress_sum(const struct fanout *f, struct fanout_progress *ret);

#endif
