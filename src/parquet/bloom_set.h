/* bloom_set.h - hashes put into a split-block Bloom filter, many at a time.
 *
 * Kernels: AVX2 (AVX-512 has nothing better for blocks of 256 bits), NEON, scalar; all
 * give the same.
 *
 * Nanoseconds a hash, 18,000 of them in a filter of 32 KB: scalar 5.6, AVX2 1.1. */
#ifndef MILLRACE_BLOOM_SET_H
#define MILLRACE_BLOOM_SET_H

#include "util/cpu.h"

#include <stdint.h>

enum { BLOOM_BLOCK_BYTES = 32, BLOOM_WORDS = BLOOM_BLOCK_BYTES / 4 };

/* Of the format's specification: what picks a word's bit. */
extern const uint32_t bloom_salts[BLOOM_WORDS];

/* Where the hash's block begins in a filter of `bytes` bytes: its upper half picks it. */
static inline size_t bloom_block_of(size_t bytes, uint64_t hash)
{
    uint64_t blocks = bytes / BLOOM_BLOCK_BYTES;
    return (size_t)((hash >> 32) * blocks >> 32) * BLOOM_BLOCK_BYTES;
}

/* The bit that the hash's lower half picks in a word of its block. */
static inline uint32_t bloom_mask_of(uint64_t hash, unsigned word)
{
    return UINT32_C(1) << ((uint32_t)hash * bloom_salts[word] >> 27);
}

/* Sets the bits of `count` hashes, one after the other, in a filter of `bytes` bytes, a
 * positive multiple of BLOOM_BLOCK_BYTES. Returns how many of them found a bit not set. */
typedef size_t bloom_set_fn(char *bits, size_t bytes, const uint64_t *hashes, size_t count);

bloom_set_fn bloom_set_scalar, bloom_set_avx2, bloom_set_neon;

/* The best one for that machine. */
bloom_set_fn *bloom_set_kernel(enum cpu cpu);

#endif
