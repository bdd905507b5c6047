/* document_ends.h - where the documents end that may begin in damaged text.
 *
 * Trying each `{` of a text by itself walks the inside of a document once for
 * every container around it. What stands inside a string for one try is text
 * for another, but two tries that both come to a `{` where a value may stand go
 * on alike from there. So one walk answers for all the starts it comes by: it
 * goes on past the one it was begun for, and notes where each ends. Two walks
 * are kept, for what is a string to one of them may be text to the other.
 *
 * One per worker and level; none is shared. */
#ifndef MILLRACE_DOCUMENT_ENDS_H
#define MILLRACE_DOCUMENT_ENDS_H

#include "json/json_scan.h"

/* What json_document_end() says of a start, and a little more. */
struct document_end {
    size_t looked; /* how far it had to look: a sound document's size */
    bool is_sound;
    bool is_envelope; /* a sound document has a key that document_keys_of() calls one */
};

/* A `{` that a walk came by. */
struct start {
    uint32_t at : 31, is_sound : 1;
    uint32_t looked : 31, is_envelope : 1; /* looked is 0 while it is open */
};

struct walk {
    struct json_scan scan;
    bool is_done;         /* nothing is open in it */
    struct start *starts; /* in order; those before `first` were asked for or passed by */
    size_t first, count, capacity;
    size_t begin_number;                /* of starts[0], counted over the walk */
    size_t numbers[2 * JSON_DEPTH_MAX]; /* of each open container's start, beside scan.opens */
};

struct document_ends {
    struct view text;
    size_t starts_max; /* of a walk */
    struct walk walks[2];
    unsigned last; /* the walk that answered last */
};

/* `text`, of at most RECORD_BYTES_LIMIT bytes, is borrowed until it is done. Takes
 * up to half as much memory as the text; where there is none, answers take longer. */
void document_ends_begin(struct document_ends *e, struct view text);
void document_ends_done(struct document_ends *e);

/* Of the `{` at text[at]. `at` never falls from one call to the next. */
struct document_end document_ends_at(struct document_ends *e, size_t at);

#endif
