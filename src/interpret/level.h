/* level.h - the words that say how bad an event is.
 *
 * Levels known here are named by their severity; any other word or number is a
 * level too, but one without a severity. */
#ifndef MILLRACE_LEVEL_H
#define MILLRACE_LEVEL_H

#include "interpret/event.h"
#include "util/buf.h"

/* "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL" in static storage; null
 * for SEVERITY_NONE. */
struct view level_name(enum severity severity);

/* The severity of a payload's level, in upper case and without space around
 * it; SEVERITY_NONE for other words. */
enum severity level_of_word(struct view word);

/* A level without a severity keeps no case either: the columns have upper case
 * throughout. In `out`, which is cleared; null when out of memory. */
struct view level_in_upper_case(struct view text, struct buf *out);

/* The severity of a JSON number as pino and bunyan write levels: exactly 10,
 * 20, 30, 40, 50 or 60. */
enum severity level_of_number(struct view number);

/* A level at the beginning of a line's text. */
struct level_mark {
    enum severity severity; /* SEVERITY_NONE: the text begins otherwise */
    size_t size;            /* of the mark, without the white space behind it */
    bool stays;             /* it belongs to the text: `ERROR: …`, `LAMBDA_WARNING: …` */
};

/* `ERROR …`, `ERROR: …`, `LAMBDA_WARNING: …`; not `FATAL ERROR: …`, with which
 * V8 announces its end. */
struct level_mark level_mark_word(struct view text);

/* `[ERROR] …` and PowerShell's `[Information] - …`. */
struct level_mark level_mark_bracket(struct view text);

/* .NET's `fail⇥…`; copies have two or more spaces for the tab. */
struct level_mark level_mark_token(struct view text);

#endif
