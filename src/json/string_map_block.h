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

static inline struct string_block string_block_of(struct string_masks m, uint64_t *escaped)
{
    struct escape_bits bits = escape_bits_of(m.backslashes, escaped);
    return (struct string_block){
        .ends = m.quotes & ~bits.escaped,
        .doubts = m.others | (bits.escaped & ~m.common_escapes),
    };
}

#endif
