/* distinct.h - how many different things were seen, mergeable in any order.
 *
 * Members are known by 64-bit hashes (util/hash.h). Zero-initialised is empty.
 * The state after any sequence of additions and merges depends only on the set
 * of hashes: exact up to DISTINCT_EXACT_MAX of them, HyperLogLog registers past
 * that. Functions that return bool give false when out of memory. */
#ifndef MILLRACE_DISTINCT_H
#define MILLRACE_DISTINCT_H

#include "alert/group.h"

void distinct_done(struct distinct *d);

/* Forgets all members and keeps the memory for hashes. */
void distinct_clear(struct distinct *d);

bool distinct_add_slowly(struct distinct *d, uint64_t hash);
bool distinct_merge(struct distinct *to, const struct distinct *from);

/* Takes 1 << HLL_PRECISION registers as another state has them. */
bool distinct_merge_registers(struct distinct *to, const uint8_t *registers);
/* Whether no register is larger than any hash can make it. */
bool distinct_registers_are_possible(const uint8_t *registers);

/* Memory held. */
size_t distinct_bytes(const struct distinct *d);

/* The member count: exact, or HyperLogLog's estimate computed in integers, so
 * that every machine prints the same number. */
uint64_t distinct_count(const struct distinct *d);
bool distinct_is_exact(const struct distinct *d);

/* The register of a hash and what it is raised to. */
static inline size_t distinct_register(uint64_t hash)
{
    return (size_t)(hash >> (64 - HLL_PRECISION));
}

static inline uint8_t distinct_rank(uint64_t hash)
{
    /* The bit set below the remaining ones bounds the rank at 53. */
    uint64_t rest = hash << HLL_PRECISION | UINT64_C(1) << (HLL_PRECISION - 1);
    return (uint8_t)(__builtin_clzll(rest) + 1);
}

static inline bool distinct_add(struct distinct *d, uint64_t hash)
{
    if (d->registers == NULL)
        return distinct_add_slowly(d, hash);
    uint8_t *at = &d->registers[distinct_register(hash)];
    uint8_t rank = distinct_rank(hash);
    if (*at < rank)
        *at = rank;
    return true;
}

#endif
