/* plan.h - the frozen list of objects and batches.
 *
 * Everything downstream depends on the plan alone: batches are made from the
 * objects' names and sizes and from the head of large ones, never from threads
 * or times, so that every run over the same input cuts it alike. */
#ifndef MILLRACE_PLAN_H
#define MILLRACE_PLAN_H

#include "plan/discover.h"
#include "util/buf.h"
#include "util/hash.h"

struct batch {
    uint32_t number;       /* names its files; its index, but for work done again */
    uint32_t revision;     /* 0; otherwise work done again (journal.h) */
    uint64_t object_begin; /* index of the first object */
    uint32_t object_count;
    enum cut cut;         /* CUT_NONE: whole objects; else one slice of one object */
    uint32_t slice_index; /* 0 … slice_count - 1 */
    uint32_t slice_count; /* 1 for whole objects */
    uint64_t begin, end;  /* the slice's nominal bytes */
    uint64_t bytes;       /* stored bytes: what balance and progress count */
};

struct plan {
    const struct discovery *objects; /* borrowed */
    struct batch *batches;           /* in (day, name, offset) order */
    size_t count;
    size_t capacity;
    uint64_t target_bytes;
    uint32_t number_base; /* batches[i].number is number_base + i */
    char hash[33]; /* hex of the XXH3-128 that names the work */
};

/* Says how an object larger than the target can be cut. RC_OK or a failure
 * that ends planning. */
typedef enum rc plan_cut_fn(void *context, const struct object *object, enum cut *ret_cut,
                            struct err *err);

struct plan_options {
    /* Every option that affects bytes, version and build, and what OUT holds
     * already; goes into the hash with the sorted (name, size). */
    struct view text;
    uint32_t number_base; /* batches of earlier generations */
    plan_cut_fn *cut_of;
    void *context;
};

NODISCARD enum rc plan_make(const struct discovery *objects, const struct plan_options *options,
                            struct plan *ret, struct err *err);
void plan_done(struct plan *p);

/* The sliced object that `slice` belongs to as one batch, named as its first slice. */
struct batch plan_whole_batch(const struct plan *p, const struct batch *slice);

#endif
