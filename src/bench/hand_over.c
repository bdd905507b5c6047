#include "bench/bench_thread.h"
#include "input/fanout.h"

#include <stdlib.h>

/* One byte of each page: what a worker is given, it reads. */
enum { PAGE_STEP = 4096 };

/* Objects one after another as the batches of a run, grouped as the plan groups. */
static size_t group_objects(const struct inputs *in, struct batch *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < in->objects_count; i++) {
        uint64_t number = (uint64_t)(in->objects[i].object - in->found.objects);
        uint64_t bytes = in->objects[i].object->size;
        struct batch *last = count > 0 ? &ret[count - 1] : NULL;
        if (last != NULL && last->object_begin + last->object_count == number &&
            last->bytes + bytes <= BATCH_BYTES_MIN && last->object_count < BATCH_OBJECTS_MAX) {
            last->object_count++;
            last->bytes += bytes;
            continue;
        }
        ret[count] = (struct batch){.number = (uint32_t)count,
                                    .object_begin = number,
                                    .object_count = 1,
                                    .slice_count = 1,
                                    .bytes = bytes};
        count++;
    }
    return count;
}

struct hand_over {
    struct plan plan;
    atomic_bool stop;
    _Atomic size_t sum; /* of what was read, so that nothing can be left out */
};

static size_t touch(struct view bytes)
{
    size_t sum = 0;
    for (size_t at = 0; at < bytes.size; at += PAGE_STEP)
        sum += (unsigned char)bytes.data[at];
    return sum;
}

static enum rc take_inputs(struct hand_over *h, struct fanout_worker *w, const struct batch *batch,
                           struct source *source, struct err *err)
{
    for (uint32_t i = 0; i < batch->object_count; i++) {
        TRY(fanout_input(w, batch, i, source, err));
        h->sum += touch(source->bytes);
        source_close(source);
    }
    return RC_OK;
}

static enum rc run_worker(void *context, struct fanout_worker *w, struct err *err)
{
    struct hand_over *h = context;
    struct source source = {0};
    uint32_t batch;
    enum rc rc;
    while ((rc = fanout_take(w, &batch, err)) == RC_OK) {
        rc = take_inputs(h, w, &h->plan.batches[batch], &source, err);
        if (rc != RC_OK)
            break;
    }
    source_done(&source);
    return rc == RC_END ? RC_OK : rc;
}

static enum rc run_fanout(struct hand_over *h, const struct hand_over_options *o,
                          const uint32_t *todo, struct meter *ret, struct err *err)
{
    const struct fanout_options options = {.plan = &h->plan,
                                           .todo = todo,
                                           .todo_count = h->plan.count,
                                           .workers = o->threads,
                                           .io = o->is_uring ? FANOUT_URING : FANOUT_THREADS,
                                           .is_pinned = !o->is_unpinned,
                                           .run = run_worker,
                                           .context = h,
                                           .stop = &h->stop};
    double began = meter_now_s();
    TRY(fanout_run(&options, err));
    ret->seconds = meter_now_s() - began;
    ret->bytes = o->inputs->stored_bytes;
    ret->json = o->inputs->text_bytes;
    return RC_OK;
}

enum rc hand_over_measure(const struct hand_over_options *o, struct meter *ret, struct err *err)
{
    const struct inputs *in = o->inputs;
    struct hand_over h = {.plan = {.objects = &in->found}};
    uint32_t *todo = calloc(in->objects_count, sizeof(*todo));
    h.plan.batches = calloc(in->objects_count, sizeof(*h.plan.batches));
    enum rc rc = RC_OK;
    if (todo == NULL || h.plan.batches == NULL)
        rc = err_set(err, RC_NO_MEMORY, "no memory for a list of batches");
    if (rc == RC_OK) {
        h.plan.count = group_objects(in, h.plan.batches);
        for (size_t i = 0; i < h.plan.count; i++)
            todo[i] = (uint32_t)i;
        rc = run_fanout(&h, o, todo, ret, err);
    }
    free(todo);
    free(h.plan.batches);
    return rc;
}
