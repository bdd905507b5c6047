/* document_start.h - does a document of the archive begin here?
 *
 * For text where the seams do not tell: behind damage, and when an object's
 * shape is decided. Looks at a bounded number of bytes per question unless it
 * says otherwise. */
#ifndef MILLRACE_DOCUMENT_START_H
#define MILLRACE_DOCUMENT_START_H

#include "split/seam.h"

enum answer {
    ANSWER_NO,
    ANSWER_YES,
    ANSWER_UNKNOWN, /* the bytes that decide lie past the end of the text */
};

/* How far past text[at] the questions below may look: white space, a quote, and
 * a key with both quotes. */
#define START_AHEAD_BYTES (SEAM_SPACE_MAX + 64)

/* Whether the `{` at text[at] is followed by a key that CloudWatch, Firehose,
 * Kinesis or Lambda begin their documents with. */
enum answer start_is_envelope(struct view text, size_t at);

/* Whether the `{` at text[at] is followed by `key`, given with its quotes. */
enum answer start_has_key(struct view text, size_t at, struct view key);

/* The first key of the document at text[at], with its quotes, as written. Null
 * where there is none of at most 60 bytes without an escape. */
struct view start_first_key(struct view text, size_t at);

/* Whether a `{` in text that belongs to no document may begin one: the fast
 * rule, and not nested as compact JSON nests (right behind `:`, `,` or `[`)
 * unless an envelope's key follows. `before` is the byte before text[at]. */
enum answer start_is_plausible(struct view text, size_t at, char before);

/* Whether a key may follow the `{` at text[at]: what all of the above ask for,
 * told sooner. */
bool start_may_have_key(struct view text, size_t at);

/* Whether `text` begins with a key that makes an envelope of the document whose key
 * it is: one of those below, with both quotes. */
bool start_is_deciding_key(struct view text);

/* What the keys at the top level of a document say of it. */
struct document_keys {
    bool is_envelope; /* logEvents, rawData, awslogs, Records or records */
    bool has_events;  /* logEvents or rawData is among them */
    bool is_whole;    /* its closing brace was found */
};

/* Walks the document at text[0] to its end, sound or not: one pass. */
struct document_keys document_keys_of(struct view text);

#endif
