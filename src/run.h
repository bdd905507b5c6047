/* run.h - the whole job: plan, every batch, merge; or each of them alone, on many
 * machines.
 *
 * Crash safe at any point: running the same command again finishes what is
 * missing. Any number of attempts at a shard may run at once, and end at any
 * time. Talks to the user through the hooks alone. */
#ifndef MILLRACE_RUN_H
#define MILLRACE_RUN_H

#include "job.h"

/* RC_OK when OUT holds the finished run (see ledger_is_damaged() for exit 3),
 * with --dry-run when the plan was printed to stdout. RC_STOPPED: resumable. */
NODISCARD enum rc run(const struct options *options, const struct job_hooks *hooks,
                      struct job_outcome *ret, struct err *err);

/* Writes the plan to o->plan_path and prints it to stdout. outcome->was_done: the
 * OUT to go on from holds all objects, and no plan was written. */
NODISCARD enum rc run_plan(const struct options *options, const struct job_hooks *hooks,
                           struct job_outcome *ret, struct err *err);

/* `options` are what run() takes, and those that `file` records (cli/planned.h). */
struct planned {
    const struct options *options;
    const struct plan_file *file;
    uint32_t shard; /* run_shard() */
};

/* Commits the batches of one shard. RC_OK also where OUT holds them already.
 * RC_STOPPED: begin again. RC_CHANGED: objects are not what the plan says. */
NODISCARD enum rc run_shard(const struct planned *p, const struct job_hooks *hooks,
                            struct job_outcome *ret, struct err *err);

/* Makes OUT of what the shards committed. RC_FAILED where some did not. */
NODISCARD enum rc run_merge(const struct planned *p, const struct job_hooks *hooks,
                            struct job_outcome *ret, struct err *err);

/* The path of the plan that shards work on for OUT. RC_END where there is none, or
 * where OUT holds its work already. */
NODISCARD enum rc run_find_plan(const struct options *options, char ret[PATH_MAX], struct err *err);

/* After a merge that ended between publishing and cleaning: removes what is left
 * in OUT.work of the plan that OUT holds. RC_END where OUT holds no finished run. */
NODISCARD enum rc run_clean(const struct options *options, const struct job_hooks *hooks,
                            struct job_outcome *ret, struct err *err);

#endif
