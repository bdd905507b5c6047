/* key_table.h - rows of counters by key, bounded, the same in any order of adding.
 *
 * Holds the keys_max keys with the smallest XXH3 of the key; what others count
 * goes to one more row, "(other)". The first `sums` counters of a row add up,
 * the others keep their maximum. Functions that return bool or a pointer give
 * false or NULL when out of memory. */
#ifndef MILLRACE_KEY_TABLE_H
#define MILLRACE_KEY_TABLE_H

#include "util/view.h"

#define TABLE_COUNTERS_MAX 11

struct key_table_entry {
    uint64_t hash;
    struct view key; /* owned by the table */
    uint64_t counters[TABLE_COUNTERS_MAX];
};

struct key_table {
    struct key_table_entry *entries; /* sorted by (hash, key) */
    size_t count;
    size_t capacity;
    size_t last; /* found last: mostly looked for next */
    size_t keys_max;
    unsigned counters;
    unsigned sums;
    size_t bytes; /* memory held */
    bool has_other;
    uint64_t other[TABLE_COUNTERS_MAX];
};

void key_table_init(struct key_table *t, size_t keys_max, unsigned counters, unsigned sums);
void key_table_done(struct key_table *t);

/* Forgets all rows. */
void key_table_clear(struct key_table *t);

uint64_t *key_table_find_slowly(struct key_table *t, struct view key);

/* The counters to add to for `key`, until the next call: its own row's, or
 * those of "(other)". */
static inline uint64_t *key_table_find(struct key_table *t, struct view key)
{
    if (t->last < t->count && view_repeats(t->entries[t->last].key, key))
        return t->entries[t->last].counters;
    return key_table_find_slowly(t, key);
}

/* Adds counters to those of a row, as merging does. */
void key_table_fold(const struct key_table *t, uint64_t *to, const uint64_t *from);

#endif
