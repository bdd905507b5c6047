/* mask_map.h - of which classes the bytes of a text are, 64 at a time.
 *
 * What mask_find() needs to pass over the words that are only words: those parts of a text
 * that may vary begin at words that hold a digit or that a joint follows, at words before
 * a number, or at marks. Kernels: AVX-512 (VBMI), AVX2, NEON, scalar; all give the same. */
#ifndef MILLRACE_MASK_MAP_H
#define MILLRACE_MASK_MAP_H

#include "util/cpu.h"
#include "util/view.h"

#define MASK_BLOCK_BYTES 64

/* 64 bytes; bit i is byte i, none past the end of the text. */
struct mask_block {
    uint64_t words;  /* letters, digits, what is not ASCII */
    uint64_t digits; /* decimal */
    uint64_t hex;    /* hexadecimal digits */
    uint64_t joints; /* punctuation inside of addresses, keys and paths; a colon */
    uint64_t marks;  /* slashes and colons, at which a path or an IPv6 address may begin */
    uint64_t gaps;   /* space and comma, which may stand between a name and a number */
};

/* Blocks of a text of so many bytes: the last one is never full. */
#define MASK_BLOCKS(bytes) ((bytes) / MASK_BLOCK_BYTES + 1)

/* Writes MASK_BLOCKS(text.size) blocks. Nothing past the end of `text` is read. */
typedef void mask_map_fn(struct view text, struct mask_block *ret);

mask_map_fn mask_map_scalar;
mask_map_fn mask_map_avx2;
mask_map_fn mask_map_avx512;
mask_map_fn mask_map_neon;

/* NULL where this build or machine has no such kernel. */
mask_map_fn *mask_map_kernel(enum cpu cpu);

#endif
