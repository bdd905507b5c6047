/* sync_ring.h - the engine of a sync queue that is a ring.
 *
 * A worker's files go through the ring it has anyway (fanout_uring.c); whoever
 * writes files by itself, as the merge does, opens one for it. */
#ifndef MILLRACE_SYNC_RING_H
#define MILLRACE_SYNC_RING_H

#include "input/fanout.h"
#include "input/ring.h"
#include "util/sync_queue.h"

/* Kind of the completions (ring_message.kind); the value is the slot. */
#define SYNC_RING_DONE 40

/* Queues fsync(fd) into a ring. False where its queue is full and cannot be sent. */
bool sync_ring_begin(struct io_uring *ring, int fd, unsigned slot);

/* A sync queue on a ring of its own, for the calling thread; on threads where `io`
 * says so or the kernel refuses a ring. */
struct sync_ring;
NODISCARD enum rc sync_ring_open(enum fanout_io io, struct sync_ring **ret, struct err *err);
/* Waits for what is on its way. NULL is fine. */
void sync_ring_close(struct sync_ring *r);
struct sync_queue *sync_ring_queue(struct sync_ring *r);

#endif
