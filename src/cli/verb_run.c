#include "cli/closing.h"
#include "cli/planned.h"
#include "cli/shard.h"
#include "cli/verbs.h"
#include "run.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

enum { EXIT_SIGNAL = 128 };

/* A shard that is told to end by its engine is to be begun again. */
static int status_of_signal(const struct options *o, int number)
{
    if (o->plan_path != NULL && number == SIGTERM)
        return rc_info(RC_IO)->exit_status;
    return EXIT_SIGNAL + number;
}

static void say_shard(const struct planned *planned, const struct job_outcome *outcome,
                      struct progress *p)
{
    char text[sizeof(outcome->out) + 160];
    uint32_t shards = planned->file->head.shards;
    if (outcome->was_done)
        snprintf(text, sizeof(text), "%s holds the work of this plan already; nothing to do",
                 outcome->out);
    else
        snprintf(text, sizeof(text),
                 "shard %" PRIu32 " of %" PRIu32
                 " is done in %.1f s; when all are: millrace merge %s",
                 planned->shard, shards, outcome->plan_s + outcome->batches_s, outcome->out);
    progress_notice(p, 0, text);
}

/* `planned` is NULL for a whole run. */
static enum rc run_any(const struct options *o, const struct planned *planned, int *ret_status,
                       struct err *err)
{
    struct job_outcome outcome = {0};
    struct progress progress;
    ledger_init(&outcome.ledger);
    progress_begin(&progress, o);
    struct job_hooks hooks = progress_hooks(&progress);
    enum rc rc =
        planned != NULL ? run_shard(planned, &hooks, &outcome, err) : run(o, &hooks, &outcome, err);
    progress_end(&progress);
    if (rc == RC_STOPPED) {
        progress_notice(&progress, 0, "stopped; the same command goes on where this was");
        *ret_status = status_of_signal(o, progress.signal);
        rc = RC_OK;
    } else if (rc == RC_OK && planned != NULL) {
        say_shard(planned, &outcome, &progress);
    } else if (rc == RC_OK) {
        rc = closing_say(o, &outcome, &progress, ret_status, err);
    }
    ledger_done(&outcome.ledger);
    return rc;
}

static enum rc run_planned_shard(const struct options *o, const struct plan_file *file,
                                 int *ret_status, struct err *err)
{
    struct options recorded;
    struct planned planned = {.options = &recorded, .file = file};
    TRY(planned_options(o, file, &recorded, err));
    TRY(shard_choose(o->shard, file->head.shards, &planned.shard, err));
    return run_any(&recorded, &planned, ret_status, err);
}

enum rc verb_run(const struct options *o, int *ret_status, struct err *err)
{
    struct plan_file file;
    *ret_status = 0;
    if (o->plan_path == NULL)
        return run_any(o, NULL, ret_status, err);
    TRY(plan_file_open(o->plan_path, &file, err));
    enum rc rc = run_planned_shard(o, &file, ret_status, err);
    plan_file_close(&file);
    return rc;
}
