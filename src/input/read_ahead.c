#include "input/read_ahead.h"

#include "limits.h"

#include <assert.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdlib.h>

struct file {
    struct buf buffer;
    uint64_t size; /* as listed */
    int64_t got;   /* by the read, or negative */
    bool is_done;
    char path[PATH_MAX];
};

struct read_ahead {
    struct io_uring *ring;
    uint64_t begun, taken; /* counted on: files[n % READ_AHEAD_FILES] */
    struct file files[READ_AHEAD_FILES];
};

static bool is_supported(struct io_uring *ring)
{
    struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
    if (probe == NULL)
        return false;
    bool is = io_uring_opcode_supported(probe, IORING_OP_OPENAT) &&
              io_uring_opcode_supported(probe, IORING_OP_READ) &&
              io_uring_opcode_supported(probe, IORING_OP_CLOSE);
    io_uring_free_probe(probe);
    return is && io_uring_register_files_sparse(ring, READ_AHEAD_FILES) == 0;
}

struct read_ahead *read_ahead_new(struct io_uring *ring)
{
    struct read_ahead *a = is_supported(ring) ? calloc(1, sizeof(*a)) : NULL;
    if (a != NULL)
        a->ring = ring;
    return a;
}

void read_ahead_free(struct read_ahead *a)
{
    if (a == NULL)
        return;
    for (unsigned i = 0; i < READ_AHEAD_FILES; i++)
        buf_done(&a->files[i].buffer);
    free(a);
}

unsigned read_ahead_count(const struct read_ahead *a)
{
    return (unsigned)(a->begun - a->taken);
}

unsigned read_ahead_room(const struct read_ahead *a)
{
    return READ_AHEAD_FILES - read_ahead_count(a);
}

static struct io_uring_sqe *queue(struct read_ahead *a)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(a->ring);
    assert(sqe != NULL); /* READ_AHEAD_ENTRIES */
    return sqe;
}

bool read_ahead_begin(struct read_ahead *a, const struct source_range *r)
{
    assert(read_ahead_room(a) > 0 && r->size <= READ_AHEAD_BYTES_MAX);
    unsigned slot = a->begun++ % READ_AHEAD_FILES;
    struct file *f = &a->files[slot];
    buf_clear(&f->buffer);
    f->size = r->size;
    f->got = -1;
    f->is_done = !buf_reserve(&f->buffer, r->size + 1 + INPUT_SLACK_BYTES);
    if (f->is_done)
        return false;
    strcpy(f->path, r->path);

    struct io_uring_sqe *sqe = queue(a);
    io_uring_prep_openat_direct(sqe, AT_FDCWD, f->path,
                                O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, slot);
    /* Not IOSQE_CQE_SKIP_SUCCESS: where such a request fails, the kernel tells of it
     * alone, and the word for the close, which ends the wait, would never come. */
    sqe->flags |= IOSQE_IO_LINK;
    sqe->user_data = ring_own(READ_AHEAD_OPENED, slot);

    /* A byte more than was listed: it must not be there. */
    sqe = queue(a);
    io_uring_prep_read(sqe, (int)slot, f->buffer.data, (unsigned)r->size + 1, 0);
    sqe->flags |= IOSQE_FIXED_FILE | IOSQE_IO_HARDLINK;
    sqe->user_data = ring_own(READ_AHEAD_READ, slot);

    sqe = queue(a);
    io_uring_prep_close_direct(sqe, slot);
    sqe->user_data = ring_own(READ_AHEAD_CLOSED, slot);
    return true;
}

void read_ahead_note(struct read_ahead *a, const struct ring_message *m)
{
    struct file *f = &a->files[m->value];
    if (m->kind == READ_AHEAD_READ)
        f->got = m->result;
    f->is_done |= m->kind == READ_AHEAD_CLOSED;
}

bool read_ahead_is_done(const struct read_ahead *a)
{
    assert(a->begun > a->taken);
    return a->files[a->taken % READ_AHEAD_FILES].is_done;
}

bool read_ahead_take(struct read_ahead *a, struct source *source)
{
    assert(read_ahead_is_done(a));
    struct file *f = &a->files[a->taken++ % READ_AHEAD_FILES];
    if (f->got < 0 || (uint64_t)f->got != f->size)
        return false;
    f->buffer.size = f->size;
    memset(f->buffer.data + f->size, 0, INPUT_SLACK_BYTES);
    source_take_buffer(source, &f->buffer);
    return true;
}
