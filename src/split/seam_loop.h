/* seam_loop.h - the loop of a vectorised seam kernel, once for all instruction sets.
 *
 * Private to the kernels: each includes it once, behind its own masks_of() and
 * turn_may_hold(), with SEAM_TARGET naming the instructions. A function shared in
 * the usual way would not do: only one compiled for the same target can have
 * those two inlined into its loop. */
#ifndef MILLRACE_SEAM_LOOP_H
#define MILLRACE_SEAM_LOOP_H

#include "split/seam_block.h"

/* Writes the candidates of the whole blocks in text[*at..end), until `max`. */
SEAM_TARGET static inline void scan_blocks(struct view text, size_t *at, size_t end,
                                           uint64_t *carry, struct seam_found *found)
{
    for (; found->count < found->max && end - *at >= SEAM_BLOCK_BYTES; *at += SEAM_BLOCK_BYTES) {
        struct seam_masks m = masks_of(text.data + *at);
        seam_block_write(seam_block_follow(m, carry) & m.open, *at, found);
    }
}

/* A seam_scan_fn (seam.h). */
SEAM_TARGET static inline size_t scan_text(struct view text, size_t *at, struct seam_state *state,
                                           uint32_t *ret, size_t max)
{
    struct seam_found found = {.at = ret, .max = max};
    uint64_t carry = state->after_close;
    size_t i = *at;

    /* Turns look at the byte before them, so one block comes first. */
    if (text.size - i >= SEAM_BLOCK_BYTES)
        scan_blocks(text, &i, i + SEAM_BLOCK_BYTES, &carry, &found);
    while (found.count < max && text.size - i >= SEAM_TURN_BYTES) {
        seam_prefetch(text.data + i);
        if (__builtin_expect(!turn_may_hold(text.data + i), 1)) {
            i += SEAM_TURN_BYTES;
            continue;
        }
        carry = seam_carry_at(text, *at, i, state);
        scan_blocks(text, &i, i + SEAM_TURN_BYTES, &carry, &found);
    }
    carry = seam_carry_at(text, *at, i, state);
    scan_blocks(text, &i, text.size, &carry, &found);
    if (found.count < max && i < text.size) {
        struct seam_masks m = masks_of(text.data + i);
        uint64_t follow = seam_block_follow_last(&m, text.size - i, &carry);
        seam_block_write(follow & m.open, i, &found);
        i = text.size;
    }
    state->after_close = carry != 0;
    *at = i;
    return found.count;
}

#endif
