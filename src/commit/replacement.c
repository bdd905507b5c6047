#include "commit/replacement.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIGITS = 16 };

static const char ending[] = ".partial";

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* ---- What others left ---- */

/* Whether a replacement of `base` is called so. */
static bool is_aside(const char *name, const char *base)
{
    size_t size = strlen(base);
    return strncmp(name, base, size) == 0 && name[size] == '-' &&
           strspn(name + size + 1, "0123456789abcdef") == DIGITS &&
           strcmp(name + size + 1 + DIGITS, ending) == 0;
}

/* A lock for reading is refused while its writer lives. The writer finds out when it
 * locks the file after it was taken for litter: lock_file(). */
static void remove_dead(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    struct stat st;
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && fcntl(fd, F_OFD_SETLK, &lock) == 0)
        unlinkat(folder, name, 0);
    close(fd);
}

/* Litter harms nobody: what cannot be listed or removed stays. */
static void remove_litter(const struct replacement *r)
{
    struct dirent *entry;
    DIR *dir = opendir(r->folder);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (is_aside(entry->d_name, base_of(r->to)))
            remove_dead(dirfd(dir), entry->d_name);
    }
    if (dir != NULL)
        closedir(dir);
}

/* ---- One file ---- */

static enum rc name_aside(struct replacement *r, struct err *err)
{
    uint64_t random;
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return err_errno(err, "%s: cannot get random bytes", r->to);
    if (snprintf(r->aside, sizeof(r->aside), "%s-%0*" PRIx64 "%s", r->to, DIGITS, random, ending) >=
        (int)sizeof(r->aside))
        return err_set(err, RC_USAGE, "%s: the path is too long", r->to);
    return RC_OK;
}

static enum rc create(struct replacement *r, struct err *err)
{
    enum rc rc = file_writer_open(AT_FDCWD, r->aside, &r->file, err);
    /* The user named a folder that is not there, or not writable. */
    if (rc == RC_IO && access(r->folder, W_OK) != 0 &&
        err_errno_named(NULL, "%s", r->folder) == RC_USAGE)
        return RC_USAGE;
    return rc;
}

static enum rc create_locked(struct replacement *r, struct err *err)
{
    enum { TRIES = 16 };
    for (int i = 0; i < TRIES; i++) {
        TRY(name_aside(r, err));
        TRY(create(r, err));
        if (file_writer_lock(r->file, &r->lock))
            return RC_OK;
        file_writer_abandon(r->file);
        unlink(r->aside);
    }
    return err_set(err, RC_IO, "%s: others take away what is to become of it; run again", r->to);
}

enum rc replacement_begin(struct replacement *r, const char *to, struct err *err)
{
    const char *base = base_of(to);
    *r = (struct replacement){.to = to, .lock = -1};
    if (strlen(to) >= sizeof(r->folder))
        return err_set(err, RC_USAGE, "%s: the path is too long", to);
    if (base > to)
        memcpy(r->folder, to, (size_t)(base - to));
    else
        strcpy(r->folder, ".");
    remove_litter(r);
    return create_locked(r, err);
}

static enum rc take_place(struct replacement *r, struct err *err)
{
    char whole[PATH_MAX];
    if (rename(r->aside, r->to) != 0 || realpath(r->to, whole) == NULL)
        return err_errno_named(err, "%s: cannot replace it", r->to);
    return folder_sync_above(whole, err);
}

enum rc replacement_end(struct replacement *r, enum rc rc, struct err *err)
{
    if (rc == RC_OK)
        rc = file_writer_close(r->file, NULL, NULL, err);
    else
        file_writer_abandon(r->file);
    if (rc == RC_OK)
        rc = take_place(r, err);
    if (rc != RC_OK)
        unlink(r->aside);
    if (r->lock >= 0)
        close(r->lock);
    return rc;
}
