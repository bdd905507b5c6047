#include "input/ring.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a thread did before it sent a message has happened for whom it reaches: the
 * kernel sees to that, which ThreadSanitizer does not see. */
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#define ORDER_SENT(to) __tsan_release((void *)(to))
#define ORDER_TAKEN(at) __tsan_acquire((void *)(at))
#else
#define ORDER_SENT(to) (void)(to)
#define ORDER_TAKEN(at) (void)(at)
#endif

enum { KIND_SHIFT = 56, LOST_SHIFT = 63 };

static enum rc refused(int number, const char *call, struct err *why)
{
    const char *hint = "";
    if (number == EPERM || number == EACCES)
        hint = " (a container's seccomp filter, or the sysctl kernel.io_uring_disabled)";
    if (number == ENOSYS)
        hint = " (this kernel has none, or a seccomp filter hides it)";
    return err_set(why, RC_UNSUPPORTED, "%s: %s%s", call, strerror(number), hint);
}

static int setup(struct io_uring *ring, const struct ring_options *o, unsigned flags)
{
    struct io_uring_params p = {.flags = flags, .cq_entries = o->completions};
    if (o->completions > 0)
        p.flags |= IORING_SETUP_CQSIZE;
    return -io_uring_queue_init_params(o->entries, ring, &p);
}

enum rc ring_open(struct io_uring *ring, struct ring_options *o, struct err *why)
{
    static const unsigned tried[] = {
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, /* 6.1 */
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN,  /* 6.0 */
        IORING_SETUP_COOP_TASKRUN,                               /* 5.19 */
        0,
    };
    int number = EINVAL;
    for (size_t i = 0; i < sizeof(tried) / sizeof(tried[0]) && number == EINVAL; i++) {
        o->flags = tried[i];
        number = setup(ring, o, o->flags);
    }
    return number == 0 ? RC_OK : refused(number, "io_uring_setup", why);
}

enum rc ring_open_for_other(struct io_uring *ring, const struct ring_options *o, struct err *why)
{
    int number = setup(ring, o, o->flags | IORING_SETUP_R_DISABLED);
    return number == 0 ? RC_OK : refused(number, "io_uring_setup", why);
}

enum rc ring_start(struct io_uring *ring, struct err *err)
{
    /* liburing 2.3 declares a function for it, and does not have it. */
    if (syscall(SYS_io_uring_register, ring->ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0) == 0)
        return RC_OK;
    return err_errno(err, "io_uring: cannot start a worker's ring; --io threads does without");
}

enum rc ring_check(struct io_uring *ring, struct err *why)
{
    static const struct {
        int operation;
        const char *name;
    } needed[] = {{IORING_OP_MADVISE, "MADVISE"}, {IORING_OP_MSG_RING, "MSG_RING"}};
    if ((ring->features & IORING_FEAT_EXT_ARG) == 0 || (ring->features & IORING_FEAT_CQE_SKIP) == 0)
        return err_set(why, RC_UNSUPPORTED, "io_uring: this kernel's is too old");
    struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
    if (probe == NULL)
        return refused(EINVAL, "io_uring_register", why);
    enum rc rc = RC_OK;
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]) && rc == RC_OK; i++) {
        if (!io_uring_opcode_supported(probe, needed[i].operation))
            rc = err_set(why, RC_UNSUPPORTED, "io_uring: this kernel's has no %s", needed[i].name);
    }
    io_uring_free_probe(probe);
    return rc;
}

const char *ring_flags_text(unsigned flags)
{
    if ((flags & IORING_SETUP_DEFER_TASKRUN) != 0)
        return "single issuer, deferred completions";
    if ((flags & IORING_SETUP_SINGLE_ISSUER) != 0)
        return "single issuer, cooperative completions";
    return (flags & IORING_SETUP_COOP_TASKRUN) != 0 ? "cooperative completions" : "plain";
}

uint64_t ring_own(unsigned kind, uint64_t value)
{
    assert(kind > 0 && kind < 128 && value >> 48 == 0);
    return (uint64_t)kind << KIND_SHIFT | value;
}

struct io_uring_sqe *ring_send(struct io_uring *from, const struct io_uring *to, unsigned kind,
                               uint64_t value)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(from);
    if (sqe == NULL)
        return NULL;
    uint64_t data = ring_own(kind, value);
    io_uring_prep_msg_ring(sqe, to->ring_fd, 0, data, 0);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = data | UINT64_C(1) << LOST_SHIFT;
    ORDER_SENT(to);
    return sqe;
}

struct ring_message ring_message_of(const struct io_uring *at, const struct io_uring_cqe *cqe)
{
    ORDER_TAKEN(at);
    return (struct ring_message){
        .kind = (unsigned)(cqe->user_data >> KIND_SHIFT) & 127,
        .value = cqe->user_data & ((UINT64_C(1) << 48) - 1),
        .result = cqe->res,
        .is_lost = cqe->user_data >> LOST_SHIFT != 0,
    };
}

enum rc ring_wait(struct io_uring *ring, unsigned ms, struct err *err)
{
    struct __kernel_timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000LL};
    struct io_uring_cqe *first;
    int rc = io_uring_submit_and_wait_timeout(ring, &first, 1, &time, NULL);
    if (rc >= 0 || rc == -ETIME || rc == -EINTR || rc == -EAGAIN || rc == -EBUSY)
        return RC_OK;
    errno = -rc;
    return err_errno(err, "io_uring: cannot wait; --io threads does without");
}
