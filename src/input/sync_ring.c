#include "input/sync_ring.h"

#include "input/sync_threads.h"
#include "limits.h"

#include <stdlib.h>

enum { WAIT_MS = 1000 };

struct sync_ring {
    bool has_ring;
    struct io_uring ring;
    struct sync_threads *threads; /* or NULL */
    struct sync_queue *queue;
};

bool sync_ring_begin(struct io_uring *ring, int fd, unsigned slot)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
    if (sqe == NULL && io_uring_submit(ring) > 0)
        sqe = io_uring_get_sqe(ring);
    if (sqe == NULL)
        return false;
    io_uring_prep_fsync(sqe, fd, 0);
    sqe->user_data = ring_own(SYNC_RING_DONE, slot);
    return true;
}

static bool begin(void *context, int fd, unsigned slot)
{
    struct sync_ring *r = context;
    return sync_ring_begin(&r->ring, fd, slot);
}

static enum rc turn(void *context, bool is_waiting, struct err *err)
{
    struct sync_ring *r = context;
    struct io_uring_cqe *cqe;
    TRY(ring_wait(&r->ring, is_waiting ? WAIT_MS : 0, err));
    while (io_uring_peek_cqe(&r->ring, &cqe) == 0) {
        struct ring_message m = ring_message_of(&r->ring, cqe);
        io_uring_cqe_seen(&r->ring, cqe);
        sync_queue_note(r->queue, (unsigned)m.value, m.result);
    }
    return RC_OK;
}

enum rc sync_ring_open(enum fanout_io io, struct sync_ring **ret, struct err *err)
{
    struct sync_ring *r = calloc(1, sizeof(*r));
    struct ring_options o = {.entries = SYNC_FILES_MAX};
    struct err why;
    if (r == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to write files");
    r->has_ring = io != FANOUT_THREADS && ring_open(&r->ring, &o, &why) == RC_OK;
    struct sync_engine engine = {.context = r, .begin = begin, .turn = turn};
    if (!r->has_ring && (r->threads = sync_threads_new(SYNC_THREADS_MAX)) != NULL)
        engine = sync_threads_engine(r->threads);
    bool has_engine = r->has_ring || r->threads != NULL;
    r->queue = sync_queue_new(has_engine ? &engine : NULL, SYNC_FILES_MAX);
    if (r->queue == NULL) {
        sync_ring_close(r);
        return err_set(err, RC_NO_MEMORY, "no memory to write files");
    }
    if (r->threads != NULL)
        sync_threads_serve(r->threads, r->queue);
    *ret = r;
    return RC_OK;
}

void sync_ring_close(struct sync_ring *r)
{
    if (r == NULL)
        return;
    sync_queue_free(r->queue);
    sync_threads_free(r->threads);
    if (r->has_ring)
        io_uring_queue_exit(&r->ring);
    free(r);
}

struct sync_queue *sync_ring_queue(struct sync_ring *r)
{
    return r->queue;
}
