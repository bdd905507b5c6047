#include "commit/place.h"

#include "commit/atomic_file.h"
#include "util/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char lock_name[] = "lock";

void place_init(struct place *p)
{
    *p = (struct place){.root = -1, .work = -1, .lock = -1};
}

void place_done(struct place *p)
{
    if (p->lock >= 0)
        close(p->lock);
    if (p->work >= 0)
        close(p->work);
    if (p->root >= 0)
        close(p->root);
    place_init(p);
}

/* The absolute form of a path whose last component need not exist. */
static enum rc absolute(const char *path, char ret[PATH_MAX], struct err *err)
{
    char copy[PATH_MAX];
    if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
        return err_set(err, RC_USAGE, "%s: the path is too long", path);
    size_t size = strlen(copy);
    while (size > 1 && copy[size - 1] == '/')
        copy[--size] = '\0';
    if (realpath(copy, ret) != NULL)
        return RC_OK;
    char *slash = strrchr(copy, '/');
    const char *base = slash != NULL ? slash + 1 : copy;
    char parent[PATH_MAX];
    const char *folder = slash == NULL ? "." : slash == copy ? "/" : copy;
    if (slash != NULL && slash != copy)
        *slash = '\0';
    if (realpath(folder, parent) == NULL)
        return err_errno_named(err, "%s: cannot be made: %s", path, folder);
    if (snprintf(ret, PATH_MAX, "%s/%s", strcmp(parent, "/") == 0 ? "" : parent, base) >= PATH_MAX)
        return err_set(err, RC_USAGE, "%s: the path is too long", path);
    return RC_OK;
}

enum rc place_find(struct place *p, const struct options *o, struct err *err)
{
    if (o->out == NULL || o->out[0] == '\0')
        return err_set(err, RC_USAGE, "say where to write: -o OUT");
    TRY(absolute(o->out, p->out, err));
    if (strcmp(p->out, "/") == 0)
        return err_set(err, RC_USAGE, "/: cannot be the output folder");
    if (o->work != NULL)
        return absolute(o->work, p->root_path, err);
    if (snprintf(p->root_path, sizeof(p->root_path), "%s.work", p->out) >=
        (int)sizeof(p->root_path))
        return err_set(err, RC_USAGE, "%s: the path is too long", p->out);
    return RC_OK;
}

static bool is_inside(const char *path, const char *folder)
{
    size_t size = strlen(folder);
    return strncmp(path, folder, size) == 0 &&
           (path[size] == '\0' || path[size] == '/' || strcmp(folder, "/") == 0);
}

enum rc place_check_apart(const struct place *p, const struct discovery *d, struct err *err)
{
    if (p->out[0] == '\0')
        return RC_OK;
    for (size_t i = 0; i < d->roots_count; i++) {
        const char *root = d->roots[i];
        if (is_inside(root, p->out) || is_inside(root, p->root_path))
            return err_set(err, RC_USAGE, "%s: the source lies inside the output folder %s", root,
                           p->out);
        if (d->is_walked[i] && (is_inside(p->out, root) || is_inside(p->root_path, root)))
            return err_set(err, RC_USAGE,
                           "%s: the output folder lies inside the source; choose an -o beside %s",
                           p->out, root);
    }
    return RC_OK;
}

/* RC_LOCKED where another process holds it. */
static enum rc lock_file(struct place *p, int fd, struct err *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return RC_OK;
    p->is_unlocked =
        errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL;
    if (p->is_unlocked)
        return RC_OK;
    if (errno == EAGAIN || errno == EACCES)
        return err_set(err, RC_LOCKED, "%s: another run is writing it", p->out);
    return err_errno(err, "%s/%s: cannot lock it", p->root_path, lock_name);
}

