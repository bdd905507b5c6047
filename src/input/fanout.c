#include "input/fanout_engine.h"

#include "limits.h"

#include <assert.h>
#include <errno.h>
#include <linux/limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

/* ---- What workers call ---- */

bool fanout_is_ending(const struct fanout *f)
{
    return atomic_load_explicit(&f->has_failed, memory_order_relaxed) ||
           atomic_load_explicit(f->options->stop, memory_order_relaxed);
}

bool fanout_is_stopping(const struct fanout_worker *w)
{
    return fanout_is_ending(w->fanout);
}

enum rc fanout_take(struct fanout_worker *w, uint32_t *ret_batch, struct err *err)
{
    if (fanout_is_stopping(w))
        return RC_STOPPED;
    return w->fanout->engine->take(w, ret_batch, err);
}

enum rc fanout_input(struct fanout_worker *w, const struct batch *batch, uint32_t i,
                     struct source *source, struct err *err)
{
    assert(i < batch->object_count);
    return w->fanout->engine->input(w, batch, i, source, err);
}

struct sync_queue *fanout_sync(struct fanout_worker *w)
{
    return w->sync;
}

struct fanout_progress *fanout_progress(struct fanout_worker *w)
{
    return &w->fanout->progress[w->number];
}

/* ---- What engines call ---- */

enum rc fanout_locate(const struct fanout *f, const struct batch *batch, uint32_t i, char *path,
                      struct source_range *ret, struct err *err)
{
    const struct discovery *d = f->options->plan->objects;
    const struct object *o = &d->objects[batch->object_begin + i];
    if (!object_path(d, o, path, PATH_MAX))
        return err_set(err, RC_FAILED, "%.*s: the path is too long", (int)o->name.size,
                       o->name.data);
    bool is_whole = batch->cut == CUT_NONE;
    *ret = (struct source_range){.path = path,
                                 .size = o->size,
                                 .begin = is_whole ? 0 : batch->begin,
                                 .end = is_whole ? o->size : batch->end};
    return RC_OK;
}

void fanout_tick(struct fanout *f)
{
    if (f->options->on_tick != NULL)
        f->options->on_tick(f->options->context, f);
}

void fanout_progress_sum(const struct fanout *f, struct fanout_progress *ret)
{
    *ret = (struct fanout_progress){0};
    for (unsigned i = 0; i < f->options->workers; i++) {
        const struct fanout_progress *p = &f->progress[i];
        ret->stored_bytes += atomic_load_explicit(&p->stored_bytes, memory_order_relaxed);
        ret->decoded_bytes += atomic_load_explicit(&p->decoded_bytes, memory_order_relaxed);
        ret->events += atomic_load_explicit(&p->events, memory_order_relaxed);
        ret->quarantined += atomic_load_explicit(&p->quarantined, memory_order_relaxed);
    }
}

/* ---- Threads ---- */

/* Only where every core has its worker: of several smaller runs on one machine
 * all would sit on the first cores, and leave the others idle. */
static void pin(const struct fanout_worker *w)
{
    cpu_set_t usable, one;
    if (!w->fanout->options->is_pinned || sched_getaffinity(0, sizeof(usable), &usable) != 0 ||
        (unsigned)CPU_COUNT(&usable) != w->fanout->options->workers)
        return;
    unsigned cpu = 0;
    for (unsigned left = w->number; !CPU_ISSET(cpu, &usable) || left-- > 0;)
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof(one), &one); /* a refusal only costs time */
}

/* Files that each worker may have on their way to the disk: together half of what
 * the process may have open. */
static unsigned files_per_worker(unsigned workers)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1;
    rlim_t wanted = 2 * (rlim_t)workers * SYNC_FILES_MAX;
    if (limit.rlim_cur < wanted && limit.rlim_cur < limit.rlim_max) {
        struct rlimit more = limit;
        more.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &more) == 0)
            limit = more;
    }
    rlim_t each = limit.rlim_cur / 2 / workers;
    return each < 1 ? 1 : each < SYNC_FILES_MAX ? (unsigned)each : SYNC_FILES_MAX;
}

static enum rc run_worker(struct fanout_worker *w)
{
    struct fanout *f = w->fanout;
    struct sync_engine engine = {0};
    TRY(f->engine->begin(w, &w->err));
    bool has_engine = f->engine->begin_sync(w, &engine);
    w->sync = sync_queue_new(has_engine ? &engine : NULL, f->files_per_worker);
    if (w->sync == NULL)
        return err_set(&w->err, RC_NO_MEMORY, "no memory for a worker; try a smaller -j");
    if (w->sync_threads != NULL)
        sync_threads_serve(w->sync_threads, w->sync);
    return f->options->run(f->options->context, w, &w->err);
}

