#include "input/fanout_engine.h"

#include "input/read_ahead.h"
#include "input/ring.h"
#include "input/sync_ring.h"
#include "limits.h"

#include <assert.h>
#include <errno.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* The coordinator (the calling thread) owns a ring, and so does each worker. For
 * each large input of a worker's batches, in order, the coordinator maps the file
 * and submits one linked chain: MADVISE(MADV_POPULATE_READ) on its first bytes,
 * MSG_RING to the worker, MADVISE on the rest. The kernel's own threads read, and
 * the worker is told when it can begin without waiting for a page fault. Worker
 * and coordinator talk by MSG_RING alone. */
enum {
    /* Smaller inputs are read by their worker, some ahead (read_ahead.h): a mapping
     * costs them more than a copy (4 KB: 6.6 us against 2.2; 64 KB: 14 against 10;
     * from 1 MB on less). */
    MAPPED_BYTES_MIN = READ_AHEAD_BYTES_MAX + 1,
    /* Inputs mapped for a worker before it takes them, and their bytes (one may be
     * larger): enough to cover a cold disk, and little enough that what is read
     * ahead is still in memory when its turn comes. */
    SLOTS = 8,
    AHEAD_BYTES_MAX = 64 * 1024 * 1024,
    /* A worker begins once the first bytes are there. One MADVISE has a 32-bit
     * length and holds the lock of the address space, which others need in order
     * to map, so it goes in pieces; what lies behind the last is left to the
     * kernel's read-ahead. */
    FIRST_BYTES = 2 * 1024 * 1024,
    PIECE_BYTES = 16 * 1024 * 1024,
    PIECES_MAX = 64,
    QUEUED_MAX = PIECES_MAX + 1, /* a whole chain, which one submission must hold */
    COORDINATOR_ENTRIES = 128,
    WORKER_ENTRIES = READ_AHEAD_ENTRIES + SYNC_FILES_MAX + 4, /* and messages */
    /* Batches known to a worker: the one at hand is not among them. */
    BATCHES_MAX = 4,
};

enum message {
    TO_WORKER_BATCH = 1, /* value: index into the plan */
    TO_WORKER_INPUT,     /* value: slot */
    TO_WORKER_END,
    TO_COORDINATOR_ASK,   /* value: worker */
    TO_COORDINATOR_FREED, /* value: worker */
    TO_COORDINATOR_BYE,
};

/* One mapped input on its way to a worker. Written by the coordinator until its
 * message is sent, by the worker until TO_COORDINATOR_FREED. */
struct slot {
    struct source source;
    const struct batch *batch;
    uint32_t input;
    enum rc rc;
    struct err err;
};

/* A batch whose inputs are being issued. */
struct issue {
    const struct batch *batch;
    uint32_t next; /* input */
};

struct lane {
    struct slot slots[SLOTS];
    struct io_uring ring;
    /* The coordinator's. */
    _Alignas(64) uint64_t asked, sent; /* batches */
    bool has_ended;
    struct issue issues[BATCHES_MAX];
    unsigned issues_begin, issues_count;
    uint64_t issued, freed; /* slots, counted on */
    uint64_t ahead_bytes;
    uint64_t slot_bytes[SLOTS];
    /* The worker's. */
    _Alignas(64) uint32_t batches[BATCHES_MAX];
    unsigned batches_begin, batches_count;
    bool is_end;
    bool is_ready[SLOTS];
    uint64_t taken;
    const struct batch *batch; /* at hand */
    uint32_t next_input;       /* of it: those before were handed out once */
    struct read_ahead *reads;  /* or NULL */
    uint32_t next_read;        /* input to look at for reading ahead */
};

struct uring {
    struct io_uring ring; /* the coordinator's */
    struct lane *lanes;
    unsigned lanes_open;
    size_t next; /* into todo */
    enum rc rc;  /* the coordinator's failure */
    struct err *err;
};

/* ---- The coordinator ---- */

static void fail(struct fanout *f, int number, const char *what)
{
    struct uring *u = f->state;
    if (u->rc == RC_OK) {
        errno = number;
        u->rc = err_errno(u->err, "io_uring: cannot %s; --io threads does without", what);
    }
    atomic_store(&f->has_failed, true);
}

/* Room for what is queued without a look at the result. */
static void make_room(struct uring *u)
{
    if (io_uring_sq_space_left(&u->ring) < QUEUED_MAX)
        io_uring_submit(&u->ring);
}

