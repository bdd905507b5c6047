/* show.h - the report of a finished run, written somewhere. */
#ifndef MILLRACE_SHOW_H
#define MILLRACE_SHOW_H

#include "options.h"

struct show {
    const char *folder; /* of the finished run */
    enum report_format format;
    report_write_fn *write; /* NULL: to stdout, as wide and coloured as the terminal there */
    void *context;
};

/* Compared with options->baseline where there is one. RC_USAGE where either
 * folder is not a finished run, or they were grouped with other rules. */
NODISCARD enum rc show_report(const struct options *o, const struct show *what, struct err *err);

#endif
