/* fault.c - a library to preload that makes the n-th call on files go wrong.
 *
 *     FAULT_ON=changes     counts calls that change files or folders (default):
 *                          open to write, write, fsync, close of a file that was
 *                          written, rename, link, unlink, mkdir, rmdir, truncate,
 *                          and locks
 *             =reads       counts calls that look at them: open, read, pread,
 *                          mmap, stat, access, realpath, listings, inotify, and
 *                          close of a file that was read, below FAULT_BELOW
 *     FAULT_AT=n           the call that goes wrong, from 1; 0: none
 *     FAULT_KIND=          kill-before, kill-after: SIGKILL
 *                          stop: SIGSTOP before it; done once somebody sends SIGCONT
 *                          enospc, eio, emfile, eintr: not done, fails so
 *                          lie: done, but fails with EIO, as network filesystems may
 *                          short: half of a write or read is done
 *     FAULT_RECORD=file    a line per counted call, tab-separated: name, descriptor,
 *                          path, second path, result, offset, length; absolute paths
 *     FAULT_DATA=1         the bytes of a write follow its line
 *     FAULT_LATE=1         an fsync that goes through a ring is done as late as may
 *                          be: one with each wait, the newest first
 *
 * Sees what goes through libc's dynamic symbols, not what libc calls in itself
 * (stdio) and not direct system calls; of what goes through a ring, fsync. Descriptors that were open before, such
 * as stderr, are left alone. */
#undef _FILE_OFFSET_BITS /* the names with and without 64 are told apart here */

#include <assert.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <liburing.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static_assert(sizeof(off_t) == sizeof(off64_t), "one set of functions serves both");

enum { DESCRIPTORS_MAX = 4096, LATE_MAX = 4096 };

enum kind {
    KIND_NONE,
    KIND_KILL_BEFORE,
    KIND_KILL_AFTER,
    KIND_STOP,
    KIND_ENOSPC,
    KIND_EIO,
    KIND_EMFILE,
    KIND_EINTR,
    KIND_LIE,
    KIND_SHORT,
    KIND_COUNT
};

static const char *const kind_names[KIND_COUNT] = {"none", "kill-before", "kill-after", "stop",
                                                   "enospc", "eio", "emfile", "eintr", "lie",
                                                   "short"};

/* The one state of the library: a preloaded library has nobody to hand it in. */
static struct {
    pthread_once_t once;
    pthread_mutex_t mutex; /* one counted call at a time, so that the record is in order */
    bool on_reads, with_data, is_late;
    enum kind kind;
    long at, count;
    int record; /* or -1 */
    char below[PATH_MAX];
    bool is_written[DESCRIPTORS_MAX]; /* opened to write */
    bool is_watched[DESCRIPTORS_MAX]; /* opened to read, below `below` */
    struct late {
        struct io_uring *ring; /* NULL: none */
        int descriptor;
        uint64_t data;
    } late[LATE_MAX];
} state = {.once = PTHREAD_ONCE_INIT, .mutex = PTHREAD_MUTEX_INITIALIZER, .record = -1};

/* One call, as it is counted and recorded. */
struct call {
    const char *name;
    int descriptor;
    const char *path, *second; /* as given, relative to these folders */
    int folder, second_folder;
    const char *data;
    long offset;
    size_t length;
    bool can_be_short;
    char full[PATH_MAX], second_full[PATH_MAX]; /* set by begin() when recording */
};

static const char *setting(const char *name)
{
    const char *value = getenv(name);
    return value != NULL ? value : "";
}

