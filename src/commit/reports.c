#include "commit/reports.h"

#include "commit/atomic_file.h"
#include "util/tasks.h"

/* The costly ones first, so that threads end together. */
static const struct {
    enum report_format format;
    const char *name;
} forms[] = {{REPORT_HTML, "report.html"},
             {REPORT_JSON, "report.json"},
             {REPORT_MARKDOWN, "report.md"},
             {REPORT_CSV, "report.csv"}};

enum { FORMS = sizeof(forms) / sizeof(forms[0]) };

struct writing {
    const struct reports *reports;
    int folder;
    struct report *opened[FORMS]; /* per thread */
    struct file_writer *writers[FORMS];
};

static enum rc write_to_file(void *context, struct view bytes, struct err *err)
{
    return file_writer_write(context, bytes, err);
}

static enum rc write_form(void *context, size_t index, unsigned thread, struct err *err)
{
    struct writing *w = context;
    const struct reports *r = w->reports;
    struct report **report = &w->opened[thread];
    if (*report == NULL)
        TRY(report_open(r->partial, r->groups_max, report, err));
    TRY(file_writer_open(w->folder, forms[index].name, &w->writers[index], err));
    return report_write(forms[index].format, *report, r->ledger, r->options, write_to_file,
                        w->writers[index], err);
}

/* A queue belongs to the calling thread. */
static enum rc close_all(struct writing *w, struct err *err)
{
    for (size_t i = 0; i < FORMS; i++) {
        struct file_writer *writer = w->writers[i];
        w->writers[i] = NULL;
        file_writer_sync_by(writer, w->reports->sync);
        TRY(file_writer_close(writer, NULL, NULL, err));
    }
    return RC_OK;
}

enum rc reports_write(const struct reports *r, int folder, struct err *err)
{
    const struct report_options *o = r->options;
    bool is_shared = o->baseline != NULL || o->redact_rules != NULL;
    unsigned threads = is_shared ? 1 : r->threads > FORMS ? FORMS : r->threads;
    struct writing w = {.reports = r, .folder = folder};
    enum rc rc = tasks_run(FORMS, threads, write_form, &w, err);
    if (rc == RC_OK)
        rc = close_all(&w, err);
    for (size_t i = 0; i < FORMS; i++) {
        file_writer_abandon(w.writers[i]);
        report_close(w.opened[i]);
    }
    return rc;
}
