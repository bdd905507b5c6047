/* flaw_block.h - what the kernels of flaw.h share. Private to them. */
#ifndef MILLRACE_FLAW_BLOCK_H
#define MILLRACE_FLAW_BLOCK_H

#include "json/escape_bits.h"
#include "json/flaw.h"

#define FLAW_BLOCK_BYTES ESCAPE_BLOCK_BYTES

/* Masks of 64 bytes, bit i for byte i. */
struct flaw_bytes {
    uint64_t quotes, backslashes, controls;
};

/* The bytes that are at least the one in the name, without a sign, and those that are the
 * first of sequences whose second byte has a range of its own. */
struct flaw_sequences {
    uint64_t from_80, from_90, from_a0, from_c0, from_c2, from_e0, from_f0, from_f5;
    uint64_t e0, ed, f0, f4;
};

/* What the blocks so far say about the next one's first bytes, as bits. */
struct flaw_carry {
    uint64_t escape; /* a backslash escapes the first */
    uint64_t wanted; /* a sequence goes on */
    uint64_t e0, ed, f0, f4;
};

/* What a block holds. */
struct flaw_block {
    uint64_t flaws;  /* the bytes at which it shows that something is wrong */
    uint64_t inside; /* bytes inside of strings, and their opening quotes */
};

/* False where a backslash stands outside of strings, where it escapes nothing. */
static inline bool flaw_block_strings(struct flaw_bytes m, const struct flaw_strings *strings,
                                      struct flaw_carry *carry, struct flaw_block *b)
{
    uint64_t inside = m.quotes;
    if ((m.backslashes | carry->escape) != 0)
        inside &= ~escape_bits_of(m.backslashes, &carry->escape).escaped;
    /* Each bit becomes the parity of those up to it. */
    for (unsigned shift = 1; shift < FLAW_BLOCK_BYTES; shift *= 2)
        inside ^= inside << shift;
    b->inside = strings->is_inside ? ~inside : inside;
    b->flaws |= m.controls & b->inside;
    return (m.backslashes & ~b->inside) == 0;
}

static inline void flaw_block_sequences(struct flaw_sequences m, struct flaw_carry *carry,
                                        struct flaw_block *b)
{
    uint64_t firsts = m.from_c2 & ~m.from_f5;
    uint64_t threes = firsts & m.from_e0, fours = firsts & m.from_f0;
    uint64_t wanted = firsts << 1 | threes << 2 | fours << 3 | carry->wanted;
    uint64_t following = m.from_80 & ~m.from_c0;
    b->flaws |= (following ^ wanted) | (m.from_c0 & ~firsts);
    b->flaws |= ((m.e0 << 1 | carry->e0) & ~m.from_a0) | ((m.ed << 1 | carry->ed) & m.from_a0);
    b->flaws |= ((m.f0 << 1 | carry->f0) & ~m.from_90) | ((m.f4 << 1 | carry->f4) & m.from_90);
    carry->wanted = firsts >> 63 | threes >> 62 | fours >> 61;
    carry->e0 = m.e0 >> 63;
    carry->ed = m.ed >> 63;
    carry->f0 = m.f0 >> 63;
    carry->f4 = m.f4 >> 63;
}

/* Where the first of block->flaws lies, the block being that at text[at] of a scan from
 * text[begin] on. `strings` tells of text[at] and then of the place. */
size_t flaw_block_place(struct view text, size_t begin, size_t at, const struct flaw_block *block,
                        struct flaw_strings *strings);

/* Where the block at text[*at] cannot be told by its masks: true at a flaw. Else *at lies
 * behind the block, and a scan from there on needs nothing carried. */
bool flaw_block_walk(struct view text, size_t *at, const struct flaw_carry *carry,
                     struct flaw_strings *strings);

#endif
