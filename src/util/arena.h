/* arena.h - bump allocation for things that die together.
 *
 * arena_reset() forgets everything at once and keeps the memory. Blocks are
 * added as needed up to `bytes_max` in all; past it, and when malloc fails,
 * arena_alloc() returns NULL and the caller gives RC_NO_MEMORY or spills.
 * Nothing moves while it lives. One thread at a time. */
#ifndef MILLRACE_ARENA_H
#define MILLRACE_ARENA_H

#include "util/view.h"

struct arena_block;

struct arena {
    struct arena_block *first;
    struct arena_block *current;
    size_t bytes_held; /* all blocks */
    size_t bytes_used; /* handed out since the last reset */
    size_t bytes_max;
};

void arena_init(struct arena *a, size_t bytes_max);
void arena_done(struct arena *a);
void arena_reset(struct arena *a);

/* Aligned to 16, not zeroed, followed by BUF_SLACK writable bytes of which the
 * next allocation may take the place: kernels may store past the end of the
 * newest allocation only. */
void *arena_alloc(struct arena *a, size_t size);

/* Gives back what is unused of the newest allocation. */
void arena_shrink(struct arena *a, void *newest, size_t allocated, size_t used);

/* A copy of `v`; a view with NULL data when out of memory. */
struct view arena_copy(struct arena *a, struct view v);

#endif
