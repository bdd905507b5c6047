/* sync_threads.h - the engine of a sync queue that is a few threads.
 *
 * For where io_uring is refused: a disk's queue wants several fsyncs at once, and a
 * worker has better things to do than to wait for them. One per queue. */
#ifndef MILLRACE_SYNC_THREADS_H
#define MILLRACE_SYNC_THREADS_H

#include "util/sync_queue.h"

struct sync_threads;

/* Starts `threads` (1 … SYNC_THREADS_MAX), or as many as can be had. NULL when none
 * can, or out of memory: plain calls do then. */
struct sync_threads *sync_threads_new(unsigned threads);
/* Once the queue is freed. NULL is fine. */
void sync_threads_free(struct sync_threads *t);

/* The engine, for a queue that is then told of. */
struct sync_engine sync_threads_engine(struct sync_threads *t);
void sync_threads_serve(struct sync_threads *t, struct sync_queue *q);

#endif
