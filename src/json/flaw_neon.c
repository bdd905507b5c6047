#include "json/flaw_block.h"

#if defined(__aarch64__)

#include <arm_neon.h>
#include <string.h>

#define FLAW_TARGET

/* 64 bytes; spaces, which are no flaws, past the end of the text. */
struct block {
    uint8x16_t val[4];
};

static inline struct block block_load(struct view text, size_t at)
{
    uint8_t padded[FLAW_BLOCK_BYTES];
    const uint8_t *bytes = (const uint8_t *)text.data + at;
    if (text.size - at < FLAW_BLOCK_BYTES) {
        memset(padded, ' ', sizeof(padded));
        memcpy(padded, bytes, text.size - at);
        bytes = padded;
    }
    struct block b;
    for (unsigned i = 0; i < 4; i++)
        b.val[i] = vld1q_u8(bytes + 16 * i);
    return b;
}

/* NEON has no movemask: each byte of a match keeps the bit of its place, and
 * three rounds of pairwise addition gather 64 of them. */
static inline uint64_t mask_of(struct block match)
{
    const uint8x16_t bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t low = vpaddq_u8(vandq_u8(match.val[0], bit), vandq_u8(match.val[1], bit));
    uint8x16_t high = vpaddq_u8(vandq_u8(match.val[2], bit), vandq_u8(match.val[3], bit));
    uint8x16_t all = vpaddq_u8(low, high);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
}

static inline uint64_t equal(struct block b, uint8_t byte)
{
    for (unsigned i = 0; i < 4; i++)
        b.val[i] = vceqq_u8(b.val[i], vdupq_n_u8(byte));
    return mask_of(b);
}

static inline uint64_t from(struct block b, uint8_t least)
{
    for (unsigned i = 0; i < 4; i++)
        b.val[i] = vcgeq_u8(b.val[i], vdupq_n_u8(least));
    return mask_of(b);
}

static inline bool is_ascii(struct block b)
{
    uint8x16_t any = vorrq_u8(vorrq_u8(b.val[0], b.val[1]), vorrq_u8(b.val[2], b.val[3]));
    return vmaxvq_u8(any) < 0x80;
}

static inline struct flaw_bytes bytes_of(struct block b)
{
    return (struct flaw_bytes){
        .quotes = equal(b, '"'),
        .backslashes = equal(b, '\\'),
        .controls = ~from(b, ' '),
    };
}

static inline struct flaw_sequences sequences_of(struct block b)
{
    return (struct flaw_sequences){
        .from_80 = from(b, 0x80),
        .from_90 = from(b, 0x90),
        .from_a0 = from(b, 0xa0),
        .from_c0 = from(b, 0xc0),
        .from_c2 = from(b, 0xc2),
        .from_e0 = from(b, 0xe0),
        .from_f0 = from(b, 0xf0),
        .from_f5 = from(b, 0xf5),
        .e0 = equal(b, 0xe0),
        .ed = equal(b, 0xed),
        .f0 = equal(b, 0xf0),
        .f4 = equal(b, 0xf4),
    };
}

#include "json/flaw_loop.h"

FLAW_TARGET size_t flaw_neon(struct view text, size_t at, struct flaw_strings *strings)
{
    return find_flaw(text, at, strings);
}

#endif
