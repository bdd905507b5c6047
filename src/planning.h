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

/* Cuts the objects into the batches of j->plan, and makes room to list them.
 * Large objects are opened to look at their heads. */
NODISCARD enum rc planning_cut(struct job *j, struct err *err);

/* The three in one for a job that goes by a plan: j->file's objects, cut as they
 * were. */
NODISCARD enum rc planning_load(struct job *j, struct err *err);

/* Whether OUT is what the plan of j->file was made for: RC_USAGE where not.
 * outcome->was_done tells that OUT holds this plan's work already. */
NODISCARD enum rc planning_match_out(struct job *j, struct err *err);

/* Writes the plan to o->plan_path, in one step. */
NODISCARD enum rc planning_write(struct job *j, struct err *err);

/* Puts the plan into the work folder, where merge finds it; once. */
NODISCARD enum rc planning_save(struct job *j, struct err *err);

/* The plan on stdout, with -v every object; with --dry-run the shapes of the
 * objects too, by a look at the head of each. Gives what opening an object gives. */
NODISCARD enum rc planning_print(const struct job *j, struct err *err);

#endif
