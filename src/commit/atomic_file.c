#include "commit/atomic_file.h"

#include "util/tasks.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WRITE_BYTES = 256 * 1024,
    READ_BYTES = 128 * 1024, /* what was read is hashed from the second-level cache */
    TREE_DEPTH_MAX = 16,
    REMOVED_EACH_MIN = 8, /* trees */
};

struct file_writer {
    int fd;
    int folder; /* borrowed: for messages */
    struct sync_queue *sync; /* or NULL */
    uint64_t bytes;
    XXH3_state_t *hash;
    char *path;
    size_t used;
    char buffer[WRITE_BYTES];
};

void file_writer_abandon(struct file_writer *w)
{
    if (w == NULL)
        return;
    if (w->fd >= 0)
        close(w->fd);
    XXH3_freeState(w->hash);
    free(w->path);
    free(w);
}

enum rc file_writer_open(int folder, const char *path, struct file_writer **ret, struct err *err)
{
    struct file_writer *w = malloc(sizeof(*w));
    if (w == NULL)
        return err_set(err, RC_NO_MEMORY, "%s: no memory to write it", path);
    w->fd = -1;
    w->folder = folder;
    w->sync = NULL;
    w->bytes = 0;
    w->used = 0;
    w->path = strdup(path);
    w->hash = XXH3_createState();
    if (w->path == NULL || w->hash == NULL) {
        file_writer_abandon(w);
        return err_set(err, RC_NO_MEMORY, "%s: no memory to write it", path);
    }
    XXH3_128bits_reset(w->hash);
    w->fd = openat(folder, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (w->fd < 0) {
        enum rc rc = err_errno_at(err, folder, path, "cannot create it");
        file_writer_abandon(w);
        return rc;
    }
    *ret = w;
    return RC_OK;
}

bool file_writer_lock(const struct file_writer *w, int *ret)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat st;
    *ret = -1;
    if (fcntl(w->fd, F_OFD_SETLK, &lock) != 0)
        return errno != EAGAIN && errno != EACCES;
    if (fstat(w->fd, &st) == 0 && st.st_nlink == 0)
        return false;
    *ret = fcntl(w->fd, F_DUPFD_CLOEXEC, 0);
    return true;
}

void file_writer_sync_by(struct file_writer *w, struct sync_queue *q)
{
    w->sync = q;
}

