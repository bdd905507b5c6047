/* extract.h - gives back the bytes that quarantine.ndjson tells of.
 *
 * At the layer "stored" that is the span of the object itself. Inside a layer
 * it is the decoded bytes, where decoding the outermost unit again gives what
 * the excerpt shows; else the stored bytes of that unit, as far as it can be
 * told from what follows it. */
#ifndef MILLRACE_EXTRACT_H
#define MILLRACE_EXTRACT_H

#include "options.h"

#include <stdint.h>

struct extract {
    const struct options *options; /* what selects objects; `out` is the folder to make, its
                                      parent must exist */
    const char *from;              /* OUT: a finished run */
    const char *const *sources;    /* what the run read */
    size_t sources_count;
    /* One line for the user per span that is not given back as it stands. May
     * hold any bytes. */
    void (*on_notice)(void *context, const char *text);
    void *context;
};

struct extract_summary {
    uint64_t spans, units; /* files with the damaged bytes, files with the unit around them */
    uint64_t missing;      /* objects gone or changed: no file */
    uint64_t bytes;        /* written, without the index */
};

/* Writes NNNNNN-<reason>.bin (-unit.bin for a unit) per line of
 * quarantine.ndjson, NNNNNN being its number, and at last index.ndjson: a line
 * per span, {"file","content","bytes"} and the span's own keys; content is
 * "span", "unit" or "none". Names come from numbers and reasons alone. The folder
 * is there when it is whole. Nothing is overwritten: RC_USAGE where the folder
 * holds anything but these same files, lies inside a source or OUT, or OUT is no
 * finished run. RC_MISMATCH: a line of quarantine.ndjson
 * is damaged. RC_IO, RC_NO_SPACE, RC_NO_MEMORY. */
NODISCARD enum rc extract_spans(const struct extract *x, struct extract_summary *ret,
                                struct err *err);

#endif
