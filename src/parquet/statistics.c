#include "parquet/statistics.h"

#include "util/text.h"

#include <assert.h>

static struct extent extent_of_reals(const int64_t *numbers, size_t count)
{
    double low = number_as_real(numbers[0]);
    double high = low;
    for (size_t i = 1; i < count; i++) {
        double real = number_as_real(numbers[i]);
        low = real < low ? real : low;
        high = real > high ? real : high;
    }
    struct extent e = {.is_set = true};
    e.number.low = real_as_number(low);
    e.number.high = real_as_number(high);
    return e;
}

struct extent extent_of_numbers(enum parquet_type type, const int64_t *numbers, size_t count)
{
    if (count == 0)
        return (struct extent){0};
    if (type == PARQUET_DOUBLE)
        return extent_of_reals(numbers, count);
    int64_t low = numbers[0];
    int64_t high = numbers[0];
    for (size_t i = 1; i < count; i++) {
        low = numbers[i] < low ? numbers[i] : low;
        high = numbers[i] > high ? numbers[i] : high;
    }
    struct extent e = {.is_set = true};
    e.number.low = low;
    e.number.high = high;
    return e;
}

void extent_add_text(struct extent *into, struct view text)
{
    if (!into->is_set) {
        into->is_set = true;
        into->text.low = text;
        into->text.high = text;
    } else if (view_compare(text, into->text.low) < 0) {
        into->text.low = text;
    } else if (view_compare(text, into->text.high) > 0) {
        into->text.high = text;
    }
}

/* The first bytes as a number of the same order, short texts filled up with
 * zeros: equal numbers say nothing, different ones decide. TEXT_SLACK bytes are
 * readable whatever the size. */
static inline unsigned __int128 text_prefix(struct view text)
{
    uint64_t halves[2];
    static_assert(sizeof(halves) == TEXT_SLACK, "a prefix may be loaded");
    memcpy(halves, text.data, sizeof(halves));
    unsigned __int128 prefix =
        (unsigned __int128)__builtin_bswap64(halves[0]) << 64 | __builtin_bswap64(halves[1]);
    if (text.size >= sizeof(halves))
        return prefix;
    return text.size == 0 ? 0 : prefix & ~(unsigned __int128)0 << (128 - 8 * text.size);
}

void text_extent_add(struct text_extent *into, struct view text)
{
    unsigned __int128 prefix = text_prefix(text);
    if (into->extent.is_set && prefix > into->low && prefix < into->high)
        return;
    extent_add_text(&into->extent, text);
    into->low = text_prefix(into->extent.text.low);
    into->high = text_prefix(into->extent.text.high);
}

struct extent extent_of_texts(const char *base, const uint32_t *positions, size_t count)
{
    struct text_extent e = {0};
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || positions[i] != positions[i - 1])
            text_extent_add(&e, text_at(base, positions[i]));
    }
    return e.extent;
}

void extent_merge(enum parquet_type type, struct extent *into, const struct extent *from)
{
    if (!from->is_set)
        return;
    if (!into->is_set) {
        *into = *from;
    } else if (type == PARQUET_BYTE_ARRAY) {
        extent_add_text(into, from->text.low);
        extent_add_text(into, from->text.high);
    } else {
        int64_t numbers[4] = {into->number.low, into->number.high, from->number.low,
                              from->number.high};
        *into = extent_of_numbers(type, numbers, 4);
    }
}

static struct bound bound_of_number(enum parquet_type type, int64_t number, double zero)
{
    if (type == PARQUET_DOUBLE && number_as_real(number) == 0.0)
        number = real_as_number(zero);
    struct bound b = {.is_set = true, .is_exact = true, .size = (uint8_t)number_bytes(type)};
    memcpy(b.bytes, &number, b.size);
    return b;
}

static struct bound bound_of_text(struct view text, bool is_exact)
{
    struct bound b = {.is_set = true, .is_exact = is_exact, .size = (uint8_t)text.size};
    memcpy(b.bytes, text.data, text.size);
    return b;
}

/* The end of the last whole character within the first `end` bytes: bytes
 * 10xxxxxx continue one (RFC 3629, section 3). */
