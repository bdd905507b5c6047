#include "json/unescape.h"
#include "json/unescape_block.h"
#include "json/unescape_scalar.h"

#if defined(__aarch64__)

#include <arm_neon.h>

/* 64 bytes of the input, or a mask over them. */
struct block {
    uint8x16_t quarter[4];
};

static inline struct block block_load(const char *from)
{
    struct block b;
    for (unsigned i = 0; i < 4; i++)
        b.quarter[i] = vld1q_u8((const uint8_t *)from + 16 * i);
    return b;
}

/* What comes behind the end reads as 0, which is no escape. */
static inline struct block block_load_short(struct view inside, size_t at)
{
    char bytes[ESCAPE_BLOCK_BYTES] = {0};
    memcpy(bytes, inside.data + at, inside.size - at);
    return block_load(bytes);
}

/* NEON has no movemask: each byte of a match keeps the bit of its place, and
 * three rounds of pairwise addition gather 64 of them. */
static inline uint64_t mask_of(const struct block *match)
{
    const uint8x16_t bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t low = vpaddq_u8(vandq_u8(match->quarter[0], bit), vandq_u8(match->quarter[1], bit));
    uint8x16_t high = vpaddq_u8(vandq_u8(match->quarter[2], bit), vandq_u8(match->quarter[3], bit));
    uint8x16_t all = vpaddq_u8(low, high);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
}

/* The bytes whose bits are set in `bits`, as bytes of all ones. */
static inline uint8x16_t bytes_of_bits(unsigned bits)
{
    const uint8x16_t bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t spread =
        vcombine_u8(vdup_n_u8((uint8_t)(bits & 0xff)), vdup_n_u8((uint8_t)(bits >> 8 & 0xff)));
    return vtstq_u8(spread, bit);
}

/* Puts what they stand for in place of the escaped bytes of `*bytes`; returns
 * bytes that are not zero where the escape is `u` or unknown. */
static inline uint8x16_t translate(uint8x16_t *bytes, unsigned escaped)
{
    /* Bits 3 to 6 of c * 3 tell the eight bytes of short escapes apart. Each is
     * changed by exclusive or with what tells it from its text. Place 0, where
     * the byte 0 looks, holds one that looks elsewhere. */
    const uint8x16_t known = {'"', '/', '\\', 0, 'b', 0, 'f', 0, 0, 'n', 'r', 't', '"', 0, 0, 0};
    const uint8x16_t changes = {0,          0, 0, 0,          'b' ^ '\b', 0,
                                'f' ^ '\f', 0, 0, 'n' ^ '\n', 'r' ^ '\r', 't' ^ '\t',
                                0,          0, 0, 0};
    uint8x16_t triple = vaddq_u8(vaddq_u8(*bytes, *bytes), *bytes);
    uint8x16_t place = vandq_u8(vshrq_n_u8(triple, 3), vdupq_n_u8(15));
    uint8x16_t is_known = vceqq_u8(vqtbl1q_u8(known, place), *bytes);

    uint8x16_t is_escaped = bytes_of_bits(escaped);
    *bytes = veorq_u8(*bytes, vandq_u8(vqtbl1q_u8(changes, place), is_escaped));
    return vbicq_u8(is_escaped, is_known);
}

/* Stores the bytes whose bits are set in `keep`, 8 bytes at a time: the next
 * store overwrites what is too much. Returns the end. */
static inline char *store_kept(char *to, uint8x16_t bytes, unsigned keep)
{
    unsigned keep_low = keep & 0xff;
    unsigned keep_high = keep >> 8 & 0xff;
    vst1_u8((uint8_t *)to, vtbl1_u8(vget_low_u8(bytes), vcreate_u8(kept_order[keep_low])));
    to += __builtin_popcount(keep_low);
    vst1_u8((uint8_t *)to, vtbl1_u8(vget_high_u8(bytes), vcreate_u8(kept_order[keep_high])));
    return to + __builtin_popcount(keep_high);
}

static inline char *block_store(char *to, const struct block *b, uint64_t keep)
{
    for (unsigned i = 0; i < 4; i++)
        to = store_kept(to, b->quarter[i], (unsigned)(keep >> 16 * i));
    return to;
}

size_t unescape_neon(char *to, struct view inside)
{
    uint64_t carry = 0;
    size_t size = 0;
    size_t at = 0;
    while (at < inside.size) {
        struct unescape_block next = unescape_block_at(inside, at);
        struct block b =
            next.is_short ? block_load_short(inside, at) : block_load(inside.data + next.begin);
        struct block is_backslash, stop;
        for (unsigned i = 0; i < 4; i++)
            is_backslash.quarter[i] = vceqq_u8(b.quarter[i], vdupq_n_u8('\\'));
        carry <<= at - next.begin;
        struct escape_bits bits = escape_bits_of(mask_of(&is_backslash) & next.fresh, &carry);

        for (unsigned i = 0; i < 4; i++)
            stop.quarter[i] = translate(&b.quarter[i], (unsigned)(bits.escaped >> 16 * i));
        uint8x16_t any = vorrq_u8(vorrq_u8(stop.quarter[0], stop.quarter[1]),
                                  vorrq_u8(stop.quarter[2], stop.quarter[3]));
        uint64_t keep = next.fresh & ~bits.starts;
        if (__builtin_expect(vmaxvq_u8(any) == 0, 1)) {
            size = (size_t)(block_store(to + size, &b, keep) - to);
            at = next.begin + ESCAPE_BLOCK_BYTES;
            continue;
        }
        /* The escape may have begun in the block before. */
        unsigned stop_at = (unsigned)__builtin_ctzll(mask_of(&stop));
        size = (size_t)(block_store(to + size, &b, lowest_bits(keep, stop_at)) - to);
        at = next.begin + stop_at - 1;
        if (!unescape_units(to, &size, inside, &at))
            return UNESCAPE_INVALID;
        carry = 0;
    }
    return carry == 0 ? size : UNESCAPE_INVALID;
}

#endif
