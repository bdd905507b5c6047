#include "run.h"

#include "assemble.h"
#include "batches.h"
#include "leftovers.h"
#include "planning.h"

#include <stdio.h>

/* Rights go with folders: to those of a tree that this command publishes first
 * and then adds to, none could be given now; nor to those of runs that follow in
 * this process. */
static void confine(struct job *j)
{
    if (j->has_more || j->options->has_more_runs)
        return;
    const char *why = place_confine(&j->place);
    if (why != NULL)
        job_notice(j, 1, "writing is not confined to %s: %s", j->place.out, why);
}

static enum rc open_work(struct job *j, struct err *err)
{
    const char *finished = j->held.folder >= 0 ? j->held.head.plan : "";
    TRY(place_open_work(&j->place, j->plan.hash, finished, j->options->is_forced, err));
    if (j->place.is_unlocked)
        job_notice(j, 0,
                   "%s: this filesystem has no locks; see that only one run or merge writes it",
                   j->place.root_path);
    TRY(planning_save(j, err)); /* may be linked from where the plan lies: before the fence */
    confine(j);
    return RC_OK;
}

/* ---- All in one process ---- */

static enum rc do_all(struct job *j, struct err *err)
{
    TRY(job_prepare(j, err));
    TRY(planning_discover(j, err));
    if (j->objects.count == 0) /* of a watch: nothing came so far */
        return RC_OK;
    j->outcome->has_out = true;
    if (j->options->out != NULL)
        TRY(planning_leave_held(j, err));
    if (j->outcome->was_done)
        return j->options->is_dry_run ? RC_OK : leftovers_clean(j, err);
    if (!j->options->is_dry_run)
        TRY(leftovers_take_up(j, err));
    TRY(planning_cut(j, err));
    if (j->options->is_dry_run)
        return planning_print(j, err);
    TRY(open_work(j, err));
    struct timespec mark = j->began;
    j->outcome->plan_s += job_seconds(&mark);
    TRY(batches_do_missing(j, err));
    j->outcome->batches_s += job_seconds(&mark);
    TRY(assemble_out(j, err));
    j->outcome->merge_s += job_seconds(&mark);
    return place_clean(&j->place, j->options->threads, false, err);
}

/* One generation. *is_again: this is the second of one command, before; there is
 * to be a second, after. */
static enum rc run_once(const struct options *options, const struct job_hooks *hooks,
                        struct job_outcome *ret, bool *is_again, struct err *err)
{
    struct job j;
    job_init(&j, options, hooks, ret);
    j.is_second = *is_again;
    enum rc rc = do_all(&j, err);
    *is_again = j.has_more;
    job_done(&j);
    return rc;
}

enum rc run(const struct options *options, const struct job_hooks *hooks, struct job_outcome *ret,
            struct err *err)
{
    bool is_again = false;
    TRY(run_once(options, hooks, ret, &is_again, err));
    while (is_again) {
        ledger_done(&ret->ledger);
        ledger_init(&ret->ledger);
        TRY(run_once(options, hooks, ret, &is_again, err));
    }
    return RC_OK;
}

/* ---- The plan alone ---- */

static enum rc do_plan(struct job *j, struct err *err)
{
    TRY(job_prepare(j, err));
    TRY(planning_discover(j, err));
    if (j->options->out != NULL)
        TRY(planning_leave_held(j, err));
    if (j->outcome->was_done)
        return RC_OK;
    TRY(planning_cut(j, err));
    if (!j->options->is_dry_run)
        TRY(planning_write(j, err));
    return planning_print(j, err);
}

enum rc run_plan(const struct options *options, const struct job_hooks *hooks,
                 struct job_outcome *ret, struct err *err)
{
    struct job j;
    job_init(&j, options, hooks, ret);
    enum rc rc = do_plan(&j, err);
    job_done(&j);
    return rc;
}

/* ---- A part of the batches ---- */

