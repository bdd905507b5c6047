/* recount.h - counts the inputs again and compares with what OUT says of them.
 *
 * Objects are found as `run` finds them and read as `run` reads them. Each must
 * be in objects.ndjson with its size, and none more; each must show as many
 * damaged spans as quarantine.ndjson lists for it; and all together must give
 * the counts of ledger.json. What no count holds, such as the text of a message
 * in a plain object, is not compared. */
#ifndef MILLRACE_RECOUNT_H
#define MILLRACE_RECOUNT_H

#include "commit/verify.h"
#include "options.h"

struct recount {
    const struct options *options; /* sources, what selects among them, threads */
    const struct verify *verify;   /* OUT, the sample, where problems go */
    const struct ledger *ledger;   /* of ledger.json */
    /* One line for the user that is no problem. */
    void (*on_notice)(void *context, const char *text);
    void *context;
};

/* Adds to `summary`'s problems. With a sample only its objects are read, and
 * nothing is compared in sum. RC_USAGE: the sources are not those of OUT, or
 * --since and --until not those of the run. RC_IO, RC_NO_MEMORY. */
NODISCARD enum rc recount_objects(const struct recount *r, struct verify_summary *summary,
                                  uint64_t *ret_objects, struct err *err);

#endif
