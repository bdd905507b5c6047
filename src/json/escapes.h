/* escapes.h - whether every escape in a JSON text is one that RFC 8259 knows.
 *
 * Looks at the whole text at once instead of string by string: a backslash
 * outside a string is an error anyway, and the one before a string's first is
 * always outside it. Kernels: AVX-512, AVX2, NEON, scalar; all agree. */
#ifndef MILLRACE_ESCAPES_H
#define MILLRACE_ESCAPES_H

#include "util/cpu.h"
#include "util/view.h"

/* Whether each backslash, read from the left, begins one of `\" \\ \/ \b \f \n
 * \r \t` or `\u` and four hexadecimal digits. Nothing past the end is read. */
typedef bool escapes_fn(struct view text);

escapes_fn escapes_scalar;
escapes_fn escapes_avx2;
escapes_fn escapes_avx512;
escapes_fn escapes_neon;

/* NULL where this build or machine has no such kernel. */
escapes_fn *escapes_kernel(enum cpu cpu);

#endif
