#include "parquet/prefix_match.h"

#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_Sequence */
#include "parquet/format.h"

#include <assert.h>
#include <zstd.h>

enum {
    HEAD = sizeof(uint32_t), /* a text's length in front of it */
    /* Where only the bytes behind the length are the same. */
    MATCH_MIN = 8,
    /* Longer texts are no ids; with this bound every offset lies in the window
     * and every match in a block. */
    TEXT_BYTES_MAX = 4096,
    BLOCK_BYTES = ZSTD_BLOCKSIZE_MAX,
};

static_assert(2 * (TEXT_BYTES_MAX + HEAD) < BLOCK_BYTES, "a match fits a block");

struct matcher {
    struct buf *out;
    size_t begin; /* of the block */
    size_t done;  /* covered by sequences */
};

static void put(struct matcher *m, size_t match_at, size_t size, size_t offset)
{
    ZSTD_Sequence s = {.offset = (unsigned)offset,
                       .litLength = (unsigned)(match_at - m->done),
                       .matchLength = (unsigned)size};
    m->done = match_at + size;
    /* Not buf_append(): one call per id is much. */
    struct buf *out = m->out;
    if (out->capacity - out->size < sizeof(s) && !buf_reserve(out, sizeof(s)))
        return;
    memcpy(out->data + out->size, &s, sizeof(s));
    out->size += sizeof(s);
}

/* Ends the block at `end`, after as many full ones as lie before it. */
static void end_block(struct matcher *m, size_t end)
{
    while (end - m->begin > BLOCK_BYTES) {
        put(m, m->begin + BLOCK_BYTES, 0, 0);
        m->begin += BLOCK_BYTES;
    }
    put(m, end, 0, 0);
    m->begin = end;
}

static size_t common_prefix(const char *a, const char *b, size_t size)
{
    size_t at = 0;
    for (uint64_t x, y; at + sizeof(x) <= size; at += sizeof(x)) {
        memcpy(&x, a + at, sizeof(x));
        memcpy(&y, b + at, sizeof(y));
        if (x != y)
            return at + (size_t)__builtin_ctzll(x ^ y) / 8;
    }
    while (at < size && a[at] == b[at])
        at++;
    return at;
}

/* The text at `at` with the one at `before`. */
static void match_texts(struct matcher *m, const char *base, size_t before, size_t at)
{
    size_t size = text_size_at(base, (uint32_t)at);
    size_t other = text_size_at(base, (uint32_t)before);
    if (size > TEXT_BYTES_MAX || other > TEXT_BYTES_MAX)
        return;
    size_t common =
        common_prefix(base + before + HEAD, base + at + HEAD, size < other ? size : other);
    size_t match_at = size == other ? at : at + HEAD;
    size_t match = size == other ? HEAD + common : common;
    if (size != other && common < MATCH_MIN)
        return;
    if (match_at + match - m->begin > BLOCK_BYTES)
        end_block(m, at);
    put(m, match_at, match, at - before);
}

bool prefix_match(struct view body, size_t texts_at, struct buf *out)
{
    assert(texts_at <= body.size);
    struct matcher m = {.out = out};
    buf_clear(out);
    size_t before = SIZE_MAX;
    for (size_t at = texts_at; at < body.size;) {
        if (before != SIZE_MAX)
            match_texts(&m, body.data, before, at);
        before = at;
        at += HEAD + text_size_at(body.data, (uint32_t)at);
        assert(at <= body.size);
    }
    end_block(&m, body.size);
    return !buf_failed(out);
}
