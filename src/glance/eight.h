/* eight.h - eight bytes at a time in a plain register: digits and hexadecimal
 * digits of ids and times, which are too short for vectors to pay. */
#ifndef MILLRACE_EIGHT_H
#define MILLRACE_EIGHT_H

#include "util/view.h"

#define EIGHT(byte) (UINT64_C(0x0101010101010101) * (byte))
#define EIGHT_HIGH_BITS EIGHT(0x80)

/* The bytes at `at`, the first one lowest. */
static inline uint64_t eight_load(const char *at)
{
    uint64_t bytes;
    memcpy(&bytes, at, sizeof(bytes));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bytes = __builtin_bswap64(bytes);
#endif
    return bytes;
}

/* The high bit of each byte that is at least `first` and below `end`. All are
 * below 128, so that no sum reaches the next one. */
static inline uint64_t eight_between(uint64_t bytes, unsigned first, unsigned end)
{
    return (bytes + EIGHT(0x80 - first)) & ~(bytes + EIGHT(0x80 - end)) & EIGHT_HIGH_BITS;
}

static inline bool eight_are_digits(uint64_t bytes)
{
    return (bytes & EIGHT_HIGH_BITS) == 0 && eight_between(bytes, '0', '9' + 1) == EIGHT_HIGH_BITS;
}

static inline bool eight_are_hex(uint64_t bytes)
{
    uint64_t hex =
        eight_between(bytes, '0', '9' + 1) | eight_between(bytes | EIGHT(0x20), 'a', 'f' + 1);
    return (bytes & EIGHT_HIGH_BITS) == 0 && hex == EIGHT_HIGH_BITS;
}

/* The number that eight digits write: pairs, then fours, then all. */
static inline uint64_t eight_number(uint64_t digits)
{
    digits = (digits & EIGHT(0x0f)) * (10 * 256 + 1) >> 8;
    digits = (digits & UINT64_C(0x00ff00ff00ff00ff)) * (100 * 65536 + 1) >> 16;
    return (digits & UINT64_C(0x0000ffff0000ffff)) * (UINT64_C(10000) * 4294967296 + 1) >> 32;
}

/* Where `byte`, which is below 128, stands first from `at` on, or text.size:
 * for what is mostly short. */
static inline size_t eight_find(struct view text, char byte, size_t at)
{
    for (; at + 8 <= text.size; at += 8) {
        uint64_t others = eight_load(text.data + at) ^ EIGHT((unsigned char)byte);
        /* The high bit of each byte that is zero. Sums stay within their bytes. */
        uint64_t zeros =
            ~((others & ~EIGHT_HIGH_BITS) + ~EIGHT_HIGH_BITS) & ~others & EIGHT_HIGH_BITS;
        if (zeros != 0)
            return at + (unsigned)__builtin_ctzll(zeros) / 8;
    }
    while (at < text.size && text.data[at] != byte)
        at++;
    return at;
}

#endif
