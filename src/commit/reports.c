#include "commit/reports.h"

#include "commit/atomic_file.h"

static enum rc write_to_file(void *context, struct view bytes, struct err *err)
{
    return file_writer_write(context, bytes, err);
}

enum rc reports_write(int folder, struct report *report, const struct ledger *ledger,
                      const struct report_options *options, struct err *err)
{
    static const struct {
        enum report_format format;
        const char *name;
    } forms[] = {{REPORT_JSON, "report.json"},
                 {REPORT_HTML, "report.html"},
                 {REPORT_MARKDOWN, "report.md"},
                 {REPORT_CSV, "report.csv"}};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct file_writer *w;
        TRY(file_writer_open(folder, forms[i].name, &w, err));
        enum rc rc = report_write(forms[i].format, report, ledger, options, write_to_file, w, err);
        if (rc != RC_OK) {
            file_writer_abandon(w);
            return rc;
        }
        TRY(file_writer_close(w, NULL, NULL, err));
    }
    return RC_OK;
}
