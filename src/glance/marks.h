/* marks.h - where a text holds the beginning of a word that may matter.
 *
 * One pass over a text for up to eight classes of words at once. A class is a
 * bit; a word is known by its first three bytes. Kernels: AVX-512 (VBMI), AVX2,
 * NEON, scalar. Each finds every place where a wanted word begins; it may name
 * other places too, and which ones differs between kernels: callers look at the
 * word that stands there. */
#ifndef MILLRACE_MARKS_H
#define MILLRACE_MARKS_H

#include "util/cpu.h"
#include "util/view.h"

/* The classes. Words share one where they matter to the same lines. */
enum {
    MARK_LEVEL = 1 << 0,   /* `vel`, of `level` */
    MARK_KIND = 1 << 1,    /* `_aw`, of `_aws`; `[Ac`, of `[Action Required]` */
    MARK_CODE = 1 << 2,    /* `cod`, of `code` */
    MARK_MEMORY = 1 << 3,  /* `emo`, of `emory` */
    MARK_UNIT = 1 << 4,    /* `\u`, whatever follows */
    MARK_NEWLINE = 1 << 5, /* `\n` and `\r`, whatever follows */
    MARK_MISSING = 1 << 6, /* `que`, of `request`; `mp\`, of `timestamp` */
    MARK_BARE = 1 << 7,    /* `tac`, of `stack`; `pla`, of `platform` */
};

/* For each of a word's three bytes the classes that a byte may belong to: by
 * its low seven bits, and by its two halves, which both must agree. */
#define MARK_BYTES 3
struct mark_tables {
    uint8_t whole[MARK_BYTES][128];
    uint8_t low[MARK_BYTES][16];
    uint8_t high[MARK_BYTES][16];
};

void mark_tables_fill(struct mark_tables *ret);

/* More places than this in one text are not worth looking at one by one. */
#define MARKS_MAX 64
/* What a kernel may write past MARKS_MAX before it stops. */
#define MARKS_SPARE 64

/* Writes the positions where words of the `wanted` classes may begin, in
 * ascending order, to `ret`, which has room for MARKS_MAX + MARKS_SPARE, and
 * returns how many. More than MARKS_MAX: it stopped early. Nothing past the end
 * of `text`, which is shorter than 4 GiB, is read. */
typedef size_t marks_fn(const struct mark_tables *tables, struct view text, uint8_t wanted,
                        uint32_t *ret);

marks_fn marks_scalar;
marks_fn marks_avx2;
marks_fn marks_avx512;
marks_fn marks_neon;

/* NULL where this build or machine has no such kernel. */
marks_fn *marks_kernel(enum cpu cpu);

#endif
