/* json_number.h - the grammar of numbers (RFC 8259 section 6). */
#ifndef MILLRACE_JSON_NUMBER_H
#define MILLRACE_JSON_NUMBER_H

#include "util/view.h"

/* Length of the longest number at the start of `v`, 0 where none is. Nothing
 * past its end is read. */
size_t json_number_length(struct view v);

#endif