/* It leaves with the next submission. */
static struct io_uring_sqe *tell(struct fanout *f, struct lane *lane, enum message message,
                                 uint64_t value)
{
    struct uring *u = f->state;
    struct io_uring_sqe *sqe = ring_send(&u->ring, &lane->ring, message, value);
    assert(sqe != NULL);
    return sqe;
}

static bool is_due(struct timespec *next)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec < next->tv_sec || (now.tv_sec == next->tv_sec && now.tv_nsec < next->tv_nsec))
        return false;
    next->tv_sec = now.tv_sec;
    next->tv_nsec = now.tv_nsec + FANOUT_TICK_MS * 1000000L;
    next->tv_sec += next->tv_nsec / 1000000000;
    next->tv_nsec %= 1000000000;
    return true;
}

static void assign(struct fanout *f, struct lane *lane)
{
    struct uring *u = f->state;
    const struct fanout_options *o = f->options;
    /* A batch more than was asked for is read ahead, but for the last ones: those
     * go to whoever is free first. */
    size_t left = o->todo_count - u->next;
    uint64_t wanted = lane->asked + (left > 2 * (size_t)o->workers);
    if (fanout_is_ending(f))
        left = 0;
    for (; lane->sent < wanted && left > 0 && lane->issues_count < BATCHES_MAX; left--) {
        uint32_t index = o->todo[u->next++];
        unsigned at = (lane->issues_begin + lane->issues_count++) % BATCHES_MAX;
        lane->issues[at] = (struct issue){&o->plan->batches[index], 0};
        lane->sent++;
        make_room(u);
        tell(f, lane, TO_WORKER_BATCH, index);
    }
    if (lane->sent < lane->asked && left == 0 && !lane->has_ended) {
        lane->has_ended = true;
        make_room(u);
        tell(f, lane, TO_WORKER_END, 0);
    }
}

static bool is_mapped(const struct fanout *f, const struct batch *batch, uint32_t input)
{
    return f->options->plan->objects->objects[batch->object_begin + input].size >=
           MAPPED_BYTES_MIN;
}

/* The next input to map for a lane: NULL where there is none. */
static struct issue *next_issue(const struct fanout *f, struct lane *lane)
{
    while (lane->issues_count > 0) {
        struct issue *issue = &lane->issues[lane->issues_begin];
        while (issue->next < issue->batch->object_count &&
               !is_mapped(f, issue->batch, issue->next))
            issue->next++;
        if (issue->next < issue->batch->object_count)
            return issue;
        lane->issues_begin = (lane->issues_begin + 1) % BATCHES_MAX;
        lane->issues_count--;
    }
    return NULL;
}

/* Chains `next` behind `last`. Hard: pages that cannot be had only cost the
 * worker time. */
static struct io_uring_sqe *link_to(struct io_uring_sqe *last, struct io_uring_sqe *next)
{
    if (last != NULL)
        last->flags |= IOSQE_IO_HARDLINK;
    return next;
}

static struct io_uring_sqe *populate(struct uring *u, char *at, uint64_t bytes)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);
    io_uring_prep_madvise(sqe, at, (off_t)bytes, MADV_POPULATE_READ);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = 0;
    return sqe;
}

/* Populates the range that will be read; the worker is told behind the first
 * piece. */
static void add_chain(struct fanout *f, struct lane *lane, const struct source_range *r,
                      uint64_t number)
{
    struct uring *u = f->state;
    const struct source *s = &lane->slots[number].source;
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t at = r->begin / page * page;
    uint64_t end = r->end < s->bytes.size ? r->end : s->bytes.size;
    char *mapping = s->mapping; /* the slot is the worker's from the message on */
    struct io_uring_sqe *last = NULL;
    for (unsigned pieces = 0; at < end && pieces < PIECES_MAX; pieces++) {
        uint64_t bytes = pieces == 0 ? FIRST_BYTES : PIECE_BYTES;
        if (bytes > end - at)
            bytes = end - at;
        last = link_to(last, populate(u, mapping + at, bytes));
        if (pieces == 0)
            last = link_to(last, tell(f, lane, TO_WORKER_INPUT, number));
        at += bytes;
    }
    if (last == NULL)
        tell(f, lane, TO_WORKER_INPUT, number);
}