static void start(void)
{
    state.on_reads = strcmp(setting("FAULT_ON"), "reads") == 0;
    state.with_data = setting("FAULT_DATA")[0] == '1';
    state.is_late = setting("FAULT_LATE")[0] == '1';
    state.at = atol(setting("FAULT_AT"));
    snprintf(state.below, sizeof(state.below), "%s", setting("FAULT_BELOW"));
    for (enum kind kind = KIND_NONE; kind < KIND_COUNT; kind++) {
        if (strcmp(setting("FAULT_KIND"), kind_names[kind]) == 0)
            state.kind = kind;
    }
    if (setting("FAULT_RECORD")[0] != '\0')
        state.record = (int)syscall(SYS_openat, AT_FDCWD, setting("FAULT_RECORD"),
                                    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

/* libc's own function of that name. */
static void *real(const char *name)
{
    pthread_once(&state.once, start);
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL)
        abort();
    return function;
}

/* ISO C has no cast from void * to a function. */
#define REAL(name)                                                                                 \
    ({                                                                                             \
        union {                                                                                    \
            void *from;                                                                            \
            __typeof__(&name) to;                                                                  \
        } real_ = {real(#name)};                                                                   \
        real_.to;                                                                                  \
    })

static void absolute(int folder, const char *path, char full[PATH_MAX])
{
    char link[64];
    full[0] = '\0';
    if (path == NULL)
        return;
    if (path[0] == '/') {
        snprintf(full, PATH_MAX, "%s", path);
        return;
    }
    if (folder == AT_FDCWD)
        snprintf(link, sizeof(link), "/proc/self/cwd");
    else
        snprintf(link, sizeof(link), "/proc/self/fd/%d", folder);
    long size = syscall(SYS_readlinkat, AT_FDCWD, link, full, PATH_MAX - 1);
    size = size < 0 ? 0 : size;
    snprintf(full + size, PATH_MAX - (size_t)size, "/%s", path);
}

static bool is_below(int folder, const char *path)
{
    char full[PATH_MAX];
    absolute(folder, path, full);
    return strncmp(full, state.below, strlen(state.below)) == 0;
}

static void die(void)
{
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;)
        pause();
}

static int errno_of(enum kind kind)
{
    switch (kind) {
    case KIND_ENOSPC:
        return ENOSPC;
    case KIND_EIO:
        return EIO;
    case KIND_EMFILE:
        return EMFILE;
    case KIND_EINTR:
        return EINTR;
    case KIND_NONE:
    case KIND_KILL_BEFORE:
    case KIND_KILL_AFTER:
    case KIND_STOP:
    case KIND_LIE:
    case KIND_SHORT:
    case KIND_COUNT:
        break;
    }
    return 0;
}

/* Takes the call's number and the lock. False, with errno, where it is not to
 * be done; either way end() follows. A short one gets a smaller length. */
static bool begin(struct call *c)
{
    pthread_mutex_lock(&state.mutex);
    if (state.record >= 0) {
        absolute(c->folder, c->path, c->full);
        absolute(c->second_folder, c->second, c->second_full);
    }
    if (++state.count != state.at)
        return true;
    if (state.kind == KIND_KILL_BEFORE)
        die();
    if (state.kind == KIND_STOP)
        syscall(SYS_kill, getpid(), SIGSTOP);
    if (state.kind == KIND_SHORT && c->can_be_short && c->length > 1)
        c->length /= 2;
    errno = errno_of(state.kind);
    return errno == 0;
}

static void put(const void *data, size_t size)
{
    if (syscall(SYS_write, state.record, data, size) != (long)size)
        abort(); /* the record's disk is full: nothing it says would be true */
}

static void record(const struct call *c, long result)
{
    char line[2 * PATH_MAX + 128];
    int descriptor = c->descriptor >= 0 ? c->descriptor : (int)result;
    int size = snprintf(line, sizeof(line), "%s\t%d\t%s\t%s\t%ld\t%ld\t%zu\n", c->name, descriptor,
                        c->full, c->second_full, result, c->offset,
                        c->data != NULL && result > 0 ? (size_t)result : c->length);
    put(line, (size_t)size);
    if (state.with_data && c->data != NULL && result > 0)
        put(c->data, (size_t)result);
}

static long end(const struct call *c, long result)
{
    int number = errno;
    if (state.record >= 0)
        record(c, result);
    bool is_it = state.count == state.at;
    if (is_it && state.kind == KIND_KILL_AFTER)
        die();
    if (is_it && state.kind == KIND_LIE) {
        result = -1;
        number = EIO;
    }
    pthread_mutex_unlock(&state.mutex);
    errno = number;
    return result;
}

static bool is_marked(const bool marks[DESCRIPTORS_MAX], int descriptor)
{
    return descriptor >= 0 && descriptor < DESCRIPTORS_MAX && marks[descriptor];
}

static void mark(bool marks[DESCRIPTORS_MAX], int descriptor, bool is_set)
{
    if (descriptor >= 0 && descriptor < DESCRIPTORS_MAX)
        marks[descriptor] = is_set;
}

/* ---- Calls that change ---- */

static bool counts_change(void)
{
    pthread_once(&state.once, start);
    return !state.on_reads;
}

static bool counts_change_of(int descriptor)
{
    return counts_change() && is_marked(state.is_written, descriptor);
}

static bool counts_read(int folder, const char *path)
{
    pthread_once(&state.once, start);
    return state.on_reads && is_below(folder, path);
}

static bool counts_read_of(int descriptor)
{
    pthread_once(&state.once, start);
    return state.on_reads && is_marked(state.is_watched, descriptor);
}

static bool has_mode(int flags)
{
    /* O_TMPFILE has several bits, one of which is O_DIRECTORY. */
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

int openat64(int folder, const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (has_mode(flags)) {
        va_list args;
        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    bool is_write = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0;
    if (is_write ? !counts_change() : !counts_read(folder, path)) {
        int descriptor = REAL(openat64)(folder, path, flags, mode);
        mark(state.is_written, descriptor, is_write);
        mark(state.is_watched, descriptor, false);
        return descriptor;
    }
    struct call c = {.name = flags & O_TRUNC ? "open-truncate"
                             : is_write      ? "open-write"
                                             : "open",
                     .descriptor = -1,
                     .folder = folder,
                     .path = path};
    int descriptor = begin(&c) ? REAL(openat64)(folder, path, flags, mode) : -1;
    mark(state.is_written, descriptor, is_write);
    mark(state.is_watched, descriptor, !is_write);
    return (int)end(&c, descriptor);
}

int openat(int folder, const char *path, int flags, ...) __attribute__((alias("openat64")));

/* What a fortified program calls where the flags are not a constant. */
int __open64_2(const char *path, int flags)
{
    return openat64(AT_FDCWD, path, flags);
}

int open64(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (has_mode(flags)) {
        va_list args;
        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    return openat64(AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...) __attribute__((alias("open64")));

ssize_t write(int descriptor, const void *data, size_t size)
{
    if (!counts_change_of(descriptor))
        return REAL(write)(descriptor, data, size);
    struct call c = {.name = "write",
                     .descriptor = descriptor,
                     .data = data,
                     .length = size,
                     .can_be_short = true,
                     .offset = syscall(SYS_lseek, descriptor, 0, SEEK_CUR)};
    return end(&c, begin(&c) ? REAL(write)(descriptor, data, c.length) : -1);
}

ssize_t pwrite64(int descriptor, const void *data, size_t size, off64_t offset)
{
    if (!counts_change_of(descriptor))
        return REAL(pwrite64)(descriptor, data, size, offset);
    struct call c = {.name = "write",
                     .descriptor = descriptor,
                     .data = data,
                     .length = size,
                     .can_be_short = true,
                     .offset = offset};
    return end(&c, begin(&c) ? REAL(pwrite64)(descriptor, data, c.length, offset) : -1);
}

ssize_t pwrite(int descriptor, const void *data, size_t size, off_t offset)
    __attribute__((alias("pwrite64")));

int fsync(int descriptor)
{
    /* Folders too: whatever is made durable counts. */
    if (!counts_change())
        return REAL(fsync)(descriptor);
    struct call c = {.name = "fsync", .descriptor = descriptor, .folder = descriptor, .path = "."};
    return (int)end(&c, begin(&c) ? REAL(fsync)(descriptor) : -1);
}

int fdatasync(int descriptor)
{
    if (!counts_change())
        return REAL(fdatasync)(descriptor);
    struct call c = {.name = "fsync", .descriptor = descriptor, .folder = descriptor, .path = "."};
    return (int)end(&c, begin(&c) ? REAL(fdatasync)(descriptor) : -1);
}

int fcntl64(int descriptor, int command, ...)
{
    va_list args;
    va_start(args, command);
    void *argument = va_arg(args, void *);
    va_end(args);
    bool is_lock = command == F_OFD_SETLK || command == F_OFD_SETLKW;
    if (!is_lock || !counts_change_of(descriptor))
        return REAL(fcntl64)(descriptor, command, argument);
    struct call c = {.name = "lock", .descriptor = descriptor};
    return (int)end(&c, begin(&c) ? REAL(fcntl64)(descriptor, command, argument) : -1);
}

int fcntl(int descriptor, int command, ...) __attribute__((alias("fcntl64")));

int close(int descriptor)
{
    bool is_counted = counts_change_of(descriptor) || counts_read_of(descriptor);
    mark(state.is_written, descriptor, false);
    mark(state.is_watched, descriptor, false);
    if (!is_counted)
        return REAL(close)(descriptor);
    struct call c = {.name = "close", .descriptor = descriptor};
    bool is_done = begin(&c);
    int number = errno;
    /* On Linux the descriptor is gone even where close() fails. */
    int result = REAL(close)(descriptor);
    errno = is_done ? errno : number;
    return (int)end(&c, is_done ? result : -1);
}

int ftruncate64(int descriptor, off64_t size)
{
    if (!counts_change_of(descriptor))
        return REAL(ftruncate64)(descriptor, size);
    struct call c = {.name = "truncate", .descriptor = descriptor, .length = (size_t)size};
    return (int)end(&c, begin(&c) ? REAL(ftruncate64)(descriptor, size) : -1);
}

int ftruncate(int descriptor, off_t size) __attribute__((alias("ftruncate64")));

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    if (!counts_change())
        return REAL(renameat2)(from_folder, from, to_folder, to, flags);
    struct call c = {.name = flags & RENAME_EXCHANGE ? "exchange" : "rename",
                     .descriptor = -1,
                     .folder = from_folder,
                     .path = from,
                     .second_folder = to_folder,
                     .second = to};
    return (int)end(
        &c, begin(&c) ? REAL(renameat2)(from_folder, from, to_folder, to, flags) : -1);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    return renameat2(from_folder, from, to_folder, to, 0);
}

int rename(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    if (!counts_change())
        return REAL(linkat)(from_folder, from, to_folder, to, flags);
    struct call c = {.name = "link",
                     .descriptor = -1,
                     .folder = from_folder,
                     .path = from,
                     .second_folder = to_folder,
                     .second = to};
    return (int)end(&c, begin(&c) ? REAL(linkat)(from_folder, from, to_folder, to, flags) : -1);
}

int link(const char *from, const char *to)
{
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlinkat(int folder, const char *path, int flags)
{
    if (!counts_change())
        return REAL(unlinkat)(folder, path, flags);
    struct call c = {.name = flags & AT_REMOVEDIR ? "rmdir" : "unlink",
                     .descriptor = -1,
                     .folder = folder,
                     .path = path};
    return (int)end(&c, begin(&c) ? REAL(unlinkat)(folder, path, flags) : -1);
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int mkdirat(int folder, const char *path, mode_t mode)
{
    if (!counts_change())
        return REAL(mkdirat)(folder, path, mode);
    struct call c = {.name = "mkdir", .descriptor = -1, .folder = folder, .path = path};
    return (int)end(&c, begin(&c) ? REAL(mkdirat)(folder, path, mode) : -1);
}

int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

/* ---- What goes through a ring ---- */

/* A completion with that data and result: a message of the ring to itself. */
static void complete(struct io_uring_sqe *sqe, const struct io_uring *ring, uint64_t data,
                     int result)
{
    io_uring_prep_msg_ring(sqe, ring->ring_fd, (unsigned)result, data, 0);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = UINT64_MAX;
}

static int sync_now(int descriptor)
{
    return fsync(descriptor) == 0 ? 0 : -errno;
}

static void put_off(struct io_uring_sqe *sqe, struct io_uring *ring)
{
    struct late late = {ring, sqe->fd, sqe->user_data};
    io_uring_prep_nop(sqe);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    pthread_mutex_lock(&state.mutex);
    size_t i = 0;
    while (state.late[i].ring != NULL) {
        i++; /* not in the assert, which builds for coverage leave out */
        assert(i < LATE_MAX);
    }
    state.late[i] = late;
    pthread_mutex_unlock(&state.mutex);
}

/* Does in the kernel's place what was queued and not sent yet. */
static void take_queued(struct io_uring *ring)
{
    pthread_once(&state.once, start);
    if (state.on_reads)
        return;
    for (unsigned at = ring->sq.sqe_head; at != ring->sq.sqe_tail; at++) {
        struct io_uring_sqe *sqe = &ring->sq.sqes[at & *ring->sq.kring_mask];
        if (sqe->opcode != IORING_OP_FSYNC)
            continue;
        if (state.is_late)
            put_off(sqe, ring);
        else
            complete(sqe, ring, sqe->user_data, sync_now(sqe->fd));
    }
}

static void do_one_late(struct io_uring *ring)
{
    struct late late = {0};
    pthread_mutex_lock(&state.mutex);
    for (size_t i = LATE_MAX; i-- > 0 && late.ring == NULL;) {
        if (state.late[i].ring != ring)
            continue;
        late = state.late[i];
        state.late[i].ring = NULL;
    }
    pthread_mutex_unlock(&state.mutex);
    struct io_uring_sqe *sqe = late.ring != NULL ? io_uring_get_sqe(ring) : NULL;
    assert(late.ring == NULL || sqe != NULL);
    if (sqe != NULL)
        complete(sqe, ring, late.data, sync_now(late.descriptor));
}

int io_uring_submit(struct io_uring *ring)
{
    take_queued(ring);
    return REAL(io_uring_submit)(ring);
}

int io_uring_submit_and_wait_timeout(struct io_uring *ring, struct io_uring_cqe **ret,
                                     unsigned wait, struct __kernel_timespec *time, sigset_t *mask)
{
    take_queued(ring);
    if (time->tv_sec > 0 || time->tv_nsec > 0)
        do_one_late(ring);
    return REAL(io_uring_submit_and_wait_timeout)(ring, ret, wait, time, mask);
}

/* ---- Calls that look ---- */

ssize_t read(int descriptor, void *data, size_t size)
{
    if (!counts_read_of(descriptor))
        return REAL(read)(descriptor, data, size);
    struct call c = {
        .name = "read", .descriptor = descriptor, .length = size, .can_be_short = true};
    return end(&c, begin(&c) ? REAL(read)(descriptor, data, c.length) : -1);
}

ssize_t pread64(int descriptor, void *data, size_t size, off64_t offset)
{
    if (!counts_read_of(descriptor))
        return REAL(pread64)(descriptor, data, size, offset);
    struct call c = {.name = "read",
                     .descriptor = descriptor,
                     .length = size,
                     .can_be_short = true,
                     .offset = offset};
    return end(&c, begin(&c) ? REAL(pread64)(descriptor, data, c.length, offset) : -1);
}

ssize_t pread(int descriptor, void *data, size_t size, off_t offset)
    __attribute__((alias("pread64")));

void *mmap64(void *at, size_t size, int protection, int flags, int descriptor, off64_t offset)
{
    if (!counts_read_of(descriptor))
        return REAL(mmap64)(at, size, protection, flags, descriptor, offset);
    struct call c = {
        .name = "mmap", .descriptor = descriptor, .length = size, .offset = offset};
    void *mapped = MAP_FAILED;
    if (begin(&c))
        mapped = REAL(mmap64)(at, size, protection, flags, descriptor, offset);
    return end(&c, mapped == MAP_FAILED ? -1 : 0) < 0 ? MAP_FAILED : mapped;
}

void *mmap(void *at, size_t size, int protection, int flags, int descriptor, off_t offset)
    __attribute__((alias("mmap64")));

int fstatat64(int folder, const char *path, struct stat64 *ret, int flags)
{
    if (!counts_read(folder, path))
        return REAL(fstatat64)(folder, path, ret, flags);
    struct call c = {.name = "stat", .descriptor = -1, .folder = folder, .path = path};
    return (int)end(&c, begin(&c) ? REAL(fstatat64)(folder, path, ret, flags) : -1);
}

int stat64(const char *path, struct stat64 *ret)
{
    return fstatat64(AT_FDCWD, path, ret, 0);
}

int lstat64(const char *path, struct stat64 *ret)
{
    return fstatat64(AT_FDCWD, path, ret, AT_SYMLINK_NOFOLLOW);
}

int fstat64(int descriptor, struct stat64 *ret)
{
    if (!counts_read_of(descriptor))
        return REAL(fstat64)(descriptor, ret);
    struct call c = {.name = "fstat", .descriptor = descriptor};
    return (int)end(&c, begin(&c) ? REAL(fstat64)(descriptor, ret) : -1);
}

int faccessat(int folder, const char *path, int mode, int flags)
{
    if (!counts_read(folder, path))
        return REAL(faccessat)(folder, path, mode, flags);
    struct call c = {.name = "access", .descriptor = -1, .folder = folder, .path = path};
    return (int)end(&c, begin(&c) ? REAL(faccessat)(folder, path, mode, flags) : -1);
}

int access(const char *path, int mode)
{
    return faccessat(AT_FDCWD, path, mode, 0);
}

struct dirent64 *readdir64(DIR *folder)
{
    if (!counts_read_of(dirfd(folder)))
        return REAL(readdir64)(folder);
    struct call c = {.name = "readdir", .descriptor = dirfd(folder)};
    bool is_done = begin(&c);
    struct dirent64 *entry = is_done ? REAL(readdir64)(folder) : NULL;
    return end(&c, is_done ? 0 : -1) < 0 ? NULL : entry;
}

int scandirat64(int folder, const char *path, struct dirent64 ***ret,
                int (*filter)(const struct dirent64 *),
                int (*compare)(const struct dirent64 **, const struct dirent64 **))
{
    if (!counts_read(folder, path))
        return REAL(scandirat64)(folder, path, ret, filter, compare);
    struct call c = {.name = "scandir", .descriptor = -1, .folder = folder, .path = path};
    return (int)end(&c, begin(&c) ? REAL(scandirat64)(folder, path, ret, filter, compare) : -1);
}

DIR *opendir(const char *path)
{
    if (!counts_read(AT_FDCWD, path))
        return REAL(opendir)(path);
    struct call c = {.name = "opendir", .descriptor = -1, .folder = AT_FDCWD, .path = path};
    DIR *folder = begin(&c) ? REAL(opendir)(path) : NULL;
    if (folder != NULL)
        mark(state.is_watched, dirfd(folder), true);
    return end(&c, folder != NULL ? dirfd(folder) : -1) < 0 ? NULL : folder;
}

int closedir(DIR *folder)
{
    mark(state.is_watched, dirfd(folder), false);
    return REAL(closedir)(folder);
}

/* Takes the place of libc's second version, which gives memory where `ret` is NULL. */
char *realpath(const char *path, char *ret)
{
    static char *(*real_path)(const char *, char *);
    if (real_path == NULL)
        *(void **)&real_path = dlvsym(RTLD_NEXT, "realpath", "GLIBC_2.3");
    if (!counts_read(AT_FDCWD, path))
        return real_path(path, ret);
    struct call c = {.name = "realpath", .descriptor = -1, .folder = AT_FDCWD, .path = path};
    char *found = begin(&c) ? real_path(path, ret) : NULL;
    return end(&c, found != NULL ? 0 : -1) < 0 ? NULL : found;
}

char *__realpath_chk(const char *path, char *ret, size_t size)
{
    (void)size;
    return realpath(path, ret);
}

int inotify_add_watch(int descriptor, const char *path, uint32_t mask)
{
    if (!counts_read(AT_FDCWD, path))
        return REAL(inotify_add_watch)(descriptor, path, mask);
    struct call c = {.name = "watch", .descriptor = -1, .folder = AT_FDCWD, .path = path};
    return (int)end(&c, begin(&c) ? REAL(inotify_add_watch)(descriptor, path, mask) : -1);
}
