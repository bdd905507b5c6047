#include "assemble.h"

#include "batches.h"
#include "dedupe.h"
#include "input/sync_ring.h"
#include "plan/shards.h"
#include "util/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- Batches that are not there yet ---- */

/* "3, 7 and 9"; some of them where there are many. */
static void list_shards(const struct job *j, const bool *is_missing, struct buf *out)
{
    enum { NAMED_MAX = 12 };
    uint32_t shards = j->file->head.shards, count = 0;
    for (uint32_t i = 0; i < shards; i++) {
        if (!is_missing[i])
            continue;
        if (count < NAMED_MAX)
            buf_printf(out, "%s%" PRIu32, count == 0 ? "" : ", ", i);
        count++;
    }
    if (count > NAMED_MAX)
        buf_printf(out, " and %" PRIu32 " more", count - NAMED_MAX);
}

static enum rc refuse_missing(struct job *j, struct err *err)
{
    uint32_t shards = j->file->head.shards;
    uint32_t *shard = calloc(j->plan.count + 1, sizeof(*shard));
    bool *is_missing = calloc(shards, sizeof(*is_missing));
    struct buf list = {0};
    enum rc rc = shard == NULL || is_missing == NULL
                     ? err_set(err, RC_NO_MEMORY, "no memory to share out the batches")
                     : shards_assign(&j->plan, shards, shard, err);
    if (rc == RC_OK) {
        for (size_t i = 0; i < j->todo_count; i++)
            is_missing[shard[j->todo[i]]] = true;
        list_shards(j, is_missing, &list);
        rc =
            err_set(err, RC_FAILED,
                    "%zu of %zu batches (%" PRIu64 " bytes) are not done, of shard %.*s of %" PRIu32
                    "; run these shards, then merge again (merge --status %s says more)",
                    j->todo_count, j->plan.count, j->todo_bytes, (int)list.size, list.data, shards,
                    j->place.out);
    }
    free(shard);
    free(is_missing);
    buf_done(&list);
    return rc;
}

enum rc assemble_wait(struct job *j, struct err *err)
{
    struct timespec began = j->began, pause = {.tv_sec = 1};
    job_seconds(&began);
    for (double waited = 0;;) {
        struct results results;
        TRY(batches_find_missing(j, &results, err));
        results_done(&results);
        if (j->todo_count == 0)
            return RC_OK;
        if (waited >= j->options->wait_s)
            return refuse_missing(j, err);
        if (waited == 0)
            job_notice(j, 0, "%zu of %zu batches are not there yet; looking again for %u s",
                       j->todo_count, j->plan.count, j->options->wait_s);
        nanosleep(&pause, NULL);
        waited += job_seconds(&began);
    }
}

/* ---- Slices ---- */