static void issue_input(struct fanout *f, struct lane *lane, const struct issue *issue)
{
    uint64_t number = lane->issued++ % SLOTS;
    struct slot *slot = &lane->slots[number];
    char path[PATH_MAX];
    struct source_range range = {0};
    slot->batch = issue->batch;
    slot->input = issue->next;
    slot->rc = fanout_locate(f, issue->batch, issue->next, path, &range, &slot->err);
    if (slot->rc == RC_OK)
        slot->rc = source_map_rest(&slot->source, &range, &slot->err);
    lane->slot_bytes[number] = range.end - range.begin;
    lane->ahead_bytes += lane->slot_bytes[number];
    make_room(f->state);
    if (slot->rc == RC_OK)
        add_chain(f, lane, &range, number);
    else
        tell(f, lane, TO_WORKER_INPUT, number);
}

/* Gives a lane what it may have. */
static void serve(struct fanout *f, struct lane *lane)
{
    assign(f, lane);
    struct issue *issue;
    while (lane->issued - lane->freed < SLOTS && !fanout_is_ending(f) &&
           (lane->ahead_bytes < AHEAD_BYTES_MAX || lane->issued == lane->freed) &&
           (issue = next_issue(f, lane)) != NULL) {
        issue_input(f, lane, issue);
        issue->next++;
    }
}

static void on_message(struct fanout *f, struct ring_message m)
{
    struct uring *u = f->state;
    if (m.kind == 0)
        return; /* pages that could not be populated */
    if (m.is_lost) {
        fail(f, EOVERFLOW, "send a message");
        return;
    }
    struct lane *lane = &u->lanes[m.value];
    if (m.kind == TO_COORDINATOR_ASK)
        lane->asked++;
    if (m.kind == TO_COORDINATOR_FREED)
        lane->ahead_bytes -= lane->slot_bytes[lane->freed++ % SLOTS];
    if (m.kind != TO_COORDINATOR_BYE)
        serve(f, lane);
}

static void take_messages(struct fanout *f)
{
    struct uring *u = f->state;
    struct io_uring_cqe *cqe;
    while (io_uring_peek_cqe(&u->ring, &cqe) == 0) {
        struct ring_message m = ring_message_of(&u->ring, cqe);
        io_uring_cqe_seen(&u->ring, cqe);
        on_message(f, m);
    }
}

static enum rc uring_coordinate(struct fanout *f, struct err *err)
{
    struct uring *u = f->state;
    struct timespec next_tick = {0};
    u->err = err;
    while (atomic_load(&f->running) > 0) {
        struct err why;
        enum rc rc = ring_wait(&u->ring, FANOUT_TICK_MS, &why);
        if (rc != RC_OK && u->rc == RC_OK) {
            u->rc = err_set(err, rc, "%s", why.text);
            atomic_store(&f->has_failed, true);
        }
        take_messages(f);
        if (is_due(&next_tick))
            fanout_tick(f);
    }
    return u->rc;
}

/* ---- A worker ---- */

static struct lane *lane_of(const struct fanout_worker *w)
{
    struct uring *u = w->fanout->state;
    return &u->lanes[w->number];
}

static enum rc tell_coordinator(struct fanout_worker *w, enum message message, struct err *err)
{
    struct uring *u = w->fanout->state;
    struct lane *lane = lane_of(w);
    if (ring_send(&lane->ring, &u->ring, message, w->number) == NULL ||
        io_uring_submit(&lane->ring) < 1)
        return err_set(err, RC_FAILED, "io_uring: cannot send a message; --io threads does without");
    return RC_OK;
}

static void note(struct fanout_worker *w, struct ring_message m)
{
    struct lane *lane = lane_of(w);
    if (m.kind == TO_WORKER_BATCH) {
        assert(lane->batches_count < BATCHES_MAX);
        lane->batches[(lane->batches_begin + lane->batches_count++) % BATCHES_MAX] =
            (uint32_t)m.value;
    }
    if (m.kind == TO_WORKER_INPUT)
        lane->is_ready[m.value] = true;
    lane->is_end |= m.kind == TO_WORKER_END;
    if (m.kind >= READ_AHEAD_OPENED && m.kind <= READ_AHEAD_CLOSED)
        read_ahead_note(lane->reads, &m);
    if (m.kind == SYNC_RING_DONE && w->sync != NULL)
        sync_queue_note(w->sync, (unsigned)m.value, m.result);
}

