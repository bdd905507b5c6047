/* closing.h - the last words of a run or a merge: the head of the report, what was
 * read and what could not be, and the exit status. */
#ifndef MILLRACE_CLOSING_H
#define MILLRACE_CLOSING_H

#include "cli/progress.h"

/* Of a finished run: 0, 3 where input was quarantined, 4 where a gate was hit. */
NODISCARD enum rc closing_say(const struct options *o, const struct job_outcome *outcome,
                              struct progress *p, int *ret_status, struct err *err);

#endif
