/* bench_thread.h - one thread of a pass, with everything it works with.
 *
 * A pass runs on so many threads at once, each over its share of the inputs and
 * with tools of its own, as the workers of a run. */
#ifndef MILLRACE_BENCH_THREAD_H
#define MILLRACE_BENCH_THREAD_H

#include "bench/inputs.h"

#include <pthread.h>

/* A stage that keeps its name in the program: tools that count instructions, as
 * bench/instructions.py does, find it by that. */
#ifdef __clang__ /* makes no copies for known arguments */
#define STAGE_ALONE __attribute__((noinline))
#else
#define STAGE_ALONE __attribute__((noinline, noclone))
#endif

struct pass {
    const struct inputs *inputs;
    const struct options *options;
    const struct object_options *object_options; /* kernels among them */
    const struct bench_hooks *hooks;
    int folder; /* open, empty: for files */
    const char *folder_path;
    unsigned threads;
    bool is_by_kernel_only;     /* leave out what has no kernels: it was measured before */
    pthread_barrier_t *barrier; /* of all threads */
    pthread_mutex_t *gate;      /* held until all are started: */
    bool is_complete;           /* … or one could not be, and none works */
};

struct bench_thread {
    const struct pass *pass;
    unsigned number;
    size_t objects_begin, objects_end; /* of the inputs */
    struct meter meters[STAGE_COUNT];
    enum rc rc;
    struct err err;
};

/* Adds what was just done to a stage's meter. */
static inline void meter_add(struct bench_thread *t, enum stage stage, double began, uint64_t bytes,
                             uint64_t json)
{
    struct meter *m = &t->meters[stage];
    m->seconds += meter_now_s() - began;
    m->bytes += bytes;
    m->json += json;
}

/* The machine's limits and the stages that read objects and text: from memory,
 * all threads in the same stage at the same time. */
void text_pass(struct bench_thread *t);

/* What stages of text work with. */
struct text_tools;
STAGE_ALONE NODISCARD enum rc stage_unwrap(struct text_tools *tools, struct view stored,
                                           uint64_t *ret_bytes, struct err *err);
STAGE_ALONE NODISCARD enum rc stage_split(struct text_tools *tools, const struct input_run *run);

/* The stages that read records: a few records at a time go through every stage
 * in turn, so that each finds its input where the one before left it. */
void record_pass(struct bench_thread *t);

#endif
