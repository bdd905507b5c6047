/* reports.h - the four report files of a tree. */
#ifndef MILLRACE_REPORTS_H
#define MILLRACE_REPORTS_H

#include "report/report.h"

/* Writes report.json, report.html, report.md and report.csv below `folder`, an
 * open folder without them. */
NODISCARD enum rc reports_write(int folder, struct report *report, const struct ledger *ledger,
                                const struct report_options *options, struct err *err);

#endif