static enum rc write_all(struct file_writer *w, const char *data, size_t size, struct err *err)
{
    while (size > 0) {
        ssize_t put = write(w->fd, data, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return err_errno_at(err, w->folder, w->path, "cannot write");
        data += put;
        size -= (size_t)put;
    }
    return RC_OK;
}

static enum rc flush(struct file_writer *w, struct err *err)
{
    XXH3_128bits_update(w->hash, w->buffer, w->used);
    w->bytes += w->used;
    size_t size = w->used;
    w->used = 0;
    return write_all(w, w->buffer, size, err);
}

enum rc file_writer_write(struct file_writer *w, struct view bytes, struct err *err)
{
    while (bytes.size > 0) {
        size_t part = sizeof(w->buffer) - w->used;
        if (part > bytes.size)
            part = bytes.size;
        memcpy(w->buffer + w->used, bytes.data, part);
        w->used += part;
        bytes = view_from(bytes, part);
        if (w->used == sizeof(w->buffer))
            TRY(flush(w, err));
    }
    return RC_OK;
}

static enum rc finish(struct file_writer *w, struct err *err)
{
    TRY(flush(w, err));
    int fd = w->fd;
    w->fd = -1;
    return sync_queue_add(w->sync, fd, err);
}

enum rc file_writer_close(struct file_writer *w, uint64_t *ret_bytes, struct hash128 *ret_checksum,
                          struct err *err)
{
    enum rc rc = finish(w, err);
    if (rc == RC_OK && ret_bytes != NULL)
        *ret_bytes = w->bytes;
    if (rc == RC_OK && ret_checksum != NULL) {
        XXH128_hash_t h = XXH3_128bits_digest(w->hash);
        *ret_checksum = (struct hash128){h.high64, h.low64};
    }
    file_writer_abandon(w);
    return rc;
}

enum rc file_write(int folder, const char *path, struct view bytes, struct err *err)
{
    return file_write_by(NULL, folder, path, bytes, err);
}

enum rc file_write_by(struct sync_queue *q, int folder, const char *path, struct view bytes,
                      struct err *err)
{
    struct file_writer *w;
    TRY(file_writer_open(folder, path, &w, err));
    file_writer_sync_by(w, q);
    enum rc rc = file_writer_write(w, bytes, err);
    if (rc == RC_OK)
        return file_writer_close(w, NULL, NULL, err);
    file_writer_abandon(w);
    return rc;
}

/* `fd` is the file at folder/path. */
struct opened {
    int fd, folder;
    const char *path;
};

static enum rc read_opened(const struct opened *o, size_t bytes_max, struct buf *out,
                           struct err *err)
{
    struct stat st;
    size_t piece = READ_BYTES;
    /* A small file takes no more memory than it needs. */
    if (fstat(o->fd, &st) == 0 && st.st_size >= 0 && (uint64_t)st.st_size < READ_BYTES)
        piece = (size_t)st.st_size + 1;
    for (;;) {
        if (!buf_reserve(out, piece))
            return err_set(err, RC_NO_MEMORY, "%s: no memory to read it", o->path);
        ssize_t got = read(o->fd, out->data + out->size, piece);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno_at(err, o->folder, o->path, "cannot read");
        if (got == 0)
            return RC_OK;
        out->size += (size_t)got;
        if (out->size > bytes_max)
            return err_set(err, RC_TOO_BIG, "%s: over %zu bytes", o->path, bytes_max);
    }
}

enum rc file_read(int folder, const char *path, size_t bytes_max, struct buf *out, struct err *err)
{
    int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return RC_END;
    if (fd < 0)
        return err_errno_at(err, folder, path, "cannot open it");
    struct opened o = {fd, folder, path};
    enum rc rc = read_opened(&o, bytes_max, out, err);
    close(fd);
    return rc;
}

static enum rc hash_opened(const struct opened *o, uint64_t *ret_bytes, struct hash128 *ret,
                           struct err *err)
{
    XXH3_state_t *state = XXH3_createState();
    char *buffer = malloc(READ_BYTES);
    enum rc rc = RC_OK;
    uint64_t bytes = 0;
    if (state == NULL || buffer == NULL)
        rc = err_set(err, RC_NO_MEMORY, "%s: no memory to read it", o->path);
    else
        XXH3_128bits_reset(state);
    for (ssize_t got = 1; rc == RC_OK && got != 0;) {
        got = read(o->fd, buffer, READ_BYTES);
        if (got < 0 && errno != EINTR)
            rc = err_errno_at(err, o->folder, o->path, "cannot read");
        if (got > 0) {
            XXH3_128bits_update(state, buffer, (size_t)got);
            bytes += (uint64_t)got;
        }
    }
    if (rc == RC_OK) {
        XXH128_hash_t h = XXH3_128bits_digest(state);
        *ret = (struct hash128){h.high64, h.low64};
        *ret_bytes = bytes;
    }
    free(buffer);
    XXH3_freeState(state);
    return rc;
}

enum rc file_checksum(int folder, const char *path, uint64_t *ret_bytes, struct hash128 *ret,
                      struct err *err)
{
    int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return err_errno_at(err, folder, path, "cannot open it");
    struct opened o = {fd, folder, path};
    enum rc rc = hash_opened(&o, ret_bytes, ret, err);
    close(fd);
    return rc;
}

enum rc folder_make(int folder, const char *path, struct err *err)
{
    struct stat st;
    if (mkdirat(folder, path, 0700) == 0)
        return RC_OK;
    /* A link in its place would lead out of the tree. */
    if (errno == EEXIST && fstatat(folder, path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        if (S_ISDIR(st.st_mode))
            return RC_OK;
        errno = ENOTDIR;
    }
    return err_errno_at(err, folder, path, "cannot make the folder");
}

enum rc path_exists(int folder, const char *path, bool *ret, struct err *err)
{
    *ret = faccessat(folder, path, F_OK, 0) == 0;
    if (!*ret && errno != ENOENT && errno != ENOTDIR)
        return err_errno_at(err, folder, path, "cannot tell whether it is there");
    return RC_OK;
}

enum rc folder_open(int folder, const char *path, int *ret, struct err *err)
{
    int fd = openat(folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return RC_END;
    if (fd < 0)
        return err_errno_at(err, folder, path, "cannot open the folder");
    *ret = fd;
    return RC_OK;
}

enum rc folder_open_made(int folder, const char *path, int *ret, struct err *err)
{
    enum rc rc = folder_open(folder, path, ret, err);
    if (rc != RC_END)
        return rc;
    return err_set_at(err, RC_IO, folder, path, "the folder is gone again; run again");
}

static enum rc has_no_entry(DIR *dir, int folder, bool *ret, struct err *err)
{
    struct dirent *entry;
    *ret = true;
    while (*ret && (errno = 0, entry = readdir(dir)) != NULL)
        *ret = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    return *ret && errno != 0 ? err_errno_at(err, folder, ".", "cannot list the folder") : RC_OK;
}

enum rc folder_is_empty(int folder, bool *ret, struct err *err)
{
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    enum rc rc = dir != NULL ? has_no_entry(dir, folder, ret, err)
                             : err_errno_at(err, folder, ".", "cannot list the folder");
    if (dir != NULL)
        closedir(dir);
    else if (copy >= 0)
        close(copy);
    return rc;
}

enum rc folder_sync_by(struct sync_queue *q, int folder, const char *path, struct err *err)
{
    int fd;
    TRY(folder_open_made(folder, path, &fd, err));
    return sync_queue_add_folder(q, fd, err);
}

enum rc folder_sync(int folder, const char *path, struct err *err)
{
    return folder_sync_by(NULL, folder, path, err);
}

enum rc folder_sync_above(const char *path, struct err *err)
{
    char above[PATH_MAX];
    snprintf(above, sizeof(above), "%s", path);
    char *slash = strrchr(above, '/');
    assert(slash != NULL);
    slash[slash == above] = '\0';
    return folder_sync(AT_FDCWD, above, err);
}

/* One visit of a tree's entries, depth first, names sorted. Our own trees are
 * a few folders deep; a deeper one is not ours. */
struct visit {
    int folder;
    const char *root;
    char below[PATH_MAX]; /* path below the root */
    enum rc (*on_entry)(struct visit *v, const char *path, const struct stat *st, bool is_after,
                        struct err *err);
    tree_file_fn *on_file;
    void *context;
    struct sync_queue *sync;
};

static int join_path(char to[PATH_MAX], const char *a, const char *b)
{
    int used = snprintf(to, PATH_MAX, "%s%s%s", a, a[0] && b[0] ? "/" : "", b);
    return used < 0 || used >= PATH_MAX ? -1 : used;
}

static int not_dots(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum rc visit_path(struct visit *v, unsigned depth, struct err *err);

static enum rc visit_children(struct visit *v, const char *path, unsigned depth, struct err *err)
{
    struct dirent **entries;
    int count = scandirat(v->folder, path, &entries, not_dots, by_name);
    if (count < 0)
        return err_errno_at(err, v->folder, path, "cannot list the folder");
    size_t keep = strlen(v->below);
    enum rc rc = RC_OK;
    for (int i = 0; i < count; i++) {
        char joined[PATH_MAX];
        if (rc == RC_OK && join_path(joined, v->below, entries[i]->d_name) < 0)
            rc = err_set(err, RC_FAILED, "%s: the path is too long", path);
        if (rc == RC_OK) {
            strcpy(v->below, joined);
            rc = visit_path(v, depth + 1, err);
            v->below[keep] = '\0';
        }
        free(entries[i]);
    }
    free(entries);
    return rc;
}

static enum rc visit_path(struct visit *v, unsigned depth, struct err *err)
{
    char path[PATH_MAX];
    struct stat st;
    if (depth > TREE_DEPTH_MAX || join_path(path, v->root, v->below) < 0)
        return err_set(err, RC_FAILED, "%s/%s: too deep to be millrace's", v->root, v->below);
    if (fstatat(v->folder, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? RC_OK : err_errno_at(err, v->folder, path, "cannot look at it");
    TRY(v->on_entry(v, path, &st, false, err));
    if (!S_ISDIR(st.st_mode))
        return RC_OK;
    TRY(visit_children(v, path, depth, err));
    return v->on_entry(v, path, &st, true, err);
}

static enum rc sync_entry(struct visit *v, const char *path, const struct stat *st, bool is_after,
                          struct err *err)
{
    if (!S_ISDIR(st->st_mode) || !is_after)
        return RC_OK;
    return folder_sync_by(v->sync, v->folder, path, err);
}

static enum rc remove_entry(struct visit *v, const char *path, const struct stat *st, bool is_after,
                            struct err *err)
{
    bool is_folder = S_ISDIR(st->st_mode);
    if (is_folder && !is_after)
        return RC_OK;
    if (unlinkat(v->folder, path, is_folder ? AT_REMOVEDIR : 0) != 0 && errno != ENOENT)
        return err_errno_at(err, v->folder, path, "cannot remove it");
    return RC_OK;
}

static enum rc report_entry(struct visit *v, const char *path, const struct stat *st, bool is_after,
                            struct err *err)
{
    (void)path;
    if (S_ISDIR(st->st_mode) || is_after)
        return RC_OK;
    return v->on_file(v->context, v->below, (uint64_t)st->st_size, err);
}

enum rc tree_sync(int folder, const char *path, struct sync_queue *q, struct err *err)
{
    struct visit v = {.folder = folder, .root = path, .on_entry = sync_entry, .sync = q};
    return visit_path(&v, 0, err);
}

enum rc tree_remove(int folder, const char *path, struct err *err)
{
    struct visit v = {.folder = folder, .root = path, .on_entry = remove_entry};
    return visit_path(&v, 0, err);
}

struct removing {
    int folder;
    const char *path;
    struct dirent **entries;
};

static enum rc remove_tree(void *context, size_t index, unsigned thread, struct err *err)
{
    (void)thread;
    const struct removing *r = context;
    char path[PATH_MAX];
    if (join_path(path, r->path, r->entries[index]->d_name) < 0)
        return err_set(err, RC_FAILED, "%s: the path is too long", r->path);
    return tree_remove(r->folder, path, err);
}

enum rc tree_remove_many(int folder, const char *path, unsigned threads, struct err *err)
{
    struct removing r = {.folder = folder, .path = path};
    struct stat st;
    if (fstatat(folder, path, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(st.st_mode))
        return tree_remove(folder, path, err);
    int count = scandirat(folder, path, &r.entries, not_dots, by_name);
    if (count < 0)
        return err_errno_at(err, folder, path, "cannot list the folder");
    /* Fewer are gone before a thread has begun. */
    if ((unsigned)count / REMOVED_EACH_MIN < threads)
        threads = (unsigned)count / REMOVED_EACH_MIN;
    enum rc rc = tasks_run((size_t)count, threads, remove_tree, &r, err);
    for (int i = 0; i < count; i++)
        free(r.entries[i]);
    free(r.entries);
    return rc == RC_OK ? tree_remove(folder, path, err) : rc;
}

enum rc tree_walk(int folder, const char *path, tree_file_fn *on_file, void *context,
                  struct err *err)
{
    struct visit v = {.folder = folder,
                      .root = path,
                      .on_entry = report_entry,
                      .on_file = on_file,
                      .context = context};
    return visit_path(&v, 0, err);
}
