/* fuzz_folder.h - a folder for fuzzers of what reads files, removed at exit. */
#ifndef MILLRACE_FUZZ_FOLDER_H
#define MILLRACE_FUZZ_FOLDER_H

#include "fuzz.h"

#include <fcntl.h>
#include <sys/stat.h>

#define FUZZ_FOLDER_FILES_MAX 8

struct fuzz_folder {
    char path[64];
    int fd; /* open */
};

/* In memory where the machine has such a place: files come and go by the
 * thousand in a second. */
static inline struct fuzz_folder fuzz_folder_new(void)
{
    struct fuzz_folder f = {.path = "/dev/shm/millrace-fuzz-XXXXXX"};
    if (mkdtemp(f.path) == NULL) {
        snprintf(f.path, sizeof(f.path), "/tmp/millrace-fuzz-XXXXXX");
        FUZZ_HOLDS(mkdtemp(f.path) != NULL);
    }
    f.fd = open(f.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    FUZZ_HOLDS(f.fd >= 0);
    return f;
}

static inline void fuzz_folder_write(const struct fuzz_folder *f, const char *name,
                                     struct view bytes)
{
    int fd = openat(f->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FUZZ_HOLDS(fd >= 0 && write(fd, bytes.data, bytes.size) == (ssize_t)bytes.size);
    close(fd);
}

/* The last name is NULL; a name that ends in `/` is a folder. */
static inline void fuzz_folder_remove(struct fuzz_folder *f, const char *const *names)
{
    for (; *names != NULL; names++)
        unlinkat(f->fd, *names,
                 view_ends_with(view_of_string(*names), VIEW("/")) ? AT_REMOVEDIR : 0);
    close(f->fd);
    rmdir(f->path);
}

#endif
