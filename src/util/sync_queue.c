#include "util/sync_queue.h"

#include "limits.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct slot {
    int fd;
    bool is_folder;
    bool is_begun; /* by the engine */
    bool is_done;
    int result;
};

struct sync_queue {
    struct sync_engine engine;
    bool has_engine;
    unsigned files_max;
    struct slot slots[SYNC_FILES_MAX]; /* file number n is in n % SYNC_FILES_MAX */
    uint64_t added, ended;             /* those between are here */
    uint64_t started;                  /* those before were sent on their way */
    enum rc rc;                        /* the first failure */
    struct err err;
};

struct sync_queue *sync_queue_new(const struct sync_engine *engine, unsigned files_max)
{
    assert(files_max >= 1 && files_max <= SYNC_FILES_MAX);
    struct sync_queue *q = calloc(1, sizeof(*q));
    if (q == NULL)
        return NULL;
    q->files_max = files_max;
    q->has_engine = engine != NULL;
    if (engine != NULL)
        q->engine = *engine;
    return q;
}

static struct slot *slot_of(struct sync_queue *q, uint64_t number)
{
    return &q->slots[number % SYNC_FILES_MAX];
}

/* Some filesystems have nothing to sync for a folder and say EINVAL. */
static bool is_failure(const struct slot *s)
{
    return s->result < 0 && !(s->is_folder && s->result == -EINVAL);
}

static enum rc name_failure(const struct slot *s, struct err *err)
{
    errno = -s->result;
    return err_errno_at(err, s->fd, ".",
                        s->is_folder ? "cannot make the folder durable" : "cannot make it durable");
}

/* Closes it. A folder's descriptor has nothing that could fail. */
static enum rc end_file(const struct slot *s, struct err *err)
{
    enum rc rc = is_failure(s) ? name_failure(s, err) : RC_OK;
    struct err named;
    /* While it is open its path can be told. */
    err_set_at(&named, RC_IO, s->fd, ".", "cannot close it");
    if (close(s->fd) == 0 || s->is_folder || rc != RC_OK)
        return rc;
    return err_errno(err, "%s", named.text);
}

static void sync_plainly(struct slot *s)
{
    s->result = fsync(s->fd) == 0 ? 0 : -errno;
    s->is_done = true;
}

/* Takes the oldest out: it is done. */
static void end_oldest(struct sync_queue *q)
{
    const struct slot *s = slot_of(q, q->ended++);
    struct err err;
    enum rc rc = end_file(s, &err);
    if (rc != RC_OK && q->rc == RC_OK) {
        q->rc = rc;
        q->err = err;
    }
}

static void end_done(struct sync_queue *q)
{
    while (q->ended < q->added && slot_of(q, q->ended)->is_done)
        end_oldest(q);
}

static enum rc turn(struct sync_queue *q, bool is_waiting, struct err *err)
{
    q->started = q->added;
    enum rc rc = q->engine.turn(q->engine.context, is_waiting, err);
    end_done(q);
    return rc;
}

enum rc sync_queue_start(struct sync_queue *q, struct err *err)
{
    if (q == NULL || !q->has_engine || q->started == q->added)
        return RC_OK;
    return turn(q, false, err);
}

uint64_t sync_queue_mark(const struct sync_queue *q)
{
    return q == NULL ? 0 : q->added;
}

enum rc sync_queue_poll(struct sync_queue *q, uint64_t mark, bool *ret_is_done, struct err *err)
{
    *ret_is_done = q == NULL || q->ended >= mark;
    if (*ret_is_done || !q->has_engine)
        return RC_OK;
    TRY(turn(q, false, err));
    *ret_is_done = q->ended >= mark;
    return RC_OK;
}

static enum rc end_all(struct sync_queue *q, uint64_t mark, struct err *err)
{
    while (q->ended < mark) {
        struct slot *oldest = slot_of(q, q->ended);
        if (!oldest->is_begun)
            sync_plainly(oldest);
        else if (!oldest->is_done)
            TRY(turn(q, true, err));
        end_done(q);
    }
    return RC_OK;
}

enum rc sync_queue_wait(struct sync_queue *q, uint64_t mark, struct err *err)
{
    if (q == NULL)
        return RC_OK;
    TRY(end_all(q, mark, err));
    return q->rc == RC_OK ? RC_OK : err_set(err, q->rc, "%s", q->err.text);
}

static enum rc add(struct sync_queue *q, int fd, bool is_folder, struct err *err)
{
    struct slot now = {.fd = fd, .is_folder = is_folder};
    if (q == NULL) {
        sync_plainly(&now);
        return end_file(&now, err);
    }
    /* By plain calls the one that is waited for has taken the others along. */
    uint64_t room = q->has_engine ? 1 : q->files_max;
    if (q->added - q->ended == q->files_max) {
        enum rc rc = end_all(q, q->ended + room, err);
        if (rc != RC_OK) {
            close(fd);
            return rc;
        }
    }
    unsigned number = (unsigned)(q->added++ % SYNC_FILES_MAX);
    struct slot *s = &q->slots[number];
    *s = now;
    s->is_begun = q->has_engine && q->engine.begin(q->engine.context, fd, number);
    /* Some together: fewer would be more commits of the filesystem's journal. */
    return q->added - q->started > q->files_max / 4 ? sync_queue_start(q, err) : RC_OK;
}

enum rc sync_queue_add(struct sync_queue *q, int fd, struct err *err)
{
    return add(q, fd, false, err);
}

enum rc sync_queue_add_folder(struct sync_queue *q, int fd, struct err *err)
{
    return add(q, fd, true, err);
}

void sync_queue_note(struct sync_queue *q, unsigned slot, int result)
{
    assert(slot < SYNC_FILES_MAX && q->slots[slot].is_begun && !q->slots[slot].is_done);
    q->slots[slot].result = result;
    q->slots[slot].is_done = true;
}

/* The kernel may still work on files of an engine that broke: it holds on to them
 * itself. */
void sync_queue_free(struct sync_queue *q)
{
    struct err ignored;
    if (q == NULL)
        return;
    if (end_all(q, q->added, &ignored) != RC_OK) {
        while (q->ended < q->added)
            close(slot_of(q, q->ended++)->fd);
    }
    free(q);
}
