#include "parquet/bloom_set.h"

#if defined(__aarch64__)

#include <arm_neon.h>

/* The bits of four words. */
static inline uint32x4_t mask_of(uint32x4_t hash, const uint32_t *salts)
{
    uint32x4_t bit = vshrq_n_u32(vmulq_u32(hash, vld1q_u32(salts)), 27);
    return vshlq_u32(vdupq_n_u32(1), vreinterpretq_s32_u32(bit));
}

size_t bloom_set_neon(char *bits, size_t bytes, const uint64_t *hashes, size_t count)
{
    size_t added = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t *at = (uint8_t *)(bits + bloom_block_of(bytes, hashes[i]));
        uint32x4_t hash = vdupq_n_u32((uint32_t)hashes[i]);
        uint32x4_t low_mask = mask_of(hash, bloom_salts),
                   high_mask = mask_of(hash, bloom_salts + 4);
        uint32x4_t low = vreinterpretq_u32_u8(vld1q_u8(at));
        uint32x4_t high = vreinterpretq_u32_u8(vld1q_u8(at + 16));
        uint32x4_t missing = vorrq_u32(vbicq_u32(low_mask, low), vbicq_u32(high_mask, high));
        added += vmaxvq_u32(missing) != 0;
        vst1q_u8(at, vreinterpretq_u8_u32(vorrq_u32(low, low_mask)));
        vst1q_u8(at + 16, vreinterpretq_u8_u32(vorrq_u32(high, high_mask)));
    }
    return added;
}

#endif
