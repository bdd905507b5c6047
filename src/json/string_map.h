/* string_map.h - where the strings of a run of JSON text end, 64 bytes at a time.
 *
 * One pass over text that nobody has looked at yet: what a reader of strings
 * needs of each byte becomes a bit, and a string of any length costs a few
 * loads after that. Kernels: AVX-512 (VBMI), AVX2, NEON, scalar; all give the
 * same. */
#ifndef MILLRACE_STRING_MAP_H
#define MILLRACE_STRING_MAP_H

#include "util/cpu.h"
#include "util/view.h"

#define STRING_BLOCK_BYTES 64

/* 64 bytes; bit i is byte i. */
struct string_block {
    uint64_t ends; /* quotes that no backslash escapes */
    /* What a string may hold only if a closer look says so: control characters,
     * bytes that are not ASCII, escapes besides `\"`, `\\`, `\n` and `\t`. */
    uint64_t doubts;
};

/* Maps `count` blocks from text[0] on. *escaped says whether a backslash before
 * it escapes the first byte, 0 or 1, and becomes the same for the byte behind
 * the last. Reads nothing else. */
typedef void string_map_fn(const char *text, size_t count, uint64_t *escaped,
                           struct string_block *ret);

string_map_fn string_map_scalar;
string_map_fn string_map_avx2;
string_map_fn string_map_avx512;
string_map_fn string_map_neon;

/* NULL where this build or machine has no such kernel. */
string_map_fn *string_map_kernel(enum cpu cpu);

#endif
