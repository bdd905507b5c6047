#include "cli/show.h"

#include "cli/read_file.h"
#include "commit/finished.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static enum rc write_stdout(void *context, struct view bytes, struct err *err)
{
    (void)context;
    return print(bytes, err);
}

static unsigned terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 100;
}

static enum rc load_redact_rules(const struct options *o, struct redact_rules **ret,
                                 struct err *err)
{
    if (o->redact_path == NULL)
        return RC_OK;
    return view_is_null(o->redact_text)
               ? redact_rules_load(o->redact_path, ret, err)
               : redact_rules_parse(o->redact_path, o->redact_text, ret, err);
}

static enum rc write_compared(const struct options *o, const struct show *what,
                              const struct finished *run, struct finished *baseline,
                              struct err *err)
{
    bool is_stdout = what->write == NULL;
    struct report_options options = {
        .redact = o->redact,
        .color = is_stdout && isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL,
        .terminal_columns = is_stdout ? terminal_columns() : 0,
    };
    if (o->baseline != NULL) {
        TRY(finished_open(o->baseline, o->groups_max, baseline, err));
        struct grouped there = finished_grouped(baseline->report, o->baseline);
        struct grouped here = finished_grouped(run->report, what->folder);
        TRY(finished_check_rules(&there, &here, err));
        options.baseline = baseline->report;
    }
    TRY(load_redact_rules(o, &options.redact_rules, err));
    enum rc rc = report_write(what->format, run->report, &run->ledger, &options,
                              is_stdout ? write_stdout : what->write, what->context, err);
    redact_rules_free(options.redact_rules);
    return rc;
}

enum rc show_report(const struct options *o, const struct show *what, struct err *err)
{
    struct finished run, baseline = {0};
    TRY(finished_open(what->folder, o->groups_max, &run, err));
    enum rc rc = write_compared(o, what, &run, &baseline, err);
    finished_close(&baseline);
    finished_close(&run);
    return rc;
}
