#include "run.h"

#include "assemble.h"
#include "batches.h"
#include "planning.h"

#include <unistd.h>

/* A run that was killed after it published may have left its work folder. */
static enum rc clean_leftovers(struct job *j, struct err *err)
{
    if (access(j->place.root_path, F_OK) != 0)
        return RC_OK;
    TRY(place_open_work(&j->place, j->held.head.plan, false, err));
    return place_clean(&j->place, err);
}

static enum rc work_and_merge(struct job *j, struct err *err)
{
    TRY(place_open_work(&j->place, j->plan.hash, j->options->is_forced, err));
    struct timespec mark = j->began;
    j->outcome->plan_s = job_seconds(&mark);
    TRY(batches_do_missing(j, err));
    j->outcome->batches_s = job_seconds(&mark);
    TRY(assemble_out(j, err));
    j->outcome->merge_s = job_seconds(&mark);
    return place_clean(&j->place, err);
}

static enum rc run_job(struct job *j, struct err *err)
{
    TRY(job_prepare(j, err));
    TRY(planning_discover(j, err));
    if (j->options->out != NULL)
        TRY(planning_leave_held(j, err));
    if (j->outcome->was_done)
        return j->options->is_dry_run ? RC_OK : clean_leftovers(j, err);
    TRY(planning_cut(j, err));
    if (j->options->is_dry_run) {
        planning_print(j);
        return RC_OK;
    }
    return work_and_merge(j, err);
}

enum rc run(const struct options *options, const struct job_hooks *hooks, struct job_outcome *ret,
            struct err *err)
{
    struct job j;
    job_init(&j, options, hooks, ret);
    enum rc rc = run_job(&j, err);
    job_done(&j);
    return rc;
}
