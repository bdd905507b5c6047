#include "parquet/pack.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#define PACK_TARGET /* every aarch64 has NEON */

#include "parquet/pack_loop.h"

/* Two ids side by side in each of two words. */
static inline uint64x2_t pairs_of(const uint32_t *ids, int64x2_t width)
{
    uint64x2_t two = vreinterpretq_u64_u32(vld1q_u32(ids));
    uint64x2_t first = vandq_u64(two, vdupq_n_u64(UINT32_MAX));
    return vorrq_u64(first, vshlq_u64(vshrq_n_u64(two, 32), width));
}

/* Four ids side by side: up to 64 bits. */
static inline uint64_t four_of(const uint32_t *ids, unsigned width)
{
    uint64x2_t pairs = pairs_of(ids, vdupq_n_s64(width));
    return vgetq_lane_u64(pairs, 0) | vgetq_lane_u64(pairs, 1) << 2 * width;
}

void pack_groups_neon(const uint32_t *ids, size_t groups, unsigned width, char *to)
{
    if (width > 16) {
        pack_groups_scalar(ids, groups, width, to);
        return;
    }
    unsigned half = 4 * width;
    for (size_t i = 0; i < groups; i++, ids += PACK_GROUP, to += width) {
        uint64_t low = four_of(ids, width), high = four_of(ids + 4, width);
        pack_halves(low, high, half, to);
    }
}

static inline bool all_same(const uint32_t *ids, uint32x4_t first)
{
    uint32x4_t same =
        vandq_u32(vceqq_u32(vld1q_u32(ids), first), vceqq_u32(vld1q_u32(ids + 4), first));
    return vminvq_u32(same) != 0;
}

size_t pack_find_neon(const uint32_t *ids, size_t groups)
{
    size_t i = 0;
    while (i < groups && !all_same(ids + i * PACK_GROUP, vdupq_n_u32(ids[i * PACK_GROUP])))
        i++;
    return i;
}

size_t pack_run_neon(const uint32_t *ids, size_t count)
{
    const uint32x4_t first = vdupq_n_u32(ids[0]);
    size_t i = 0;
    while (count - i >= PACK_GROUP && all_same(ids + i, first))
        i += PACK_GROUP;
    while (i < count && ids[i] == ids[0])
        i++;
    return i;
}

#endif
