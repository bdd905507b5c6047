/* reader.h - Parquet files of this program's kind, read from memory.
 *
 * Any bytes may come: what does not fit is RC_BAD_INPUT with a line that says
 * what and where, memory stays within the arena's bound, and nothing is read outside the file. Flat
 * schemas with the types, encodings and codec of format.h only; others are RC_UNSUPPORTED.
 * page_walker.h reads the pages, check.h everything. */
#ifndef MILLRACE_READER_H
#define MILLRACE_READER_H

#include "parquet/footer.h"

struct reader {
    struct view bytes;
    size_t footer_begin;
    struct footer footer;
    struct arena *arena;
};

/* Parses the footer. Afterwards every row group has one chunk per leaf, of the
 * leaf's type, every span and chunk lies between the magic and the footer, and
 * the rows add up. Borrows `bytes` and `arena`. */
NODISCARD enum rc reader_open(struct reader *r, struct view bytes, struct arena *arena,
                              struct err *err);

/* Where the chunk's first page (of any kind) starts. */
static inline int64_t chunk_begin(const struct chunk *c)
{
    return c->dictionary_offset != 0 ? c->dictionary_offset : c->data_offset;
}

/* The bytes of a span that reader_open() has checked. */
static inline struct view reader_span(const struct reader *r, struct span span)
{
    return view_slice(r->bytes, (size_t)span.offset, (size_t)span.offset + (size_t)span.length);
}

#endif
