#include "alert/key_table.h"

#include "util/array.h"
#include "util/hash.h"

#include <assert.h>
#include <stdlib.h>

void key_table_init(struct key_table *t, size_t keys_max, unsigned counters, unsigned sums)
{
    assert(keys_max > 0);
    assert(sums <= counters && counters <= TABLE_COUNTERS_MAX);
    *t = (struct key_table){.keys_max = keys_max, .counters = counters, .sums = sums};
}

void key_table_clear(struct key_table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        t->bytes -= t->entries[i].key.size + 1;
        free((char *)t->entries[i].key.data);
    }
    t->count = t->last = 0;
    t->has_other = false;
    memset(t->other, 0, sizeof(t->other));
}

void key_table_done(struct key_table *t)
{
    key_table_clear(t);
    free(t->entries);
    *t = (struct key_table){0};
}

void key_table_fold(const struct key_table *t, uint64_t *to, const uint64_t *from)
{
    for (unsigned i = 0; i < t->counters; i++) {
        if (i < t->sums)
            to[i] += from[i];
        else if (to[i] < from[i])
            to[i] = from[i];
    }
}

static int compare(const struct key_table_entry *e, uint64_t hash, struct view key)
{
    if (e->hash != hash)
        return e->hash < hash ? -1 : 1;
    return view_compare(e->key, key);
}

static size_t lower_bound(const struct key_table *t, uint64_t hash, struct view key)
{
    size_t low = 0, high = t->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare(&t->entries[middle], hash, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool make_room(struct key_table *t)
{
    size_t before = t->capacity;
    if (!ARRAY_HAS_ROOM(t->entries, t->count, t->capacity, 4))
        return false;
    t->bytes += (t->capacity - before) * sizeof(*t->entries);
    return true;
}

static uint64_t *other_row(struct key_table *t)
{
    t->has_other = true;
    return t->other;
}

static void drop_last(struct key_table *t)
{
    struct key_table_entry *last = &t->entries[--t->count];
    key_table_fold(t, other_row(t), last->counters);
    t->bytes -= last->key.size + 1;
    free((char *)last->key.data);
}

uint64_t *key_table_find_slowly(struct key_table *t, struct view key)
{
    /* A key that spells the row of the others is one of them. */
    if (view_equals(key, VIEW("(other)")))
        return other_row(t);
    uint64_t hash = hash64(key);
    size_t at = lower_bound(t, hash, key);
    if (at == t->keys_max)
        return other_row(t);
    if (at == t->count || compare(&t->entries[at], hash, key) != 0) {
        char *copy = malloc(key.size + 1);
        if (copy == NULL || !make_room(t)) {
            free(copy);
            return NULL;
        }
        memcpy(copy, key.data, key.size);
        if (t->count == t->keys_max)
            drop_last(t);
        memmove(&t->entries[at + 1], &t->entries[at], (t->count - at) * sizeof(*t->entries));
        t->entries[at] = (struct key_table_entry){.hash = hash, .key = view_of(copy, key.size)};
        t->bytes += key.size + 1;
        t->count++;
    }
    t->last = at;
    return t->entries[at].counters;
}
