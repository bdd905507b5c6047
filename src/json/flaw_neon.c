#include "json/flaw_block.h"

#if defined(__aarch64__)

#include "util/neon_mask.h"

#include <string.h>

#define FLAW_TARGET

/* 64 bytes; spaces, which are no flaws, past the end of the text. */
struct block {
    uint8x16x4_t bytes;
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
        b.bytes.val[i] = vld1q_u8(bytes + 16 * i);
    return b;
}

static inline uint64_t equal(struct block b, uint8_t byte)
{
    for (unsigned i = 0; i < 4; i++)
        b.bytes.val[i] = vceqq_u8(b.bytes.val[i], vdupq_n_u8(byte));
    return neon_mask_of(b.bytes);
}

static inline uint64_t from(struct block b, uint8_t least)
{
    for (unsigned i = 0; i < 4; i++)
        b.bytes.val[i] = vcgeq_u8(b.bytes.val[i], vdupq_n_u8(least));
    return neon_mask_of(b.bytes);
}

static inline bool is_ascii(struct block b)
{
    uint8x16_t any = vorrq_u8(vorrq_u8(b.bytes.val[0], b.bytes.val[1]),
                              vorrq_u8(b.bytes.val[2], b.bytes.val[3]));
    return vmaxvq_u8(any) < 0x80;
}

#include "json/flaw_loop.h"

FLAW_TARGET size_t flaw_neon(struct view text, size_t at, struct flaw_strings *strings)
{
    return find_flaw(text, at, strings);
}

#endif
