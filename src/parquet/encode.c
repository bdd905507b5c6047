#include "parquet/encode.h"

#include <assert.h>

enum {
    GROUP = PACK_GROUP, /* bit-packed runs come in groups of eight values */
    /* A run of equal bits is worth breaking a bit-packed run for once it saves
     * more than the two headers it costs. */
    BIT_RUN_MIN = 32,
    DELTA_BLOCK = 128,
    DELTA_MINIBLOCKS = 4,
    DELTA_MINIBLOCK = DELTA_BLOCK / DELTA_MINIBLOCKS,
};

unsigned bit_width(uint32_t value_max)
{
    return value_max == 0 ? 1 : 32 - (unsigned)__builtin_clz(value_max);
}

static void put_varint(struct buf *out, uint64_t value)
{
    char bytes[10];
    size_t size = 0;
    while (value >= 0x80) {
        bytes[size++] = (char)(value | 0x80);
        value >>= 7;
    }
    bytes[size++] = (char)value;
    buf_append(out, bytes, size);
}

static void put_zigzag(struct buf *out, int64_t value)
{
    put_varint(out, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

/* Packs values from the least significant bit on. */
struct packer {
    char *to;
    uint64_t pending;
    unsigned used;
};

static inline void packer_put(struct packer *p, uint64_t value, unsigned width)
{
    p->pending |= value << p->used;
    if (p->used + width < 64) {
        p->used += width;
        return;
    }
    memcpy(p->to, &p->pending, sizeof(p->pending));
    p->to += sizeof(p->pending);
    p->pending = p->used ? value >> (64 - p->used) : 0;
    p->used = p->used + width - 64;
}

/* Stores what is pending; up to 7 bytes more than needed are overwritten. */
static inline void packer_end(struct packer *p)
{
    memcpy(p->to, &p->pending, sizeof(p->pending));
}

struct pack_kernels pack_kernels_of(enum cpu cpu)
{
    return (struct pack_kernels){pack_groups_kernel(cpu), pack_find_kernel(cpu),
                                 pack_run_kernel(cpu)};
}

/* A bit-packed run: `count` values, filled up with zeros to whole groups. */
static void put_packed_run(const struct pack_kernels *k, struct buf *out, const uint32_t *values,
                           size_t count, unsigned width)
{
    if (count == 0)
        return;
    size_t groups = count / GROUP, rest = count % GROUP;
    put_varint(out, (groups + (rest > 0)) << 1 | 1);
    if (!buf_reserve(out, (groups + 1) * width + PACK_SPARE))
        return;
    k->groups(values, groups, width, out->data + out->size);
    out->size += groups * width;
    if (rest > 0) {
        uint32_t last[GROUP] = {0};
        memcpy(last, values + groups * GROUP, rest * sizeof(*last));
        k->groups(last, 1, width, out->data + out->size);
        out->size += width;
    }
}

void encode_hybrid_run(struct buf *out, uint32_t value, size_t count, unsigned width)
{
    put_varint(out, count << 1);
    buf_append(out, &value, (width + 7) / 8);
}

void encode_hybrid(const struct pack_kernels *k, struct buf *out, const uint32_t *values,
                   size_t count, unsigned width)
{
    assert(width >= 1 && width <= 32);
    size_t packed = 0; /* where the values not written yet begin */
    size_t i = 0;
    while (count - i >= GROUP) {
        size_t groups = (count - i) / GROUP;
        size_t group = k->find(values + i, groups);
        i += group * GROUP;
        if (group == groups)
            break;
        size_t run = k->run(values + i, count - i);
        put_packed_run(k, out, values + packed, i - packed, width);
        encode_hybrid_run(out, values[i], run, width);
        i += run;
        packed = i;
    }
    put_packed_run(k, out, values + packed, count - packed, width);
}

static inline bool bit_at(const uint64_t *bits, size_t i)
{
    return bits[i / 64] >> (i % 64) & 1;
}

/* Length of the run of equal bits from `at`, counted no further than `end`. */
static size_t bit_run_length(const uint64_t *bits, size_t at, size_t end)
{
    uint64_t flip = bit_at(bits, at) ? UINT64_MAX : 0;
    size_t i = at;
    while (i < end) {
        uint64_t rest = (bits[i / 64] ^ flip) >> (i % 64);
        if (rest != 0) {
            i += (size_t)__builtin_ctzll(rest);
            break;
        }
        i += 64 - i % 64;
    }
    return (i < end ? i : end) - at;
}

static void put_packed_bits(struct buf *out, const uint64_t *bits, size_t begin, size_t end)
{
    if (begin == end)
        return;
    size_t groups = (end - begin + GROUP - 1) / GROUP;
    put_varint(out, groups << 1 | 1);
    if (!buf_reserve(out, groups))
        return;
    for (size_t i = begin; i < end; i += GROUP) {
        unsigned byte = (unsigned)(bits[i / 64] >> (i % 64));
        if (i % 64 > 64 - GROUP && i + (64 - i % 64) < end)
            byte |= (unsigned)(bits[i / 64 + 1] << (64 - i % 64));
        if (end - i < GROUP)
            byte &= (1U << (end - i)) - 1;
        out->data[out->size++] = (char)byte;
    }
}

void encode_hybrid_bits(struct buf *out, const uint64_t *bits, size_t begin, size_t count)
{
    size_t end = begin + count;
    size_t packed = begin;
    size_t i = begin;
    while (i < end) {
        size_t run = bit_run_length(bits, i, end);
        if (run < BIT_RUN_MIN && run < count) {
            i = end - i < GROUP ? end : i + GROUP;
            continue;
        }
        put_packed_bits(out, bits, packed, i);
        encode_hybrid_run(out, bit_at(bits, i), run, 1);
        i += run;
        packed = i;
    }
    put_packed_bits(out, bits, packed, end);
}

void encode_plain_numbers(struct buf *out, const int64_t *numbers, size_t count,
                          enum parquet_type type)
{
    if (type != PARQUET_INT32) {
        buf_append(out, numbers, count * sizeof(*numbers));
        return;
    }
    if (!buf_reserve(out, count * sizeof(int32_t)))
        return;
    char *to = out->data + out->size;
    for (size_t i = 0; i < count; i++) {
        int32_t number = (int32_t)numbers[i];
        memcpy(to + i * sizeof(number), &number, sizeof(number));
    }
    out->size += count * sizeof(int32_t);
}

void encode_plain_texts(struct buf *out, const char *base, const uint32_t *positions, size_t count)
{
    size_t i = 0;
    while (i < count) {
        /* Texts that lie one behind the other are copied at once. */
        size_t begin = positions[i];
        size_t end = begin;
        do {
            end += sizeof(uint32_t) + text_size_at(base, positions[i]);
            i++;
        } while (i < count && positions[i] == end);
        buf_append(out, base + begin, end - begin);
    }
}

/* One block of up to 128 deltas, already reduced by their minimum. */
static void put_delta_block(struct buf *out, int64_t delta_min, const uint64_t *deltas,
                            size_t count)
{
    put_zigzag(out, delta_min);
    uint8_t widths[DELTA_MINIBLOCKS] = {0};
    for (size_t i = 0; i < count; i++) {
        uint8_t width = deltas[i] ? (uint8_t)(64 - __builtin_clzll(deltas[i])) : 0;
        uint8_t *widest = &widths[i / DELTA_MINIBLOCK];
        *widest = width > *widest ? width : *widest;
    }
    buf_append(out, widths, sizeof(widths));
    for (size_t begin = 0; begin < count; begin += DELTA_MINIBLOCK) {
        unsigned width = widths[begin / DELTA_MINIBLOCK];
        size_t bytes = DELTA_MINIBLOCK / 8 * width;
        if (!buf_reserve(out, bytes + sizeof(uint64_t)))
            return;
        struct packer p = {.to = out->data + out->size};
        for (size_t i = 0; i < DELTA_MINIBLOCK; i++)
            packer_put(&p, begin + i < count ? deltas[begin + i] : 0, width);
        packer_end(&p);
        out->size += bytes;
    }
}

/* Differences wrap around in the width of the type. */
static int64_t delta_of(int64_t to, int64_t from, enum parquet_type type)
{
    uint64_t delta = (uint64_t)to - (uint64_t)from;
    return type == PARQUET_INT32 ? (int32_t)(uint32_t)delta : (int64_t)delta;
}

void encode_delta_numbers(struct buf *out, const int64_t *numbers, size_t count,
                          enum parquet_type type)
{
    put_varint(out, DELTA_BLOCK);
    put_varint(out, DELTA_MINIBLOCKS);
    put_varint(out, count);
    put_zigzag(out, count ? numbers[0] : 0);
    uint64_t mask = type == PARQUET_INT32 ? UINT32_MAX : UINT64_MAX;
    for (size_t begin = 1; begin < count; begin += DELTA_BLOCK) {
        size_t in_block = count - begin < DELTA_BLOCK ? count - begin : DELTA_BLOCK;
        uint64_t deltas[DELTA_BLOCK];
        int64_t delta_min = INT64_MAX;
        for (size_t i = 0; i < in_block; i++) {
            int64_t delta = delta_of(numbers[begin + i], numbers[begin + i - 1], type);
            deltas[i] = (uint64_t)delta;
            delta_min = delta < delta_min ? delta : delta_min;
        }
        for (size_t i = 0; i < in_block; i++)
            deltas[i] = (deltas[i] - (uint64_t)delta_min) & mask;
        put_delta_block(out, delta_min, deltas, in_block);
    }
}

/* Room for `count` numbers in `scratch`; NULL when out of memory. */
static int64_t *scratch_numbers(struct buf *scratch, size_t count)
{
    buf_clear(scratch);
    return buf_reserve(scratch, count * sizeof(int64_t)) ? (int64_t *)(void *)scratch->data : NULL;
}

void encode_delta_length_texts(struct buf *out, const char *base, const uint32_t *positions,
                               size_t count, struct buf *scratch)
{
    int64_t *sizes = scratch_numbers(scratch, count);
    if (sizes == NULL) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++)
        sizes[i] = text_size_at(base, positions[i]);
    encode_delta_numbers(out, sizes, count, PARQUET_INT32);
    for (size_t i = 0; i < count; i++)
        buf_append_view(out, text_at(base, positions[i]));
}

static size_t common_prefix(struct view a, struct view b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    size_t i = 0;
    while (i < size && a.data[i] == b.data[i])
        i++;
    return i;
}

void encode_delta_texts(struct buf *out, const char *base, const uint32_t *positions, size_t count,
                        struct buf *scratch)
{
    int64_t *prefixes = scratch_numbers(scratch, count * 2);
    if (prefixes == NULL) {
        out->failed = true;
        return;
    }
    int64_t *suffixes = prefixes + count;
    struct view before = VIEW("");
    for (size_t i = 0; i < count; i++) {
        struct view text = text_at(base, positions[i]);
        prefixes[i] = (int64_t)common_prefix(before, text);
        suffixes[i] = (int64_t)text.size - prefixes[i];
        before = text;
    }
    encode_delta_numbers(out, prefixes, count, PARQUET_INT32);
    encode_delta_numbers(out, suffixes, count, PARQUET_INT32);
    for (size_t i = 0; i < count; i++)
        buf_append_view(out, view_from(text_at(base, positions[i]), (size_t)prefixes[i]));
}
