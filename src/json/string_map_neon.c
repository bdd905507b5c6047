#include "json/string_map_block.h"

#if defined(__aarch64__)

#include "util/neon_mask.h"

static inline struct string_masks masks_of(const char *at)
{
    uint8x16x4_t quotes, backslashes, others, common;
    for (unsigned i = 0; i < 4; i++) {
        uint8x16_t bytes = vld1q_u8((const uint8_t *)at + 16 * i);
        quotes.val[i] = vceqq_u8(bytes, vdupq_n_u8('"'));
        backslashes.val[i] = vceqq_u8(bytes, vdupq_n_u8('\\'));
        /* As signed bytes those that are not ASCII are below the space too. */
        others.val[i] = vcltq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(' '));
        uint8x16_t letters =
            vorrq_u8(vceqq_u8(bytes, vdupq_n_u8('n')), vceqq_u8(bytes, vdupq_n_u8('t')));
        common.val[i] = vorrq_u8(letters, vorrq_u8(quotes.val[i], backslashes.val[i]));
    }
    return (struct string_masks){
        .quotes = neon_mask_of(quotes),
        .backslashes = neon_mask_of(backslashes),
        .others = neon_mask_of(others),
        .common_escapes = neon_mask_of(common),
    };
}

size_t string_map_neon(const char *text, size_t count, struct string_map *map)
{
    uint64_t carry = map->escaped, doubts = 0;
    size_t written = 0;
    for (size_t block = 0; block < count; block++) {
        size_t base = block * STRING_BLOCK_BYTES;
        struct string_bits bits = string_bits_of(masks_of(text + base), &carry);
        written += string_ends_write(bits.ends, base, map->ends + written);
        map->blocks[block] = bits.doubts;
        doubts |= bits.doubts;
    }
    map->escaped = carry;
    map->doubts = doubts;
    return written;
}

#endif
