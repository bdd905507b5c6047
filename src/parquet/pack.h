/* pack.h - what the hybrid encoding of ids (encode.h) does for every id, eight at a time.
 *
 * Kernels: AVX-512 (with BMI2), AVX2, NEON, scalar; all give the same. A group is eight ids;
 * widths are of 1 to 32 bits.
 *
 * Nanoseconds an id, before, and with the AVX2, AVX-512 kernels: random ids of 4 bits 0.59,
 * 0.19, 0.12, of 13 bits 0.77, 0.21, 0.17; runs of forty 0.42, 0.34, 0.30; one run of eight
 * among many 1.14, 1.00, 0.83. Widths over 16 bits, dictionaries of more entries, are packed
 * by the scalar kernel. */
#ifndef MILLRACE_PACK_H
#define MILLRACE_PACK_H

#include "util/cpu.h"

#include <stdint.h>

#define PACK_GROUP 8
/* What packing may write past the end of what it packs. */
#define PACK_SPARE 16

/* Packs `groups` groups of ids, none of which needs more than `width` bits, the lowest bit
 * first: `width` bytes a group at `to`, and up to PACK_SPARE more. */
typedef void pack_groups_fn(const uint32_t *ids, size_t groups, unsigned width, char *to);

/* The first of `groups` groups whose ids are all the same; `groups` where there is none. */
typedef size_t pack_find_fn(const uint32_t *ids, size_t groups);

/* How many of `count` >= 1 ids are the same as the first. */
typedef size_t pack_run_fn(const uint32_t *ids, size_t count);

pack_groups_fn pack_groups_scalar, pack_groups_avx2, pack_groups_avx512, pack_groups_neon;
pack_find_fn pack_find_scalar, pack_find_avx2, pack_find_avx512, pack_find_neon;
pack_run_fn pack_run_scalar, pack_run_avx2, pack_run_avx512, pack_run_neon;

/* NULL where this build or machine has no such kernel. */
pack_groups_fn *pack_groups_kernel(enum cpu cpu);
pack_find_fn *pack_find_kernel(enum cpu cpu);
pack_run_fn *pack_run_kernel(enum cpu cpu);

#endif
