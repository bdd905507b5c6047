#include "bench/portion.h"

#include <linux/limits.h>
#include <stdio.h>
#include <unistd.h>

/* Groups at their bound go to a file that nobody reads, as in a run. */
static enum rc spill_groups(struct portion *p)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/groups-%u", p->thread->pass->folder_path, p->thread->number);
    TRY(groups_spill(p->groups, path, &p->thread->err));
    unlink(path);
    return RC_OK;
}

typedef enum rc stage_fn(struct portion *p);

static enum rc timed(struct portion *p, enum stage stage, stage_fn *fn, uint64_t bytes)
{
    double began = meter_now_s();
    TRY(fn(p));
    meter_add(p->thread, stage, began, bytes, p->bytes);
    return RC_OK;
}

static enum rc through_json(struct portion *p)
{
    struct meter *meters = p->thread->meters;
    if (p->json_bytes > 0) {
        TRY(timed(p, STAGE_GLANCE, stage_glance, p->json_bytes));
        meters[STAGE_GLANCE].events += p->glanced_count;
        TRY(timed(p, STAGE_TOKENS, stage_tokens, p->json_bytes));
        TRY(timed(p, STAGE_PARSE, stage_parse, p->json_bytes));
        TRY(timed(p, STAGE_REPAIR, stage_repair, p->json_bytes));
    }
    TRY(prepare_parsed(p));
    TRY(timed(p, STAGE_EVENTS, stage_events, p->bytes));
    TRY(prepare_insides(p));
    if (p->unescape != NULL && p->insides_count > 0)
        TRY(timed(p, STAGE_UNESCAPE, stage_unescape, p->insides_bytes));
    TRY(timed(p, STAGE_INTERPRET, stage_interpret, p->bytes));
    meters[STAGE_EVENTS].events += p->events_count;
    meters[STAGE_UNESCAPE].events += p->insides_count;
    meters[STAGE_INTERPRET].events += p->events_count;
    TRY(prepare_kept(p));
    if (p->titles_count > 0)
        TRY(timed(p, STAGE_MASK, stage_mask, p->titles_bytes));
    meters[STAGE_MASK].events += p->titles_count;
    if (p->ids.size > 0)
        TRY(timed(p, STAGE_PACK, stage_pack, p->ids.size));
    meters[STAGE_PACK].events += p->ids.size / sizeof(uint32_t);
    return RC_OK;
}

static enum rc through_groups(struct portion *p)
{
    enum rc rc;
    double spent_s = 0, began = meter_now_s();
    while ((rc = stage_group(p)) == RC_FULL) {
        spent_s += meter_now_s() - began;
        TRY(spill_groups(p));
        began = meter_now_s();
    }
    TRY(rc);
    meter_add(p->thread, STAGE_GROUP, began - spent_s, p->bytes, p->bytes);
    p->thread->meters[STAGE_GROUP].events += p->events_count;
    return RC_OK;
}

static enum rc through_rows(struct portion *p, uint64_t *staged_bytes)
{
    enum rc rc;
    double spent_s = 0, began = meter_now_s();
    while ((rc = stage_columns(p)) == RC_FULL) {
        spent_s += meter_now_s() - began;
        TRY(flush_rows(p->thread, p->rows, *staged_bytes));
        *staged_bytes = 0;
        began = meter_now_s();
    }
    TRY(rc);
    meter_add(p->thread, STAGE_COLUMNS, began - spent_s, p->bytes, p->bytes);
    p->thread->meters[STAGE_COLUMNS].events += p->events_count;
    *staged_bytes += p->bytes;
    return RC_OK;
}

static enum rc through_all(struct portion *p)
{
    struct bench_thread *t = p->thread;
    const struct pass *pass = t->pass;
    uint64_t staged_bytes = 0;
    for (size_t i = t->objects_begin; i < t->objects_end; i++) {
        const struct input_object *object = &pass->inputs->objects[i];
        for (size_t at = object->documents_begin; at < object->documents_end;) {
            if (pass->hooks->is_stopping(pass->hooks->context))
                return RC_STOPPED;
            portion_take(p, object, &at);
            TRY(through_json(p));
            if (pass->is_by_kernel_only)
                continue;
            TRY(prepare_rows(p));
            TRY(through_groups(p));
            TRY(prepare_fingerprints(p));
            TRY(through_rows(p, &staged_bytes));
        }
    }
    return rows_is_empty(p->rows) ? RC_OK : flush_rows(t, p->rows, staged_bytes);
}

void record_pass(struct bench_thread *t)
{
    struct portion p;
    enum rc rc = portion_init(&p, t);
    pthread_barrier_wait(t->pass->barrier);
    if (rc == RC_OK && t->rc == RC_OK)
        rc = through_all(&p);
    portion_done(&p);
    if (t->rc == RC_OK)
        t->rc = rc;
}
