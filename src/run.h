/* run.h - the whole job: plan, every batch, merge.
 *
 * Crash safe at any point: running the same command again finishes what is
 * missing. Talks to the user through the hooks alone. */
#ifndef MILLRACE_RUN_H
#define MILLRACE_RUN_H

#include "job.h"

/* RC_OK when OUT holds the finished run (see ledger_is_damaged() for exit 3),
 * with --dry-run when the plan was printed to stdout. RC_STOPPED: resumable. */
NODISCARD enum rc run(const struct options *options, const struct job_hooks *hooks,
                      struct job_outcome *ret, struct err *err);

#endif
