/* seam_block.h - the bit arithmetic that all seam kernels share.
 *
 * A block is 64 bytes of text as masks, bit i for byte i. Private to the
 * kernels. */
#ifndef MILLRACE_SEAM_BLOCK_H
#define MILLRACE_SEAM_BLOCK_H

#include "split/seam.h"

#define SEAM_BLOCK_BYTES 64
/* Blocks per turn of a kernel's main loop. Nearly every turn finds nothing, so
 * it first asks only whether a `{` stands right behind a `}` or a byte up to the
 * space, which takes fewer instructions and no block waits for another to know.
 * A turn where one does is done again exactly. */
#define SEAM_TURN_BLOCKS 4
#define SEAM_TURN_BYTES (SEAM_TURN_BLOCKS * SEAM_BLOCK_BYTES)
/* Of 0.5, 1, 2 and 4 KiB ahead, 2 was the fastest from memory by a little, and
 * 1.4 times as fast as nothing ahead. */
#define SEAM_PREFETCH_BYTES 2048

struct seam_masks {
    uint64_t close; /* `}` */
    uint64_t open;  /* `{` */
    uint64_t space; /* JSON white space */
};

/* Positions that follow a `}` with nothing or only white space between. Adding
 * the first byte of a run of white space to the run carries into the bit behind
 * it: one addition for runs of any length. *carry (0 or 1) says whether the
 * first byte of the block is such a position; it becomes that of the next. */
static inline uint64_t seam_block_follow(struct seam_masks m, uint64_t *carry)
{
    uint64_t after = m.close << 1 | *carry;
    uint64_t sum;
    bool is_carried = __builtin_add_overflow(after & m.space, m.space, &sum);
    *carry = m.close >> 63 | is_carried;
    return after | (sum & ~m.space);
}

/* The last block of a text, of which `size` < 64 bytes count. */
static inline uint64_t seam_block_follow_last(struct seam_masks *m, size_t size, uint64_t *carry)
{
    uint64_t valid = (UINT64_C(1) << size) - 1;
    m->close &= valid;
    m->open &= valid;
    m->space &= valid;
    uint64_t follow = seam_block_follow(*m, carry);
    *carry = follow >> size & 1;
    return follow;
}

/* Where a call writes; room for max + 64. */
struct seam_found {
    uint32_t *at;
    size_t count;
    size_t max;
};

static inline void seam_block_write(uint64_t candidates, size_t at, struct seam_found *found)
{
    for (; candidates != 0; candidates &= candidates - 1)
        found->at[found->count++] = (uint32_t)(at + (size_t)__builtin_ctzll(candidates));
}

/* Whether text[at] follows a `}`; `state` says it for text[begin]. Looks back
 * over the white space before: linear all the same, because a turn that needs
 * this holds a `{`, which no later look back passes. */
static inline uint64_t seam_carry_at(struct view text, size_t begin, size_t at,
                                     const struct seam_state *state)
{
    while (at > begin && byte_is_space(text.data[at - 1]))
        at--;
    return at > begin ? text.data[at - 1] == '}' : state->after_close;
}

/* Asks for the memory that a later turn reads: the processor's own prefetching
 * stops at each page's end. Past the text's end it does nothing. */
static inline void seam_prefetch(const char *turn)
{
    for (unsigned b = 0; b < SEAM_TURN_BLOCKS; b++)
        __builtin_prefetch(turn + SEAM_PREFETCH_BYTES + b * SEAM_BLOCK_BYTES);
}

#endif
