#include "dedupe.h"

#include "limits.h"

#include <stdlib.h>

/* An entry per result each. */
struct found {
    struct marked_rows *marked;
    bool *is_wanted;   /* has marked rows */
    uint32_t *missing; /* indexes of those not read again yet */
    size_t missing_count;
    struct dedupe_batches again;
    struct new_keys new_keys;
};

static enum rc run_missing(const struct dedupe *d, const struct results *results, struct found *f,
                           struct err *err)
{
    for (size_t i = 0; i < f->missing_count; i++) {
        const struct batch_result *r = &results->at[f->missing[i]];
        struct batch b = d->plan->batches[r->batch - d->plan->number_base];
        if ((r->revision & REVISION_WHOLE) != 0)
            b = plan_whole_batch(d->plan, &b);
        b.revision = r->revision | REVISION_DEDUPED;
        f->again.batches[i] = b;
        f->again.marked[i] = f->marked[f->missing[i]];
    }
    f->again.count = f->missing_count;
    return d->run(d->context, &f->again, err);
}

static enum rc find_and_run(const struct dedupe *d, struct results *results, struct found *f,
                            struct err *err)
{
    struct duplicates_options options = {
        .work = d->work, .results = results, .threads = d->threads, .keys_max = DUPLICATE_KEYS_MAX};
    if (d->held != NULL) {
        options.held = d->held->folder;
        options.held_generations = d->held->head.generation;
    }
    TRY(duplicates_find(&options, f->marked, &f->new_keys, err));
    for (size_t i = 0; i < results->count; i++) {
        f->is_wanted[i] = f->marked[i].count > 0;
        f->again.rows += f->marked[i].count;
    }
    TRY(results_prefer_deduped(d->work, results, f->is_wanted, f->missing, &f->missing_count, err));
    if (f->missing_count == 0)
        return RC_OK;
    TRY(run_missing(d, results, f, err));
    TRY(results_prefer_deduped(d->work, results, f->is_wanted, f->missing, &f->missing_count, err));
    if (f->missing_count == 0)
        return RC_OK;
    return err_set(err, RC_FAILED, "%zu batches are missing from the work folder; run again",
                   f->missing_count);
}

enum rc dedupe_results(const struct dedupe *d, struct results *results, struct new_keys *ret_keys,
                       struct err *err)
{
    size_t count = results->count + 1; /* calloc(0) may give NULL */
    struct found f = {.marked = calloc(count, sizeof(*f.marked)),
                      .is_wanted = calloc(count, sizeof(*f.is_wanted)),
                      .missing = calloc(count, sizeof(*f.missing))};
    f.again.batches = calloc(count, sizeof(*f.again.batches));
    f.again.marked = calloc(count, sizeof(*f.again.marked));
    bool is_whole = f.marked != NULL && f.is_wanted != NULL && f.missing != NULL &&
                    f.again.batches != NULL && f.again.marked != NULL;
    enum rc rc = is_whole ? find_and_run(d, results, &f, err)
                          : err_set(err, RC_NO_MEMORY, "no memory to look for duplicates");
    *ret_keys = f.new_keys;
    free(f.marked);
    free(f.is_wanted);
    free(f.missing);
    free(f.again.batches);
    free(f.again.marked);
    return rc;
}
