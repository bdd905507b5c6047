#include "util/arena.h"

#include "util/buf.h"

#include <assert.h>
#include <stdlib.h>

enum { BLOCK_BYTES_MIN = 64 * 1024, ALIGNMENT = 16 };

struct arena_block {
    struct arena_block *next;
    size_t capacity;
    size_t used;
    _Alignas(ALIGNMENT) char bytes[];
};

void arena_init(struct arena *a, size_t bytes_max)
{
    *a = (struct arena){.bytes_max = bytes_max};
}

void arena_done(struct arena *a)
{
    for (struct arena_block *b = a->first, *next; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
    *a = (struct arena){0};
}

void arena_reset(struct arena *a)
{
    a->current = a->first;
    a->bytes_used = 0;
    if (a->first != NULL)
        a->first->used = 0;
}

static struct arena_block *block_add(struct arena *a, size_t size)
{
    size_t capacity = size > BLOCK_BYTES_MIN ? size : BLOCK_BYTES_MIN;
    /* Doubling keeps the number of blocks small whatever the total. */
    if (capacity < a->bytes_held && a->bytes_held <= a->bytes_max / 2)
        capacity = a->bytes_held;
    if (a->bytes_held > a->bytes_max || capacity > a->bytes_max - a->bytes_held)
        return NULL;
    struct arena_block *b = malloc(sizeof(*b) + capacity + BUF_SLACK);
    if (b == NULL)
        return NULL;
    *b = (struct arena_block){.capacity = capacity};
    if (a->current == NULL) {
        b->next = a->first;
        a->first = b;
    } else {
        b->next = a->current->next;
        a->current->next = b;
    }
    a->bytes_held += capacity;
    return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct arena_block *b = a->current;
    while (b == NULL || size > b->capacity - b->used) {
        b = b != NULL ? b->next : NULL;
        if (b == NULL) {
            b = block_add(a, size);
            if (b == NULL)
                return NULL;
        }
        b->used = 0;
        a->current = b;
    }
    void *p = b->bytes + b->used;
    b->used += size;
    a->bytes_used += size;
    return p;
}

void arena_shrink(struct arena *a, void *newest, size_t allocated, size_t used)
{
    allocated = (allocated + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    used = (used + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    assert(used <= allocated);
    assert((char *)newest + allocated == a->current->bytes + a->current->used);
    (void)newest;
    a->current->used -= allocated - used;
    a->bytes_used -= allocated - used;
}

struct view arena_copy(struct arena *a, struct view v)
{
    char *p = arena_alloc(a, v.size);
    if (p == NULL)
        return VIEW_NULL;
    if (v.size > 0)
        memcpy(p, v.data, v.size);
    return view_of(p, v.size);
}
