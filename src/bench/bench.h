/* bench.h - how fast each stage is here, beside what the machine can do.
 *
 * Inputs are loaded into memory first. A run then measures the machine's limits,
 * every stage alone, and the whole job from the same files; runs alternate over
 * all of it, so that what else happens on the machine touches every figure
 * alike. Stages are the functions of the program itself: what is measured is
 * what `millrace run` does. */
#ifndef MILLRACE_BENCH_H
#define MILLRACE_BENCH_H

#include "bench/meter.h"
#include "limits.h"
#include "options.h"

struct bench_hooks {
    void *context;
    /* One line for the user, without a newline. */
    void (*on_notice)(void *context, const char *text);
    /* Asked between pieces of work, by any thread: true ends with RC_STOPPED. */
    bool (*is_stopping)(void *context);
};

/* One row of the table: a stage with one family of kernels and so many threads. */
struct figure {
    enum stage stage;
    bool has_kernels; /* the stage has kernels of its own, and these ran */
    enum cpu kernels;
    unsigned threads;
    uint64_t bytes;        /* what the stage itself read (see meter.h) */
    uint64_t json_bytes;   /* of decoded JSON that this stands for */
    uint64_t stored_bytes; /* of objects that this stands for */
    uint64_t events;       /* 0 where none are looked at */
    size_t runs;
    double seconds[BENCH_RUNS_MAX]; /* as if one thread after the other had the rates of all */
};

struct bench_result {
    uint64_t objects, objects_left_out; /* some are left out: those measured are a sample */
    uint64_t stored_bytes, json_bytes, events;
    char machine[128]; /* the processor's name */
    unsigned cores;
    size_t runs;
    struct figure *figures;
    size_t count, capacity;
};

/* Measures what options->bench says. *ret is the caller's to give to
 * bench_result_done(), whatever the outcome. RC_USAGE for sources that cannot be
 * measured, RC_STOPPED, and what the stages themselves give. */
NODISCARD enum rc bench(const struct options *options, const struct bench_hooks *hooks,
                        struct bench_result *ret, struct err *err);
void bench_result_done(struct bench_result *r);

/* For people: an aligned table. For programs: one JSON object with every run. */
void figures_append_table(const struct bench_result *r, struct buf *out);
void figures_append_json(const struct bench_result *r, struct buf *out);

/* Median of the runs, and how far apart they lie as a share of it. */
double figure_median_s(const struct figure *f);
double figure_spread(const struct figure *f);
/* The figure that shows the limit of `f`, with as many threads; NULL where the
 * stage has none. */
const struct figure *figure_limit(const struct bench_result *r, const struct figure *f);

#endif
