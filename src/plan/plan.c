#include "plan/plan.h"

#include "limits.h"
#include "util/array.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t target_of(uint64_t total_bytes)
{
    uint64_t target = total_bytes / BATCHES_WANTED;
    if (target < BATCH_BYTES_MIN)
        return BATCH_BYTES_MIN;
    return target > BATCH_BYTES_MAX ? BATCH_BYTES_MAX : target;
}

static struct batch *batch_add(struct plan *p)
{
    if (!ARRAY_HAS_ROOM(p->batches, p->count, p->capacity, 64))
        return NULL;
    struct batch *b = &p->batches[p->count];
    *b = (struct batch){.number = p->number_base + (uint32_t)p->count, .slice_count = 1};
    p->count++;
    return b;
}

static bool add_slices(struct plan *p, size_t object, enum cut cut)
{
    uint64_t size = p->objects->objects[object].size;
    uint32_t slices =
        cut == CUT_NONE ? 1 : (uint32_t)((size + p->target_bytes - 1) / p->target_bytes);
    for (uint32_t i = 0; i < slices; i++) {
        struct batch *b = batch_add(p);
        if (b == NULL)
            return false;
        b->object_begin = object;
        b->object_count = 1;
        b->cut = slices == 1 ? CUT_NONE : cut;
        b->slice_index = i;
        b->slice_count = slices;
        b->begin = i * p->target_bytes;
        b->end = i + 1 == slices ? size : (i + 1) * p->target_bytes;
        b->bytes = b->end - b->begin;
    }
    return true;
}

/* Whether the small object joins the batch before it. */
static bool joins(const struct plan *p, const struct batch *b, const struct object *o)
{
    if (b == NULL || b->slice_count > 1 || b->object_count >= BATCH_OBJECTS_MAX ||
        b->bytes + o->size > p->target_bytes)
        return false;
    return object_day_number(&p->objects->objects[b->object_begin]) == object_day_number(o);
}

static enum rc make_batches(struct plan *p, plan_cut_fn *cut_of, void *context, struct err *err)
{
    struct batch *open = NULL;
    for (size_t i = 0; i < p->objects->count; i++) {
        const struct object *o = &p->objects->objects[i];
        if (o->is_pruned) {
            open = NULL; /* a batch's objects are neighbours */
            continue;
        }
        if (o->size > p->target_bytes) {
            enum cut cut;
            TRY(cut_of(context, o, &cut, err));
            open = NULL;
            if (!add_slices(p, i, cut))
                return err_set(err, RC_NO_MEMORY, "no memory for the plan");
            continue;
        }
        if (!joins(p, open, o)) {
            open = batch_add(p);
            if (open == NULL)
                return err_set(err, RC_NO_MEMORY, "no memory for the plan");
            open->object_begin = i;
        }
        open->object_count++;
        open->bytes += o->size;
    }
    return RC_OK;
}

static enum rc hash_plan(struct plan *p, struct view options_text, struct err *err)
{
    XXH3_state_t *state = XXH3_createState();
    if (state == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory for the plan");
    XXH3_128bits_reset(state);
    XXH3_128bits_update(state, options_text.data, options_text.size);
    for (size_t i = 0; i < p->objects->count; i++) {
        const struct object *o = &p->objects->objects[i];
        char size[24];
        int used = snprintf(size, sizeof(size), "\n%" PRIu64 "\t", o->size);
        XXH3_128bits_update(state, size, (size_t)used);
        XXH3_128bits_update(state, o->name.data, o->name.size);
    }
    XXH128_hash_t h = XXH3_128bits_digest(state);
    XXH3_freeState(state);
    snprintf(p->hash, sizeof(p->hash), "%016" PRIx64 "%016" PRIx64, (uint64_t)h.high64,
             (uint64_t)h.low64);
    return RC_OK;
}

enum rc plan_make(const struct discovery *objects, const struct plan_options *options,
                  struct plan *ret, struct err *err)
{
    struct plan p = {.objects = objects, .number_base = options->number_base};
    p.target_bytes = target_of(objects->bytes - objects->pruned_bytes);
    enum rc rc = make_batches(&p, options->cut_of, options->context, err);
    if (rc == RC_OK)
        rc = hash_plan(&p, options->text, err);
    if (rc != RC_OK) {
        plan_done(&p);
        return rc;
    }
    *ret = p;
    return RC_OK;
}

void plan_done(struct plan *p)
{
    free(p->batches);
    *p = (struct plan){0};
}

struct batch plan_whole_batch(const struct plan *p, const struct batch *slice)
{
    return (struct batch){.number = slice->number - slice->slice_index,
                          .object_begin = slice->object_begin,
                          .object_count = 1,
                          .slice_count = 1,
                          .bytes = p->objects->objects[slice->object_begin].size};
}
