/* partial_merge.h - several partials into one, in one pass over each.
 *
 * Memory: a buffer per input, one group, and the groups that failures are
 * counted into. */
#ifndef MILLRACE_PARTIAL_MERGE_H
#define MILLRACE_PARTIAL_MERGE_H

#include "util/err.h"

#include <stddef.h>

/* An open partial; fd is read from its start. */
struct merge_input {
    int fd;
    const char *name; /* for messages */
};

struct spool;

/* Writes the merge of `inputs` to `to`, which is empty. With `winners` (empty)
 * it is the last merge: pending failures are decided and counted, and what
 * does not fit in memory waits in the spool. */
NODISCARD enum rc merge_files(const struct merge_input *inputs, size_t count, struct merge_input to,
                              struct spool *winners, struct err *err);

#endif
