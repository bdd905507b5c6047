/* leftovers.h - work that an earlier run began below OUT.work and did not finish.
 *
 * The work folder of a plan holds the list of its objects, written before the
 * first batch. When the bucket has grown since, that plan is finished first, as
 * a generation of its own, and another one adds what is new: nothing that was
 * read is read again, and the bytes are those of the two runs one after the
 * other. Work that does not fit what was asked for is refused, unless nothing of
 * it was committed. */
#ifndef MILLRACE_LEFTOVERS_H
#define MILLRACE_LEFTOVERS_H

#include "job.h"

/* Where unfinished work over some of j->objects lies there: takes the lock,
 * leaves only those objects, and sets j->has_more. RC_USAGE where that work is
 * another one; with --force it is left to be removed. */
NODISCARD enum rc leftovers_take_up(struct job *j, struct err *err);

/* A run that was killed after it published may have left its work folder. */
NODISCARD enum rc leftovers_clean(struct job *j, struct err *err);

#endif
