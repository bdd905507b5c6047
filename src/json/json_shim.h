/* json_shim.h - simdjson 3.0.1 behind plain C: the only way to C++ in here.
 *
 * What is used is stage 1, chosen for this machine at run time, and UTF-8
 * validation. Not used: simdjson's On-Demand interface, which does not check
 * what it skips and is compiled for one processor. No exception leaves these
 * functions, and none is thrown where memory is short. */
#ifndef MILLRACE_JSON_SHIM_H
#define MILLRACE_JSON_SHIM_H

#include "util/cpu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Longer texts are never given to stage 1: it counts in 32 bits, and its
 * scalar variant steps a few bytes past the end before it compares. */
#define STAGE1_BYTES_MAX (UINT32_MAX - 64)

struct stage1;

enum stage1_status {
    STAGE1_OK,
    STAGE1_UNSOUND, /* not UTF-8, an open string, a control character in one, or no token at all */
    STAGE1_NO_MEMORY,
};

/* What was found, borrowed until the next run. */
struct stage1_tokens {
    /* In ascending order. Three more entries follow the last one, to write to. */
    uint32_t *positions;
    uint32_t count; /* at least 1 */
};

/* Holds no memory for positions yet. A variant this machine or simdjson lacks
 * is replaced by the next plainer one: all find the same. NULL when out of
 * memory. One thread at a time. */
struct stage1 *stage1_new(enum cpu cpu);
void stage1_free(struct stage1 *s); /* NULL is fine */

/* Gives the position of each token of `text`: every `{ } [ ] : ,` outside
 * strings, every opening quote, and the first byte of every other run of bytes
 * that are neither white space nor one of those six; a quote that follows such
 * a run directly belongs to it. 0x0c and 0x1a outside strings may be tokens of
 * their own.
 *
 * With STAGE1_OK the bytes in strings are valid UTF-8 without control
 * characters, every string is closed, and between its closing quote and the
 * next token stands only white space. What the tokens are, their order and the
 * escapes are not checked, nor is UTF-8 outside strings by the scalar variant.
 *
 * Nothing past the end of `text` is read. Room for 4 bytes per byte of `text`,
 * rounded up to a power of two but not past bytes_max, is allocated when it is
 * longer than any before; only what positions need is touched. `size` is at
 * most bytes_max, bytes_max at most STAGE1_BYTES_MAX. */
enum stage1_status stage1_run(struct stage1 *s, const char *text, size_t size, size_t bytes_max,
                              struct stage1_tokens *ret);

#ifdef __cplusplus
}
#endif

#endif
