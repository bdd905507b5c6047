/* fanout_engine.h - what fanout.c asks of an implementation, and what it lends it. */
#ifndef MILLRACE_FANOUT_ENGINE_H
#define MILLRACE_FANOUT_ENGINE_H

#include "input/fanout.h"
#include "input/sync_threads.h"

#include <pthread.h>

/* How often the calling thread looks up: progress, signals. */
#define FANOUT_TICK_MS 200

struct fanout_worker {
    struct fanout *fanout;
    unsigned number;
    pthread_t thread;
    struct sync_queue *sync;
    struct sync_threads *sync_threads; /* that serve it, or NULL */
    enum rc rc;
    struct err err;
};

struct fanout {
    const struct fanout_options *options;
    const struct fanout_engine *engine;
    void *state; /* the engine's */
    struct fanout_progress *progress; /* one per worker */
    struct fanout_worker *workers;
    unsigned files_per_worker; /* on their way to the disk at once */
    atomic_bool has_failed;
    atomic_uint running; /* workers that have not ended */
};

struct fanout_engine {
    /* Makes `state`, on the calling thread. RC_UNSUPPORTED: refused here, with why
     * in `err`; `what` (of err's size) is what on_io tells otherwise. */
    enum rc (*open)(struct fanout *f, struct err *what, struct err *err);
    void (*close)(struct fanout *f);
    /* On the calling thread until f->running is 0, calling fanout_tick(). Where it
     * fails it sets f->has_failed and stays until then all the same. */
    enum rc (*coordinate)(struct fanout *f, struct err *err);
    /* On the worker's thread, before its first call and after its last. */
    enum rc (*begin)(struct fanout_worker *w, struct err *err);
    void (*end)(struct fanout_worker *w);
    enum rc (*take)(struct fanout_worker *w, uint32_t *ret_batch, struct err *err);
    enum rc (*input)(struct fanout_worker *w, const struct batch *batch, uint32_t i,
                     struct source *source, struct err *err);
    /* On the worker's thread, after begin(): how its files become durable. False
     * where it has nothing but plain calls. */
    bool (*begin_sync)(struct fanout_worker *w, struct sync_engine *ret);
};

extern const struct fanout_engine fanout_threads;
extern const struct fanout_engine fanout_uring;

bool fanout_is_ending(const struct fanout *f);
void fanout_tick(struct fanout *f);

/* Where input `i` of a batch lies: the path goes to `path` (PATH_MAX). */
NODISCARD enum rc fanout_locate(const struct fanout *f, const struct batch *batch, uint32_t i,
                                char *path, struct source_range *ret, struct err *err);

#endif
