#include "glance/mold.h"

#if defined(__aarch64__)

#include <arm_neon.h>

/* Which of the 16 bytes from `offset` on fit. */
static inline uint8x16_t fits(const struct mold *mold, const char *at, size_t offset)
{
    uint8x16_t bytes = vld1q_u8((const uint8_t *)at + offset);
    uint8x16_t above = vsubq_u8(bytes, vld1q_u8(mold->base + offset));
    uint8x16_t small = vorrq_u8(bytes, vdupq_n_u8(0x20));
    uint8x16_t letter = vsubq_u8(small, vld1q_u8(mold->letter + offset));
    return vorrq_u8(vcleq_u8(above, vld1q_u8(mold->span + offset)),
                    vcleq_u8(letter, vdupq_n_u8(5)));
}

/* The last 32 bytes overlap the first. */
bool mold_neon(const struct mold *mold, const char *at)
{
    size_t last = mold->size - 32;
    uint8x16_t first_half = vandq_u8(fits(mold, at, 0), fits(mold, at, 16));
    uint8x16_t second_half = vandq_u8(fits(mold, at, last), fits(mold, at, last + 16));
    return vminvq_u8(vandq_u8(first_half, second_half)) == 0xff;
}

#endif
