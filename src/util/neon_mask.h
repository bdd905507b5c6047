/* neon_mask.h - a bit for each of 64 bytes, for the NEON kernels.
 *
 * Private to the kernels of aarch64. NEON has no movemask: each byte of a match keeps the bit
 * of its place, and three rounds of pairwise addition gather 64 of them. */
#ifndef MILLRACE_NEON_MASK_H
#define MILLRACE_NEON_MASK_H

#include <arm_neon.h>

/* Bit i is set where byte i of `match` is 0xff, and not where it is 0; it is no other. */
static inline uint64_t neon_mask_of(uint8x16x4_t match)
{
    const uint8x16_t bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t low = vpaddq_u8(vandq_u8(match.val[0], bit), vandq_u8(match.val[1], bit));
    uint8x16_t high = vpaddq_u8(vandq_u8(match.val[2], bit), vandq_u8(match.val[3], bit));
    uint8x16_t all = vpaddq_u8(low, high);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
}

#endif
