#include "util/tasks.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct tasks {
    size_t count;
    task_fn *fn;
    void *context;
    atomic_size_t next;
    pthread_mutex_t mutex; /* guards rc and err */
    enum rc rc;
    struct err *err;
};

struct task_thread {
    struct tasks *tasks;
    unsigned number;
    pthread_t thread;
};

static void fail(struct tasks *t, enum rc rc, const struct err *err)
{
    pthread_mutex_lock(&t->mutex);
    if (t->rc == RC_OK) {
        t->rc = rc;
        if (t->err != NULL)
            *t->err = *err;
    }
    pthread_mutex_unlock(&t->mutex);
    atomic_store(&t->next, t->count);
}

static void *work(void *context)
{
    struct task_thread *self = context;
    struct tasks *t = self->tasks;
    size_t index;
    while ((index = atomic_fetch_add(&t->next, 1)) < t->count) {
        struct err err = {0};
        enum rc rc = t->fn(t->context, index, self->number, &err);
        if (rc == RC_OK)
            continue;
        fail(t, rc, &err);
        break;
    }
    return NULL;
}

enum rc tasks_run(size_t count, unsigned threads, task_fn *fn, void *context, struct err *err)
{
    struct tasks t = {.count = count, .fn = fn, .context = context, .rc = RC_OK, .err = err};
    pthread_mutex_init(&t.mutex, NULL);
    if (threads > count)
        threads = (unsigned)count;
    struct task_thread *others = threads > 1 ? calloc(threads, sizeof(*others)) : NULL;
    unsigned started = 1;
    /* Fewer threads than wanted only cost time. */
    for (; others != NULL && started < threads; started++) {
        others[started] = (struct task_thread){.tasks = &t, .number = started};
        if (pthread_create(&others[started].thread, NULL, work, &others[started]) != 0)
            break;
    }
    work(&(struct task_thread){.tasks = &t, .number = 0});
    for (unsigned i = 1; others != NULL && i < started; i++)
        pthread_join(others[i].thread, NULL);
    free(others);
    pthread_mutex_destroy(&t.mutex);
    return t.rc;
}
