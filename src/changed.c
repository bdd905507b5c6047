#include "changed.h"

#include "util/array.h"

#include <errno.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SECOND_NS INT64_C(1000000000)

void changed_init(struct changed *c)
{
    *c = (struct changed){0};
    pthread_mutex_init(&c->mutex, NULL);
}

void changed_done(struct changed *c)
{
    pthread_mutex_destroy(&c->mutex);
    free(c->at);
    *c = (struct changed){0};
}

static bool has_time(const struct object *o, const struct stat *st)
{
    switch (o->mtime_form) {
    case MTIME_UNKNOWN:
        return true;
    case MTIME_SECONDS:
        return o->mtime_ns / SECOND_NS == st->st_mtim.tv_sec;
    case MTIME_NANOSECONDS:
        return o->mtime_ns == (int64_t)st->st_mtim.tv_sec * SECOND_NS + st->st_mtim.tv_nsec;
    }
    return true;
}

enum rc changed_look(const struct discovery *d, const struct object *o, struct changed_object *ret,
                     bool *ret_has_changed, struct err *err)
{
    char path[PATH_MAX];
    struct stat st;
    *ret = (struct changed_object){.object = o};
    bool is_path = object_path(d, o, path, sizeof(path));
    bool is_there = is_path && lstat(path, &st) == 0;
    if (is_path && !is_there && errno != ENOENT && errno != ENOTDIR)
        return err_errno(err, "%s: cannot look at it", path);
    ret->is_gone = !is_there || !S_ISREG(st.st_mode);
    ret->size = ret->is_gone ? 0 : (uint64_t)st.st_size;
    *ret_has_changed = ret->is_gone || ret->size != o->size || !has_time(o, &st);
    return RC_OK;
}

bool changed_add(struct changed *c, const struct changed_object *o)
{
    pthread_mutex_lock(&c->mutex);
    bool ok = ARRAY_HAS_ROOM(c->at, c->count, c->capacity, 64);
    if (ok)
        c->at[c->count++] = *o;
    pthread_mutex_unlock(&c->mutex);
    return ok;
}

/* Objects of one plan lie in its order. */
static int by_place(const void *a, const void *b)
{
    const struct changed_object *x = a, *y = b;
    return (x->object > y->object) - (x->object < y->object);
}

void changed_sort(struct changed *c)
{
    if (c->count == 0)
        return;
    qsort(c->at, c->count, sizeof(*c->at), by_place);
    size_t kept = 1;
    for (size_t i = 1; i < c->count; i++) {
        if (c->at[i].object != c->at[kept - 1].object)
            c->at[kept++] = c->at[i];
    }
    c->count = kept;
}
