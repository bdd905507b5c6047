/* ring.h - io_uring rings that send each other messages.
 *
 * What the running kernel can do is tried, never assumed: rings are made with
 * the setup flags it takes, and RC_UNSUPPORTED says which call was refused and
 * what may have refused it. A ring belongs to one thread. */
#ifndef MILLRACE_RING_H
#define MILLRACE_RING_H

#include "util/err.h"

#include <liburing.h>
#include <stdbool.h>

struct ring_options {
    unsigned entries;
    unsigned completions; /* 0: twice as many */
    unsigned flags;       /* set by ring_open(): the IORING_SETUP_* that the kernel took */
};

/* Makes a ring for the calling thread. */
NODISCARD enum rc ring_open(struct io_uring *ring, struct ring_options *o, struct err *why);
/* The same, with the flags found by the first one, for another thread, which calls ring_start() before it does anything
 * else with it. */
NODISCARD enum rc ring_open_for_other(struct io_uring *ring, const struct ring_options *o,
                                      struct err *why);
NODISCARD enum rc ring_start(struct io_uring *ring, struct err *err);

/* Whether the kernel knows what the fan-out needs: RC_UNSUPPORTED names what not. */
NODISCARD enum rc ring_check(struct io_uring *ring, struct err *why);

/* For people: "deferred, single issuer" and the like. */
const char *ring_flags_text(unsigned flags);

/* A message: a kind from 1 to 127 and a value below 2^48. It arrives as a
 * completion of `to` whose user_data ring_message_*() take apart. Queued: it
 * leaves with the next submission. NULL where the queue is full. A completion of
 * `from` tells only of a message that could not be sent: is_lost. */
struct io_uring_sqe *ring_send(struct io_uring *from, const struct io_uring *to, unsigned kind,
                               uint64_t value);

/* The user_data of an operation of one's own, whose completion is told apart so too. */
uint64_t ring_own(unsigned kind, uint64_t value);

struct ring_message {
    unsigned kind; /* 0: none, a completion of one's own */
    uint64_t value;
    int result; /* of one's own */
    bool is_lost;
};
/* `cqe` is a completion of `at`. */
struct ring_message ring_message_of(const struct io_uring *at, const struct io_uring_cqe *cqe);

/* Submits what is queued and waits for a completion, at most `ms`; none is fine. */
NODISCARD enum rc ring_wait(struct io_uring *ring, unsigned ms, struct err *err);

#endif
