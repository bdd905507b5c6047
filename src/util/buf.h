/* buf.h - an owned, growable run of bytes.
 *
 * Zero-initialised is empty and valid. Memory grows by doubling and is kept
 * over buf_clear(), so a buffer reused per record stops allocating soon.
 * BUF_SLACK bytes past `size` are always writable once anything was reserved:
 * vector kernels store whole registers.
 *
 * Allocation failure: the functions return false, the buffer stays as it was,
 * and the caller gives RC_NO_MEMORY. Chains of appends may ignore the result
 * and test buf_failed() once at the end: after a failure every append is a
 * no-op that returns false until buf_clear(). One thread at a time. */
#ifndef MILLRACE_BUF_H
#define MILLRACE_BUF_H

#include "util/view.h"

#define BUF_SLACK 64

struct buf {
    char *data;
    size_t size;
    size_t capacity; /* without the slack */
    bool failed;
};

void buf_done(struct buf *b);

static inline void buf_clear(struct buf *b)
{
    b->size = 0;
    b->failed = false;
}

static inline bool buf_failed(const struct buf *b)
{
    return b->failed;
}

static inline struct view buf_view(const struct buf *b)
{
    return view_of(b->data ? b->data : "", b->size);
}

/* Makes room for `more` bytes after size. */
bool buf_reserve(struct buf *b, size_t more);

bool buf_append(struct buf *b, const void *data, size_t size);
bool buf_append_view(struct buf *b, struct view v);
bool buf_append_byte(struct buf *b, char byte);
bool buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
