#include "commit/publish.h"

#include "commit/atomic_file.h"
#include "commit/merge.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* The work folder is a run's with a plan of this name: nothing in it is worth
 * keeping, so any command goes on where another was killed. */
static const char no_plan[] = "00000000000000000000000000000000";
static const char next_name[] = "next";

enum rc publish_is_free(const char *out, bool *ret, struct err *err)
{
    int folder = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *ret = folder < 0 && errno == ENOENT;
    if (*ret)
        return RC_OK;
    if (folder < 0 && errno == ENOTDIR)
        return err_set(err, RC_USAGE, "%s: is a file; name a folder to write to", out);
    if (folder < 0)
        return err_errno_named(err, "%s: cannot open the folder", out);
    enum rc rc = folder_is_empty(folder, ret, err);
    close(folder);
    return rc;
}

enum rc publish_begin(struct place *p, int *ret_next, struct err *err)
{
    TRY(place_open_work(p, no_plan, "", false, err));
    (void)place_confine(p); /* a help where there is one */
    TRY(tree_remove(p->root, next_name, err));
    TRY(folder_make(p->root, next_name, err));
    return folder_open_made(p->root, next_name, ret_next, err);
}

/* ---- Whether OUT holds it already ---- */

struct comparison {
    int next, out;
    uint64_t files; /* of the one less those of the other */
    bool is_same;
};

static enum rc compare_file(void *context, const char *path, uint64_t bytes, struct err *err)
{
    struct comparison *c = context;
    struct hash128 here, there;
    uint64_t there_bytes;
    c->files++;
    if (c->is_same)
        TRY(path_exists(c->out, path, &c->is_same, err));
    if (!c->is_same)
        return RC_OK;
    TRY(file_checksum(c->next, path, &bytes, &here, err));
    TRY(file_checksum(c->out, path, &there_bytes, &there, err));
    c->is_same = bytes == there_bytes && here.high == there.high && here.low == there.low;
    return RC_OK;
}

static enum rc count_file(void *context, const char *path, uint64_t bytes, struct err *err)
{
    (void)path;
    (void)bytes;
    (void)err;
    ((struct comparison *)context)->files--;
    return RC_OK;
}

static enum rc compare_open(struct comparison *c, bool *ret, struct err *err)
{
    TRY(tree_walk(c->next, ".", compare_file, c, err));
    TRY(tree_walk(c->out, ".", count_file, c, err));
    *ret = c->is_same && c->files == 0;
    return RC_OK;
}

static enum rc is_published(const struct place *p, bool *ret, struct err *err)
{
    struct comparison c = {.next = -1, .out = -1, .is_same = true};
    *ret = false;
    enum rc rc = folder_open(AT_FDCWD, p->out, &c.out, err);
    if (rc == RC_END)
        return RC_OK;
    if (rc == RC_OK)
        rc = folder_open(p->root, next_name, &c.next, err);
    if (rc == RC_OK)
        rc = compare_open(&c, ret, err);
    if (c.next >= 0)
        close(c.next);
    if (c.out >= 0)
        close(c.out);
    return rc;
}

enum rc publish_end(struct place *p, bool may_replace, const char *refusal, struct err *err)
{
    bool is_there;
    TRY(tree_sync(p->root, next_name, NULL, err));
    TRY(is_published(p, &is_there, err));
    bool is_refused = !is_there && !may_replace;
    if (!is_there && may_replace)
        TRY(merge_publish(p->root, p->root_path, p->out, err));
    if (is_there) /* the rename that put it there may have been all that was done */
        TRY(folder_sync_above(p->out, err));
    TRY(place_clean(p, 1, false, err));
    return is_refused ? err_set(err, RC_USAGE, "%s: %s", p->out, refusal) : RC_OK;
}