/* Whether `fd` is what stands at root/lock: a run that finishes removes it. */
static enum rc is_there_still(const struct place *p, int fd, bool *ret, struct err *err)
{
    struct stat held, there;
    *ret = false;
    if (fstat(fd, &held) != 0)
        return err_errno(err, "%s/%s: cannot look at it", p->root_path, lock_name);
    if (fstatat(p->root, lock_name, &there, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT
                   ? RC_OK
                   : err_errno(err, "%s/%s: cannot look at it", p->root_path, lock_name);
    *ret = held.st_ino == there.st_ino && held.st_dev == there.st_dev;
    return RC_OK;
}

/* Locks the file at root/lock; the loop settles the race with a run that
 * finishes and removes it. */
static enum rc take_lock(struct place *p, struct err *err)
{
    for (;;) {
        int fd = openat(p->root, lock_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return err_errno(err, "%s/%s: cannot create it", p->root_path, lock_name);
        bool is_held = true;
        enum rc rc = lock_file(p, fd, err);
        if (rc == RC_OK && !p->is_unlocked)
            rc = is_there_still(p, fd, &is_held, err);
        if (rc == RC_OK && is_held) {
            p->lock = fd;
            return RC_OK;
        }
        close(fd);
        TRY(rc);
    }
}

/* What lies in OUT.work beside plans' folders. */
static bool is_furniture(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, lock_name) == 0 ||
           strcmp(name, "next") == 0;
}

static bool is_plan(const char *name)
{
    return strlen(name) == 32 && strspn(name, "0123456789abcdef") == 32;
}

typedef enum rc plan_fn(struct place *p, const char *name, void *context, struct err *err);

/* Calls `on_plan` for every plan's folder in OUT.work, in no order. */
static enum rc visit_plans(struct place *p, plan_fn *on_plan, void *context, struct err *err)
{
    int copy = openat(p->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    if (dir == NULL) {
        enum rc rc = err_errno(err, "%s: cannot list it", p->root_path);
        if (copy >= 0)
            close(copy);
        return rc;
    }
    struct dirent *entry;
    enum rc rc = RC_OK;
    while (rc == RC_OK && (errno = 0, entry = readdir(dir)) != NULL) {
        if (is_furniture(entry->d_name))
            continue;
        if (is_plan(entry->d_name))
            rc = on_plan(p, entry->d_name, context, err);
        else
            rc = err_set(err, RC_USAGE,
                         "%s: holds %s, which is not millrace's; choose another "
                         "--work",
                         p->root_path, entry->d_name);
    }
    if (rc == RC_OK && errno != 0)
        rc = err_errno(err, "%s: cannot list it", p->root_path);
    closedir(dir);
    return rc;
}

static enum rc note_first(struct place *p, const char *name, void *context, struct err *err)
{
    char *first = context;
    (void)p;
    (void)err;
    if (first[0] == '\0' || strcmp(name, first) < 0)
        memcpy(first, name, strlen(name) + 1);
    return RC_OK;
}

enum rc place_find_begun(struct place *p, char ret_plan[33], struct err *err)
{
    ret_plan[0] = '\0';
    return visit_plans(p, note_first, ret_plan, err);
}

struct others {
    const char *plan_hash; /* not one of them */
    const char *finished;  /* a plan that OUT holds: what lies here of it is litter */
    bool is_locked;        /* so that it may be removed */
    bool is_forced;
};

/* Other plans' work is somebody's unfinished run: only --force removes it. */
static enum rc refuse_other(struct place *p, const char *name, void *context, struct err *err)
{
    const struct others *o = context;
    bool is_finished = strcmp(name, o->finished) == 0;
    if (strcmp(name, o->plan_hash) == 0 || (is_finished && !o->is_locked))
        return RC_OK;
    if (o->is_forced || is_finished)
        return tree_remove(p->root, name, err);
    return err_set(err, RC_USAGE,
                   "%s: holds unfinished work over other objects, options or another "
                   "version; finish that run, or --force to drop it",
                   p->root_path);
}

static enum rc open_root(struct place *p, struct err *err)
{
    if (mkdir(p->root_path, 0700) != 0 && errno != EEXIST)
        return err_errno_named(err, "%s: cannot make the work folder", p->root_path);
    /* A link that somebody left beside OUT must not lead the work elsewhere;
     * --work names a link's target by now. */
    p->root = open(p->root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (p->root < 0 && (errno == ENOTDIR || errno == ELOOP))
        return err_set(err, RC_USAGE,
                       "%s: is a link or no folder; remove it, or choose another --work",
                       p->root_path);
    /* Shards hold no lock: merge may have taken the folder away meanwhile. */
    if (p->root < 0 && errno == ENOENT)
        return err_set(err, RC_IO, "%s: the folder is gone again; run again", p->root_path);
    if (p->root < 0)
        return err_errno_named(err, "%s: cannot open the work folder", p->root_path);
    /* Or a power cut takes the folder with every batch committed in it. */
    return folder_sync_above(p->root_path, err);
}

enum rc place_lock(struct place *p, struct err *err)
{
    if (p->lock >= 0)
        return RC_OK;
    TRY(open_root(p, err));
    return take_lock(p, err);
}

static enum rc open_work(struct place *p, const char *plan_hash, struct err *err)
{
    snprintf(p->work_path, sizeof(p->work_path), "%.*s/%s", PATH_MAX - 64, p->root_path, plan_hash);
    TRY(folder_make(p->root, plan_hash, err));
    TRY(folder_open_made(p->root, plan_hash, &p->work, err));
    TRY(folder_make(p->work, "attempt", err));
    TRY(folder_make(p->work, "done", err));
    TRY(folder_sync(p->work, ".", err));
    return folder_sync(p->root, ".", err);
}

static void folder_above(const char *path, char ret[PATH_MAX])
{
    size_t size = (size_t)(strrchr(path, '/') - path);
    snprintf(ret, PATH_MAX, "%.*s", size > 0 ? (int)size : 1, path);
}

const char *place_confine(const struct place *p)
{
    char above_out[PATH_MAX], above_work[PATH_MAX];
    folder_above(p->out, above_out);
    folder_above(p->root_path, above_work);
    const struct sandbox_folder folders[] = {
        {p->out, SANDBOX_ALL},
        {p->root_path, SANDBOX_ALL},
        /* The finished tree becomes OUT there, and OUT.work is removed. */
        {above_out, SANDBOX_RENAME},
        {above_work, SANDBOX_RENAME},
    };
    return sandbox_keep_writes(folders, sizeof(folders) / sizeof(folders[0]));
}

enum rc place_open_work(struct place *p, const char *plan_hash, const char *finished,
                        bool is_forced, struct err *err)
{
    struct others o = {plan_hash, finished, true, is_forced};
    TRY(place_lock(p, err));
    TRY(visit_plans(p, refuse_other, &o, err));
    return open_work(p, plan_hash, err);
}

enum rc place_open_shared(struct place *p, const char *plan_hash, const char *finished,
                          struct err *err)
{
    struct others o = {plan_hash, finished, false, false};
    TRY(open_root(p, err));
    TRY(visit_plans(p, refuse_other, &o, err));
    return open_work(p, plan_hash, err);
}

static enum rc find_plan(const struct place *p, DIR *dir, const char *but, char ret[PATH_MAX],
                         struct err *err)
{
    struct dirent *entry;
    bool has_one = false;
    while ((errno = 0, entry = readdir(dir)) != NULL) {
        if (!is_plan(entry->d_name) || strcmp(entry->d_name, but) == 0)
            continue;
        if (has_one)
            return err_set(err, RC_USAGE,
                           "%s: holds the work of several plans; remove the folders of those "
                           "that are not wanted",
                           p->root_path);
        has_one = true;
        if (snprintf(ret, PATH_MAX, "%s/%s/" PLACE_PLAN, p->root_path, entry->d_name) >= PATH_MAX)
            return err_set(err, RC_USAGE, "%s: the path is too long", p->root_path);
    }
    if (errno != 0)
        return err_errno(err, "%s: cannot list it", p->root_path);
    return has_one ? RC_OK : RC_END;
}

enum rc place_find_plan(const struct place *p, const char *but, char ret[PATH_MAX],
                        struct err *err)
{
    DIR *dir = opendir(p->root_path);
    if (dir == NULL && errno == ENOENT)
        return RC_END;
    if (dir == NULL)
        return err_errno_named(err, "%s: cannot list it", p->root_path);
    enum rc rc = find_plan(p, dir, but, ret, err);
    closedir(dir);
    return rc;
}

/* A late shard may put something there while it is removed: that may stay. */
static enum rc remove_work(struct place *p, unsigned threads, bool is_shared, struct err *err)
{
    enum { TRIES = 5 };
    enum rc rc = RC_OK;
    for (int i = 0; i < (is_shared ? TRIES : 1); i++) {
        rc = tree_remove_many(p->work, "attempt", threads, err);
        if (rc == RC_OK)
            rc = tree_remove(p->root, strrchr(p->work_path, '/') + 1, err);
        if (rc == RC_OK)
            return rc;
    }
    return is_shared && rc == RC_IO ? RC_OK : rc;
}

enum rc place_clean(struct place *p, unsigned threads, bool is_shared, struct err *err)
{
    /* Commits go first: what is left of a removal that was cut short must not
     * look like work that is done. */
    TRY(tree_remove(p->work, "done", err));
    TRY(folder_sync(p->work, ".", err));
    TRY(remove_work(p, threads, is_shared, err));
    TRY(tree_remove(p->root, "next", err));
    if (unlinkat(p->root, lock_name, 0) != 0 && errno != ENOENT)
        return err_errno(err, "%s/%s: cannot remove it", p->root_path, lock_name);
    if (rmdir(p->root_path) != 0 && errno != ENOENT && errno != ENOTEMPTY)
        return err_errno(err, "%s: cannot remove it", p->root_path);
    return RC_OK;
}
