/* unescape.h - from the inside of a JSON string to its text.
 *
 * Kernels: AVX-512 (VBMI, VBMI2), AVX2, NEON, scalar; all give the same bytes
 * (RFC 8259 section 7). The input is what stands between the quotes of a
 * string whose closing quote is known. */
#ifndef MILLRACE_UNESCAPE_H
#define MILLRACE_UNESCAPE_H

#include "util/cpu.h"
#include "util/view.h"

#define UNESCAPE_INVALID SIZE_MAX

/* Writes the text of `inside` to `to` and returns its size, never more than
 * inside.size; UNESCAPE_INVALID at an escape that RFC 8259 does not know. A
 * lone surrogate becomes U+FFFD. Nothing past the end of `inside` is read; `to`
 * has inside.size + 64 writable bytes and does not overlap `inside`. */
typedef size_t unescape_fn(char *to, struct view inside);

unescape_fn unescape_scalar;
unescape_fn unescape_avx2;
unescape_fn unescape_avx512;
unescape_fn unescape_neon;

/* NULL where this build or machine has no such kernel. */
unescape_fn *unescape_kernel(enum cpu cpu);

#endif
