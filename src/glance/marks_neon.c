#include "glance/marks_block.h"

#if defined(__aarch64__)

#include "util/neon_mask.h"

struct halves {
    uint8x16_t low, high;
};

static inline struct halves load(const struct mark_tables *t, unsigned place)
{
    return (struct halves){vld1q_u8(t->low[place]), vld1q_u8(t->high[place])};
}

static inline uint8x16_t look_up(struct halves t, const char *at)
{
    uint8x16_t bytes = vld1q_u8((const uint8_t *)at);
    return vandq_u8(vqtbl1q_u8(t.low, vandq_u8(bytes, vdupq_n_u8(15))),
                    vqtbl1q_u8(t.high, vshrq_n_u8(bytes, 4)));
}

size_t marks_neon(const struct mark_tables *tables, struct view text, uint8_t wanted, uint32_t *ret)
{
    const struct halves t[MARK_BYTES] = {load(tables, 0), load(tables, 1), load(tables, 2)};
    const uint8x16_t classes = vdupq_n_u8(wanted);
    char rest[MARKS_READ_BYTES];
    size_t count = 0;
    for (size_t at = 0; at + 1 < text.size && count <= MARKS_MAX; at += MARKS_BLOCK_BYTES) {
        const char *block = marks_block(text, at, rest);
        uint8x16x4_t match;
        for (unsigned i = 0; i < 4; i++) {
            const char *part = block + 16 * i;
            uint8x16_t common = vandq_u8(vandq_u8(look_up(t[0], part), look_up(t[1], part + 1)),
                                         look_up(t[2], part + 2));
            match.val[i] = vtstq_u8(common, classes);
        }
        count = marks_write(neon_mask_of(match), at, ret, count);
    }
    return count;
}

#endif
