/* string_ends.h - the ends of a string map's strings as a list.
 *
 * Who reads text whose form is known counts its quotes instead of looking for
 * them: where each string ends is then known without waiting for the one before.
 * Kernels: AVX-512 (VBMI2), and one for every machine; both give the same. */
#ifndef MILLRACE_STRING_ENDS_H
#define MILLRACE_STRING_ENDS_H

#include "json/string_map.h"

/* What a kernel may write past the last end. */
#define STRING_ENDS_SPARE 16

/* Writes where strings end in `count` blocks, in ascending order, `base` being
 * the first block's first byte, and returns how many there are. `ret` has room
 * for one per byte and STRING_ENDS_SPARE. *ret_doubts has a bit set where some
 * block has doubts. */
typedef size_t string_ends_fn(const struct string_block *blocks, size_t count, uint32_t base,
                              uint32_t *ret, uint64_t *ret_doubts);

string_ends_fn string_ends_scalar;
string_ends_fn string_ends_avx512;

/* The best one for that machine. */
string_ends_fn *string_ends_kernel(enum cpu cpu);

#endif
