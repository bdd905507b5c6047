#include "parquet/bloom.h"

#include "parquet/thrift.h"
#include "util/hash.h"

#include <assert.h>

void bloom_done(struct bloom *b)
{
    buf_done(&b->bits);
    *b = (struct bloom){0};
}

uint64_t bloom_hash(struct view text)
{
    return XXH64(text.data, text.size, 0);
}

static size_t bytes_for(uint64_t values)
{
    size_t bytes = BLOOM_BLOCK_BYTES;
    while (bytes < BLOOM_BYTES_MAX && bytes * 8 < values * BLOOM_BITS_PER_VALUE)
        bytes *= 2;
    return bytes;
}

bool bloom_begin(struct bloom *b, size_t values_max)
{
    size_t bytes = bytes_for(values_max);
    b->added = 0;
    buf_clear(&b->bits);
    if (!buf_reserve(&b->bits, bytes))
        return false;
    memset(b->bits.data, 0, bytes);
    b->bits.size = bytes;
    return true;
}

void bloom_add(struct bloom *b, bloom_set_fn *set, const uint64_t *hashes, size_t count)
{
    b->added += set(b->bits.data, b->bits.size, hashes, count);
}

/* With half the blocks the block's index loses its lowest bit. */
static void fold(struct buf *bits)
{
    size_t half = bits->size / 2;
    for (size_t to = 0; to < half; to += BLOOM_BLOCK_BYTES) {
        char *from = bits->data + 2 * to;
        for (size_t i = 0; i < BLOOM_BLOCK_BYTES; i++)
            bits->data[to + i] = (char)(from[i] | from[BLOOM_BLOCK_BYTES + i]);
    }
    bits->size = half;
}

void bloom_end(struct bloom *b)
{
    size_t bytes = bytes_for(b->added);
    while (b->bits.size > bytes)
        fold(&b->bits);
}

bool bloom_may_have(struct view bits, uint64_t hash)
{
    assert(bits.size >= BLOOM_BLOCK_BYTES && bits.size % BLOOM_BLOCK_BYTES == 0);
    uint32_t block[BLOOM_WORDS];
    memcpy(block, bits.data + bloom_block_of(bits.size, hash), sizeof(block));
    uint32_t missing = 0;
    for (unsigned i = 0; i < BLOOM_WORDS; i++)
        missing |= ~block[i] & bloom_mask_of(hash, i);
    return missing == 0;
}

/* Each of the three unions has one choice so far, its field 1. */
static void put_choice(struct thrift_writer *w, int16_t id)
{
    thrift_field_struct(w, id);
    thrift_field_empty_struct(w, 1);
    thrift_end(w);
}

void bloom_append(const struct bloom *b, struct buf *out)
{
    struct thrift_writer w;
    thrift_writer_init(&w, out);
    thrift_begin(&w);
    thrift_field_i32(&w, 1, (int32_t)b->bits.size);
    put_choice(&w, 2);
    put_choice(&w, 3);
    put_choice(&w, 4);
    thrift_end(&w);
    buf_append_view(out, buf_view(&b->bits));
}

/* Anything but the union's first choice would need another algorithm. */
static void read_choice(struct thrift_reader *r, struct thrift_field field)
{
    if (!thrift_get_struct(r, field))
        return;
    while (thrift_next(r, &field)) {
        if (field.id != 1)
            thrift_fail(r);
        thrift_skip(r, field.type);
    }
}

bool bloom_parse(struct view in, struct view *ret_bits)
{
    struct thrift_reader r;
    struct thrift_field field;
    int32_t bytes = 0;
    unsigned seen = 0;
    thrift_reader_init(&r, in);
    thrift_enter(&r);
    while (thrift_next(&r, &field)) {
        if (field.id == 1)
            bytes = thrift_get_i32(&r, field);
        else if (field.id >= 2 && field.id <= 4)
            read_choice(&r, field);
        else
            thrift_skip(&r, field.type);
        if (field.id >= 1 && field.id <= 4)
            seen |= 1U << field.id;
    }
    if (thrift_failed(&r) || seen != 0x1e || bytes <= 0 || bytes % BLOOM_BLOCK_BYTES != 0 ||
        (size_t)bytes > in.size - r.at)
        return false;
    *ret_bits = view_slice(in, r.at, r.at + (size_t)bytes);
    return true;
}
