/* unescape_block.h - what kernels without an instruction that gathers bytes
 * share: blocks of 64 bytes, and the order that gathers 8. */
#ifndef MILLRACE_UNESCAPE_BLOCK_H
#define MILLRACE_UNESCAPE_BLOCK_H

#include "util/view.h"
#include "json/escape_bits.h"

/* kept_order[keep], as the low half of a byte shuffle: bit i of `keep` is set
 * where byte i stays. What comes behind the kept ones has no meaning. */
extern const uint64_t kept_order[256];

/* The block to read next. */
struct unescape_block {
    size_t begin;
    uint64_t fresh; /* its bytes that are not done yet */
    bool is_short;  /* it ends behind the text, whose size is less than a block's */
};

/* The last block of a text ends where the text does: it begins with bytes that
 * are done, so that nothing past the end is read and nothing copied. */
static inline struct unescape_block unescape_block_at(struct view inside, size_t at)
{
    size_t left = inside.size - at;
    if (left >= ESCAPE_BLOCK_BYTES)
        return (struct unescape_block){.begin = at, .fresh = UINT64_MAX};
    if (inside.size < ESCAPE_BLOCK_BYTES)
        return (struct unescape_block){
            .begin = at, .fresh = lowest_bits(UINT64_MAX, (unsigned)left), .is_short = true};
    return (struct unescape_block){.begin = inside.size - ESCAPE_BLOCK_BYTES,
                                   .fresh = UINT64_MAX << (ESCAPE_BLOCK_BYTES - left)};
}

#endif
