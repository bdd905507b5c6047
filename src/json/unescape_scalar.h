/* unescape_scalar.h - one escape at a time: what the kernels share. */
#ifndef MILLRACE_UNESCAPE_SCALAR_H
#define MILLRACE_UNESCAPE_SCALAR_H

#include "util/view.h"

/* The longest text of one escape: a code point in UTF-8. */
#define ESCAPE_TEXT_BYTES_MAX 4

/* Reads the escape whose backslash is inside.data[at] and writes its text to
 * `to`, which has ESCAPE_TEXT_BYTES_MAX writable bytes. Returns the text's size
 * and moves *at behind the escape, two of them for a surrogate pair; 0 where
 * there is no escape that RFC 8259 knows. */
unsigned unescape_one(char *to, struct view inside, size_t *at);

/* What kernels leave to plain code: the escape at inside.data[*at] and all
 * `\u` that follow it directly. Writes their text to to[*size], moves *at and
 * *size. False at an escape that RFC 8259 does not know. */
bool unescape_units(char *to, size_t *size, struct view inside, size_t *at);

#endif
