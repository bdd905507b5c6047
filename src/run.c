#include "run.h"

#include "assemble.h"
#include "batches.h"
#include "leftovers.h"
#include "planning.h"

/* Rights go with folders: to those of a tree that this command publishes first
 * and then adds to, none could be given now. */
static void confine(struct job *j)
{
    if (j->has_more)
        return;
    const char *why = place_confine(&j->place);
    if (why != NULL)
        job_notice(j, 1, "writing is not confined to %s: %s", j->place.out, why);
}

static enum rc work_and_merge(struct job *j, struct err *err)
{
    TRY(place_open_work(&j->place, j->plan.hash, j->options->is_forced, err));
    confine(j);
    TRY(leftovers_list(j, err));
    struct timespec mark = j->began;
    j->outcome->plan_s += job_seconds(&mark);
    TRY(batches_do_missing(j, err));
    j->outcome->batches_s += job_seconds(&mark);
    TRY(assemble_out(j, err));
    j->outcome->merge_s += job_seconds(&mark);
    return place_clean(&j->place, err);
}

static enum rc run_job(struct job *j, struct err *err)
{
    TRY(job_prepare(j, err));
    TRY(planning_discover(j, err));
    if (j->options->out != NULL)
        TRY(planning_leave_held(j, err));
    if (j->outcome->was_done)
        return j->options->is_dry_run ? RC_OK : leftovers_clean(j, err);
    if (!j->options->is_dry_run)
        TRY(leftovers_take_up(j, err));
    TRY(planning_cut(j, err));
    if (j->options->is_dry_run)
        return planning_print(j, err);
    return work_and_merge(j, err);
}

/* One generation. *is_again: this is the second of one command, before; there is
 * to be a second, after. */
static enum rc run_once(const struct options *options, const struct job_hooks *hooks,
                        struct job_outcome *ret, bool *is_again, struct err *err)
{
    struct job j;
    job_init(&j, options, hooks, ret);
    j.is_second = *is_again;
    enum rc rc = run_job(&j, err);
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
