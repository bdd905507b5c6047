#include "alert/spool.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 4096 /* Linux's own bound */ };

void spool_init(struct spool *s, const char *base)
{
    *s = (struct spool){.base = base};
}

static void close_level(struct spool *s, size_t level)
{
    for (size_t i = 0; i < s->counts[level]; i++)
        close(s->files[level][i].fd);
    s->counts[level] = 0;
}

void spool_done(struct spool *s)
{
    for (size_t level = 0; level < SPOOL_LEVELS; level++)
        close_level(s, level);
}

enum rc spool_make_file(const struct spool *s, struct merge_input *ret, struct err *err)
{
    char path[PATH_BYTES_MAX];
    int size = snprintf(path, sizeof(path), "%s.round", s->base);
    if (size < 0 || (size_t)size >= sizeof(path))
        return err_set(err, RC_USAGE, "%s: the path is too long", s->base);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_errno(err, "%s", path);
    /* Nobody else opens it, and nothing is left behind after a kill. */
    if (unlink(path) != 0) {
        enum rc rc = err_errno(err, "%s", path);
        close(fd);
        return rc;
    }
    *ret = (struct merge_input){fd, s->base};
    return RC_OK;
}

/* The files of a level become one of the next. */
static enum rc raise_level(struct spool *s, size_t level, struct err *err)
{
    struct merge_input merged;
    TRY(spool_make_file(s, &merged, err));
    enum rc rc = merge_files(s->files[level], s->counts[level], merged, NULL, err);
    close_level(s, level);
    assert(level + 1 < SPOOL_LEVELS);
    s->files[level + 1][s->counts[level + 1]++] = merged;
    return rc;
}

enum rc spool_add(struct spool *s, struct merge_input file, struct err *err)
{
    s->files[0][s->counts[0]++] = file;
    for (size_t level = 0; level < SPOOL_LEVELS && s->counts[level] == SPOOL_FANIN; level++)
        TRY(raise_level(s, level, err));
    return RC_OK;
}

size_t spool_list(const struct spool *s, struct merge_input ret_files[SPOOL_FILES_MAX])
{
    size_t count = 0;
    for (size_t level = 0; level < SPOOL_LEVELS; level++) {
        for (size_t i = 0; i < s->counts[level]; i++)
            ret_files[count++] = s->files[level][i];
    }
    return count;
}
