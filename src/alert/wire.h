/* wire.h - bytes of a partial: numbers and texts, streamed and checked.
 *
 * Numbers are varints (7 bits a byte, lowest first) or fixed little-endian
 * words; a text is its length plus one, then its bytes, 0 for a null one. A
 * file ends with the XXH3-64 of all before it.
 *
 * A reader is sticky: after the first failure every read gives 0 or an empty
 * view, and wire_failed() tells. So a caller may read a whole structure and ask
 * once, as long as its loops are bounded by checked counts. */
#ifndef MILLRACE_WIRE_H
#define MILLRACE_WIRE_H

#include "util/buf.h"
#include "util/err.h"

#include <xxhash.h>

/* The longest text or blob that is read in one piece. */
#define WIRE_PIECE_BYTES_MAX (64 * 1024)

void wire_put_number(struct buf *out, uint64_t value);
void wire_put_signed(struct buf *out, int64_t value);
void wire_put_word(struct buf *out, uint64_t value);
void wire_put_text(struct buf *out, struct view text);

struct wire_writer {
    const char *path; /* borrowed, for messages */
    int fd;           /* borrowed */
    uint64_t offset;
    XXH3_state_t *hash;
    struct buf pending;
};

/* `fd` is open for writing at its start. RC_NO_MEMORY. */
NODISCARD enum rc wire_writer_init(struct wire_writer *w, int fd, const char *path,
                                   struct err *err);
void wire_writer_done(struct wire_writer *w);
NODISCARD enum rc wire_write(struct wire_writer *w, const struct buf *bytes, struct err *err);
/* Writes what is pending and the checksum. */
NODISCARD enum rc wire_writer_finish(struct wire_writer *w, struct err *err);

struct wire_reader {
    const char *path;
    int fd; /* -1: the bytes are all in memory */
    char *buffer;
    struct view window; /* what is in memory and not yet read */
    uint64_t offset;    /* of window.data in the file */
    uint64_t size;      /* of the file, without the checksum */
    uint64_t ahead;     /* where reading ahead ends */
    XXH3_state_t *hash; /* of all that was loaded; NULL: not checked */
    struct err *err;
    enum rc rc;
};

/* Reads `fd` from its start. The first failure is written to `err`: RC_IO,
 * RC_NO_MEMORY, or a verdict on what the bytes say. */
NODISCARD enum rc wire_reader_init(struct wire_reader *r, int fd, const char *path,
                                   struct err *err);
/* Reads bytes in memory; allocates nothing. */
void wire_reader_over(struct wire_reader *r, struct view bytes, const char *path, struct err *err);
void wire_reader_done(struct wire_reader *r);

static inline bool wire_failed(const struct wire_reader *r)
{
    return r->rc != RC_OK;
}

/* A verdict on the bytes by whoever reads them. */
void wire_fail(struct wire_reader *r, const char *reason);
void wire_fail_memory(struct wire_reader *r);
/* RC_UNSUPPORTED: the file may be sound, but its form is another version's. */
void wire_fail_version(struct wire_reader *r);

/* Where the next byte stands in the file. */
static inline uint64_t wire_offset(const struct wire_reader *r)
{
    return r->offset;
}

uint64_t wire_number(struct wire_reader *r);
/* The same, a failure past `most`. */
uint64_t wire_number_up_to(struct wire_reader *r, uint64_t most);
int64_t wire_signed(struct wire_reader *r);
uint64_t wire_word(struct wire_reader *r);
unsigned wire_byte(struct wire_reader *r);
/* Valid until the next read. Never more than `most` bytes. */
struct view wire_text(struct wire_reader *r, size_t most);
struct view wire_bytes(struct wire_reader *r, size_t size);
void wire_skip(struct wire_reader *r, uint64_t size);

/* Goes on at another place, where about `size` bytes are wanted: no more than these
 * are read ahead. The checksum is then not known any more. */
void wire_seek(struct wire_reader *r, uint64_t offset, uint64_t size);

/* Whether all was read and the checksum is right. */
NODISCARD enum rc wire_reader_finish(struct wire_reader *r);

#endif
