/* json_scan.h - the grammar of JSON as a machine that takes a step at a time: for
 * text that json.c has refused, and for text in which no end is known.
 *
 * A scan begins at a value and goes from token to token, byte by byte. It keeps
 * the open containers, and stops for good at the first byte that no document
 * can hold there. No memory of its own, no thread rule. */
#ifndef MILLRACE_JSON_SCAN_H
#define MILLRACE_JSON_SCAN_H

#include "limits.h"
#include "util/view.h"

/* What may stand at the next byte that is no white space. */
enum json_wanted {
    JSON_WANTS_VALUE,
    JSON_WANTS_FIRST_ELEMENT,
    JSON_WANTS_KEY,
    JSON_WANTS_FIRST_KEY,
    JSON_WANTS_COMMA,
};

struct json_scan {
    struct view text;
    size_t at;
    const char *fault; /* why it stopped at `at` */
    bool checks_bytes; /* in strings: UTF-8 and control characters */
    enum json_wanted wanted;
    /* Open containers, outermost first: opens[bottom..depth) are `{` or `[`. A caller
     * that goes on past a document nested too deep raises the bottom; there is room
     * for that up to JSON_DEPTH_MAX. */
    unsigned bottom, depth;
    char opens[2 * JSON_DEPTH_MAX];
};

/* At the first byte of a value, or white space before it. */
static inline void json_scan_begin(struct json_scan *s, struct view text, size_t at,
                                   bool checks_bytes)
{
    s->text = text;
    s->at = at;
    s->fault = NULL;
    s->checks_bytes = checks_bytes;
    s->wanted = JSON_WANTS_VALUE;
    s->bottom = s->depth = 0;
}

static inline bool json_scan_is_done(const struct json_scan *s)
{
    return s->at == s->text.size;
}

static inline void json_scan_space(struct json_scan *s)
{
    while (!json_scan_is_done(s) && byte_is_space(s->text.data[s->at]))
        s->at++;
}

/* Whether no container may be opened any more: then a step at one fails. */
static inline bool json_scan_is_full(const struct json_scan *s)
{
    return s->depth - s->bottom == JSON_DEPTH_MAX;
}

/* Whether the next byte, no white space, opens a container where one may stand. */
static inline bool json_scan_is_at_open(const struct json_scan *s)
{
    return !json_scan_is_done(s) &&
           (s->wanted == JSON_WANTS_VALUE || s->wanted == JSON_WANTS_FIRST_ELEMENT) &&
           (s->text.data[s->at] == '{' || s->text.data[s->at] == '[');
}

/* Takes what comes next: a bracket, a comma, a key and its colon, any other
 * value. False at a fault, which s->fault and s->at tell; the value that the scan
 * began with is whole once depth is bottom again. */
bool json_scan_step(struct json_scan *s);

#endif
