/* number_parse.h - decimal numbers of log lines and payloads. */
#ifndef MILLRACE_NUMBER_PARSE_H
#define MILLRACE_NUMBER_PARSE_H

#include "util/view.h"

/* Longer numbers are not read: no duration, size or time has that many digits,
 * and they stay in the message. */
#define NUMBER_BYTES_MAX 64

/* The double nearest to a JSON number (RFC 8259, section 6; leading zeros are
 * allowed). False where the whole text is none, or where it is not finite. */
bool number_parse_double(struct view text, double *ret);

/* A JSON number that is an integer, written with or without a fraction of
 * zeros; no exponent. False where it is none or does not fit. */
bool number_parse_integer(struct view text, int64_t *ret);

/* The integer part of a JSON number that is not negative, from its digits.
 * False where it is none or has more than 18 digits. */
bool number_parse_floor(struct view text, int64_t *ret);

#endif
