#include "alert/partial.h"
#include "cli/progress.h"
#include "cli/verbs.h"
#include "report/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { EXIT_QUARANTINED = 3, EXIT_SIGNAL = 128 };

static enum rc write_stdout(void *context, struct view bytes, struct err *err)
{
    (void)context;
    if (fwrite(bytes.data, 1, bytes.size, stdout) != bytes.size)
        return err_errno(err, "cannot write to standard output");
    return RC_OK;
}

static unsigned terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 100;
}

/* The head of the report, so that the answer is on the screen at once. */
static enum rc print_report(const struct options *o, const struct run_outcome *outcome,
                            struct err *err)
{
    char path[sizeof(outcome->out) + 32];
    struct report *report;
    snprintf(path, sizeof(path), "%s/report.partial", outcome->out);
    TRY(report_open(path, o->groups_max, &report, err));
    struct report_options options = {
        .redact = o->redact,
        .color = isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL,
        .terminal_columns = terminal_columns(),
    };
    enum rc rc =
        report_write(REPORT_TERMINAL, report, &outcome->ledger, &options, write_stdout, NULL, err);
    report_close(report);
    return rc;
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void say_end(const struct run_outcome *outcome, struct progress *p)
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

static enum rc finish(const struct options *o, const struct run_outcome *outcome,
                      struct progress *p, int *ret_status, struct err *err)
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
        return RC_OK;
    }
    if (!o->is_quiet)
        TRY(print_report(o, outcome, err));
    fflush(stdout);
    say_end(outcome, p);
    return RC_OK;
}

enum rc verb_run(const struct options *o, int *ret_status, struct err *err)
{
    struct run_outcome outcome = {0};
    struct progress progress;
    ledger_init(&outcome.ledger);
    progress_begin(&progress, o);
    struct run_hooks hooks = {.context = &progress,
                              .on_notice = progress_notice,
                              .on_progress = progress_tell,
                              .on_batches_begin = progress_batches_begin,
                              .on_batches_end = progress_batches_end};
    enum rc rc = run(o, &hooks, &outcome, err);
    progress_end(&progress);
    if (rc == RC_STOPPED) {
        progress_notice(&progress, 0, "stopped; the same command goes on where this was");
        *ret_status = EXIT_SIGNAL + progress.signal;
        rc = RC_OK;
    } else if (rc == RC_OK) {
        rc = finish(o, &outcome, &progress, ret_status, err);
    }
    ledger_done(&outcome.ledger);
    return rc;
}
