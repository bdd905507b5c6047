/* shard.h - which shard this process is. */
#ifndef MILLRACE_SHARD_H
#define MILLRACE_SHARD_H

#include "util/err.h"

#include <stdint.h>

/* `text` is "i/N" with i from 0, or "auto": then the first that is set of
 *   AWS_BATCH_JOB_ARRAY_INDEX   (and AWS_BATCH_JOB_ARRAY_SIZE)
 *   SLURM_ARRAY_TASK_ID         (and …_MIN, …_COUNT, …_STEP: it need not begin at 0)
 *   JOB_COMPLETION_INDEX        Kubernetes
 *   PARALLEL_SEQ                GNU parallel, from 1
 * tells i. N is the plan's, `shards`. RC_USAGE with one line for anything that is
 * no number, out of range, or disagrees with the plan. */
NODISCARD enum rc shard_choose(const char *text, uint32_t shards, uint32_t *ret, struct err *err);

#endif
