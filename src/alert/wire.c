#include "alert/wire.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BUFFER_BYTES = WIRE_PIECE_BYTES_MAX + 4096,
    CHECKSUM_BYTES = 8,
    NUMBER_BYTES_MAX = 10,
};

void wire_put_number(struct buf *out, uint64_t value)
{
    unsigned char bytes[NUMBER_BYTES_MAX];
    size_t size = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[size++] = (unsigned char)(value | 0x80);
    bytes[size++] = (unsigned char)value;
    buf_append(out, bytes, size);
}

void wire_put_signed(struct buf *out, int64_t value)
{
    wire_put_number(out, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

void wire_put_word(struct buf *out, uint64_t value)
{
    unsigned char bytes[8];
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(value >> 8 * i);
    buf_append(out, bytes, sizeof(bytes));
}

void wire_put_text(struct buf *out, struct view text)
{
    wire_put_number(out, view_is_null(text) ? 0 : text.size + 1);
    if (text.size > 0)
        buf_append_view(out, text);
}

enum rc wire_writer_init(struct wire_writer *w, int fd, const char *path, struct err *err)
{
    *w = (struct wire_writer){.fd = fd, .path = path, .hash = XXH3_createState()};
    if (w->hash == NULL || !buf_reserve(&w->pending, BUFFER_BYTES)) {
        wire_writer_done(w);
        return err_set(err, RC_NO_MEMORY, "%s: out of memory", path);
    }
    XXH3_64bits_reset(w->hash);
    return RC_OK;
}

void wire_writer_done(struct wire_writer *w)
{
    XXH3_freeState(w->hash);
    buf_done(&w->pending);
    *w = (struct wire_writer){.fd = -1};
}

static enum rc write_all(struct wire_writer *w, struct view bytes, struct err *err)
{
    while (bytes.size > 0) {
        ssize_t put = write(w->fd, bytes.data, bytes.size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return err_errno(err, "%s", w->path);
        bytes = view_from(bytes, (size_t)put);
    }
    return RC_OK;
}

static enum rc flush(struct wire_writer *w, struct err *err)
{
    XXH3_64bits_update(w->hash, w->pending.data, w->pending.size);
    TRY(write_all(w, buf_view(&w->pending), err));
    buf_clear(&w->pending);
    return RC_OK;
}

enum rc wire_write(struct wire_writer *w, const struct buf *bytes, struct err *err)
{
    if (buf_failed(bytes) || !buf_append(&w->pending, bytes->data, bytes->size))
        return err_set(err, RC_NO_MEMORY, "%s: out of memory", w->path);
    w->offset += bytes->size;
    return w->pending.size >= BUFFER_BYTES ? flush(w, err) : RC_OK;
}

enum rc wire_writer_finish(struct wire_writer *w, struct err *err)
{
    TRY(flush(w, err));
    wire_put_word(&w->pending, XXH3_64bits_digest(w->hash));
    return write_all(w, buf_view(&w->pending), err);
}

enum rc wire_reader_init(struct wire_reader *r, int fd, const char *path, struct err *err)
{
    struct stat info;
    *r = (struct wire_reader){.fd = fd, .path = path, .err = err};
    if (fstat(fd, &info) != 0)
        return r->rc = err_errno(err, "%s", path);
    if (!S_ISREG(info.st_mode) || info.st_size < CHECKSUM_BYTES)
        return r->rc = err_set(err, RC_BAD_INPUT, "%s: not a partial", path);
    r->ahead = r->size = (uint64_t)info.st_size - CHECKSUM_BYTES;
    r->buffer = malloc(BUFFER_BYTES);
    r->hash = XXH3_createState();
    if (r->buffer == NULL || r->hash == NULL) {
        wire_reader_done(r);
        return r->rc = err_set(err, RC_NO_MEMORY, "%s: out of memory", path);
    }
    r->window = view_of(r->buffer, 0);
    XXH3_64bits_reset(r->hash);
    return RC_OK;
}

void wire_reader_over(struct wire_reader *r, struct view bytes, const char *path, struct err *err)
{
    *r = (struct wire_reader){
        .fd = -1, .path = path, .err = err, .window = bytes, .size = bytes.size};
}

void wire_reader_done(struct wire_reader *r)
{
    free(r->buffer);
    XXH3_freeState(r->hash);
    r->buffer = NULL;
    r->hash = NULL;
}

static void fail(struct wire_reader *r, enum rc rc)
{
    r->rc = rc;
    r->window = view_of("", 0);
}

void wire_fail_memory(struct wire_reader *r)
{
    if (!wire_failed(r))
        fail(r, err_set(r->err, RC_NO_MEMORY, "%s: out of memory", r->path));
}

void wire_fail(struct wire_reader *r, const char *reason)
{
    if (wire_failed(r))
        return;
    fail(r, err_set(r->err, RC_BAD_INPUT, "%s: damaged at byte %" PRIu64 ": %s", r->path, r->offset,
                    reason));
}

void wire_fail_version(struct wire_reader *r)
{
    if (wire_failed(r))
        return;
    fail(r, err_set(r->err, RC_UNSUPPORTED,
                    "%s: was made by another version of millrace, whose groups cannot be read",
                    r->path));
}

/* Reads on until the window holds `size` bytes, BUFFER_BYTES at most. */
static bool fill(struct wire_reader *r, size_t size)
{
    if (wire_failed(r))
        return false;
    if (r->fd < 0 || size > r->size - r->offset) {
        wire_fail(r, "it ends too early");
        return false;
    }
    assert(size <= BUFFER_BYTES);
    memmove(r->buffer, r->window.data, r->window.size);
    r->window.data = r->buffer;
    uint64_t end = r->offset + size > r->ahead ? r->offset + size : r->ahead;
    while (r->window.size < size) {
        uint64_t at = r->offset + r->window.size, left = end - at;
        size_t room = BUFFER_BYTES - r->window.size;
        ssize_t got =
            pread(r->fd, r->buffer + r->window.size, left < room ? (size_t)left : room, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            fail(r, err_errno(r->err, "%s", r->path));
            return false;
        }
        if (got == 0) {
            wire_fail(r, "it became shorter");
            return false;
        }
        if (r->hash != NULL)
            XXH3_64bits_update(r->hash, r->buffer + r->window.size, (size_t)got);
        r->window.size += (size_t)got;
    }
    return true;
}

struct view wire_bytes(struct wire_reader *r, size_t size)
{
    if (size > WIRE_PIECE_BYTES_MAX)
        wire_fail(r, "a piece is too long");
    if (wire_failed(r) || (r->window.size < size && !fill(r, size)))
        return view_of("", 0);
    struct view piece = view_slice(r->window, 0, size);
    r->window = view_from(r->window, size);
    r->offset += size;
    return piece;
}

unsigned wire_byte(struct wire_reader *r)
{
    if (r->window.size == 0 && !fill(r, 1))
        return 0;
    unsigned byte = (unsigned char)r->window.data[0];
    r->window = view_from(r->window, 1);
    r->offset++;
    return byte;
}

uint64_t wire_number(struct wire_reader *r)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 7 * NUMBER_BYTES_MAX; shift += 7) {
        unsigned byte = wire_byte(r);
        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    wire_fail(r, "a number is too long");
    return 0;
}

uint64_t wire_number_up_to(struct wire_reader *r, uint64_t most)
{
    uint64_t value = wire_number(r);
    if (value <= most)
        return value;
    wire_fail(r, "a number is too large");
    return 0;
}

int64_t wire_signed(struct wire_reader *r)
{
    uint64_t value = wire_number(r);
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

uint64_t wire_word(struct wire_reader *r)
{
    struct view piece = wire_bytes(r, 8);
    uint64_t value = 0;
    for (unsigned i = 0; i < 8 && piece.size == 8; i++)
        value |= (uint64_t)(unsigned char)piece.data[i] << 8 * i;
    return value;
}

struct view wire_text(struct wire_reader *r, size_t most)
{
    uint64_t size = wire_number_up_to(r, (uint64_t)most + 1);
    if (wire_failed(r))
        return view_of("", 0);
    return size == 0 ? VIEW_NULL : wire_bytes(r, (size_t)size - 1);
}

void wire_skip(struct wire_reader *r, uint64_t size)
{
    while (size > 0 && !wire_failed(r)) {
        size_t piece = size < WIRE_PIECE_BYTES_MAX ? (size_t)size : WIRE_PIECE_BYTES_MAX;
        wire_bytes(r, piece);
        size -= piece;
    }
}

void wire_seek(struct wire_reader *r, uint64_t offset, uint64_t size)
{
    assert(offset <= r->size && size <= r->size - offset);
    XXH3_freeState(r->hash);
    r->hash = NULL;
    r->offset = offset;
    r->ahead = offset + size;
    r->window = view_of(r->buffer, 0);
    r->rc = RC_OK;
}

enum rc wire_reader_finish(struct wire_reader *r)
{
    assert(r->hash != NULL);
    if (!wire_failed(r) && r->offset != r->size)
        wire_fail(r, "more follows than belongs to it");
    if (wire_failed(r))
        return r->rc;
    uint64_t wanted = XXH3_64bits_digest(r->hash);
    r->size += CHECKSUM_BYTES;
    uint64_t found = wire_word(r);
    if (!wire_failed(r) && found != wanted)
        wire_fail(r, "the checksum is wrong");
    return r->rc;
}
