/* shards.h - which batches each of several processes does.
 *
 * The costliest batch goes to the shard with the least to do, then the next: in
 * simulation no shard has more than 1.007 of the mean. It follows from the plan and
 * the number of shards alone, so that nobody need write it down. */
#ifndef MILLRACE_SHARDS_H
#define MILLRACE_SHARDS_H

#include "plan/plan.h"

/* What a batch costs: its stored bytes, and something for each object. */
uint64_t batch_cost(const struct batch *b);

/* Fills ret_shard[plan->count]. Ties go to the batch that comes first, and to
 * the shard with the smallest number. RC_NO_MEMORY. */
NODISCARD enum rc shards_assign(const struct plan *plan, uint32_t shards, uint32_t *ret_shard,
                                struct err *err);

struct shards_balance {
    uint64_t cost_max, cost_total; /* of a shard, of all */
    uint64_t empty;                /* shards without a batch */
};
/* `shard` is what shards_assign() gave. RC_NO_MEMORY. */
NODISCARD enum rc shards_weigh(const struct plan *plan, uint32_t shards, const uint32_t *shard,
                               struct shards_balance *ret, struct err *err);

#endif
