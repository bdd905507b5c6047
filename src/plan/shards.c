#include "plan/shards.h"

#include "limits.h"

#include <assert.h>
#include <stdlib.h>

uint64_t batch_cost(const struct batch *b)
{
    return b->bytes + (uint64_t)b->object_count * OBJECT_COST_BYTES;
}

/* ---- The costliest first ---- */

struct weighed {
    uint64_t cost;
    uint32_t index;
};

static int by_cost(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost > y->cost ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* ---- The least loaded shard: a heap with it on top ---- */

struct load {
    uint64_t cost;
    uint32_t shard;
};

static bool is_less(const struct load *a, const struct load *b)
{
    return a->cost != b->cost ? a->cost < b->cost : a->shard < b->shard;
}

static void sink_top(struct load *heap, size_t count)
{
    for (size_t at = 0;;) {
        size_t least = at, left = 2 * at + 1, right = left + 1;
        if (left < count && is_less(&heap[left], &heap[least]))
            least = left;
        if (right < count && is_less(&heap[right], &heap[least]))
            least = right;
        if (least == at)
            return;
        struct load other = heap[at];
        heap[at] = heap[least];
        heap[least] = other;
        at = least;
    }
}

enum rc shards_assign(const struct plan *plan, uint32_t shards, uint32_t *ret_shard,
                      struct err *err)
{
    assert(shards >= 1);
    struct weighed *batches = calloc(plan->count + 1, sizeof(*batches));
    struct load *heap = calloc(shards, sizeof(*heap));
    enum rc rc = batches == NULL || heap == NULL
                     ? err_set(err, RC_NO_MEMORY, "no memory to share out the batches")
                     : RC_OK;
    if (rc == RC_OK) {
        for (size_t i = 0; i < plan->count; i++)
            batches[i] = (struct weighed){batch_cost(&plan->batches[i]), (uint32_t)i};
        qsort(batches, plan->count, sizeof(*batches), by_cost);
        for (uint32_t i = 0; i < shards; i++)
            heap[i].shard = i; /* nothing to do yet: by number they are a heap */
        for (size_t i = 0; i < plan->count; i++) {
            ret_shard[batches[i].index] = heap[0].shard;
            heap[0].cost += batches[i].cost;
            sink_top(heap, shards);
        }
    }
    free(batches);
    free(heap);
    return rc;
}

enum rc shards_weigh(const struct plan *plan, uint32_t shards, const uint32_t *shard,
                     struct shards_balance *ret, struct err *err)
{
    uint64_t *costs = calloc(shards, sizeof(*costs));
    if (costs == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to weigh the shards");
    *ret = (struct shards_balance){0};
    for (size_t i = 0; i < plan->count; i++)
        costs[shard[i]] += batch_cost(&plan->batches[i]);
    for (uint32_t i = 0; i < shards; i++) {
        ret->cost_total += costs[i];
        ret->cost_max = costs[i] > ret->cost_max ? costs[i] : ret->cost_max;
        ret->empty += costs[i] == 0;
    }
    free(costs);
    return RC_OK;
}
