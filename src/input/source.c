#include "input/source.h"

#include "limits.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Below this a read costs less than building and tearing down a mapping. */
enum { READ_BYTES_MAX = 1024 * 1024 };

static enum rc read_whole(struct source *s, int fd, const char *path, size_t size, struct err *err)
{
    buf_clear(&s->buffer);
    if (!buf_reserve(&s->buffer, size + INPUT_SLACK_BYTES))
        return err_set(err, RC_NO_MEMORY, "%s: no memory to read it", path);
    while (s->buffer.size < size) {
        ssize_t got = pread(fd, s->buffer.data + s->buffer.size, size - s->buffer.size,
                            (off_t)s->buffer.size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno(err, "%s: cannot read at byte %zu", path, s->buffer.size);
        if (got == 0)
            return err_set(err, RC_USAGE, "%s: shrank while it was read; run again", path);
        s->buffer.size += (size_t)got;
    }
    memset(s->buffer.data + size, 0, INPUT_SLACK_BYTES);
    s->bytes = view_of(s->buffer.data, size);
    return RC_OK;
}

static enum rc map_whole(struct source *s, int fd, const char *path, size_t size, struct err *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t file_pages = (size + page - 1) / page * page;
    void *space = mmap(NULL, file_pages + page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (space == MAP_FAILED)
        return err_errno(err, "%s: no address space to map it", path);
    if (mmap(space, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED) {
        enum rc rc = err_errno(err, "%s: cannot map it", path);
        munmap(space, file_pages + page);
        return rc;
    }
    s->mapping = space;
    s->mapping_bytes = file_pages + page;
    s->bytes = view_of(space, size);
    return RC_OK;
}

/* Asks the kernel to have the bytes ready; a refusal only costs time. */
static void expect(const struct source *s, uint64_t begin, uint64_t end)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    begin = begin / page * page;
    char *at = (char *)s->mapping + begin;
    madvise(at, end - begin, MADV_SEQUENTIAL);
    madvise(at, end - begin, MADV_WILLNEED);
}

static enum rc open_checked(struct source *s, int fd, const char *path, uint64_t size,
                            struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_errno(err, "%s: cannot look at it", path);
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != size)
        return err_set(err, RC_USAGE,
                       "%s: changed after it was listed (%llu bytes then, %llu now); run again "
                       "when staging is done",
                       path, (unsigned long long)size, (unsigned long long)st.st_size);
    return size <= READ_BYTES_MAX ? read_whole(s, fd, path, (size_t)size, err)
                                  : map_whole(s, fd, path, (size_t)size, err);
}

enum rc source_open(struct source *s, const char *path, uint64_t size, uint64_t begin, uint64_t end,
                    struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && (errno == ENOENT || errno == ELOOP))
        return err_set(err, RC_USAGE, "%s: gone after it was listed; run again", path);
    if (fd < 0)
        return err_errno(err, "%s: cannot open it", path);
    enum rc rc = open_checked(s, fd, path, size, err);
    close(fd);
    if (rc == RC_OK && s->mapping != NULL)
        expect(s, begin, end);
    return rc;
}

void source_close(struct source *s)
{
    if (s->mapping != NULL)
        munmap(s->mapping, s->mapping_bytes);
    s->mapping = NULL;
    s->bytes = VIEW_NULL;
}

void source_done(struct source *s)
{
    source_close(s);
    buf_done(&s->buffer);
}
