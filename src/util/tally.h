/* tally.h - exact counts per key, bounded, the same in any order of adding.
 *
 * Holds the keys_max keys with the smallest XXH3 of the key; what other keys
 * counted goes to `other`. Once a key has been pushed out its earlier counts
 * go to `other` too, so the kept counts are exact whatever the order. */
#ifndef MILLRACE_TALLY_H
#define MILLRACE_TALLY_H

#include "util/view.h"

struct tally_entry {
    uint64_t hash;
    struct view key; /* owned by the tally */
    uint64_t count;
};

struct tally {
    struct tally_entry *entries; /* sorted by (hash, key) */
    size_t count;
    size_t capacity;
    size_t keys_max;
    size_t bytes; /* memory held */
    uint64_t other;
    bool is_sampled; /* some key was pushed out: the kept ones are not all */
};

void tally_init(struct tally *t, size_t keys_max);
void tally_done(struct tally *t);

/* False when out of memory; nothing is then counted. */
bool tally_add(struct tally *t, struct view key, uint64_t count);
/* Adds all of `from`, and its `other`. */
bool tally_merge(struct tally *t, const struct tally *from);

#endif
