/* status.h - how far the shards of a plan have come. */
#ifndef MILLRACE_STATUS_H
#define MILLRACE_STATUS_H

#include "run.h"

struct status {
    uint64_t batches, missing;
};

/* Prints to stdout what is done and, for each batch that is not, its shard, its
 * bytes and when the last attempt at it began. Takes no lock, changes nothing. */
NODISCARD enum rc status_print(const struct planned *p, const struct job_hooks *hooks,
                               struct status *ret, struct err *err);

#endif