static enum rc do_shard(struct job *j, uint32_t shard, struct err *err)
{
    TRY(job_prepare(j, err));
    TRY(planning_load(j, err));
    TRY(planning_match_out(j, err));
    if (j->outcome->was_done)
        return RC_OK;
    TRY(place_open_shared(&j->place, j->plan.hash, j->held.folder >= 0 ? j->held.head.plan : "",
                          err));
    TRY(planning_save(j, err));
    confine(j);
    struct timespec mark = j->began;
    j->outcome->plan_s += job_seconds(&mark);
    TRY(batches_do_shard(j, shard, err));
    j->outcome->batches_s += job_seconds(&mark);
    return RC_OK;
}

/* Whether OUT holds the plan's work by now. */
static bool was_published(struct job *j)
{
    enum out_state state;
    held_done(&j->held);
    return out_inspect(j->place.out, &state, &j->held, NULL) == RC_OK && state == OUT_MILLRACE &&
           strcmp(j->held.head.plan, j->plan.hash) == 0;
}

enum rc run_shard(const struct planned *p, const struct job_hooks *hooks, struct job_outcome *ret,
                  struct err *err)
{
    struct job j;
    job_init(&j, p->options, hooks, ret);
    j.file = p->file;
    enum rc rc = do_shard(&j, p->shard, err);
    /* Other attempts did all, and merge took the work folder away: nothing is wrong. */
    if (rc != RC_OK && rc_info(rc)->kind == RC_KIND_WORLD && was_published(&j)) {
        ret->was_done = true;
        rc = RC_OK;
    }
    job_done(&j);
    return rc;
}

/* ---- The merge alone ---- */

static enum rc do_merge(struct job *j, struct err *err)
{
    TRY(job_prepare(j, err));
    TRY(planning_load(j, err));
    TRY(planning_match_out(j, err));
    if (j->outcome->was_done)
        return leftovers_clean(j, err);
    TRY(open_work(j, err));
    struct timespec mark = j->began;
    j->outcome->plan_s += job_seconds(&mark);
    TRY(assemble_wait(j, err));
    TRY(assemble_out(j, err));
    j->outcome->merge_s += job_seconds(&mark);
    return place_clean(&j->place, j->options->threads, true, err);
}

enum rc run_merge(const struct planned *p, const struct job_hooks *hooks, struct job_outcome *ret,
                  struct err *err)
{
    struct job j;
    job_init(&j, p->options, hooks, ret);
    j.file = p->file;
    enum rc rc = do_merge(&j, err);
    job_done(&j);
    return rc;
}

static enum rc find_plan(struct job *j, char ret[PATH_MAX], struct err *err)
{
    enum out_state state;
    TRY(place_find(&j->place, j->options, err));
    TRY(out_inspect(j->place.out, &state, &j->held, err));
    return place_find_plan(&j->place, state == OUT_MILLRACE ? j->held.head.plan : "", ret, err);
}

enum rc run_find_plan(const struct options *options, char ret[PATH_MAX], struct err *err)
{
    struct job j;
    struct job_hooks hooks = {0};
    struct job_outcome outcome = {0};
    job_init(&j, options, &hooks, &outcome);
    enum rc rc = find_plan(&j, ret, err);
    job_done(&j);
    return rc;
}

static enum rc do_clean(struct job *j, struct err *err)
{
    enum out_state state;
    TRY(place_find(&j->place, j->options, err));
    snprintf(j->outcome->out, sizeof(j->outcome->out), "%s", j->place.out);
    TRY(out_inspect(j->place.out, &state, &j->held, err));
    if (state != OUT_MILLRACE)
        return RC_END;
    j->outcome->was_done = true;
    return leftovers_clean(j, err);
}

enum rc run_clean(const struct options *options, const struct job_hooks *hooks,
                  struct job_outcome *ret, struct err *err)
{
    struct job j;
    job_init(&j, options, hooks, ret);
    enum rc rc = do_clean(&j, err);
    job_done(&j);
    return rc;
}
