/* told.h - what `watch` has told of, kept beside OUT.
 *
 * A folder with hard links to the report of the generation that the last digest
 * was about: the next one says what came since. It changes only after a digest
 * was written, so that after a crash a digest comes twice, never not at all. */
#ifndef MILLRACE_TOLD_H
#define MILLRACE_TOLD_H

#include "commit/finished.h"

/* Whether `path` keeps the report of the finished `out`: nothing is left to tell.
 * Removes what a crash left beside it then. */
NODISCARD enum rc told_is_of(const char *path, const char *out, bool *ret, struct err *err);

/* Opens what `path` keeps; *ret stays closed (report NULL) where nothing was told
 * yet. Otherwise as finished_open(). */
NODISCARD enum rc told_open(const char *path, size_t groups_max, struct finished *ret,
                            struct err *err);

/* Makes `path` keep the report of the finished `out`, on the same filesystem. */
NODISCARD enum rc told_keep(const char *path, const char *out, struct err *err);

#endif
