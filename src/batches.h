/* batches.h - the middle phase of a run: batches read and committed by one worker
 * per thread. */
#ifndef MILLRACE_BATCHES_H
#define MILLRACE_BATCHES_H

#include "job.h"

/* Reads what is committed into *results and lists the rest in j->todo. */
NODISCARD enum rc batches_find_missing(struct job *j, struct results *ret, struct err *err);

/* Does every batch that is not committed yet. RC_STOPPED: resumable. RC_CHANGED
 * where objects are not what the plan says. */
NODISCARD enum rc batches_do_missing(struct job *j, struct err *err);

/* The same for the batches of one shard alone. */
NODISCARD enum rc batches_do_shard(struct job *j, uint32_t shard, struct err *err);

/* Does batches that are in the plan in another form, or were done before. */
NODISCARD enum rc batches_do_again(struct job *j, struct batch *batches, size_t count,
                                   struct err *err);

#endif
