/* group_table.h - groups by fingerprint, with an account of their memory. */
#ifndef MILLRACE_GROUP_TABLE_H
#define MILLRACE_GROUP_TABLE_H

#include "alert/alert.h"

struct group_table {
    struct group **slots; /* open addressing by fingerprint */
    size_t capacity;      /* a power of two, or 0 */
    size_t count;
    size_t bytes; /* of the groups and the slots */
};

void group_table_done(struct group_table *t);

/* Forgets all groups and keeps the slots. */
void group_table_clear(struct group_table *t);

/* False when out of memory. */
bool group_table_add(struct group_table *t, const struct alert *a);

/* Fills ret_groups, which holds t->count, in order of the fingerprint. */
void group_table_sort(const struct group_table *t, struct group **ret_groups);

#endif
