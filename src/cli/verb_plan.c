#include "cli/progress.h"
#include "cli/verbs.h"
#include "run.h"

#include <stdio.h>

enum rc verb_plan(const struct options *o, int *ret_status, struct err *err)
{
    struct job_outcome outcome = {0};
    struct progress progress;
    ledger_init(&outcome.ledger);
    progress_begin(&progress, o);
    struct job_hooks hooks = {.context = &progress, .on_notice = progress_notice};
    enum rc rc = run_plan(o, &hooks, &outcome, err);
    progress_end(&progress);
    ledger_done(&outcome.ledger);
    TRY(rc);
    *ret_status = 0;
    if (outcome.was_done) {
        char text[sizeof(outcome.out) + 64];
        snprintf(text, sizeof(text), "%s holds all of these objects; no plan was written",
                 outcome.out);
        progress_notice(&progress, 0, text);
    }
    return RC_OK;
}
