#include "input/folder_watch.h"

#include "limits.h"
#include "util/array.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder_watch {
    int fd; /* of inotify; -1 where there is none */
    bool is_complete;
    char **roots;
    size_t roots_count;
};

enum {
    /* Files appear by being written and closed, or by a rename; folders by
     * either. What is removed or read does not matter. */
    WATCHED = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR | IN_DONT_FOLLOW,
    EVENTS_BYTES = 64 * 1024,
};

/* Folders still to watch, deepest last: a list rather than recursion, so that no
 * depth of folders overflows the stack. */
struct pending {
    char **paths;
    size_t count, capacity;
};

static bool pending_push(struct pending *p, const char *folder, const char *name)
{
    if (!ARRAY_HAS_ROOM(p->paths, p->count, p->capacity, 64))
        return false;
    char path[PATH_MAX];
    int size = snprintf(path, sizeof(path), name ? "%s/%s" : "%s", folder, name);
    if (size < 0 || (size_t)size >= sizeof(path))
        return false;
    p->paths[p->count] = strdup(path);
    return p->paths[p->count] != NULL && ++p->count;
}

static bool push_folders(struct pending *p, const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL)
        return errno == ENOENT || errno == ENOTDIR; /* gone, or never one */
    bool is_whole = true;
    for (struct dirent *entry; (errno = 0, entry = readdir(folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        struct stat st;
        if (fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            is_whole &= errno == ENOENT;
        else if (S_ISDIR(st.st_mode))
            is_whole &= pending_push(p, path, entry->d_name);
    }
    is_whole &= errno == 0;
    closedir(folder);
    return is_whole;
}

/* Watches a folder before it lists it: what is made meanwhile is an event. A
 * folder watched twice keeps one watch. */
static bool watch_tree(struct folder_watch *w, const char *root)
{
    struct pending todo = {0};
    bool is_whole = pending_push(&todo, root, NULL);
    while (todo.count > 0) {
        char *path = todo.paths[--todo.count];
        if (inotify_add_watch(w->fd, path, WATCHED) < 0)
            is_whole &= errno == ENOENT || errno == ENOTDIR;
        else
            is_whole &= push_folders(&todo, path);
        free(path);
    }
    free(todo.paths);
    return is_whole;
}

static void watch_roots(struct folder_watch *w)
{
    w->is_complete = w->fd >= 0;
    for (size_t i = 0; i < w->roots_count && w->is_complete; i++)
        w->is_complete = watch_tree(w, w->roots[i]);
}

/* A file is watched through its folder. */
static enum rc folder_of(const char *root, char **ret, struct err *err)
{
    struct stat st;
    char *path = realpath(root, NULL);
    if (path == NULL || stat(path, &st) != 0) {
        enum rc rc = err_errno_named(err, "%s: cannot watch it", root);
        free(path);
        return rc;
    }
    char *slash = S_ISDIR(st.st_mode) ? NULL : strrchr(path, '/');
    if (slash != NULL)
        slash[slash == path] = '\0';
    *ret = path;
    return RC_OK;
}

static enum rc find_roots(struct folder_watch *w, const char *const *roots, size_t count,
                          struct err *err)
{
    w->roots = calloc(count + 1, sizeof(*w->roots));
    if (w->roots == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to watch folders");
    for (; w->roots_count < count; w->roots_count++)
        TRY(folder_of(roots[w->roots_count], &w->roots[w->roots_count], err));
    return RC_OK;
}

enum rc folder_watch_new(const char *const *roots, size_t roots_count, struct folder_watch **ret,
                         struct err *err)
{
    struct folder_watch *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to watch folders");
    w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    enum rc rc = find_roots(w, roots, roots_count, err);
    if (rc != RC_OK) {
        folder_watch_free(w);
        return rc;
    }
    watch_roots(w);
    *ret = w;
    return RC_OK;
}

void folder_watch_free(struct folder_watch *w)
{
    if (w == NULL)
        return;
    if (w->fd >= 0)
        close(w->fd);
    for (size_t i = 0; i < w->roots_count; i++)
        free(w->roots[i]);
    free(w->roots);
    free(w);
}

bool folder_watch_is_complete(const struct folder_watch *w)
{
    return w->is_complete;
}

/* Takes all events that wait; a new folder, or events lost, and the trees are
 * watched again. */
static void drain(struct folder_watch *w)
{
    _Alignas(struct inotify_event) char events[EVENTS_BYTES];
    bool has_folders = false;
    for (ssize_t size; (size = read(w->fd, events, sizeof(events))) > 0;) {
        for (ssize_t at = 0; at < size;) {
            const struct inotify_event *event = (const struct inotify_event *)(events + at);
            has_folders |= (event->mask & (IN_ISDIR | IN_Q_OVERFLOW)) != 0;
            at += (ssize_t)(sizeof(*event) + event->len);
        }
    }
    if (has_folders)
        watch_roots(w);
}

bool folder_watch_wait(struct folder_watch *w, int64_t wait_ms)
{
    int wait = wait_ms < 0 ? 0 : wait_ms > WATCH_WAIT_MS_MAX ? WATCH_WAIT_MS_MAX : (int)wait_ms;
    struct pollfd ready = {.fd = w->is_complete ? w->fd : -1, .events = POLLIN};
    bool changed = poll(&ready, 1, wait) > 0;
    if (changed)
        drain(w);
    return changed || !w->is_complete;
}
