/* planning.h - the first phase of a run: which objects there are, which of them
 * OUT does not hold yet, and how they are cut into batches. */
#ifndef MILLRACE_PLANNING_H
#define MILLRACE_PLANNING_H

#include "job.h"

/* Fills j->objects from the sources. RC_USAGE where there are none, or where
 * OUT lies inside a source. */
NODISCARD enum rc planning_discover(struct job *j, struct err *err);

/* Looks at OUT: what a finished run there holds is left out of j->objects, and
 * outcome->was_done tells that nothing is left. RC_USAGE where OUT holds
 * something else, or was made in another way. */
NODISCARD enum rc planning_leave_held(struct job *j, struct err *err);

/* Cuts the objects into the batches of j->plan, and makes room to list them. */
NODISCARD enum rc planning_cut(struct job *j, struct err *err);

/* The plan on stdout, with the shapes of its objects by a look at the head of
 * each; with -v every object. Gives what opening an object gives. */
NODISCARD enum rc planning_print(const struct job *j, struct err *err);

#endif
