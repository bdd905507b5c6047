#include "parquet/decode.h"

#include <assert.h>

/* Widths are stored for every miniblock of a block; this many are allowed. */
enum { MINIBLOCKS_MAX = 512 };

static bool take_varint(struct view *in, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 10 && i < in->size; i++) {
        uint8_t byte = (uint8_t)in->data[i];
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *in = view_from(*in, i + 1);
            *ret_value = value;
            return true;
        }
    }
    return false;
}

static bool take_zigzag(struct view *in, int64_t *ret_value)
{
    uint64_t value;
    if (!take_varint(in, &value))
        return false;
    *ret_value = (int64_t)(value >> 1 ^ (0 - (value & 1)));
    return true;
}

/* Bits at a bit position; the bytes that hold them are there. */
static uint64_t bits_at(const char *data, size_t bit, unsigned width)
{
    uint64_t value = 0;
    for (unsigned got = 0; got < width;) {
        unsigned shift = (unsigned)(bit + got) % 8;
        unsigned take = 8 - shift < width - got ? 8 - shift : width - got;
        uint64_t part = (uint64_t)((uint8_t)data[(bit + got) / 8] >> shift) & ((1U << take) - 1);
        value |= part << got;
        got += take;
    }
    return value;
}

static bool take_repeated(struct view *in, unsigned width, uint32_t *ret_value)
{
    size_t bytes = (width + 7) / 8;
    if (in->size < bytes)
        return false;
    uint32_t value = 0;
    memcpy(&value, in->data, bytes);
    *in = view_from(*in, bytes);
    *ret_value = value;
    return width == 32 || value >> width == 0;
}

bool decode_hybrid(struct view *in, unsigned width, uint32_t *ret_values, size_t count)
{
    if (width > 32)
        return false;
    size_t got = 0;
    while (got < count) {
        uint64_t header;
        if (!take_varint(in, &header) || header >> 1 == 0)
            return false;
        if ((header & 1) == 0) {
            uint32_t value;
            if (header >> 1 > count - got || !take_repeated(in, width, &value))
                return false;
            for (uint64_t i = 0; i < header >> 1; i++)
                ret_values[got++] = value;
            continue;
        }
        uint64_t groups = header >> 1;
        if (groups > count / 8 + 1 || groups * width > in->size)
            return false;
        size_t values = groups * 8 < count - got ? (size_t)groups * 8 : count - got;
        for (size_t i = 0; i < values; i++)
            ret_values[got++] = (uint32_t)bits_at(in->data, i * width, width);
        *in = view_from(*in, (size_t)groups * width);
    }
    return true;
}

bool decode_plain_numbers(struct view *in, enum parquet_type type, int64_t *ret_numbers,
                          size_t count)
{
    size_t bytes = number_bytes(type);
    if (count > in->size / bytes)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (type == PARQUET_INT32) {
            int32_t number;
            memcpy(&number, in->data + i * bytes, bytes);
            ret_numbers[i] = number;
        } else {
            memcpy(&ret_numbers[i], in->data + i * bytes, bytes);
        }
    }
    *in = view_from(*in, count * bytes);
    return true;
}

bool decode_plain_texts(struct view *in, struct view *ret_texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t size;
        if (in->size < sizeof(size))
            return false;
        memcpy(&size, in->data, sizeof(size));
        if (size > in->size - sizeof(size))
            return false;
        ret_texts[i] = view_slice(*in, sizeof(size), sizeof(size) + size);
        *in = view_from(*in, sizeof(size) + size);
    }
    return true;
}

