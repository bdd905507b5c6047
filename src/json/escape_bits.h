/* escape_bits.h - which bytes of 64 are escaped, from where backslashes are. */
#ifndef MILLRACE_ESCAPE_BITS_H
#define MILLRACE_ESCAPE_BITS_H

#include <stdint.h>

#define ESCAPE_BLOCK_BYTES 64

struct escape_bits {
    uint64_t starts;  /* backslashes that begin an escape */
    uint64_t escaped; /* the bytes behind them */
};

/* *carry is the bit of the block's first byte where the block before escapes it,
 * else 0, and becomes the same for the next block, whose first bit is 1. A run of backslashes
 * alternates between starts and escaped ones; subtracting the run from its odd positions tells
 * where, for all runs at once. */
static inline struct escape_bits escape_bits_of(uint64_t backslashes, uint64_t *carry)
{
    const uint64_t odd = 0xaaaaaaaaaaaaaaaau;
    uint64_t candidates = backslashes & ~*carry;
    uint64_t ends = (((candidates << 1) | odd) - candidates) ^ odd;
    struct escape_bits bits = {
        .starts = ends & backslashes,
        .escaped = ends ^ (backslashes | *carry),
    };
    /* Where the block before escapes no backslash, it has no say in what this
     * one hands on, the parity of the run at its end: no block then waits for
     * the one before. */
    if ((backslashes & *carry) == 0 && backslashes != UINT64_MAX)
        *carry = (unsigned)__builtin_clzll(~backslashes) & 1;
    else
        *carry = bits.starts >> 63;
    return bits;
}

/* What a block asks of the bytes behind its `\u`: four hexadecimal digits each.
 * `unit_carry` holds those that lie in the next block. */
static inline uint64_t escape_digits_of(uint64_t units, uint64_t *unit_carry)
{
    uint64_t digits = *unit_carry | units << 1 | units << 2 | units << 3 | units << 4;
    *unit_carry = units >> 63 | units >> 62 | units >> 61 | units >> 60;
    return digits;
}

/* The lowest `count` bits, count <= 64. */
static inline uint64_t lowest_bits(uint64_t bits, unsigned count)
{
    return count < 64 ? bits & ((UINT64_C(1) << count) - 1) : bits;
}

#endif
