/* seam.h - where one document's end faces the next one's start: `}` … `{`.
 *
 * A kernel finds every `{` that follows a `}` with nothing or only JSON white
 * space between them. Inside valid documents that sequence occurs only within
 * strings, so each such candidate is a seam unless it lies in a string. The
 * fast rule settles nearly all: a `{`, then `"`, then a byte that cannot follow
 * a closing quote (not `,` `:` `}` `]` or white space) cannot lie in a valid
 * string, because that quote would end it. White space between `{` and `"`
 * changes nothing about that, so pretty-printed documents have fast seams too.
 * No quote state is needed for those, so a scan may start anywhere. The rest is
 * settled by quote parity from the last known seam (splitter.h). */
#ifndef MILLRACE_SEAM_H
#define MILLRACE_SEAM_H

#include "util/cpu.h"
#include "util/view.h"

/* Carries what a candidate at the start of the next call's text needs to know:
 * whether the bytes before it end in `}` and white space. Zero-initialise. */
struct seam_state {
    bool after_close;
};

/* Writes the positions of up to `max` candidates in text[*at..] to `ret` and
 * returns their number; *at is then where to go on (text.size when done).
 * `text` is followed by 64 readable bytes, whose content does not matter, and
 * is less than 4 GiB. `ret` has room for max + 64. */
typedef size_t seam_scan_fn(struct view text, size_t *at, struct seam_state *state, uint32_t *ret,
                            size_t max);

seam_scan_fn seam_scan_scalar;
seam_scan_fn seam_scan_avx2;
seam_scan_fn seam_scan_avx512;
seam_scan_fn seam_scan_neon;

/* NULL where this build or machine has no such kernel. */
seam_scan_fn *seam_scan_kernel(enum cpu cpu);

/* The fast rule looks over at most this much white space behind a `{`: enough
 * for any indentation, and a bound on how far past the end of a window the
 * bytes that decide may lie. */
#define SEAM_SPACE_MAX 256

/* What the bytes behind a `{` say about it. */
enum seam_sign {
    SEAM_FAST,    /* it cannot lie in a valid string */
    SEAM_PARITY,  /* it may: quote parity decides */
    SEAM_NEVER,   /* no object begins so: neither `"` nor `}` follows */
    SEAM_UNKNOWN, /* the bytes that decide lie past the end of the text */
};

/* `at` is the position of a `{`; reads text[at..at + SEAM_SPACE_MAX + 2]. */
enum seam_sign seam_sign(struct view text, size_t at);

/* Whether the candidate at text[at] satisfies the fast rule. False where the
 * bytes that decide lie past the end. */
bool seam_is_fast(struct view text, size_t at);

/* The first fast seam at or after `from` whose `}` may lie before `from`: the
 * position of its `{`, or text.size. What slices of one object are cut at:
 * every thread finds the same one alone. `text` is the whole object, of any
 * size, followed by 64 readable bytes. */
size_t seam_cut(seam_scan_fn *scan, struct view text, size_t from);

#endif