/* One block's deltas, added up from `last` on. */
static bool decode_delta_block(struct view *in, size_t miniblocks, size_t per_miniblock,
                               int64_t last, enum parquet_type type, int64_t *ret_numbers,
                               size_t count)
{
    int64_t delta_min;
    if (!take_zigzag(in, &delta_min) || in->size < miniblocks)
        return false;
    struct view widths = view_slice(*in, 0, miniblocks);
    *in = view_from(*in, miniblocks);
    for (size_t begin = 0; begin < count; begin += per_miniblock) {
        unsigned width = (uint8_t)widths.data[begin / per_miniblock];
        size_t bytes = per_miniblock / 8 * width;
        if (width > 8 * number_bytes(type) || bytes > in->size)
            return false;
        for (size_t i = begin; i < count && i < begin + per_miniblock; i++) {
            uint64_t delta = bits_at(in->data, (i - begin) * width, width);
            uint64_t sum = (uint64_t)last + (uint64_t)delta_min + delta;
            last = type == PARQUET_INT32 ? (int32_t)(uint32_t)sum : (int64_t)sum;
            ret_numbers[i] = last;
        }
        *in = view_from(*in, bytes);
    }
    return true;
}

bool decode_delta_numbers(struct view *in, enum parquet_type type, int64_t *ret_numbers,
                          size_t count)
{
    uint64_t block, miniblocks, total;
    int64_t first;
    if (!take_varint(in, &block) || !take_varint(in, &miniblocks) || !take_varint(in, &total) ||
        !take_zigzag(in, &first))
        return false;
    if (total != count || miniblocks == 0 || miniblocks > MINIBLOCKS_MAX || block == 0 ||
        block > 32 * 1024 || block % 128 != 0 || block % (miniblocks * 32) != 0)
        return false;
    if (type == PARQUET_INT32 && (first < INT32_MIN || first > INT32_MAX))
        return false;
    if (count == 0)
        return true;
    ret_numbers[0] = first;
    for (size_t begin = 1; begin < count; begin += (size_t)block) {
        size_t in_block = count - begin < block ? count - begin : (size_t)block;
        if (!decode_delta_block(in, (size_t)miniblocks, (size_t)(block / miniblocks),
                                ret_numbers[begin - 1], type, ret_numbers + begin, in_block))
            return false;
    }
    return true;
}

bool decode_delta_length_texts(struct view *in, struct view *ret_texts, size_t count,
                               int64_t *scratch)
{
    if (!decode_delta_numbers(in, PARQUET_INT32, scratch, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (scratch[i] < 0 || (uint64_t)scratch[i] > in->size)
            return false;
        ret_texts[i] = view_slice(*in, 0, (size_t)scratch[i]);
        *in = view_from(*in, (size_t)scratch[i]);
    }
    return true;
}

/* Whether every prefix fits the text before it and the sum fits bytes_max. */
static bool sizes_are_sound(const int64_t *prefixes, const int64_t *suffixes, size_t count,
                            size_t suffix_bytes, size_t bytes_max, size_t *ret_total)
{
    int64_t before = 0;
    uint64_t total = 0;
    uint64_t suffix_total = 0;
    for (size_t i = 0; i < count; i++) {
        if (prefixes[i] < 0 || prefixes[i] > before || suffixes[i] < 0)
            return false;
        before = prefixes[i] + suffixes[i];
        total += (uint64_t)before;
        suffix_total += (uint64_t)suffixes[i];
        if (total > bytes_max || suffix_total > suffix_bytes)
            return false;
    }
    *ret_total = (size_t)total;
    return true;
}

bool decode_delta_texts(struct view *in, struct view *ret_texts, size_t count, int64_t *scratch,
                        struct buf *storage, size_t bytes_max)
{
    int64_t *prefixes = scratch;
    int64_t *suffixes = scratch + count;
    size_t total;
    if (!decode_delta_numbers(in, PARQUET_INT32, prefixes, count) ||
        !decode_delta_numbers(in, PARQUET_INT32, suffixes, count) ||
        !sizes_are_sound(prefixes, suffixes, count, in->size, bytes_max, &total))
        return false;
    buf_clear(storage);
    if (!buf_reserve(storage, total))
        return false;
    const char *before = storage->data;
    for (size_t i = 0; i < count; i++) {
        char *to = storage->data + storage->size;
        size_t prefix = (size_t)prefixes[i];
        size_t suffix = (size_t)suffixes[i];
        memcpy(to, before, prefix);
        memcpy(to + prefix, in->data, suffix);
        *in = view_from(*in, suffix);
        ret_texts[i] = view_of(to, prefix + suffix);
        storage->size += prefix + suffix;
        before = to;
    }
    return true;
}