/* False where one could not be sent. */
static bool take_what_came(struct fanout_worker *w)
{
    struct lane *lane = lane_of(w);
    struct io_uring_cqe *cqe;
    while (io_uring_peek_cqe(&lane->ring, &cqe) == 0) {
        struct ring_message m = ring_message_of(&lane->ring, cqe);
        io_uring_cqe_seen(&lane->ring, cqe);
        if (m.is_lost)
            return false;
        note(w, m);
    }
    return true;
}

/* Takes in what has come, after waiting so long for something. */
static enum rc take_turn(struct fanout_worker *w, unsigned ms, struct err *err)
{
    TRY(ring_wait(&lane_of(w)->ring, ms, err));
    return take_what_came(w)
               ? RC_OK
               : err_set(err, RC_FAILED, "io_uring: a message was lost; --io threads does without");
}

/* RC_STOPPED once the run should end: nothing may come any more. */
static enum rc wait_for_messages(struct fanout_worker *w, struct err *err)
{
    return fanout_is_stopping(w) ? RC_STOPPED : take_turn(w, FANOUT_TICK_MS, err);
}

static enum rc uring_take(struct fanout_worker *w, uint32_t *ret_batch, struct err *err)
{
    struct lane *lane = lane_of(w);
    TRY(tell_coordinator(w, TO_COORDINATOR_ASK, err));
    while (lane->batches_count == 0) {
        if (lane->is_end)
            return RC_END;
        TRY(wait_for_messages(w, err));
    }
    *ret_batch = lane->batches[lane->batches_begin];
    lane->batches_begin = (lane->batches_begin + 1) % BATCHES_MAX;
    lane->batches_count--;
    lane->batch = &w->fanout->options->plan->batches[*ret_batch];
    lane->next_input = lane->next_read = 0;
    return RC_OK;
}

static enum rc read_alone(struct fanout_worker *w, const struct batch *batch, uint32_t i,
                          struct source *source, struct err *err)
{
    char path[PATH_MAX];
    struct source_range range;
    TRY(fanout_locate(w->fanout, batch, i, path, &range, err));
    return source_open_rest(source, &range, err);
}

/* Fills the queue once half of it has been used up: one system call for many. */
static enum rc begin_reads(struct fanout_worker *w, const struct batch *batch, struct err *err)
{
    struct lane *lane = lane_of(w);
    if (read_ahead_count(lane->reads) > READ_AHEAD_FILES / 2)
        return RC_OK;
    for (; lane->next_read < batch->object_count && read_ahead_room(lane->reads) > 0;
         lane->next_read++) {
        char path[PATH_MAX];
        struct source_range range;
        if (is_mapped(w->fanout, batch, lane->next_read))
            continue;
        TRY(fanout_locate(w->fanout, batch, lane->next_read, path, &range, err));
        if (!read_ahead_begin(lane->reads, &range))
            return err_set(err, RC_NO_MEMORY, "no memory to read ahead");
    }
    io_uring_submit(&lane->ring);
    return RC_OK;
}

static enum rc take_small(struct fanout_worker *w, const struct batch *batch, uint32_t i,
                          struct source *source, struct err *err)
{
    struct lane *lane = lane_of(w);
    if (lane->reads == NULL)
        return read_alone(w, batch, i, source, err);
    TRY(begin_reads(w, batch, err));
    while (!read_ahead_is_done(lane->reads))
        TRY(wait_for_messages(w, err));
    return read_ahead_take(lane->reads, source) ? RC_OK : read_alone(w, batch, i, source, err);
}

static enum rc uring_input(struct fanout_worker *w, const struct batch *batch, uint32_t i,
                           struct source *source, struct err *err)
{
    struct lane *lane = lane_of(w);
    assert(batch == lane->batch);
    /* One that is asked for again was mapped and handed over already. */
    bool is_again = i < lane->next_input;
    if (!is_again)
        lane->next_input = i + 1;
    if (is_again)
        return read_alone(w, batch, i, source, err);
    if (!is_mapped(w->fanout, batch, i))
        return take_small(w, batch, i, source, err);
    uint64_t number = lane->taken % SLOTS;
    while (!lane->is_ready[number])
        TRY(wait_for_messages(w, err));
    lane->is_ready[number] = false;
    lane->taken++;
    struct slot *slot = &lane->slots[number];
    assert(slot->batch == batch && slot->input == i);
    if (slot->rc != RC_OK)
        return err_set(err, slot->rc, "%s", slot->err.text);
    source_take(source, &slot->source);
    return tell_coordinator(w, TO_COORDINATOR_FREED, err);
}

