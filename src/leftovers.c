#include "leftovers.h"

#include "commit/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

/* ---- Taking up ---- */

static bool is_begun(void *context, const struct object *o)
{
    const struct held *begun = context;
    uint64_t size;
    return held_find(begun, o->name, &size);
}

/* RC_USAGE and why, where the work is not over these objects. */
static enum rc check_fit(const struct job *j, const struct held *begun, struct err *err)
{
    size_t there = 0;
    if (strcmp(begun->head.options, j->options_hash) != 0)
        return err_set(
            err, RC_USAGE,
            "%s: holds work that was begun with other options, rules or another version; "
            "finish it with those, or --force to drop it",
            j->place.root_path);
    for (size_t i = 0; i < j->objects.count; i++) {
        const struct object *o = &j->objects.objects[i];
        uint64_t size;
        if (!held_find(begun, o->name, &size))
            continue;
        there++;
        if (size != o->size)
            return err_set(err, RC_USAGE,
                           "%.*s: had %" PRIu64 " bytes when the work in %s was begun and has "
                           "%" PRIu64 " now; --force drops that work",
                           (int)o->name.size, o->name.data, size, j->place.root_path, o->size);
    }
    if (there < begun->count)
        return err_set(err, RC_USAGE,
                       "%s: holds unfinished work over %zu objects, %zu of which are not in the "
                       "source now; --force drops that work",
                       j->place.root_path, begun->count, begun->count - there);
    return RC_OK;
}

static enum rc on_commit(void *context, const char *path, uint64_t bytes, struct err *err)
{
    (void)path;
    (void)bytes;
    (void)err;
    *(bool *)context = true;
    return RC_OK;
}

/* Work without a committed batch is nothing that could be lost. */
static enum rc drop_empty(struct job *j, const char *plan, enum rc why, struct err *err)
{
    char done[64];
    bool is_any = false;
    snprintf(done, sizeof(done), "%s/done", plan);
    struct err ignored;
    enum rc rc = tree_walk(j->place.root, done, on_commit, &is_any, &ignored);
    if (rc != RC_OK || is_any)
        return why;
    job_notice(j, 1, "%s/%s: was begun over other objects or options, and nothing of it was done",
               j->place.root_path, plan);
    return tree_remove(j->place.root, plan, err);
}

static enum rc take_up(struct job *j, const char *plan, const struct held *begun, struct err *err)
{
    enum rc rc = check_fit(j, begun, err);
    if (rc == RC_USAGE)
        return drop_empty(j, plan, rc, err);
    TRY(rc);
    j->has_more = begun->count < j->objects.count;
    if (!j->has_more)
        return RC_OK;
    job_notice(j, 0, "%s holds unfinished work over %zu of these %zu objects; they come first",
               j->place.root_path, begun->count, j->objects.count);
    discovery_filter(&j->objects, is_begun, (void *)begun);
    return RC_OK;
}

/* A run that was killed after it published left it: commits go first, so that
 * what remains of a removal that is cut short does not look like work done. */
static enum rc drop_published(struct job *j, const char *plan, struct err *err)
{
    char done[64];
    snprintf(done, sizeof(done), "%s/done", plan);
    TRY(tree_remove(j->place.root, done, err));
    TRY(folder_sync(j->place.root, plan, err));
    return tree_remove(j->place.root, plan, err);
}

static enum rc take_up_plan(struct job *j, const char *plan, struct err *err)
{
    struct held begun;
    if (j->is_incremental && strcmp(plan, j->held.head.plan) == 0)
        return drop_published(j, plan, err);
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/%s/" PLACE_PLAN, j->place.root_path, plan) >=
        (int)sizeof(path))
        return err_set(err, RC_USAGE, "%s: the path is too long", j->place.root_path);
    enum rc rc = held_read_plan(path, &begun, err);
    /* Without its plan no batch was begun, or not by this version. */
    if (rc == RC_END)
        return drop_empty(j, plan, RC_OK, err);
    TRY(rc);
    rc = take_up(j, plan, &begun, err);
    held_done(&begun);
    return rc;
}

enum rc leftovers_take_up(struct job *j, struct err *err)
{
    char plan[33];
    bool is_there;
    if (j->options->is_forced)
        return RC_OK;
    TRY(path_exists(AT_FDCWD, j->place.root_path, &is_there, err));
    if (!is_there)
        return RC_OK;
    TRY(place_lock(&j->place, err));
    TRY(place_find_begun(&j->place, plan, err));
    return plan[0] != '\0' ? take_up_plan(j, plan, err) : RC_OK;
}

enum rc leftovers_clean(struct job *j, struct err *err)
{
    bool is_there;
    TRY(path_exists(AT_FDCWD, j->place.root_path, &is_there, err));
    if (!is_there)
        return RC_OK;
    TRY(place_open_work(&j->place, j->held.head.plan, "", false, err));
    return place_clean(&j->place, j->options->threads, true, err);
}
