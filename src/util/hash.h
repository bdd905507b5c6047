/* hash.h - XXH3 (xxHash 0.8 specification), the only hash in the program.
 *
 * Seed 0 and the default secret everywhere: hashes reach outputs, so they are
 * part of the format. */
#ifndef MILLRACE_HASH_H
#define MILLRACE_HASH_H

#include "util/view.h"

/* Compiled in: most of what is hashed is a request id or a name, and a call costs
 * as much as they do. */
#define XXH_INLINE_ALL
#include <xxhash.h>

struct hash128 {
    uint64_t high;
    uint64_t low;
};

static inline uint64_t hash64(struct view v)
{
    return XXH3_64bits(v.data, v.size);
}

static inline struct hash128 hash128(struct view v)
{
    XXH128_hash_t h = XXH3_128bits(v.data, v.size);
    return (struct hash128){h.high64, h.low64};
}

#endif
