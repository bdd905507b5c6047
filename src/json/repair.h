/* repair.h - makes text that is JSON but for its bytes parseable.
 *
 * Archives hold strings whose bytes are not UTF-8 and raw control characters
 * inside strings. Both make a whole record invalid (RFC 8259 sections 7, 8.1). */
#ifndef MILLRACE_REPAIR_H
#define MILLRACE_REPAIR_H

#include "util/buf.h"
#include "util/cpu.h"

/* Appends `text` to `out` with every maximal invalid UTF-8 subpart (Unicode
 * 15, section 3.9, "U+FFFD substitution of maximal subparts") and every
 * control character inside a string replaced by U+FFFD. *ret_changed counts
 * replacements; 0 means the text was fine and `out` a plain copy. `cpu` is one
 * that can run here, and changes nothing but the time (flaw.h). False when out
 * of memory. */
bool repair_json(enum cpu cpu, struct view text, struct buf *out, size_t *ret_changed);

/* The same for text that is not JSON: only UTF-8 is repaired. */
bool repair_utf8(enum cpu cpu, struct view text, struct buf *out, size_t *ret_changed);

/* Whether `text` is valid UTF-8 (RFC 3629). */
bool utf8_is_valid(enum cpu cpu, struct view text);

#endif
