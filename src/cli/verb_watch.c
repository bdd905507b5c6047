#include "cli/progress.h"
#include "cli/read_file.h"
#include "cli/verbs.h"
#include "commit/told.h"
#include "input/folder_watch.h"
#include "report/digest.h"
#include "run.h"
#include "util/text.h"

#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* The job of `run` again and again: each round is an incremental run of its own,
 * crash safe as any, and what it added is told on standard output. */

enum { EXIT_SIGNAL = 128 };

struct watch {
    const struct options *options;
    struct progress *progress;
    struct folder_watch *folders;
    struct report_options showing; /* what of secrets a digest shows */
    char told[PATH_MAX];
};

static int64_t now_ms(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static enum rc tell(const struct watch *w, const struct finished *before,
                    const struct finished *now, struct err *err)
{
    struct digest_side earlier = {before->report, &before->ledger};
    struct digest_side later = {now->report, &now->ledger};
    struct buf text = {0}, line = {0};
    enum rc rc = digest_append(&earlier, &later, &w->showing, &text, err);
    if (rc == RC_OK && text.size > 0) {
        text_time_ms(&line, now_ms(CLOCK_REALTIME));
        buf_printf(&line, "  ");
        buf_append_view(&line, buf_view(&text));
        buf_append_byte(&line, '\n');
        rc = buf_failed(&line) ? err_set(err, RC_NO_MEMORY, "no memory for a digest")
                               : print(buf_view(&line), err);
        if (rc == RC_OK && fflush(stdout) != 0)
            rc = err_errno(err, "cannot write to standard output");
    }
    buf_done(&text);
    buf_done(&line);
    return rc;
}

static enum rc tell_of(const struct watch *w, const char *out, struct err *err)
{
    struct finished before, now;
    TRY(told_open(w->told, w->options->groups_max, &before, err));
    enum rc rc = finished_open(out, w->options->groups_max, &now, err);
    if (rc == RC_OK) {
        rc = tell(w, &before, &now, err);
        finished_close(&now);
    }
    finished_close(&before);
    return rc == RC_OK ? told_keep(w->told, out, err) : rc;
}

/* One round. *ret_is_unsettled: files that may still be written were left. */
static enum rc do_round(struct watch *w, bool *ret_is_unsettled, struct err *err)
{
    struct job_outcome outcome = {0};
    struct job_hooks hooks = progress_hooks(w->progress);
    ledger_init(&outcome.ledger);
    enum rc rc = run(w->options, &hooks, &outcome, err);
    *ret_is_unsettled = outcome.unsettled > 0;
    bool is_told = rc != RC_OK || !outcome.has_out;
    if (!is_told)
        rc = told_is_of(w->told, outcome.out, &is_told, err);
    if (rc == RC_OK && !is_told)
        rc = tell_of(w, outcome.out, err);
    ledger_done(&outcome.ledger);
    return rc;
}

/* Until something changed and the interval is over. */
static void wait_for_change(struct watch *w, bool is_unsettled, int64_t began_ms)
{
    bool is_due = is_unsettled;
    while (!is_due)
        is_due = folder_watch_wait(w->folders, w->options->interval_ms);
    int64_t left_ms = began_ms + w->options->interval_ms - now_ms(CLOCK_MONOTONIC);
    if (left_ms > 0) {
        struct timespec left = {left_ms / 1000, left_ms % 1000 * 1000000};
        nanosleep(&left, NULL);
    }
}

static enum rc watch(struct watch *w, struct err *err)
{
    for (;;) {
        bool is_unsettled;
        int64_t began_ms = now_ms(CLOCK_MONOTONIC);
        enum rc rc = do_round(w, &is_unsettled, err);
        /* No space, a device that fails for a while: the next round tries again. */
        if (rc != RC_OK && rc_info(rc)->kind == RC_KIND_WORLD && rc != RC_FAILED) {
            progress_failure(w->progress, err->text);
            is_unsettled = true;
        } else if (rc != RC_OK) {
            return rc;
        }
        wait_for_change(w, is_unsettled, began_ms);
    }
}

static enum rc open_and_watch(struct watch *w, struct err *err)
{
    const struct options *o = w->options;
    size_t size = strlen(o->out);
    while (size > 1 && o->out[size - 1] == '/')
        size--;
    if (snprintf(w->told, sizeof(w->told), "%.*s.told", (int)size, o->out) >= PATH_MAX - 8)
        return err_set(err, RC_USAGE, "%s: the path is too long", o->out);
    TRY(folder_watch_new(o->sources, o->sources_count, &w->folders, err));
    if (!folder_watch_is_complete(w->folders))
        progress_notice(w->progress, 0,
                        "not every folder can be watched (fs.inotify.max_user_watches); looking at "
                        "all of them every interval");
    enum rc rc = watch(w, err);
    folder_watch_free(w->folders);
    return rc;
}

enum rc verb_watch(const struct options *o, int *ret_status, struct err *err)
{
    struct progress progress;
    struct watch w = {.options = o, .progress = &progress};
    progress_begin(&progress, o);
    w.showing.redact = o->redact;
    enum rc rc = o->redact_path == NULL
                     ? RC_OK
                     : redact_rules_load(o->redact_path, &w.showing.redact_rules, err);
    if (rc == RC_OK)
        rc = open_and_watch(&w, err);
    redact_rules_free(w.showing.redact_rules);
    progress_end(&progress);
    if (rc == RC_STOPPED) {
        *ret_status = EXIT_SIGNAL + progress.signal;
        return RC_OK;
    }
    return rc;
}
