/* marks_block.h - what the kernels share: blocks of 64 bytes, the last one of a
 * text in a copy. */
#ifndef MILLRACE_MARKS_BLOCK_H
#define MILLRACE_MARKS_BLOCK_H

#include "glance/marks.h"

#define MARKS_BLOCK_BYTES 64
/* A block's last byte is looked at together with the two behind it. */
#define MARKS_READ_BYTES (MARKS_BLOCK_BYTES + MARK_BYTES - 1)

/* Appends the positions of a block's bits. */
static inline size_t marks_write(uint64_t bits, size_t at, uint32_t *ret, size_t count)
{
    for (; bits != 0; bits &= bits - 1)
        ret[count++] = (uint32_t)at + (uint32_t)__builtin_ctzll(bits);
    return count;
}

/* The block at text[at] with the two bytes behind it: where the text ends too
 * early for that a copy in `rest` with zeros behind it, which no word has. */
static inline const char *marks_block(struct view text, size_t at,
                                      char rest[static MARKS_READ_BYTES])
{
    size_t left = text.size - at;
    if (left >= MARKS_READ_BYTES)
        return text.data + at;
    memset(rest, 0, MARKS_READ_BYTES);
    memcpy(rest, text.data + at, left);
    return rest;
}

#endif
