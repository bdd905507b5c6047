/* flaw.h - where a text first needs repair (repair.h).
 *
 * A flaw is an ill-formed UTF-8 sequence (RFC 3629; Unicode 15, table 3-7) or, in JSON, a
 * control character inside a string (RFC 8259, section 7). Kernels: AVX-512 (VBMI), AVX2,
 * NEON, scalar; all find the same.
 *
 * GB/s over 64 KiB as JSON, scalar, AVX2, AVX-512: ASCII 0.80, 12.5, 14.8; Japanese 1.15,
 * 4.0, 7.2; one wrong byte in 1,000 0.75, 8.1, 10.0; random bytes 0.12, 0.12, 0.11. As plain
 * text, with simdjson's check, which only tells whether there is a flaw, as the fourth: 24
 * bytes of ASCII 1.05, 1.7, 5.3, 2.1; 100 bytes 2.0, 6.3, 16, 7.9; 64 KiB 2.7, 34, 48, 109;
 * Japanese 1.3, 5.6, 9.1, 15. Lines and strings are short: these are used for all. */
#ifndef MILLRACE_FLAW_H
#define MILLRACE_FLAW_H

#include "util/cpu.h"
#include "util/view.h"

/* What a walk through JSON knows of the strings before it. Zero-initialise. */
struct flaw_strings {
    bool is_inside; /* of a string */
};

/* The place of the first flaw at or behind text[at], which is that of the sequence's first
 * byte; text.size where there is none. A character begins at text[at], and no backslash
 * before it escapes it. `strings` is NULL for text that is not JSON; else it tells of `at`,
 * and then of the place returned. Nothing past the end of `text` is read. */
typedef size_t flaw_fn(struct view text, size_t at, struct flaw_strings *strings);

flaw_fn flaw_scalar;
flaw_fn flaw_avx2;
flaw_fn flaw_avx512;
flaw_fn flaw_neon;

/* The same up to text[end] at least: false where there is none up to *at, which is then
 * where to go on. For the bytes behind a flaw: they come in bunches. */
bool flaw_walk(struct view text, size_t *at, size_t end, struct flaw_strings *strings);

/* NULL where this build or machine has no such kernel. */
flaw_fn *flaw_kernel(enum cpu cpu);

#endif
