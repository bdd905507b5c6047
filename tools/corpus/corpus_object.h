/* corpus_object.h - makes one object of the archive after the other.
 *
 * An object's bytes depend on the options and its number alone, so any thread
 * may make it. One maker per thread. Memory: the decoded and the stored text
 * of one object, less where the shape can be written as it comes. */
#ifndef MILLRACE_CORPUS_OBJECT_H
#define MILLRACE_CORPUS_OBJECT_H

#include "corpus_counts.h"
#include "util/err.h"

struct maker;

/* NULL when out of memory. `counts` is added to. All are borrowed. */
struct maker *maker_new(const struct world *w, const struct cast *cast, struct counts *counts);
void maker_free(struct maker *m);

/* Makes object `index` of the plan; RC_IO or RC_NO_MEMORY with the reason. */
NODISCARD enum rc maker_make(struct maker *m, uint64_t index, struct err *err);

#endif
