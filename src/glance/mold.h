/* mold.h - runs of bytes of a fixed size, checked all at once: times, ids, and the
 * words between them.
 *
 * What a mold wants of each byte is a literal, a digit or a hexadecimal digit in
 * either case. Kernels: AVX-512, AVX2, NEON, scalar; all give the same. */
#ifndef MILLRACE_MOLD_H
#define MILLRACE_MOLD_H

#include "util/cpu.h"
#include "util/view.h"

#define MOLD_BYTES_MIN 32
#define MOLD_BYTES_MAX 64

/* A byte fits where it is `base` or up to `span` above it, or a letter up to 5 above
 * `letter` once it is small; 0 there is no letter. */
struct mold {
    uint8_t base[MOLD_BYTES_MAX];
    uint8_t span[MOLD_BYTES_MAX];
    uint8_t letter[MOLD_BYTES_MAX];
    size_t size; /* MOLD_BYTES_MIN to MOLD_BYTES_MAX */
};

/* What stands for others in a pattern; any other byte stands for itself. */
#define MOLD_DIGIT "\001"
#define MOLD_HEX "\002"
#define MOLD_FIRST_DIGIT "\003" /* 1 to 9 */

void mold_make(struct view pattern, struct mold *ret);

/* Whether the bytes at `at` fit. Reads mold->size bytes, no more. */
typedef bool mold_fn(const struct mold *mold, const char *at);

mold_fn mold_scalar;
mold_fn mold_avx2;
mold_fn mold_avx512;
mold_fn mold_neon;

/* NULL where this build or machine has no such kernel. */
mold_fn *mold_kernel(enum cpu cpu);

#endif
