/* encode.h - values to bytes: the encodings of Parquet pages.
 *
 * Each function follows the section of that name in the Apache Parquet
 * format's Encodings.md. They append to a buf; a failed allocation shows in
 * buf_failed(). Texts are given by their positions from `base` (format.h). */
#ifndef MILLRACE_ENCODE_H
#define MILLRACE_ENCODE_H

#include "parquet/format.h"
#include "parquet/pack.h"
#include "util/buf.h"

/* Bits that hold every number up to `value_max`; at least 1, because some
 * readers take a width of 0 for an error. */
unsigned bit_width(uint32_t value_max);

/* The kernels of pack.h that one variant has. */
struct pack_kernels {
    pack_groups_fn *groups;
    pack_find_fn *find;
    pack_run_fn *run;
};
struct pack_kernels pack_kernels_of(enum cpu cpu);

/* "Run Length Encoding / Bit-Packing Hybrid", without a length in front. */
void encode_hybrid(const struct pack_kernels *k, struct buf *out, const uint32_t *values,
                   size_t count, unsigned width);
/* One run of `count` equal values. */
void encode_hybrid_run(struct buf *out, uint32_t value, size_t count, unsigned width);
/* The same as encode_hybrid() for `count` single bits of a bitmap from bit `begin`: definition
 * levels of a flat optional column. */
void encode_hybrid_bits(struct buf *out, const uint64_t *bits, size_t begin, size_t count);

/* "Plain". */
void encode_plain_numbers(struct buf *out, const int64_t *numbers, size_t count,
                          enum parquet_type type);
void encode_plain_texts(struct buf *out, const char *base, const uint32_t *positions, size_t count);

/* "Delta Encoding": blocks of 128 values in 4 miniblocks. */
void encode_delta_numbers(struct buf *out, const int64_t *numbers, size_t count,
                          enum parquet_type type);
/* "Delta-length byte array" and "Delta Strings"; `scratch` is overwritten. */
void encode_delta_length_texts(struct buf *out, const char *base, const uint32_t *positions,
                               size_t count, struct buf *scratch);
void encode_delta_texts(struct buf *out, const char *base, const uint32_t *positions, size_t count,
                        struct buf *scratch);

#endif
