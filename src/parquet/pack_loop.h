/* pack_loop.h - what the vectorised kernels of pack.h have in common.
 *
 * Private to the kernels: each includes it behind its PACK_TARGET, which names the
 * instructions: only functions compiled for the same target are inlined into one another. */
#ifndef MILLRACE_PACK_LOOP_H
#define MILLRACE_PACK_LOOP_H

#include "parquet/pack.h"

#include <string.h>

/* The two halves of a group, of `half` bits each, 36 to 64, side by side. */
PACK_TARGET static inline void pack_halves(uint64_t low, uint64_t high, unsigned half, char *to)
{
    uint64_t packed[2] = {low, high};
    if (half < 64) {
        packed[0] |= high << half;
        packed[1] = high >> (64 - half);
    }
    memcpy(to, packed, sizeof(packed));
}

#endif
