#include "commit/atomic_file.h"
#include "commit/event_keys.h"
#include "commit/merge.h"
#include "util/err.h"
#include "util/tasks.h"

#include <assert.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>

void results_done(struct results *r)
{
    for (size_t i = 0; i < r->count; i++)
        batch_result_done(&r->at[i]);
    free(r->at);
    *r = (struct results){0};
}

/* Reads batch `index`, or its second revision where the object was done again;
 * *index moves past the slices that this replaces. */
static enum rc read_one(int work, const struct plan *plan, size_t *index, struct batch_result *ret,
                        struct err *err)
{
    const struct batch *b = &plan->batches[*index];
    if (b->slice_count > 1 && b->slice_index == 0) {
        enum rc rc = journal_read(work, b->number, REVISION_WHOLE, ret, err);
        if (rc == RC_OK)
            *index += b->slice_count - 1;
        if (rc != RC_END)
            return rc;
    }
    return journal_read(work, b->number, REVISION_PLANNED, ret, err);
}

enum rc results_read(int work, const struct plan *plan, struct results *ret, uint32_t *ret_missing,
                     size_t *ret_missing_count, struct err *err)
{
    struct results r = {.at = calloc(plan->count + 1, sizeof(*r.at))};
    size_t missing = 0;
    if (r.at == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory for the list of batches");
    for (size_t i = 0; i < plan->count; i++) {
        uint32_t index = (uint32_t)i;
        enum rc rc = read_one(work, plan, &i, &r.at[r.count], err);
        if (rc == RC_OK) {
            r.count++;
        } else if (rc == RC_END) {
            ret_missing[missing++] = index;
        } else {
            results_done(&r);
            return rc;
        }
    }
    *ret = r;
    *ret_missing_count = missing;
    return RC_OK;
}

enum rc results_prefer_deduped(int work, struct results *r, const bool *is_wanted,
                               uint32_t *ret_missing, size_t *ret_missing_count, struct err *err)
{
    size_t missing = 0;
    for (size_t i = 0; i < r->count; i++) {
        struct batch_result *at = &r->at[i], deduped;
        if (!is_wanted[i] || (at->revision & REVISION_DEDUPED) != 0)
            continue;
        enum rc rc = journal_read(work, at->batch, at->revision | REVISION_DEDUPED, &deduped, err);
        if (rc == RC_END) {
            ret_missing[missing++] = (uint32_t)i;
            continue;
        }
        TRY(rc);
        batch_result_done(at);
        *at = deduped;
    }
    *ret_missing_count = missing;
    return RC_OK;
}

size_t results_find_broken(const struct results *r, const struct plan *plan, uint32_t *ret_broken)
{
    size_t broken = 0;
    for (size_t i = 1; i < r->count; i++) {
        const struct batch_result *before = &r->at[i - 1], *after = &r->at[i];
        const struct batch *slice = &plan->batches[after->batch - plan->number_base];
        if (slice->slice_count < 2 || slice->slice_index == 0 ||
            (after->revision & REVISION_WHOLE) != 0)
            continue;
        assert(before->batch + 1 == after->batch);
        bool meets = before->chain.end == after->chain.begin && before->chain.ends_clean &&
                     after->chain.begins_clean;
        uint32_t first = after->batch - plan->number_base - slice->slice_index;
        if (!meets && (broken == 0 || ret_broken[broken - 1] != first))
            ret_broken[broken++] = first;
    }
    return broken;
}

/* ---- Files of attempts ---- */

struct check {
    int work;
    const struct results *results;
};

static enum rc check_file(int work, const struct batch_result *r, const char *name,
                          const struct attempt_file *wanted, struct err *err)
{
    char path[PATH_MAX];
    struct attempt_file got;
    snprintf(path, sizeof(path), "attempt/%s/%s", r->attempt, name);
    TRY(file_checksum(work, path, &got.bytes, &got.checksum, err));
    if (got.bytes == wanted->bytes && got.checksum.high == wanted->checksum.high &&
        got.checksum.low == wanted->checksum.low)
        return RC_OK;
    return err_set(err, RC_MISMATCH,
                   "%s is not what was committed; remove done/%06" PRIu32
                   "*.json from the work folder and run that shard again",
                   path, r->batch);
}

static enum rc check_result(void *context, size_t index, unsigned thread, struct err *err)
{
    const struct check *c = context;
    const struct batch_result *r = &c->results->at[index];
    (void)thread;
    for (size_t i = 0; i < r->files_count; i++) {
        struct attempt_file wanted = {r->files[i].bytes, r->files[i].checksum};
        TRY(check_file(c->work, r, r->files[i].path, &wanted, err));
    }
    if (r->quarantine.bytes == 0)
        return RC_OK;
    return check_file(c->work, r, "quarantine.ndjson", &r->quarantine, err);
}

enum rc results_check_files(int work, const struct results *r, unsigned threads, struct err *err)
{
    struct check c = {work, r};
    return tasks_run(r->count, threads, check_result, &c, err);
}

static enum rc check_result_keys(void *context, size_t index, unsigned thread, struct err *err)
{
    const struct check *c = context;
    const struct batch_result *r = &c->results->at[index];
    struct attempt_file wanted = {r->keys * sizeof(struct event_key), r->keys_checksum};
    (void)thread;
    return r->keys == 0 ? RC_OK : check_file(c->work, r, EVENT_KEYS_FILE, &wanted, err);
}

enum rc results_check_keys(int work, const struct results *r, unsigned threads, struct err *err)
{
    struct check c = {work, r};
    return tasks_run(r->count, threads, check_result_keys, &c, err);
}
