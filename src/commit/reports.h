/* reports.h - the four report files of a tree. */
#ifndef MILLRACE_REPORTS_H
#define MILLRACE_REPORTS_H

#include "report/report.h"
#include "util/sync_queue.h"

struct reports {
    const char *partial; /* path of the merged partial that they tell of */
    size_t groups_max;   /* of it */
    const struct ledger *ledger;
    const struct report_options *options;
    /* Forms are written at once by so many, each with a view of its own on the
     * partial; by one where the options hold what only one can use at a time. */
    unsigned threads;
    struct sync_queue *sync; /* by which they become durable; NULL: at once */
};

/* Writes report.json, report.html, report.md and report.csv below `folder`, an
 * open folder without them. */
NODISCARD enum rc reports_write(const struct reports *r, int folder, struct err *err);

#endif
