/* place.h - where a run works and publishes: OUT, OUT.work, and the lock.
 *
 * OUT.work lies beside OUT on the same filesystem, never below it: readers
 * match every Parquet file below OUT, in hidden folders too. The lock is an open file
 * description lock (fcntl(2)): a dead process holds nothing. */
#ifndef MILLRACE_PLACE_H
#define MILLRACE_PLACE_H

#include "options.h"
#include "plan/discover.h"

#include <linux/limits.h>

struct place {
    char out[PATH_MAX];       /* absolute */
    char root_path[PATH_MAX]; /* OUT.work, absolute */
    char work_path[PATH_MAX]; /* OUT.work/<plan hash> */
    int root;                 /* open root_path, or -1 */
    int work;                 /* open work_path, or -1 */
    int lock;                 /* or -1 */
    bool is_unlocked;         /* the filesystem has no locks: one must not run it twice */
};

void place_init(struct place *p);
void place_done(struct place *p);

/* Resolves OUT and OUT.work. RC_USAGE where OUT's parent folder is missing. */
NODISCARD enum rc place_find(struct place *p, const struct options *o, struct err *err);

/* RC_USAGE where OUT or OUT.work lies inside a source, or a source inside them. */
NODISCARD enum rc place_check_apart(const struct place *p, const struct discovery *d,
                                    struct err *err);

/* The plan in a work folder. */
#define PLACE_PLAN "plan"

/* Makes OUT.work and takes the lock; RC_LOCKED where a live run holds it. Nothing
 * happens where this place holds it already. */
NODISCARD enum rc place_lock(struct place *p, struct err *err);

/* The name of a plan's folder in OUT.work, the first of them; "" where there is
 * none. The lock is held. RC_USAGE where something else lies there. */
NODISCARD enum rc place_find_begun(struct place *p, char ret_plan[33], struct err *err);

/* place_lock(), and makes the plan's folder. Work of another plan is RC_USAGE, or
 * removed with `is_forced`, or where it is of the plan `finished` ("" for none),
 * which OUT holds. */
NODISCARD enum rc place_open_work(struct place *p, const char *plan_hash, const char *finished,
                                  bool is_forced, struct err *err);
/* The same without the lock: any number of shards work beside one another, and
 * beside the run or merge that holds it. */
NODISCARD enum rc place_open_shared(struct place *p, const char *plan_hash, const char *finished,
                                    struct err *err);

/* The path of the one plan whose work lies in OUT.work, other than the plan
 * `but` ("" for none): work that is finished. RC_END where there is none;
 * RC_USAGE where there are several. */
NODISCARD enum rc place_find_plan(const struct place *p, const char *but, char ret[PATH_MAX],
                                  struct err *err);

/* From here on the process changes no file but below OUT and OUT.work, and
 * beside them only which folder is OUT (util/sandbox.h). Before the first
 * thread. NULL, or why it cannot be helped: a text for a notice. */
const char *place_confine(const struct place *p);

/* After publication: removes OUT.work, lock and all, by up to so many threads.
 * `is_shared`: there may be late shards, and what they put there meanwhile may
 * stay; the next run removes it. */
NODISCARD enum rc place_clean(struct place *p, unsigned threads, bool is_shared, struct err *err);

#endif
