/* finished.h - the report of a finished run, opened to be shown, added up or
 * compared with.
 *
 * Any folder that holds report.partial, ledger.json and, written last,
 * _SUCCESS: what `run` publishes, and what `report A B -o R` does. */
#ifndef MILLRACE_FINISHED_H
#define MILLRACE_FINISHED_H

#include "alert/partial.h"
#include "commit/ledger.h"
#include "util/hash.h"

/* Zero-initialised is closed. */
struct finished {
    struct report *report;
    struct ledger ledger;
};

/* Keeps the groups_max largest groups. RC_USAGE with one line where `path` is
 * not such a folder, is damaged or was made by another version. */
NODISCARD enum rc finished_open(const char *path, size_t groups_max, struct finished *ret,
                                struct err *err);
void finished_close(struct finished *f);

/* XXH3-128 of its report.partial: what it adds to a comparison, whatever the
 * folder is called. */
NODISCARD enum rc finished_checksum(const char *path, struct hash128 *ret, struct err *err);

/* The rules that the groups of a run were made with. */
struct grouped {
    const char *path;              /* what to call the run */
    uint64_t rules_min, rules_max; /* min > max: of a run without any events */
};
struct grouped finished_grouped(const struct report *report, const char *path);
/* RC_USAGE where the two were grouped with other rules: their groups are not
 * the same things. One without any events agrees with all. */
NODISCARD enum rc finished_check_rules(const struct grouped *a, const struct grouped *b,
                                       struct err *err);

/* Whether `path` would lie directly inside a finished tree, whose files must
 * stay what its manifest says. */
NODISCARD enum rc finished_holds(const char *path, bool *ret, struct err *err);

#endif
