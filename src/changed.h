/* changed.h - objects that are not what the plan says of them.
 *
 * Staging that goes on while a run reads, or that went on after a plan was made,
 * would mix two states of a bucket. So every object is looked at once more when
 * it was read. Workers add to one list; the job tells of it at the end. */
#ifndef MILLRACE_CHANGED_H
#define MILLRACE_CHANGED_H

#include "plan/discover.h"

#include <pthread.h>

struct changed_object {
    const struct object *object;
    uint64_t size; /* now */
    bool is_gone;
};

struct changed {
    pthread_mutex_t mutex;
    struct changed_object *at; /* each object once, by (day, name) after changed_sort() */
    size_t count;
    size_t capacity;
};

void changed_init(struct changed *c);
void changed_done(struct changed *c);

/* Looks at the file: whether it is gone, or size or time are not those of the
 * plan. RC_IO where it cannot be looked at: nothing is known of it then. */
NODISCARD enum rc changed_look(const struct discovery *d, const struct object *o,
                               struct changed_object *ret, bool *ret_has_changed,
                               struct err *err);

/* Any thread may add. False when out of memory. */
bool changed_add(struct changed *c, const struct changed_object *o);
/* When all threads are done: puts the list in order, each object once. */
void changed_sort(struct changed *c);

#endif
