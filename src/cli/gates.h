/* gates.h - --fail-on: what makes a command end with status 4 once everything
 * is written. */
#ifndef MILLRACE_GATES_H
#define MILLRACE_GATES_H

#include "options.h"

enum { EXIT_GATE = 4 };

/* Looks at all groups of the finished run in `folder`, kept in its report or
 * not, and says on stderr (unless is_quiet) which gates it hits. */
NODISCARD enum rc gates_check(const struct options *o, const char *folder, bool *ret_is_hit,
                              struct err *err);

#endif
