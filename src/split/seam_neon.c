#include "split/seam_block.h"

#if defined(__aarch64__)

#include "util/neon_mask.h"

#define SEAM_TARGET /* every aarch64 has NEON */

/* Maps the low nibble of each JSON white-space byte to that byte and every other
 * nibble to a byte that differs from all it is looked up by: one shuffle and
 * one comparison find all four. */
static inline struct seam_masks masks_of(const char *block)
{
    const uint8x16_t space_table = {' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0};
    const uint8x16_t nibble = vdupq_n_u8(15);
    uint8x16x4_t close, open, space;
    for (unsigned i = 0; i < 4; i++) {
        uint8x16_t bytes = vld1q_u8((const uint8_t *)block + 16 * i);
        close.val[i] = vceqq_u8(bytes, vdupq_n_u8('}'));
        open.val[i] = vceqq_u8(bytes, vdupq_n_u8('{'));
        space.val[i] = vceqq_u8(bytes, vqtbl1q_u8(space_table, vandq_u8(bytes, nibble)));
    }
    return (struct seam_masks){neon_mask_of(close), neon_mask_of(open), neon_mask_of(space)};
}

/* Whether a turn may hold a candidate; reads the byte before it too. */
static inline bool turn_may_hold(const char *turn)
{
    uint8x16_t any = vdupq_n_u8(0);
    for (unsigned i = 0; i < SEAM_TURN_BYTES; i += 16) {
        uint8x16_t bytes = vld1q_u8((const uint8_t *)turn + i);
        uint8x16_t before = vld1q_u8((const uint8_t *)turn + i - 1);
        uint8x16_t open = vceqq_u8(bytes, vdupq_n_u8('{'));
        uint8x16_t close = vceqq_u8(before, vdupq_n_u8('}'));
        uint8x16_t space = vcleq_u8(before, vdupq_n_u8(' '));
        any = vorrq_u8(any, vandq_u8(open, vorrq_u8(close, space)));
    }
    return vmaxvq_u8(any) != 0;
}

#include "split/seam_loop.h"

size_t seam_scan_neon(struct view text, size_t *at, struct seam_state *state, uint32_t *ret,
                      size_t max)
{
    return scan_text(text, at, state, ret, max);
}

#endif
