#include "cli/closing.h"
#include "cli/planned.h"
#include "cli/verbs.h"
#include "status.h"

#include <linux/limits.h>
#include <stdio.h>

enum { EXIT_MISSING = 1, EXIT_SIGNAL = 128 };

static enum rc merge(const struct planned *planned, int *ret_status, struct err *err)
{
    struct job_outcome outcome = {0};
    struct progress progress;
    ledger_init(&outcome.ledger);
    progress_begin(&progress, planned->options);
    struct job_hooks hooks = progress_hooks(&progress);
    enum rc rc = run_merge(planned, &hooks, &outcome, err);
    progress_end(&progress);
    if (rc == RC_STOPPED) {
        progress_notice(&progress, 0, "stopped; the same command goes on where this was");
        *ret_status = EXIT_SIGNAL + progress.signal;
        rc = RC_OK;
    } else if (rc == RC_OK) {
        rc = closing_say(planned->options, &outcome, &progress, ret_status, err);
    }
    ledger_done(&outcome.ledger);
    return rc;
}

static enum rc print_status(const struct planned *planned, int *ret_status, struct err *err)
{
    struct job_hooks hooks = {0};
    struct status status;
    TRY(status_print(planned, &hooks, &status, err));
    *ret_status = status.missing > 0 ? EXIT_MISSING : 0;
    return RC_OK;
}

static enum rc merge_by_file(const struct options *o, const struct plan_file *file, int *ret_status,
                             struct err *err)
{
    struct options recorded;
    struct planned planned = {.options = &recorded, .file = file};
    TRY(planned_options(o, file, &recorded, err));
    return o->is_status ? print_status(&planned, ret_status, err)
                        : merge(&planned, ret_status, err);
}

/* No work to merge: it was merged before, or no shard has begun. */
static enum rc say_nothing_to_merge(const struct options *o, int *ret_status, struct err *err)
{
    struct job_outcome outcome = {0};
    struct progress progress;
    progress_begin(&progress, o);
    struct job_hooks hooks = progress_hooks(&progress);
    enum rc rc = run_clean(o, &hooks, &outcome, err);
    progress_end(&progress);
    if (rc == RC_END)
        return err_set(err, RC_FAILED,
                       "%s: no shard has begun to work on it; run them first (millrace run --plan "
                       "PLAN --shard i/N -o %s)",
                       outcome.out, o->out);
    TRY(rc);
    return closing_say(o, &outcome, &progress, ret_status, err);
}

enum rc verb_merge(const struct options *o, int *ret_status, struct err *err)
{
    char path[PATH_MAX];
    struct plan_file file;
    *ret_status = 0;
    enum rc rc = run_find_plan(o, path, err);
    if (rc == RC_END)
        return say_nothing_to_merge(o, ret_status, err);
    TRY(rc);
    TRY(plan_file_open(path, &file, err));
    rc = merge_by_file(o, &file, ret_status, err);
    plan_file_close(&file);
    return rc;
}
