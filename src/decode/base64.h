/* base64.h - RFC 4648's standard alphabet, strictly.
 *
 * White space around the text and line ends inside it are skipped (RFC 2045
 * writers fold lines); any other foreign byte, and text after the padding, is
 * an error. Unused bits of a padded group may have any value, as in Node.js
 * and Python: they carry nothing. */
#ifndef MILLRACE_BASE64_H
#define MILLRACE_BASE64_H

#include "util/buf.h"

/* Appends what `text` decodes to. False, with `out` as it was, when it is not
 * valid, lacks padding, or memory is out (then buf_failed()). */
bool base64_decode(struct view text, struct buf *out);

/* Whether `text` is base64 throughout, and not empty. Missing padding is
 * allowed: a text that was cut short is still base64. */
bool base64_is_text(struct view text);

/* Decoding in steps. Zero-initialise to begin. */
struct base64_decoder {
    uint32_t bits;    /* of the group at hand */
    unsigned count;   /* characters in it, without padding */
    unsigned padding; /* `=` seen in it */
    bool has_begun;
    bool is_ended; /* only white space may follow */
};

struct base64_step {
    size_t consumed;
    size_t produced;
    bool is_bad; /* text[consumed] does not belong there */
};

/* Decodes until the text is used up, fewer than 3 bytes of room are left, or a
 * byte is bad. */
struct base64_step base64_decode_step(struct base64_decoder *d, struct view text, char *out,
                                      size_t capacity);

/* After the last text: gives the whole bytes of a group without its padding, at
 * most 2, and their number. */
size_t base64_decode_end(struct base64_decoder *d, char out[2]);

#endif
