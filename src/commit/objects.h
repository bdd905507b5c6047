/* objects.h - objects.ndjson: which objects OUT was made from.
 *
 * A first line {"version":1,"plan","options","batches","generation","program"},
 * then a line per object, {"name","size"}, generation by generation. `options`
 * is the hash of everything but the objects that decides bytes (options, rules,
 * version, build, libzstd); `batches` counts all generations' batches, so that
 * the next one's files get new names. */
#ifndef MILLRACE_OBJECTS_H
#define MILLRACE_OBJECTS_H

#include "plan/plan.h"
#include "util/sync_queue.h"

struct objects_head {
    char plan[33];    /* of the newest generation */
    char options[33]; /* hex of an XXH3-128 */
    uint64_t batches;
    uint64_t generation; /* 1 for the first run */
};

struct objects_place {
    int folder;              /* below which it is written */
    int earlier;             /* an open OUT whose lines come first, or -1 for none */
    struct sync_queue *sync; /* by which it becomes durable; NULL: at once */
};

/* Writes objects.ndjson: earlier lines, then the plan's objects. `program` names
 * version and build. */
NODISCARD enum rc objects_write(const struct objects_place *at, const struct objects_head *head,
                                const struct discovery *objects, const char *program,
                                struct err *err);

typedef enum rc object_line_fn(void *context, struct view name, uint64_t size, struct err *err);

/* Reads it. RC_END where there is none, RC_FAILED where a line has another
 * form. `on_object` may be NULL: then only the head is read. */
NODISCARD enum rc objects_read(int folder, struct objects_head *ret, object_line_fn *on_object,
                               void *context, struct err *err);

#endif
