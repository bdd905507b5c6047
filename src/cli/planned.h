/* planned.h - the options of a job that goes by a plan: those of the command line
 * that only concern this process, and those that the plan records. */
#ifndef MILLRACE_PLANNED_H
#define MILLRACE_PLANNED_H

#include "commit/plan_file.h"
#include "options.h"

/* *ret borrows from `o` and from `file`. RC_USAGE where this version has no such
 * option, or takes no such value. */
NODISCARD enum rc planned_options(const struct options *o, const struct plan_file *file,
                                  struct options *ret, struct err *err);

#endif
