/* resplit.h - a document that did not parse, cut again into sound documents and the
 * damage between them.
 *
 * Documents given are sound by json_document_end(): records and envelopes
 * wherever they lie; other objects at the text's start, behind a sound
 * document, or where they begin as the text itself does or behind a newline,
 * unless what follows shows that they were part of a larger one.
 *
 *     resplit_begin(&r, text);
 *     while ((rc = resplit_next(&r, &piece)) == RC_OK) …
 *     resplit_done(&r);
 *
 * Bytes are walked about twice, whatever the text. But trying starts one by one
 * would look at them once for each container around them, and what is found is
 * bound by a budget of such looks, RESPLIT_PASSES_MAX at each byte: once it is
 * spent, the rest is damage. */
#ifndef MILLRACE_RESPLIT_H
#define MILLRACE_RESPLIT_H

#include "split/document_ends.h"
#include "split/splitter.h"

struct resplit {
    struct view text;
    size_t at;             /* pieces cover text[0..at) */
    size_t budget;         /* bytes that may be looked at */
    struct view first_key; /* of the text, null where it has none */
    struct document_ends ends;
};

/* `text` is the piece, of at most RECORD_BYTES_LIMIT bytes, borrowed until done.
 * Memory: as document_ends.h says; want of it changes no piece. */
void resplit_begin(struct resplit *r, struct view text);
void resplit_done(struct resplit *r);

/* The next piece, a document, a separator or damage: they follow each other without a
 * gap. RC_END when all of the text is covered. */
NODISCARD enum rc resplit_next(struct resplit *r, struct piece *ret);

#endif
