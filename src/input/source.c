#include "input/source.h"

#include "input/lost_page.h"
#include "limits.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Below this a read costs less than building and tearing down a mapping. */
enum { READ_BYTES_MAX = 1024 * 1024 };

/* ---- SIGBUS ---- */

/* What this thread reads: a signal handler is handed nothing of its caller's. */
static _Thread_local struct source *watched;

/* The faulting page and all behind it become zeros: a file that was cut has no
 * page behind the first one missing, and a reader meets one fault at most. mmap()
 * is a plain system call; no other thread reads this mapping. */
static void on_sigbus(int number, siginfo_t *info, void *context)
{
    (void)context;
    struct source *s = watched;
    char *at = info->si_addr;
    char *begin = s != NULL ? s->mapping : NULL;
    if (begin == NULL || at < begin || at >= begin + s->mapping_bytes) {
        lost_page_end(at);
        signal(number, SIG_DFL); /* the access is done again, and ends the process */
        return;
    }
    int kept = errno;
    uintptr_t page = (uintptr_t)at & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    size_t rest = (uintptr_t)begin + s->mapping_bytes - page;
    if (mmap((void *)page, rest, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
        MAP_FAILED)
        signal(number, SIG_DFL);
    s->is_cut = 1;
    errno = kept;
}

void source_guard(void)
{
    struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

static void watch(struct source *s)
{
    assert(watched == NULL);
    watched = s->mapping != NULL ? s : NULL;
    /* The handler runs on this thread: only the compiler could move this. */
    atomic_signal_fence(memory_order_seq_cst);
}

static void unwatch(const struct source *s)
{
    atomic_signal_fence(memory_order_seq_cst);
    if (watched == s)
        watched = NULL;
}

/* ---- Opening ---- */

/* Takes what there is: up to `size` bytes. */
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
            break;
        s->buffer.size += (size_t)got;
    }
    memset(s->buffer.data + s->buffer.size, 0, INPUT_SLACK_BYTES);
    s->bytes = buf_view(&s->buffer);
    return RC_OK;
}

static enum rc map_whole(struct source *s, int fd, const char *path, size_t size, struct err *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t file_pages = (size + page - 1) / page * page;
    char *space = mmap(NULL, file_pages + page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
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
static void expect(const struct source *s, const struct source_range *r)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t begin = r->begin / page * page;
    uint64_t end = r->end < s->bytes.size ? r->end : s->bytes.size;
    if (s->mapping != NULL && begin < end)
        madvise((char *)s->mapping + begin, end - begin, MADV_WILLNEED);
}

static enum rc changed(const struct source_range *r, uint64_t size, struct err *err)
{
    return err_set(err, RC_USAGE,
                   "%s: changed after it was listed (%llu bytes then, %llu now); run again "
                   "when staging is done",
                   r->path, (unsigned long long)r->size, (unsigned long long)size);
}

static void take_nothing(struct source *s)
{
    static const char slack[INPUT_SLACK_BYTES];
    s->bytes = view_of(slack, 0);
}

/* Leaves s->fd open only for a mapping. */
static enum rc open_checked(struct source *s, int fd, const struct source_range *r,
                            size_t read_bytes_max, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_errno(err, "%s: cannot look at it", r->path);
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > r->size)
        return changed(r, (uint64_t)st.st_size, err);
    if (st.st_size == 0) {
        take_nothing(s);
        return RC_OK;
    }
    if ((size_t)st.st_size <= read_bytes_max)
        return read_whole(s, fd, r->path, (size_t)st.st_size, err);
    TRY(map_whole(s, fd, r->path, (size_t)st.st_size, err));
    s->fd = fd;
    s->changed = st.st_ctim;
    return RC_OK;
}

/* RC_END where the file is gone. */
static enum rc open_range(struct source *s, const struct source_range *r, size_t read_bytes_max,
                          struct err *err)
{
    assert(s->mapping == NULL);
    int fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && (errno == ENOENT || errno == ELOOP))
        return RC_END;
    if (fd < 0)
        return err_errno(err, "%s: cannot open it", r->path);
    enum rc rc = open_checked(s, fd, r, read_bytes_max, err);
    if (s->mapping == NULL)
        close(fd);
    else
        madvise(s->mapping, s->bytes.size, MADV_SEQUENTIAL);
    return rc;
}

enum rc source_map_rest(struct source *s, const struct source_range *r, struct err *err)
{
    enum rc rc = open_range(s, r, 0, err);
    if (rc != RC_END)
        return rc;
    take_nothing(s);
    return RC_OK;
}

enum rc source_open_rest(struct source *s, const struct source_range *r, struct err *err)
{
    enum rc rc = open_range(s, r, READ_BYTES_MAX, err);
    if (rc == RC_END) {
        take_nothing(s);
        return RC_OK;
    }
    TRY(rc);
    watch(s);
    expect(s, r);
    return RC_OK;
}

enum rc source_open(struct source *s, const struct source_range *r, struct err *err)
{
    enum rc rc = open_range(s, r, READ_BYTES_MAX, err);
    if (rc == RC_END)
        return err_set(err, RC_USAGE, "%s: gone after it was listed; run again", r->path);
    TRY(rc);
    watch(s);
    if (s->bytes.size != r->size) {
        rc = changed(r, s->bytes.size, err);
        source_close(s);
        return rc;
    }
    expect(s, r);
    return RC_OK;
}

void source_take(struct source *to, struct source *from)
{
    assert(to->mapping == NULL);
    struct buf own = to->buffer;
    *to = *from;
    to->buffer = own;
    *from = (struct source){.buffer = from->buffer};
    watch(to);
}

void source_take_buffer(struct source *s, struct buf *buffer)
{
    assert(s->mapping == NULL);
    struct buf own = s->buffer;
    s->buffer = *buffer;
    *buffer = own;
    s->bytes = buf_view(&s->buffer);
}

/* ---- Afterwards ---- */

enum source_state source_check(const struct source *s)
{
    struct stat st;
    if (s->mapping == NULL)
        return SOURCE_SOUND;
    bool is_known = fstat(s->fd, &st) == 0;
    if (is_known && (uint64_t)st.st_size < s->bytes.size)
        return SOURCE_SHRANK;
    if (!s->is_cut)
        return SOURCE_SOUND;
    /* It may have been cut and have grown again. */
    bool is_changed = is_known && (st.st_ctim.tv_sec != s->changed.tv_sec ||
                                   st.st_ctim.tv_nsec != s->changed.tv_nsec);
    return is_changed ? SOURCE_SHRANK : SOURCE_UNREADABLE;
}

void source_close(struct source *s)
{
    if (s->mapping != NULL) {
        unwatch(s);
        munmap(s->mapping, s->mapping_bytes);
        close(s->fd);
    }
    s->mapping = NULL;
    s->is_cut = 0;
    s->bytes = VIEW_NULL;
}

void source_done(struct source *s)
{
    source_close(s);
    buf_done(&s->buffer);
}
