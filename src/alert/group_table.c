#include "alert/group_table.h"

#include <assert.h>
#include <stdlib.h>

void group_table_clear(struct group_table *t)
{
    for (size_t i = 0; i < t->capacity; i++) {
        if (t->slots[i] != NULL) {
            group_done(t->slots[i]);
            free(t->slots[i]);
            t->slots[i] = NULL;
        }
    }
    t->count = 0;
    t->bytes = t->capacity * sizeof(*t->slots);
}

void group_table_done(struct group_table *t)
{
    group_table_clear(t);
    free(t->slots);
    *t = (struct group_table){0};
}

/* The slot of the fingerprint, or the free one where it belongs. Fingerprints
 * are hashes already, so their low bits choose the slot. */
static struct group **find_slot(struct group **slots, size_t capacity, uint64_t fingerprint)
{
    size_t at = (size_t)fingerprint & (capacity - 1);
    while (slots[at] != NULL && slots[at]->fingerprint != fingerprint)
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static bool grow(struct group_table *t)
{
    if ((t->count + 1) * 2 <= t->capacity)
        return true;
    size_t capacity = t->capacity ? t->capacity * 2 : 64;
    struct group **slots = calloc(capacity, sizeof(*slots));
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < t->capacity; i++) {
        if (t->slots[i] != NULL)
            *find_slot(slots, capacity, t->slots[i]->fingerprint) = t->slots[i];
    }
    free(t->slots);
    t->bytes += (capacity - t->capacity) * sizeof(*slots);
    t->slots = slots;
    t->capacity = capacity;
    return true;
}

bool group_table_add(struct group_table *t, const struct alert *a)
{
    if (!grow(t))
        return false;
    struct group **slot = find_slot(t->slots, t->capacity, a->fingerprint);
    if (*slot == NULL) {
        struct group *g = malloc(sizeof(*g));
        if (g == NULL)
            return false;
        group_init(g, a->fingerprint, a->rule);
        *slot = g;
        t->count++;
        t->bytes += sizeof(*g) + group_bytes(g);
    }
    size_t before = group_bytes(*slot);
    bool ok = group_add(*slot, a);
    t->bytes += group_bytes(*slot) - before;
    return ok;
}

static int compare(const void *a, const void *b)
{
    uint64_t left = (*(struct group *const *)a)->fingerprint;
    uint64_t right = (*(struct group *const *)b)->fingerprint;
    return (left > right) - (left < right);
}

void group_table_sort(const struct group_table *t, struct group **ret_groups)
{
    size_t count = 0;
    for (size_t i = 0; i < t->capacity; i++) {
        if (t->slots[i] != NULL)
            ret_groups[count++] = t->slots[i];
    }
    assert(count == t->count);
    qsort(ret_groups, count, sizeof(struct group *), compare);
}