static void *worker_main(void *argument)
{
    struct fanout_worker *w = argument;
    struct fanout *f = w->fanout;
    pin(w);
    w->rc = run_worker(w);
    if (w->rc != RC_OK && w->rc != RC_STOPPED)
        atomic_store(&f->has_failed, true);
    sync_queue_free(w->sync);
    w->sync = NULL;
    sync_threads_free(w->sync_threads);
    f->engine->end(w);
    return NULL;
}

/* Signals are for the calling thread alone, but for the one that a thread raises
 * itself by reading. */
static int create_quietly(struct fanout_worker *w)
{
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGBUS);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int number = pthread_create(&w->thread, NULL, worker_main, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return number;
}

static unsigned start_workers(struct fanout *f, struct err *err, enum rc *ret_rc)
{
    unsigned started = 0;
    for (; started < f->options->workers; started++) {
        struct fanout_worker *w = &f->workers[started];
        *w = (struct fanout_worker){.fanout = f, .number = started};
        atomic_fetch_add(&f->running, 1);
        int number = create_quietly(w);
        if (number != 0) {
            atomic_fetch_sub(&f->running, 1);
            errno = number;
            *ret_rc = err_errno(err, "cannot start worker thread %u; try a smaller -j", started);
            atomic_store(&f->has_failed, true);
            break;
        }
    }
    return started;
}

static enum rc join_workers(struct fanout *f, unsigned started, struct err *err)
{
    enum rc rc = RC_OK;
    for (unsigned i = 0; i < started; i++) {
        struct fanout_worker *w = &f->workers[i];
        pthread_join(w->thread, NULL);
        bool is_first_failure = rc == RC_OK || rc == RC_STOPPED;
        if (w->rc != RC_OK && is_first_failure && (rc == RC_OK || w->rc != RC_STOPPED)) {
            rc = w->rc;
            if (err != NULL)
                *err = w->err;
        }
    }
    return rc;
}

static enum rc run_workers(struct fanout *f, struct err *err)
{
    enum rc start_rc = RC_OK;
    unsigned started = start_workers(f, err, &start_rc);
    struct err worker_err = {0};
    if (start_rc == RC_OK)
        start_rc = f->engine->coordinate(f, err);
    enum rc rc = join_workers(f, started, &worker_err);
    if (start_rc != RC_OK)
        return start_rc;
    if (rc != RC_OK && err != NULL)
        *err = worker_err;
    return rc;
}

/* ---- Which engine ---- */

static enum rc open_threads(struct fanout *f, struct err *what, struct err *err)
{
    f->engine = &fanout_threads;
    return f->engine->open(f, what, err);
}

static enum rc open_engine(struct fanout *f, struct err *what, struct err *err)
{
    struct err why = {0}, ignored;
    if (f->options->io == FANOUT_THREADS)
        return open_threads(f, what, err);
    f->engine = &fanout_uring;
    enum rc rc = f->engine->open(f, what, &why);
    if (rc == RC_UNSUPPORTED && f->options->io == FANOUT_URING)
        return err_set(err, RC_USAGE, "--io uring: %s; --io auto does without", why.text);
    if (rc != RC_UNSUPPORTED) {
        if (rc != RC_OK)
            err_set(err, rc, "%s", why.text);
        return rc;
    }
    rc = open_threads(f, &ignored, err);
    err_set(what, rc, "input by threads alone, as io_uring is refused: %.900s", why.text);
    return rc;
}

static enum rc run_engine(struct fanout *f, struct err *err)
{
    struct err what = {0};
    TRY(open_engine(f, &what, err));
    if (f->options->on_io != NULL)
        f->options->on_io(f->options->context, what.text);
    enum rc rc = run_workers(f, err);
    f->engine->close(f);
    return rc;
}

enum rc fanout_run(const struct fanout_options *options, struct err *err)
{
    assert(options->workers >= 1 && options->workers <= WORKERS_MAX);
    struct fanout f = {.options = options,
                       .files_per_worker = files_per_worker(options->workers)};
    f.progress = aligned_alloc(64, options->workers * sizeof(*f.progress));
    f.workers = calloc(options->workers, sizeof(*f.workers));
    enum rc rc;
    if (f.progress == NULL || f.workers == NULL) {
        rc = err_set(err, RC_NO_MEMORY, "no memory for %u workers", options->workers);
    } else {
        memset(f.progress, 0, options->workers * sizeof(*f.progress));
        rc = run_engine(&f, err);
    }
    free(f.progress);
    free(f.workers);
    return rc;
}
