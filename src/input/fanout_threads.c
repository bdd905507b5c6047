#include "input/fanout.h"

#include "limits.h"

#include <assert.h>
#include <errno.h>
#include <linux/limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

struct thread {
    struct fanout *fanout;
    pthread_t id;
    unsigned worker;
    enum rc rc;
    struct err err;
};

struct fanout {
    const struct fanout_options *options;
    struct fanout_progress *progress; /* one per worker */
    struct thread *threads;
    _Atomic size_t next; /* into todo */
    atomic_bool has_failed;
    pthread_mutex_t mutex; /* guards running */
    pthread_cond_t ended;
    unsigned running;
};

enum { TICK_MS = 200 };

bool fanout_is_stopping(const struct fanout *f)
{
    return atomic_load_explicit(&f->has_failed, memory_order_relaxed) ||
           atomic_load_explicit(f->options->stop, memory_order_relaxed);
}

enum rc fanout_take(struct fanout *f, unsigned worker, uint32_t *ret_batch)
{
    assert(worker < f->options->workers);
    (void)worker;
    if (fanout_is_stopping(f))
        return RC_STOPPED;
    size_t at = atomic_fetch_add(&f->next, 1);
    if (at >= f->options->todo_count)
        return RC_END;
    *ret_batch = f->options->todo[at];
    return RC_OK;
}

enum rc fanout_input(struct fanout *f, const struct batch *batch, uint32_t i, struct source *source,
                     struct err *err)
{
    assert(i < batch->object_count);
    const struct discovery *d = f->options->plan->objects;
    const struct object *o = &d->objects[batch->object_begin + i];
    char path[PATH_MAX];
    if (!object_path(d, o, path, sizeof(path)))
        return err_set(err, RC_FAILED, "%.*s: the path is too long", (int)o->name.size,
                       o->name.data);
    uint64_t begin = batch->cut == CUT_NONE ? 0 : batch->begin;
    uint64_t end = batch->cut == CUT_NONE ? o->size : batch->end;
    return source_open(source, path, o->size, begin, end, err);
}

struct fanout_progress *fanout_progress(struct fanout *f, unsigned worker)
{
    return &f->progress[worker];
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

static void *thread_main(void *argument)
{
    struct thread *t = argument;
    struct fanout *f = t->fanout;
    t->rc = f->options->run(f->options->context, f, t->worker, &t->err);
    if (t->rc != RC_OK && t->rc != RC_STOPPED)
        atomic_store(&f->has_failed, true);
    pthread_mutex_lock(&f->mutex);
    f->running--;
    pthread_cond_signal(&f->ended);
    pthread_mutex_unlock(&f->mutex);
    return NULL;
}

/* Signals are for the calling thread alone. */
static int create_quietly(struct thread *t)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int number = pthread_create(&t->id, NULL, thread_main, t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return number;
}

static unsigned start_threads(struct fanout *f, struct err *err, enum rc *ret_rc)
{
    unsigned started = 0;
    for (; started < f->options->workers; started++) {
        struct thread *t = &f->threads[started];
        *t = (struct thread){.fanout = f, .worker = started};
        f->running++;
        int number = create_quietly(t);
        if (number != 0) {
            f->running--;
            errno = number;
            *ret_rc = err_errno(err, "cannot start worker thread %u; try a smaller -j", started);
            atomic_store(&f->has_failed, true);
            break;
        }
    }
    return started;
}

static void wait_ticking(struct fanout *f)
{
    while (f->running > 0) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += TICK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&f->ended, &f->mutex, &until);
        if (f->options->on_tick != NULL)
            f->options->on_tick(f->options->context, f);
    }
}

static enum rc join_threads(struct fanout *f, unsigned started, struct err *err)
{
    enum rc rc = RC_OK;
    for (unsigned i = 0; i < started; i++) {
        struct thread *t = &f->threads[i];
        pthread_join(t->id, NULL);
        bool is_first_failure = rc == RC_OK || rc == RC_STOPPED;
        if (t->rc != RC_OK && is_first_failure && (rc == RC_OK || t->rc != RC_STOPPED)) {
            rc = t->rc;
            if (err != NULL)
                *err = t->err;
        }
    }
    return rc;
}

static enum rc run_threads(struct fanout *f, struct err *err)
{
    enum rc start_rc = RC_OK;
    pthread_mutex_lock(&f->mutex);
    unsigned started = start_threads(f, err, &start_rc);
    wait_ticking(f);
    pthread_mutex_unlock(&f->mutex);
    struct err thread_err = {0};
    enum rc rc = join_threads(f, started, &thread_err);
    if (start_rc != RC_OK)
        return start_rc;
    if (rc != RC_OK && err != NULL)
        *err = thread_err;
    return rc;
}

enum rc fanout_run(const struct fanout_options *options, struct err *err)
{
    assert(options->workers >= 1 && options->workers <= WORKERS_MAX);
    struct fanout f = {.options = options};
    f.progress = aligned_alloc(64, options->workers * sizeof(*f.progress));
    f.threads = calloc(options->workers, sizeof(*f.threads));
    enum rc rc;
    if (f.progress == NULL || f.threads == NULL) {
        rc = err_set(err, RC_NO_MEMORY, "no memory for %u workers", options->workers);
    } else {
        memset(f.progress, 0, options->workers * sizeof(*f.progress));
        pthread_mutex_init(&f.mutex, NULL);
        pthread_cond_init(&f.ended, NULL);
        rc = run_threads(&f, err);
        pthread_cond_destroy(&f.ended);
        pthread_mutex_destroy(&f.mutex);
    }
    free(f.progress);
    free(f.threads);
    return rc;
}
