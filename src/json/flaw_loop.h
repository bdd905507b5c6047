/* flaw_loop.h - the loop of a vectorised kernel of flaw.h, once for all instruction sets.
 *
 * Private to the kernels: each includes it once, behind its own struct block, block_load(),
 * is_ascii(), equal() and from() (the bytes that are, or are at least, a value, as bits), with
 * FLAW_TARGET naming the instructions. A function shared
 * in the usual way would not do: only one compiled for the same target can have those
 * inlined into its loop. */
#ifndef MILLRACE_FLAW_LOOP_H
#define MILLRACE_FLAW_LOOP_H

#include "json/flaw_block.h"

FLAW_TARGET static inline struct flaw_bytes bytes_of(struct block b)
{
    return (struct flaw_bytes){
        .quotes = equal(b, '"'),
        .backslashes = equal(b, '\\'),
        .controls = ~from(b, ' '),
    };
}

FLAW_TARGET static inline struct flaw_sequences sequences_of(struct block b)
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

/* A flaw_fn. */
FLAW_TARGET static inline size_t find_flaw(struct view text, size_t at,
                                           struct flaw_strings *strings)
{
    struct flaw_carry carry = {0};
    size_t begin = at;
    /* Behind the last whole block stand spaces, at which a sequence cut short shows. */
    while (at < text.size || carry.wanted != 0) {
        struct flaw_carry before = carry;
        struct block bytes = block_load(text, at);
        struct flaw_block b = {0};
        if (strings != NULL && !flaw_block_strings(bytes_of(bytes), strings, &carry, &b)) {
            if (flaw_block_walk(text, &at, &before, strings))
                return at;
            carry = (struct flaw_carry){0};
            begin = at;
            continue;
        }
        if (!is_ascii(bytes) || carry.wanted != 0)
            flaw_block_sequences(sequences_of(bytes), &carry, &b);
        if (b.flaws != 0)
            return flaw_block_place(text, begin, at, &b, strings);
        if (strings != NULL)
            strings->is_inside = b.inside >> 63;
        at += FLAW_BLOCK_BYTES;
    }
    return text.size;
}

#endif
