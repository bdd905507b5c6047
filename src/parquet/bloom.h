/* bloom.h - split-block Bloom filters over a column chunk's values.
 *
 * Follows the Apache Parquet format's BloomFilter.md: blocks of 256 bits, one
 * bit in each of 8 words per value, XXH64 with seed 0 over the value's PLAIN
 * form (of a text: its bytes without the length). Sizes are powers of two,
 * because some readers refuse others. */
#ifndef MILLRACE_BLOOM_H
#define MILLRACE_BLOOM_H

#include "parquet/bloom_set.h"
#include "util/buf.h"

enum {
    /* Gives false positives of at most 1 % (9.7 bits would be exact). */
    BLOOM_BITS_PER_VALUE = 10,
    BLOOM_BYTES_MAX = 8 * 1024 * 1024, /* the row limit of a group needs less */
};

struct bloom {
    struct buf bits;
    uint64_t added; /* values that changed a bit: about the distinct ones */
};

void bloom_done(struct bloom *b);

uint64_t bloom_hash(struct view text);

/* Empties the filter and sizes it for up to `values_max` values. False when
 * out of memory. */
bool bloom_begin(struct bloom *b, size_t values_max);
/* `set` is any kernel of bloom_set.h. */
void bloom_add(struct bloom *b, bloom_set_fn *set, const uint64_t *hashes, size_t count);
/* Shrinks the filter to the size for the distinct values it got: of two
 * neighbouring blocks each one has the bits of both. */
void bloom_end(struct bloom *b);

/* Whether a value of this hash may be in the filter; `bits` has a positive
 * multiple of BLOOM_BLOCK_BYTES bytes. */
bool bloom_may_have(struct view bits, uint64_t hash);

/* The header (BloomFilterHeader) and the filter, as they stand in a file. */
void bloom_append(const struct bloom *b, struct buf *out);
/* Takes the filter out of these bytes; false where they are none. */
bool bloom_parse(struct view in, struct view *ret_bits);

#endif
