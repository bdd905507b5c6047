/* flaw_loop.h - the loop of a vectorised kernel of flaw.h, once for all instruction sets.
 *
 * Private to the kernels: each includes it once, behind its own block_load(), is_ascii(),
 * bytes_of() and sequences_of(), with FLAW_TARGET naming the instructions. A function shared
 * in the usual way would not do: only one compiled for the same target can have those
 * inlined into its loop. */
#ifndef MILLRACE_FLAW_LOOP_H
#define MILLRACE_FLAW_LOOP_H

#include "json/flaw_block.h"

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
