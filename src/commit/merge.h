/* merge.h - from committed batches to the next OUT.
 *
 * Wants every batch of the plan committed. Sums the ledgers, gathers the
 * dataset's row groups, merges the alert groups, writes the reports and the
 * views for DuckDB, and lists everything in the manifest; all of it in a tree of
 * its own, which then becomes OUT by one rename. Can be killed and run again at
 * any point. */
#ifndef MILLRACE_MERGE_H
#define MILLRACE_MERGE_H

#include "commit/held.h"
#include "alert/partial.h"
#include "commit/journal.h"
#include "commit/objects.h"
#include "options.h"
#include "plan/plan.h"

/* The committed batches of a plan, in order. */
struct results {
    struct batch_result *at; /* slices replaced by a whole object are not among them */
    size_t count;
};

/* Reads what is committed. Batches that are not go to `ret_missing` (room for
 * plan->count indexes). Of a sliced object done again whole only that counts. */
NODISCARD enum rc results_read(int work, const struct plan *plan, struct results *ret,
                               uint32_t *ret_missing, size_t *ret_missing_count, struct err *err);
void results_done(struct results *r);

/* Reads the deduped result of each batch that is wanted so (is_wanted[i] for
 * r->at[i]) in place of the one at hand. Indexes of those that are not
 * committed go to `ret_missing` (room for r->count). */
NODISCARD enum rc results_prefer_deduped(int work, struct results *r, const bool *is_wanted,
                                         uint32_t *ret_missing, size_t *ret_missing_count,
                                         struct err *err);

/* Reads every file of the dataset and of the quarantine again, on that many
 * threads: RC_MISMATCH names one that is not what was committed. What other
 * machines wrote came over a network; partials are checked as they are merged. */
NODISCARD enum rc results_check_files(int work, const struct results *r, unsigned threads,
                                      struct err *err);
/* The same of the key files of --dedupe: before duplicates are looked for. */
NODISCARD enum rc results_check_keys(int work, const struct results *r, unsigned threads,
                                     struct err *err);

/* Finds sliced objects whose slices do not meet: their first batch's index goes
 * to `ret_broken` (room for plan->count). */
size_t results_find_broken(const struct results *r, const struct plan *plan, uint32_t *ret_broken);

/* With --dedupe: the sorted keys of this generation, in the plan's work folder
 * (duplicates.h), to become a file of OUT. */
struct new_keys {
    uint64_t bytes;
    struct hash128 checksum;
};

struct merge {
    const struct options *options;
    const struct plan *plan;
    const struct results *results;
    int root;                 /* open OUT.work */
    const char *root_path;    /* its absolute path */
    int work;                 /* open OUT.work/<plan hash> */
    const struct held *held;  /* the earlier generations, or NULL */
    const char *out;          /* the absolute path of the folder that holds these */
    struct new_keys keys;     /* with --dedupe */
    struct sync_queue *sync;  /* by which what is built becomes durable, or NULL */
    struct objects_head head; /* of the new objects.ndjson */
    struct report *baseline;  /* an older run to compare with, or NULL */
    struct redact_rules *redact_rules; /* of --redact, or NULL */
    const char *timing_json;  /* text of timing.json */
    const char *program;      /* goes into objects.ndjson */
};

/* Builds OUT.work/next. The run's ledger goes to *ret_ledger (initialised by
 * the caller), for the closing lines. */
NODISCARD enum rc merge_build(const struct merge *m, struct ledger *ret_ledger, struct err *err);

/* Makes OUT.work/next the tree at `out` (absolute path): one rename. Where
 * `out` holds an earlier tree the two are exchanged and the old one removed. */
NODISCARD enum rc merge_publish(int root, const char *root_path, const char *out, struct err *err);

/* What stands at OUT. */
enum out_state {
    OUT_ABSENT,   /* nothing, or an empty folder */
    OUT_MILLRACE, /* a finished run */
    OUT_FOREIGN,  /* anything else */
};
/* For OUT_MILLRACE what it holds goes to *ret_held, to be freed by the caller. */
NODISCARD enum rc out_inspect(const char *out, enum out_state *ret, struct held *ret_held,
                              struct err *err);

#endif
