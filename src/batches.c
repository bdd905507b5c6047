#include "batches.h"

#include "plan/shards.h"

#include <inttypes.h>
#include <stdlib.h>

/* fanout hands its run function one context; the tick needs the job. */
struct batches_context {
    struct job *job;
    struct worker_shared shared;
};

static enum rc run_worker(void *context, struct fanout_worker *w, struct err *err)
{
    struct batches_context *c = context;
    return worker_run(&c->shared, w, err);
}

static void on_io(void *context, const char *text)
{
    struct batches_context *c = context;
    job_notice(c->job, 1, "%s", text);
}

static void on_tick(void *context, const struct fanout *f)
{
    struct batches_context *c = context;
    struct job *j = c->job;
    struct fanout_progress done;
    fanout_progress_sum(f, &done);
    if (j->hooks->on_progress != NULL &&
        j->hooks->on_progress(j->hooks->context, &done, j->todo_bytes))
        atomic_store(&j->stop, true);
}

static enum rc run_batches(struct job *j, const struct plan *plan, const uint32_t *todo,
                           size_t todo_count, struct err *err)
{
    struct batches_context c = {.job = j};
    c.shared = (struct worker_shared){
        .options = j->options,
        .plan = plan,
        .object_options = &j->object_options,
        .rules = j->rules,
        .work = j->place.work,
        .work_path = j->place.work_path,
        .created_by = job_program(),
        .name_ranks = j->name_ranks,
        .marked = j->marked,
        .changed = j->file != NULL ? &j->changed : NULL,
    };
    c.shared.slot = giant_slot_new(&j->object_options);
    if (c.shared.slot == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to begin");
    unsigned workers = j->options->threads;
    if (workers > todo_count)
        workers = (unsigned)todo_count;
    struct fanout_options f = {.plan = plan,
                               .todo = todo,
                               .todo_count = todo_count,
                               .workers = workers,
                               .io = j->options->io,
                               .is_pinned = !j->options->no_pin,
                               .run = run_worker,
                               .context = &c,
                               .on_io = on_io,
                               .on_tick = on_tick,
                               .stop = &j->stop};
    if (j->hooks->on_batches_begin != NULL)
        j->hooks->on_batches_begin(j->hooks->context);
    enum rc rc = fanout_run(&f, err);
    if (j->hooks->on_batches_end != NULL)
        j->hooks->on_batches_end(j->hooks->context);
    giant_slot_free(c.shared.slot);
    TRY(rc);
    changed_sort(&j->changed);
    return job_check_changed(j, err);
}

enum rc batches_do_again(struct job *j, struct batch *batches, size_t count, struct err *err)
{
    struct plan again = j->plan;
    again.batches = batches;
    again.count = count;
    uint32_t *todo = calloc(count, sizeof(*todo));
    if (todo == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to read batches again");
    j->todo_bytes = 0;
    for (size_t i = 0; i < count; i++) {
        todo[i] = (uint32_t)i;
        j->todo_bytes += batches[i].bytes;
    }
    enum rc rc = run_batches(j, &again, todo, count, err);
    free(todo);
    return rc;
}

enum rc batches_find_missing(struct job *j, struct results *ret, struct err *err)
{
    TRY(results_read(j->place.work, &j->plan, ret, j->todo, &j->todo_count, err));
    j->todo_bytes = 0;
    for (size_t i = 0; i < j->todo_count; i++)
        j->todo_bytes += j->plan.batches[j->todo[i]].bytes;
    return RC_OK;
}

static enum rc do_todo(struct job *j, uint64_t resumed, struct err *err)
{
    j->outcome->resumed_batches = resumed;
    if (resumed > 0)
        job_notice(j, 0, "going on with earlier work: %" PRIu64 " of %" PRIu64 " batches are done",
                   resumed, resumed + j->todo_count);
    if (j->todo_count == 0)
        return RC_OK;
    return run_batches(j, &j->plan, j->todo, j->todo_count, err);
}

enum rc batches_do_missing(struct job *j, struct err *err)
{
    struct results results;
    TRY(batches_find_missing(j, &results, err));
    uint64_t resumed = j->plan.count - j->todo_count;
    results_done(&results);
    return do_todo(j, resumed, err);
}

enum rc batches_do_shard(struct job *j, uint32_t shard, struct err *err)
{
    uint32_t *shards = calloc(j->plan.count + 1, sizeof(*shards));
    if (shards == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to share out the batches");
    enum rc rc = shards_assign(&j->plan, j->file->head.shards, shards, err);
    uint64_t resumed = 0;
    j->todo_bytes = 0;
    for (uint32_t i = 0; rc == RC_OK && i < j->plan.count; i++) {
        const struct batch *b = &j->plan.batches[i];
        bool is_done;
        if (shards[i] != shard)
            continue;
        rc = journal_is_committed(j->place.work, b->number, REVISION_PLANNED, &is_done, err);
        if (rc == RC_OK && is_done)
            resumed++;
        if (rc != RC_OK || is_done)
            continue;
        j->todo[j->todo_count++] = i;
        j->todo_bytes += b->bytes;
    }
    free(shards);
    return rc == RC_OK ? do_todo(j, resumed, err) : rc;
}
