/* string_map_block.h - what the kernels of string_map.h share. Private to them. */
#ifndef MILLRACE_STRING_MAP_BLOCK_H
#define MILLRACE_STRING_MAP_BLOCK_H

#include "json/escape_bits.h"
#include "json/string_map.h"

#include <assert.h>

static_assert(STRING_BLOCK_BYTES == ESCAPE_BLOCK_BYTES, "a mask is a word");

/* Masks of 64 bytes, bit i for byte i. */
struct string_masks {
    uint64_t quotes;
    uint64_t backslashes;
    uint64_t others;         /* control characters, bytes that are not ASCII */
    uint64_t common_escapes; /* bytes that are common behind a backslash */
};

struct string_bits {
    uint64_t ends;
    uint64_t doubts;
};

static inline struct string_bits string_bits_of(struct string_masks m, uint64_t *escaped)
{
    struct escape_bits bits = escape_bits_of(m.backslashes, escaped);
    return (struct string_bits){
        .ends = m.quotes & ~bits.escaped,
        .doubts = m.others | (bits.escaped & ~m.common_escapes),
    };
}

/* Writes the positions of a block's ends and returns how many there are. A quote in
 * eight bytes is much: mostly one round does, and what it writes for no bit the next
 * block writes over. */
static inline size_t string_ends_write(uint64_t ends, size_t base, uint32_t *to)
{
    enum { AT_ONCE = 8 };
    size_t count = (size_t)__builtin_popcountll(ends);
    do {
        for (unsigned i = 0; i < AT_ONCE; i++) {
            to[i] = (uint32_t)base + (unsigned)__builtin_ctzll(ends | UINT64_C(1) << 63);
            ends &= ends - 1;
        }
        to += AT_ONCE;
    } while (ends != 0);
    return count;
}

#endif
