/* string_scan.h - to the end of a JSON string, checking it on the way.
 *
 * Kernels: AVX-512 (VBMI), AVX2, scalar; all give the same. */
#ifndef MILLRACE_STRING_SCAN_H
#define MILLRACE_STRING_SCAN_H

#include "util/cpu.h"
#include "util/view.h"

struct string_scan {
    size_t end;    /* of the closing quote */
    bool is_ascii; /* else whether it is UTF-8 is still open */
    bool has_rare; /* escapes besides `\"`, `\\`, `\n` and `\t`: still to be checked */
};

/* Reads the string whose first byte behind its opening quote is text.data[at].
 * False where it holds a control character or does not end in `text`. Nothing
 * past the end of `text` is read. */
typedef bool string_scan_fn(struct view text, size_t at, struct string_scan *ret);

string_scan_fn string_scan_scalar;
string_scan_fn string_scan_avx2;
string_scan_fn string_scan_avx512;

/* The scalar one where this build or machine has no better one of that name. */
string_scan_fn *string_scan_kernel(enum cpu cpu);

#endif
