/* sniff.h - what bytes are, by their content alone. */
#ifndef MILLRACE_SNIFF_H
#define MILLRACE_SNIFF_H

#include "util/view.h"

enum layer_kind {
    LAYER_TEXT, /* none of the others */
    LAYER_GZIP,
    LAYER_ZLIB,
    LAYER_ZSTD,
    LAYER_BASE64,  /* throughout, and decodes to one of the above but text */
    LAYER_REFUSED, /* known and not read: the reason says what */
};

/* How much a decision needs where there is more: the magic numbers, and what
 * tells a zlib stream from text. */
#define SNIFF_BYTES 512

struct sniffed {
    enum layer_kind kind;
    const char *reason; /* static text, for LAYER_REFUSED */
};

/* `head`: what is at hand of the bytes, at least SNIFF_BYTES where there are
 * so many. base64 must reach to its end. */
struct sniffed sniff_layer(struct view head);

/* Whether text starts like JSON documents or an array of them: `{`, or `[` and
 * `{`, white space and a byte order mark before them allowed. */
bool sniff_is_documents(struct view head);

/* The same for `{` alone. */
bool sniff_is_object(struct view head);

/* Whether the first SNIFF_BYTES of `head` hold control bytes that no log text
 * does (0-7 and 14-26), or invalid UTF-8. It may end inside a character. */
bool sniff_is_binary(struct view head);

#endif