/* Sliced objects whose slices do not meet are done again, each whole. */
static enum rc redo_broken(struct job *j, const uint32_t *broken, size_t count, struct err *err)
{
    struct batch *batches = calloc(count, sizeof(*batches));
    if (batches == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to read sliced objects again");
    for (size_t i = 0; i < count; i++) {
        batches[i] = plan_whole_batch(&j->plan, &j->plan.batches[broken[i]]);
        batches[i].revision = REVISION_WHOLE;
        const struct object *o = &j->objects.objects[batches[i].object_begin];
        job_notice(j, 0, "%.*s: its slices do not meet, reading it again whole", (int)o->name.size,
                   o->name.data);
    }
    enum rc rc = batches_do_again(j, batches, count, err);
    free(batches);
    return rc;
}

/* All batches committed, sliced objects whole: what merge works on. */
static enum rc collect(struct job *j, struct results *ret, struct err *err)
{
    for (bool is_again = false;; is_again = true) {
        TRY(batches_find_missing(j, ret, err));
        if (j->todo_count > 0) {
            results_done(ret);
            return err_set(err, RC_FAILED,
                           "%zu batches are missing from the work folder; run again",
                           j->todo_count);
        }
        size_t broken = results_find_broken(ret, &j->plan, j->todo);
        if (broken == 0)
            return RC_OK;
        results_done(ret);
        if (is_again)
            return err_set(err, RC_FAILED,
                           "slices do not meet after reading again; please report it");
        TRY(redo_broken(j, j->todo, broken, err));
    }
}

/* ---- Duplicates ---- */

static enum rc run_without_marked(void *context, const struct dedupe_batches *again,
                                  struct err *err)
{
    struct job *j = context;
    job_notice(j, 0, "%" PRIu64 " rows are duplicates; reading %zu batches again without them",
               again->rows, again->count);
    j->marked = again->marked;
    enum rc rc = batches_do_again(j, again->batches, again->count, err);
    j->marked = NULL;
    return rc;
}

static enum rc dedupe(struct job *j, struct results *results, struct new_keys *ret_keys,
                      struct err *err)
{
    struct dedupe d = {.work = j->place.work,
                       .plan = &j->plan,
                       .held = j->is_incremental ? &j->held : NULL,
                       .threads = j->options->threads,
                       .run = run_without_marked,
                       .context = j};
    return dedupe_results(&d, results, ret_keys, err);
}

/* ---- Merge ---- */

static void append_timing(const struct job *j, struct buf *out)
{
    char host[256] = "";
    gethostname(host, sizeof(host) - 1);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    const struct job_outcome *o = j->outcome;
    double rate = o->batches_s > 0 ? (double)j->objects.bytes / o->batches_s / 1e9 : 0;
    buf_printf(out,
               "{\"version\":1,\"seconds\":{\"plan\":%.3f,\"batches\":%.3f},"
               "\"stored_gb_per_second\":%.3f,\"threads\":%u,\"kernels\":\"%s\","
               "\"batches\":{\"total\":%zu,\"resumed\":%" PRIu64 "},\"peak_rss_bytes\":%" PRIu64
               ",\"host\":",
               o->plan_s, o->batches_s, rate, j->options->threads, cpu_name(j->cpu), j->plan.count,
               o->resumed_batches, (uint64_t)usage.ru_maxrss * 1024);
    text_json_string(out, view_of_string(host));
    buf_append(out, "}\n", 3);
}

static enum rc build_next(struct job *j, struct merge *m, struct err *err)
{
    struct sync_ring *sync;
    TRY(sync_ring_open(j->options->io, &sync, err));
    m->sync = sync_ring_queue(sync);
    enum rc rc = merge_build(m, &j->outcome->ledger, err);
    sync_ring_close(sync);
    return rc;
}

static enum rc merge_and_publish(struct job *j, const struct results *results,
                                 const struct new_keys *keys, struct err *err)
{
    struct buf timing = {0};
    append_timing(j, &timing);
    if (buf_failed(&timing))
        return err_set(err, RC_NO_MEMORY, "no memory for timing.json");
    struct merge m = {
        .options = j->options,
        .plan = &j->plan,
        .results = results,
        .root = j->place.root,
        .root_path = j->place.root_path,
        .work = j->place.work,
        .held = j->is_incremental ? &j->held : NULL,
        .out = j->place.out,
        .keys = *keys,
        .baseline = j->baseline.report,
        .redact_rules = j->redact_rules,
        .timing_json = timing.data,
        .program = job_program(),
    };
    snprintf(m.head.plan, sizeof(m.head.plan), "%s", j->plan.hash);
    snprintf(m.head.options, sizeof(m.head.options), "%s", j->options_hash);
    m.head.batches = j->plan.number_base + j->plan.count;
    m.head.generation = j->generation;
    enum rc rc = build_next(j, &m, err);
    if (rc == RC_OK)
        rc = merge_publish(j->place.root, j->place.root_path, j->place.out, err);
    buf_done(&timing);
    return rc;
}

enum rc assemble_out(struct job *j, struct err *err)
{
    struct results results;
    TRY(collect(j, &results, err));
    struct new_keys keys = {0};
    enum rc rc = RC_OK;
    if (j->options->dedupe && j->file != NULL)
        rc = results_check_keys(j->place.work, &results, j->options->threads, err);
    if (rc == RC_OK && j->options->dedupe)
        rc = dedupe(j, &results, &keys, err);
    if (rc == RC_OK && j->file != NULL)
        rc = results_check_files(j->place.work, &results, j->options->threads, err);
    if (rc == RC_OK)
        rc = merge_and_publish(j, &results, &keys, err);
    results_done(&results);
    return rc;
}
