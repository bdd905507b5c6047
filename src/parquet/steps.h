/* steps.h - what the steps of writing a Parquet file take: for benchmarks.
 *
 * The time since the last steps_end() is the step's that it names. NULL: nobody
 * watches, and no clock is read. */
#ifndef MILLRACE_STEPS_H
#define MILLRACE_STEPS_H

#include <stddef.h>
#include <time.h>

enum step {
    STEP_ORDER,      /* rows sorted */
    STEP_DICTIONARY, /* values numbered */
    STEP_ENCODE,     /* columns gathered, pages, statistics, Bloom filters, indexes */
    STEP_ZSTD,       /* pages compressed, with their CRC */
    STEP_WRITE,      /* files made, hashed, written, synced */
    STEP_COUNT
};

struct steps {
    double at; /* seconds */
    double spent_s[STEP_COUNT];
};

static inline double steps_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline void steps_begin(struct steps *s)
{
    if (s != NULL)
        s->at = steps_now_s();
}

static inline void steps_end(struct steps *s, enum step step)
{
    if (s == NULL)
        return;
    double now = steps_now_s();
    s->spent_s[step] += now - s->at;
    s->at = now;
}

#endif
