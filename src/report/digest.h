/* digest.h - what a report gained since an earlier one of the same archive, in a
 * few lines: for a terminal, a log or a mail after every round of `watch`.
 *
 * Counts are differences of two reports whose inputs only grew. A group that
 * either report keeps under (other) cannot be told; the digest then says so. */
#ifndef MILLRACE_DIGEST_H
#define MILLRACE_DIGEST_H

#include "report/report.h"

struct digest_side {
    struct report *report; /* NULL: nothing came before */
    const struct ledger *ledger;
};

/* Appends lines of plain text, log text made safe for a terminal and, as `options`
 * say, without its secrets. Nothing is appended where no alert and no damage came
 * in. */
NODISCARD enum rc digest_append(const struct digest_side *before, const struct digest_side *now,
                                const struct report_options *options, struct buf *out,
                                struct err *err);

#endif
