/* splitter.h - cuts a run of plain text into documents or lines.
 *
 * The pieces of a run follow each other without a gap: their sizes add up to
 * the text's, so the byte account of a run is the sum over its pieces. The
 * caller feeds text, takes pieces until RC_END, and feeds again with what was
 * left unconsumed in front. One splitter per worker and layer; none shared. */
#ifndef MILLRACE_SPLITTER_H
#define MILLRACE_SPLITTER_H

#include "split/seam.h"
#include "util/err.h"

/* How a run is cut. Decided once per object by text_form_of(). */
enum text_form {
    TEXT_DOCUMENTS, /* JSON documents back to back, white space between */
    TEXT_ARRAY,     /* `[{…},{…}]`: a stream of its elements */
    TEXT_LINES,     /* shape F: each non-blank line is an event */
    TEXT_EXPORT,    /* shape I: lines that start with a time, and their continuations */
    TEXT_BINARY,    /* control bytes 0-7, 14-26 without a sign of JSON: not text */
};

enum piece_kind {
    PIECE_DOCUMENT,  /* `{…}` by the seams; whether it is sound shows in parsing */
    PIECE_LINE,      /* one line or export entry, its line end included */
    PIECE_SEPARATOR, /* white space, a byte order mark, `[` `,` `]` of an array */
    PIECE_DAMAGED,   /* not part of any document: `reason` says why */
};

struct piece {
    size_t begin; /* offset in the fed text */
    size_t size;
    enum piece_kind kind;
    const char *reason; /* PIECE_DAMAGED: static text, e.g. "over --max-record" */
    bool continues;     /* PIECE_DAMAGED: joins the damaged piece before it */
};

struct splitter;

/* record_bytes_max: a document or line past it is PIECE_DAMAGED. NULL when out
 * of memory. */
struct splitter *splitter_new(enum cpu cpu, size_t record_bytes_max);
void splitter_free(struct splitter *s);

/* Decides the form from the first text of an object. `head` is all that is at
 * hand, `whole` whether that is everything; `is_export_name` whether the
 * object's file name is six digits, with or without `.gz`. */
enum text_form text_form_of(struct view head, bool whole, bool is_export_name, enum cpu cpu);

/* Begins a run: no state is left from the one before. */
void splitter_begin(struct splitter *s, enum text_form form);

/* A feed of more than record_bytes_max and this many bytes always gives a
 * piece: what a splitter waits for never lies further ahead. */
#define SPLITTER_AHEAD_BYTES 1024

/* `text` starts with the unconsumed rest of the last feed, byte for byte, and
 * is followed by 64 readable bytes. `final`: nothing of this run follows, the
 * rest is a piece too. Of lines, a final feed may leave out the end of the rest:
 * a line that broke off and is not to count. How a run is cut into feeds changes nothing but where
 * separators and pieces that `continue` are divided. */
void splitter_feed(struct splitter *s, struct view text, bool final);

/* The next piece, or RC_END when more text is needed (or, after a final feed,
 * when all is done). Pieces never overlap and come in order. */
NODISCARD enum rc splitter_next(struct splitter *s, struct piece *ret);

/* Whether a document begins at splitter_consumed(), a `{`, that the splitter has not
 * looked into yet. Never in arrays. */
bool splitter_is_at_document(const struct splitter *s);

/* For a caller that has read the document there, found that it is sound and ends
 * before text[end]: gives it as the next piece, the one that splitter_next() would
 * give. False, and nothing changes, where that would cut elsewhere or cannot know
 * yet. */
bool splitter_take_document(struct splitter *s, size_t end, struct piece *ret);

/* Bytes of the fed text that the pieces given so far cover: what the caller
 * drops before it feeds again. */
size_t splitter_consumed(const struct splitter *s);

#endif
