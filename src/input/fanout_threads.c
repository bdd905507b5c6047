#include "input/fanout_engine.h"

#include "limits.h"

#include <assert.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <time.h>

struct threads {
    _Atomic size_t next; /* into todo */
    pthread_mutex_t mutex;
    pthread_cond_t ended;
};

static enum rc threads_open(struct fanout *f, struct err *what, struct err *err)
{
    struct threads *t = calloc(1, sizeof(*t));
    if (t == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to begin");
    pthread_mutex_init(&t->mutex, NULL);
    pthread_cond_init(&t->ended, NULL);
    f->state = t;
    return err_set(what, RC_OK, "input by threads alone");
}

static void threads_close(struct fanout *f)
{
    struct threads *t = f->state;
    pthread_cond_destroy(&t->ended);
    pthread_mutex_destroy(&t->mutex);
    free(t);
}

static enum rc threads_coordinate(struct fanout *f, struct err *err)
{
    (void)err;
    struct threads *t = f->state;
    pthread_mutex_lock(&t->mutex);
    while (atomic_load(&f->running) > 0) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += FANOUT_TICK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&t->ended, &t->mutex, &until);
        fanout_tick(f);
    }
    pthread_mutex_unlock(&t->mutex);
    return RC_OK;
}

static enum rc threads_begin(struct fanout_worker *w, struct err *err)
{
    (void)w;
    (void)err;
    return RC_OK;
}

static void threads_end(struct fanout_worker *w)
{
    struct threads *t = w->fanout->state;
    pthread_mutex_lock(&t->mutex);
    atomic_fetch_sub(&w->fanout->running, 1);
    pthread_cond_signal(&t->ended);
    pthread_mutex_unlock(&t->mutex);
}

static enum rc threads_take(struct fanout_worker *w, uint32_t *ret_batch, struct err *err)
{
    (void)err;
    struct threads *t = w->fanout->state;
    const struct fanout_options *o = w->fanout->options;
    size_t at = atomic_fetch_add(&t->next, 1);
    if (at >= o->todo_count)
        return RC_END;
    *ret_batch = o->todo[at];
    return RC_OK;
}

static enum rc threads_input(struct fanout_worker *w, const struct batch *batch, uint32_t i,
                             struct source *source, struct err *err)
{
    char path[PATH_MAX];
    struct source_range range;
    TRY(fanout_locate(w->fanout, batch, i, path, &range, err));
    return source_open_rest(source, &range, err);
}

static bool threads_begin_sync(struct fanout_worker *w, struct sync_engine *ret)
{
    unsigned each = SYNC_THREADS_ALL_MAX / w->fanout->options->workers;
    each = each < 1 ? 1 : each > SYNC_THREADS_MAX ? SYNC_THREADS_MAX : each;
    w->sync_threads = sync_threads_new(each);
    if (w->sync_threads != NULL)
        *ret = sync_threads_engine(w->sync_threads);
    return w->sync_threads != NULL;
}

const struct fanout_engine fanout_threads = {
    .open = threads_open,
    .close = threads_close,
    .coordinate = threads_coordinate,
    .begin = threads_begin,
    .end = threads_end,
    .take = threads_take,
    .input = threads_input,
    .begin_sync = threads_begin_sync,
};
