/* text.h - text that goes into outputs: JSON strings, numbers, UTC times.
 *
 * Appends to a buf; a failed allocation shows in buf_failed(). Everything here
 * is independent of the locale and deterministic. */
#ifndef MILLRACE_TEXT_H
#define MILLRACE_TEXT_H

#include "util/buf.h"

/* A quoted JSON string (RFC 8259, section 7). `v` should be valid UTF-8: bytes
 * that are not are written as U+FFFD, so the output always is. Escapes `"`,
 * `\`, controls, DEL, C1 controls and U+2028/2029 (the last as \uXXXX). */
void text_json_string(struct buf *out, struct view v);

/* Shortest decimal form that reads back as the same double, without exponent
 * for 1e-5 <= |x| < 1e15 (ECMAScript's form otherwise). Finite values only. */
void text_double(struct buf *out, double value);

/* "2023-01-05T12:00:00.123Z" for milliseconds since 1970, years 0000-9999;
 * outside them the plain number. */
void text_time_ms(struct buf *out, int64_t ms);

/* Reads exactly what text_time_ms() writes for years 0000-9999. */
bool text_read_time_ms(struct view text, int64_t *ret);

/* "YYYY-MM-DD" of the day that holds `ms`. Returns false outside 0000-9999. */
bool text_day(char ret_day[11], int64_t ms);

/* Days since 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant's
 * days_from_civil); month 1-12, day 1-31 are not checked here. */
int64_t days_from_civil(int64_t year, unsigned month, unsigned day);

/* Whether the date exists: month 1-12, day 1 to the month's length. */
bool civil_is_valid(int64_t year, unsigned month, unsigned day);

/* Length of the valid UTF-8 sequence (RFC 3629) that starts at v.data[at], 0
 * where there is none: overlong forms, surrogates and > U+10FFFF are invalid. */
unsigned utf8_length(struct view v, size_t at);

/* Makes text safe for a terminal: controls, C1 and bidirectional overrides are
 * shown as \x1b, \u202e; invalid bytes as \xNN. Newlines too. */
void text_for_terminal(struct buf *out, struct view v);

#endif
