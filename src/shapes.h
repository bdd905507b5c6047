/* shapes.h - what objects hold, by a look at the head of each: for --dry-run.
 *
 * The layers around the text ("gzip>gzip", "stored" for none) and what the text
 * is. Recognised as a run does it, from the first SHAPE_HEAD_BYTES alone: what
 * lies behind may be of another shape. One thread. */
#ifndef MILLRACE_SHAPES_H
#define MILLRACE_SHAPES_H

#include "plan/discover.h"
#include "util/cpu.h"

struct shapes;

/* NULL when out of memory. */
struct shapes *shapes_new(enum cpu cpu);
void shapes_free(struct shapes *s);

/* Looks at one object and counts it. *ret_shape ("gzip records") lives until the
 * next call. Gives what opening a file gives. */
NODISCARD enum rc shapes_add(struct shapes *s, const struct discovery *d, const struct object *o,
                             const char **ret_shape, struct err *err);

/* A line per shape, the largest first. */
void shapes_print(const struct shapes *s);

#endif