static size_t character_border(struct view text, size_t end)
{
    size_t at = end;
    for (unsigned back = 0; back < 3 && at > 0 && ((uint8_t)text.data[at] & 0xc0) == 0x80; back++)
        at--;
    return ((uint8_t)text.data[at] & 0xc0) == 0x80 ? end : at;
}

struct bound bound_below(enum parquet_type type, const struct extent *extent)
{
    if (!extent->is_set)
        return (struct bound){0};
    if (type != PARQUET_BYTE_ARRAY)
        return bound_of_number(type, extent->number.low, -0.0);
    struct view text = extent->text.low;
    if (text.size <= STATISTICS_BYTES_MAX)
        return bound_of_text(text, true);
    size_t end = character_border(text, STATISTICS_BYTES_MAX);
    return bound_of_text(view_slice(text, 0, end), false);
}

static uint32_t decode_character(const char *bytes, unsigned length)
{
    static const uint8_t first_mask[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t character = (uint8_t)bytes[0] & first_mask[length];
    for (unsigned i = 1; i < length; i++)
        character = character << 6 | ((uint8_t)bytes[i] & 0x3f);
    return character;
}

static unsigned encode_character(uint32_t character, char ret_bytes[4])
{
    if (character < 0x80) {
        ret_bytes[0] = (char)character;
        return 1;
    }
    unsigned length = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const uint8_t first[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (unsigned i = length - 1; i > 0; i--) {
        ret_bytes[i] = (char)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    ret_bytes[0] = (char)(first[length] | character);
    return length;
}

/* The next character, without the surrogates; 0 after the last one. */
static uint32_t character_after(uint32_t character)
{
    if (character >= 0x10ffff)
        return 0;
    return character == 0xd7ff ? 0xe000 : character + 1;
}

/* Replaces the last character of `prefix` that has a successor that fits. */
static struct bound increment(struct view prefix)
{
    size_t end = prefix.size;
    while (end > 0) {
        size_t begin = end - 1;
        while (begin > 0 && end - begin < 4 && ((uint8_t)prefix.data[begin] & 0xc0) == 0x80)
            begin--;
        struct view last = view_slice(prefix, begin, end);
        unsigned length = utf8_length(last, 0);
        uint32_t next =
            length == last.size ? character_after(decode_character(last.data, length)) : 0;
        char bytes[4];
        unsigned next_length = next ? encode_character(next, bytes) : 0;
        if (next != 0 && begin + next_length <= STATISTICS_BYTES_MAX) {
            struct bound b = bound_of_text(view_slice(prefix, 0, begin), false);
            memcpy(b.bytes + begin, bytes, next_length);
            b.size = (uint8_t)(begin + next_length);
            return b;
        }
        end = begin;
    }
    return (struct bound){0};
}

struct bound bound_above(enum parquet_type type, const struct extent *extent)
{
    if (!extent->is_set)
        return (struct bound){0};
    if (type != PARQUET_BYTE_ARRAY)
        return bound_of_number(type, extent->number.high, +0.0);
    struct view text = extent->text.high;
    if (text.size <= STATISTICS_BYTES_MAX)
        return bound_of_text(text, true);
    size_t end = character_border(text, STATISTICS_BYTES_MAX);
    return increment(view_slice(text, 0, end));
}

static int64_t number_of(enum parquet_type type, struct view v)
{
    assert(v.size == number_bytes(type));
    if (type == PARQUET_INT32) {
        int32_t number;
        memcpy(&number, v.data, sizeof(number));
        return number;
    }
    int64_t number;
    memcpy(&number, v.data, sizeof(number));
    return number;
}

int bound_compare(enum parquet_type type, struct view a, struct view b)
{
    if (type == PARQUET_BYTE_ARRAY)
        return view_compare(a, b);
    int64_t left = number_of(type, a);
    int64_t right = number_of(type, b);
    if (type == PARQUET_DOUBLE) {
        double x = number_as_real(left);
        double y = number_as_real(right);
        return (x > y) - (x < y);
    }
    return (left > right) - (left < right);
}
