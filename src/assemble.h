/* assemble.h - the last phase of a run: from committed batches to OUT. */
#ifndef MILLRACE_ASSEMBLE_H
#define MILLRACE_ASSEMBLE_H

#include "job.h"

/* Until every batch is committed, or o->wait_s have passed: RC_FAILED then, with
 * the shards that are missing. Shared filesystems show new files late. */
NODISCARD enum rc assemble_wait(struct job *j, struct err *err);

/* Reads again what has to be (slices that do not meet, rows that stand elsewhere
 * too), builds the next tree and makes it OUT. Every batch is committed:
 * RC_FAILED otherwise. */
NODISCARD enum rc assemble_out(struct job *j, struct err *err);

#endif
