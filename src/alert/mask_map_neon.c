#include "alert/mask_map_tables.h"

#if defined(__aarch64__)

#include "util/neon_mask.h"

#include <string.h>

/* 64 bytes, looked up: the lower half of each, and its upper half as a bit, none for what
 * is not ASCII. */
struct halves {
    uint8x16x4_t low, row;
};

static inline uint64_t has(const struct halves *h, unsigned class)
{
    const uint8x16_t rows = vld1q_u8(mask_class_rows[class]);
    uint8x16x4_t match;
    for (unsigned i = 0; i < 4; i++)
        match.val[i] = vtstq_u8(vqtbl1q_u8(rows, h->low.val[i]), h->row.val[i]);
    return neon_mask_of(match);
}

static inline struct mask_block block_of(const char *at)
{
    const uint8x16_t bit = {1, 2, 4, 8, 16, 32, 64, 128};
    struct halves h;
    uint8x16x4_t others;
    for (unsigned i = 0; i < 4; i++) {
        uint8x16_t bytes = vld1q_u8((const uint8_t *)at + 16 * i);
        h.low.val[i] = vandq_u8(bytes, vdupq_n_u8(15));
        h.row.val[i] = vqtbl1q_u8(bit, vshrq_n_u8(bytes, 4));
        others.val[i] = vcgeq_u8(bytes, vdupq_n_u8(0x80));
    }
    return (struct mask_block){
        .words = has(&h, 0) | neon_mask_of(others),
        .digits = has(&h, 1),
        .hex = has(&h, 2),
        .joints = has(&h, 3),
        .marks = has(&h, 4),
        .gaps = has(&h, 5),
    };
}

void mask_map_neon(struct view text, struct mask_block *ret)
{
    size_t at = 0;
    for (; text.size - at >= MASK_BLOCK_BYTES; at += MASK_BLOCK_BYTES)
        *ret++ = block_of(text.data + at);
    /* The byte 0 is of no class. */
    char last[MASK_BLOCK_BYTES] = {0};
    if (at < text.size)
        memcpy(last, text.data + at, text.size - at);
    *ret = block_of(last);
}

#endif
