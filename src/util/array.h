/* array.h - arrays that grow by doubling.
 *
 * For lists whose length nobody knows beforehand, whose owner keeps a pointer, a count and a
 * capacity of its own. Growing moves the items: pointers to them last until the next. */
#ifndef MILLRACE_ARRAY_H
#define MILLRACE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/* Whether an item can be added to the `count` of `items`, a pointer to any type, for which
 * `capacity`, a size_t, of them are allocated; both are set anew where there was no room, to
 * `first` items at the start. False: out of memory, and nothing has changed. Freed by free(). */
#define ARRAY_HAS_ROOM(items, count, capacity, first)                                              \
    ((count) < (capacity) || array_grow(&(items), sizeof(*(items)), &(capacity), (first)))

/* `pointer` points to the pointer to the items. */
bool array_grow(void *pointer, size_t item_bytes, size_t *capacity, size_t first);

#endif
