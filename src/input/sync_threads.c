#include "input/sync_threads.h"

#include "limits.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* A file, on its way to a thread or back. */
struct work {
    int fd;
    unsigned slot;
    int result;
};

struct list {
    struct work at[SYNC_FILES_MAX];
    unsigned begin, count;
};

struct sync_threads {
    struct sync_queue *queue;
    pthread_mutex_t mutex;
    pthread_cond_t has_todo, has_done;
    struct list todo, done;
    unsigned under_way;
    bool is_ending;
    pthread_t threads[SYNC_THREADS_MAX];
    unsigned count;
};

static void push(struct list *l, struct work w)
{
    assert(l->count < SYNC_FILES_MAX);
    l->at[(l->begin + l->count++) % SYNC_FILES_MAX] = w;
}

static struct work pop(struct list *l)
{
    struct work w = l->at[l->begin];
    l->begin = (l->begin + 1) % SYNC_FILES_MAX;
    l->count--;
    return w;
}

static void *thread_main(void *argument)
{
    struct sync_threads *t = argument;
    pthread_mutex_lock(&t->mutex);
    for (;;) {
        while (t->todo.count == 0 && !t->is_ending)
            pthread_cond_wait(&t->has_todo, &t->mutex);
        if (t->todo.count == 0)
            break;
        struct work w = pop(&t->todo);
        t->under_way++;
        pthread_mutex_unlock(&t->mutex);
        w.result = fsync(w.fd) == 0 ? 0 : -errno;
        pthread_mutex_lock(&t->mutex);
        t->under_way--;
        push(&t->done, w);
        pthread_cond_signal(&t->has_done);
    }
    pthread_mutex_unlock(&t->mutex);
    return NULL;
}

static bool begin(void *context, int fd, unsigned slot)
{
    struct sync_threads *t = context;
    pthread_mutex_lock(&t->mutex);
    push(&t->todo, (struct work){.fd = fd, .slot = slot});
    pthread_cond_signal(&t->has_todo);
    pthread_mutex_unlock(&t->mutex);
    return true;
}

static enum rc turn(void *context, bool is_waiting, struct err *err)
{
    (void)err;
    struct sync_threads *t = context;
    pthread_mutex_lock(&t->mutex);
    while (is_waiting && t->done.count == 0 && t->todo.count + t->under_way > 0)
        pthread_cond_wait(&t->has_done, &t->mutex);
    while (t->done.count > 0) {
        struct work w = pop(&t->done);
        sync_queue_note(t->queue, w.slot, w.result);
    }
    pthread_mutex_unlock(&t->mutex);
    return RC_OK;
}

/* They do nothing but system calls. */
static bool start(struct sync_threads *t)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)KIB(256));
    bool is_started = pthread_create(&t->threads[t->count], &attributes, thread_main, t) == 0;
    t->count += is_started;
    pthread_attr_destroy(&attributes);
    return is_started;
}

struct sync_threads *sync_threads_new(unsigned threads)
{
    assert(threads >= 1 && threads <= SYNC_THREADS_MAX);
    struct sync_threads *t = calloc(1, sizeof(*t));
    if (t == NULL)
        return NULL;
    pthread_mutex_init(&t->mutex, NULL);
    pthread_cond_init(&t->has_todo, NULL);
    pthread_cond_init(&t->has_done, NULL);
    /* Signals are for the program's first thread. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (t->count < threads && start(t))
        continue;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (t->count > 0)
        return t;
    sync_threads_free(t);
    return NULL;
}

void sync_threads_free(struct sync_threads *t)
{
    if (t == NULL)
        return;
    pthread_mutex_lock(&t->mutex);
    t->is_ending = true;
    pthread_cond_broadcast(&t->has_todo);
    pthread_mutex_unlock(&t->mutex);
    for (unsigned i = 0; i < t->count; i++)
        pthread_join(t->threads[i], NULL);
    pthread_cond_destroy(&t->has_done);
    pthread_cond_destroy(&t->has_todo);
    pthread_mutex_destroy(&t->mutex);
    free(t);
}

struct sync_engine sync_threads_engine(struct sync_threads *t)
{
    return (struct sync_engine){.context = t, .begin = begin, .turn = turn};
}

void sync_threads_serve(struct sync_threads *t, struct sync_queue *q)
{
    t->queue = q;
}
