#include "cli/closing.h"

#include "cli/gates.h"
#include "cli/show.h"

#include <inttypes.h>
#include <stdio.h>

enum { EXIT_QUARANTINED = 3 };

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void say_end(const struct job_outcome *outcome, struct progress *p)
{
    char text[sizeof(outcome->out) + 256];
    double total = outcome->plan_s + outcome->batches_s + outcome->merge_s;
    const struct ledger *l = &outcome->ledger;
    snprintf(text, sizeof(text),
             "%" PRIu64 " object%s, %" PRIu64
             " event%s in %.1f s (%.2f GB/s of JSON); written to %s",
             l->objects.total, plural(l->objects.total), l->events.total, plural(l->events.total),
             total, total > 0 ? (double)l->decoded_bytes.total / total / 1e9 : 0, outcome->out);
    progress_notice(p, 0, text);
    if (!ledger_is_damaged(l))
        return;
    snprintf(text, sizeof(text),
             "some input could not be read: %" PRIu64 " object%s with damage; see "
             "%s/quarantine.ndjson",
             l->objects.damaged, plural(l->objects.damaged), outcome->out);
    progress_notice(p, 0, text);
}

/* A gate speaks of what OUT holds, whoever made it. */
static enum rc check_gates(const struct options *o, const struct job_outcome *outcome,
                           int *ret_status, struct err *err)
{
    bool is_hit;
    TRY(gates_check(o, outcome->out, &is_hit, err));
    if (is_hit)
        *ret_status = EXIT_GATE;
    return RC_OK;
}

enum rc closing_say(const struct options *o, const struct job_outcome *outcome, struct progress *p,
                    int *ret_status, struct err *err)
{
    *ret_status = ledger_is_damaged(&outcome->ledger) ? EXIT_QUARANTINED : 0;
    if (o->is_dry_run)
        return RC_OK;
    if (outcome->was_done) {
        char text[sizeof(outcome->out) + 64];
        snprintf(text, sizeof(text), "%s already holds exactly this run; nothing to do",
                 outcome->out);
        progress_notice(p, 0, text);
        *ret_status = 0;
        return check_gates(o, outcome, ret_status, err);
    }
    /* The head of the report, so that the answer is on the screen at once. */
    struct show table = {.folder = outcome->out, .format = REPORT_TERMINAL};
    if (!o->is_quiet)
        TRY(show_report(o, &table, err));
    fflush(stdout);
    say_end(outcome, p);
    return check_gates(o, outcome, ret_status, err);
}
