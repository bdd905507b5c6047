/* glob.h - `*` and `?` against a whole text.
 *
 * `?` is one byte, or one UTF-8 character; `\` makes the next character stand
 * for itself. Time is at most the product of both lengths. */
#ifndef MILLRACE_GLOB_H
#define MILLRACE_GLOB_H

#include "util/view.h"

bool glob_matches(struct view pattern, struct view text);

#endif
