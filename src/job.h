/* job.h - what a run knows: what it was asked, what it reads, where it works.
 *
 * The phases take it one after another (planning.h, batches.h, assemble.h), on
 * one thread; the order is run.c's. Zero-initialised plus job_init() is empty. */
#ifndef MILLRACE_JOB_H
#define MILLRACE_JOB_H

#include "changed.h"
#include "commit/finished.h"
#include "commit/merge.h"
#include "commit/place.h"
#include "commit/plan_file.h"
#include "input/fanout.h"
#include "worker.h"

#include <time.h>

struct job_hooks {
    void *context;
    /* One line for the user, without a newline; `level` 0 always, 1 with -v. */
    void (*on_notice)(void *context, unsigned level, const char *text);
    /* Around the batches. Outside them a run may be ended by _exit() at any
     * point, inside it is asked to stop. */
    void (*on_batches_begin)(void *context);
    void (*on_batches_end)(void *context);
    /* While batches run, several times a second: what is done of total_bytes.
     * Returns true when the run should stop (a signal came). */
    bool (*on_progress)(void *context, const struct fanout_progress *done, uint64_t total_bytes);
};

struct job_outcome {
    bool was_done;        /* OUT already held exactly this */
    struct ledger ledger; /* initialised and freed by the caller */
    uint64_t objects, batches, resumed_batches;
    uint64_t unsettled; /* files left because they may still be written */
    bool has_out;       /* OUT is there: a watch may have found no objects yet */
    double plan_s, batches_s, merge_s;
    char out[PATH_MAX]; /* absolute path of OUT */
};

struct job {
    const struct options *options;
    const struct job_hooks *hooks;
    struct job_outcome *outcome;
    struct discovery objects;
    struct plan plan;
    struct place place;
    struct rules *rules;
    struct redact_rules *redact_rules;
    struct finished baseline; /* open where --baseline names one */
    struct hash128 baseline_checksum;
    const struct plan_file *file; /* the plan to go by, or NULL: borrowed */
    struct held held;             /* what OUT holds */
    bool is_incremental;          /* it gets another generation */
    bool has_more;                /* objects that yet another adds when this is published */
    bool is_second;               /* this is that one */
    char after[33];               /* of an incremental one, what is there now: its _SUCCESS */
    uint64_t generation;
    uint32_t number_base;  /* batches of earlier generations */
    char options_hash[33]; /* of everything but the objects that decides output bytes */
    struct object_options object_options;
    struct interpret_options interpret_options;
    enum cpu cpu;
    uint32_t *name_ranks;             /* with --dedupe: one per object */
    const struct marked_rows *marked; /* of the batches that are read again for it */
    uint32_t *todo;                   /* plan->count indexes */
    size_t todo_count;
    uint64_t todo_bytes;
    struct changed changed; /* objects that are not what the plan says */
    atomic_bool stop;
    struct timespec began;
};

/* Borrows all three until job_done(). */
void job_init(struct job *j, const struct options *options, const struct job_hooks *hooks,
              struct job_outcome *outcome);
void job_done(struct job *j);

/* Loads what the options name (rules, baseline), chooses kernels, finds OUT.
 * RC_USAGE also where the plan at hand was made by another version. */
NODISCARD enum rc job_prepare(struct job *j, struct err *err);

/* Everything but the objects that decides output bytes, as text to be hashed. */
void job_append_options(const struct job *j, struct buf *text);

/* RC_CHANGED with a list where objects have changed and that is not allowed; a
 * notice for each where it is. */
NODISCARD enum rc job_check_changed(const struct job *j, struct err *err);

void job_notice(const struct job *j, unsigned level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Seconds since *mark, which becomes now. */
double job_seconds(struct timespec *mark);

/* "millrace version X.Y.Z (build …)". */
const char *job_program(void);

#endif
