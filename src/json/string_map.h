/* string_map.h - where the strings of a run of JSON text end, 64 bytes at a time.
 *
 * One pass over text that nobody has looked at yet. Who reads text whose form is
 * known counts its quotes instead of looking for them: where each string ends is
 * then known without waiting for the one before, and a string of any length costs
 * a few loads. Kernels: AVX-512 (VBMI2), AVX2, NEON, scalar; all give the same. */
#ifndef MILLRACE_STRING_MAP_H
#define MILLRACE_STRING_MAP_H

#include "util/cpu.h"
#include "util/view.h"

#define STRING_BLOCK_BYTES 64

/* What a kernel may write past the last end. */
#define STRING_ENDS_SPARE 64

struct string_map {
    /* Whether a backslash before the text escapes its first byte, 0 or 1: set by the
     * caller. A kernel leaves the same for the byte behind the last. */
    uint64_t escaped;
    /* A bit is set where some block has doubts. */
    uint64_t doubts;
    /* Where strings end, from the text's first byte on, in ascending order: quotes that no
     * backslash escapes. Room for one per byte and STRING_ENDS_SPARE. */
    uint32_t *ends;
    /* Of each block, bit i for byte i: what a string may hold only if a closer look says
     * so. Control characters, bytes that are not ASCII, escapes besides `\"`, `\\`, `\n`
     * and `\t`. Room for one per block. */
    uint64_t *blocks;
};

/* Maps `count` blocks from text[0] on, and returns how many ends there are. Reads
 * nothing else. */
typedef size_t string_map_fn(const char *text, size_t count, struct string_map *map);

string_map_fn string_map_scalar;
string_map_fn string_map_avx2;
string_map_fn string_map_avx512;
string_map_fn string_map_neon;

/* NULL where this build or machine has no such kernel. */
string_map_fn *string_map_kernel(enum cpu cpu);

/* Whether text[begin..end), which is mapped, holds doubts. */
bool string_map_has_doubts(const uint64_t *blocks, size_t begin, size_t end);

#endif
