#include "util/tally.h"

#include "util/array.h"
#include "util/hash.h"

#include <assert.h>
#include <stdlib.h>

void tally_init(struct tally *t, size_t keys_max)
{
    *t = (struct tally){.keys_max = keys_max};
}

void tally_done(struct tally *t)
{
    for (size_t i = 0; i < t->count; i++)
        free((char *)t->entries[i].key.data);
    free(t->entries);
    *t = (struct tally){0};
}

static int compare(const struct tally_entry *e, uint64_t hash, struct view key)
{
    if (e->hash != hash)
        return e->hash < hash ? -1 : 1;
    return view_compare(e->key, key);
}

/* The first entry not before (hash, key). */
static size_t lower_bound(const struct tally *t, uint64_t hash, struct view key)
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

static bool make_room(struct tally *t)
{
    size_t before = t->capacity;
    if (!ARRAY_HAS_ROOM(t->entries, t->count, t->capacity, 4))
        return false;
    t->bytes += (t->capacity - before) * sizeof(*t->entries);
    return true;
}

static void drop_last(struct tally *t)
{
    struct tally_entry *last = &t->entries[t->count - 1];
    t->other += last->count;
    t->is_sampled = true;
    t->bytes -= last->key.size + 1;
    free((char *)last->key.data);
    t->count--;
}

bool tally_add(struct tally *t, struct view key, uint64_t count)
{
    assert(t->keys_max > 0);
    uint64_t hash = hash64(key);
    size_t at = lower_bound(t, hash, key);
    if (at < t->count && compare(&t->entries[at], hash, key) == 0) {
        t->entries[at].count += count;
        return true;
    }
    if (at == t->keys_max) {
        t->other += count;
        t->is_sampled = true;
        return true;
    }
    char *copy = malloc(key.size + 1);
    if (copy == NULL || !make_room(t)) {
        free(copy);
        return false;
    }
    if (key.size > 0)
        memcpy(copy, key.data, key.size);
    if (t->count == t->keys_max) {
        drop_last(t);
        assert(at <= t->count);
    }
    memmove(&t->entries[at + 1], &t->entries[at], (t->count - at) * sizeof(*t->entries));
    t->entries[at] = (struct tally_entry){hash, view_of(copy, key.size), count};
    t->bytes += key.size + 1;
    t->count++;
    return true;
}

bool tally_merge(struct tally *t, const struct tally *from)
{
    for (size_t i = 0; i < from->count; i++) {
        if (!tally_add(t, from->entries[i].key, from->entries[i].count))
            return false;
    }
    t->other += from->other;
    t->is_sampled |= from->is_sampled;
    return true;
}
