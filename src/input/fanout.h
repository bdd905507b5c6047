/* fanout.h - hands the batches of a plan to workers, one per core.
 *
 * A worker takes batches until there are none, and asks for the inputs of its
 * batch one after another; who pages them in, and when, is the
 * implementation's business: io_uring (fanout_uring.c), which has the kernel do
 * it ahead of the worker, or threads alone (fanout_threads.c) where io_uring is
 * refused. Workers share nothing but the plan: a batch is taken by one of them,
 * and what they count goes into their own progress lines. */
#ifndef MILLRACE_FANOUT_H
#define MILLRACE_FANOUT_H

#include "input/source.h"
#include "plan/plan.h"
#include "util/sync_queue.h"

#include <stdatomic.h>

/* What a worker has done so far, for the progress line: one cache line each,
 * written by its worker alone. */
struct fanout_progress {
    _Alignas(64) _Atomic uint64_t stored_bytes;
    _Atomic uint64_t decoded_bytes;
    _Atomic uint64_t events;
    _Atomic uint64_t quarantined;
};

enum fanout_io {
    FANOUT_AUTO, /* io_uring where the kernel allows it */
    FANOUT_URING,
    FANOUT_THREADS,
};

struct fanout;
/* One worker's side of it: for its own thread alone. */
struct fanout_worker;

typedef enum rc fanout_worker_fn(void *context, struct fanout_worker *w, struct err *err);

struct fanout_options {
    const struct plan *plan;
    const uint32_t *todo; /* indexes of the batches to do, in order */
    size_t todo_count;
    unsigned workers;
    enum fanout_io io;
    bool is_pinned; /* a worker stays on one core, where there is one for each */
    fanout_worker_fn *run;
    void *context; /* of all functions here */
    /* Told once, before the first batch: which implementation, and why. May be NULL. */
    void (*on_io)(void *context, const char *text);
    /* Called on the calling thread several times a second while workers run. */
    void (*on_tick)(void *context, const struct fanout *f);
    const atomic_bool *stop; /* set to true by a signal: no batch is taken any more */
};

/* Runs all workers to their end. The first failure stops the others at their
 * next batch and is returned, with its text. RC_STOPPED when *stop was set
 * before everything was done; RC_USAGE when io_uring was asked for and is refused. */
NODISCARD enum rc fanout_run(const struct fanout_options *options, struct err *err);

/* For workers: the next batch, RC_END when there is none, RC_STOPPED. */
NODISCARD enum rc fanout_take(struct fanout_worker *w, uint32_t *ret_batch, struct err *err);
/* For workers: input `i` of the batch taken (0 … object_count - 1), open in
 * `source`: what there is of it, see source_open_rest(). In order; after the last
 * one asked for, an earlier one may be asked for again, and so on from there. */
NODISCARD enum rc fanout_input(struct fanout_worker *w, const struct batch *batch, uint32_t i,
                               struct source *source, struct err *err);
/* True once the run should end: asked between records. */
bool fanout_is_stopping(const struct fanout_worker *w);

/* For workers: by which their files become durable while they go on, through their
 * ring or by a few threads. What is left in it when the worker ends is waited for. */
struct sync_queue *fanout_sync(struct fanout_worker *w);

struct fanout_progress *fanout_progress(struct fanout_worker *w);
/* Sums over the workers; for on_tick. */
void fanout_progress_sum(const struct fanout *f, struct fanout_progress *ret);

#endif