static enum rc uring_begin(struct fanout_worker *w, struct err *err)
{
    struct lane *lane = lane_of(w);
    TRY(ring_start(&lane->ring, err));
    lane->reads = read_ahead_new(&lane->ring);
    return RC_OK;
}

/* The kernel may still write into buffers of files that nobody asked for: where it
 * cannot be waited for they stay. */
static void end_reads(struct fanout_worker *w)
{
    struct lane *lane = lane_of(w);
    struct source ignored = {0};
    struct err err;
    while (lane->reads != NULL && read_ahead_count(lane->reads) > 0) {
        if (read_ahead_is_done(lane->reads))
            (void)read_ahead_take(lane->reads, &ignored);
        else if (ring_wait(&lane->ring, FANOUT_TICK_MS, &err) != RC_OK || !take_what_came(w))
            lane->reads = NULL;
    }
    read_ahead_free(lane->reads);
    source_done(&ignored);
}

static void uring_end(struct fanout_worker *w)
{
    struct err ignored;
    end_reads(w);
    atomic_fetch_sub(&w->fanout->running, 1);
    /* Only so that the coordinator need not wait for its next tick. */
    if (tell_coordinator(w, TO_COORDINATOR_BYE, &ignored) != RC_OK)
        return;
}

/* ---- Files that a worker writes ---- */

static bool sync_file(void *context, int fd, unsigned slot)
{
    return sync_ring_begin(&lane_of(context)->ring, fd, slot);
}

static enum rc turn_sync(void *context, bool is_waiting, struct err *err)
{
    return take_turn(context, is_waiting ? FANOUT_TICK_MS : 0, err);
}

static bool uring_begin_sync(struct fanout_worker *w, struct sync_engine *ret)
{
    *ret = (struct sync_engine){.context = w, .begin = sync_file, .turn = turn_sync};
    return true;
}

/* ---- Opening and closing ---- */

static void uring_close(struct fanout *f)
{
    struct uring *u = f->state;
    io_uring_queue_exit(&u->ring);
    for (unsigned i = 0; i < u->lanes_open; i++) {
        struct lane *lane = &u->lanes[i];
        io_uring_queue_exit(&lane->ring);
        for (unsigned k = 0; k < SLOTS; k++)
            source_done(&lane->slots[k].source);
    }
    free(u->lanes);
    free(u);
}

static enum rc open_lanes(struct fanout *f, const struct ring_options *coordinator, struct err *err)
{
    struct uring *u = f->state;
    const struct ring_options o = {.entries = WORKER_ENTRIES, .flags = coordinator->flags};
    for (; u->lanes_open < f->options->workers; u->lanes_open++)
        TRY(ring_open_for_other(&u->lanes[u->lanes_open].ring, &o, err));
    return ring_check(&u->ring, err);
}

static enum rc uring_open(struct fanout *f, struct err *what, struct err *err)
{
    unsigned workers = f->options->workers;
    struct uring *u = calloc(1, sizeof(*u));
    struct lane *lanes = aligned_alloc(_Alignof(struct lane), workers * sizeof(*lanes));
    /* Each worker may have a question, and a word for every slot, on the way. */
    struct ring_options o = {.entries = COORDINATOR_ENTRIES,
                             .completions = COORDINATOR_ENTRIES + workers * (SLOTS + 2)};
    enum rc rc = u == NULL || lanes == NULL ? err_set(err, RC_NO_MEMORY, "no memory to begin")
                                            : ring_open(&u->ring, &o, err);
    if (rc != RC_OK) {
        free(u);
        free(lanes);
        return rc;
    }
    memset(lanes, 0, workers * sizeof(*lanes));
    u->lanes = lanes;
    f->state = u;
    rc = open_lanes(f, &o, err);
    if (rc != RC_OK)
        uring_close(f);
    else
        err_set(what, rc, "input by io_uring (%s)", ring_flags_text(o.flags));
    return rc;
}

const struct fanout_engine fanout_uring = {
    .open = uring_open,
    .close = uring_close,
    .coordinate = uring_coordinate,
    .begin = uring_begin,
    .end = uring_end,
    .take = uring_take,
    .input = uring_input,
    .begin_sync = uring_begin_sync,
};
