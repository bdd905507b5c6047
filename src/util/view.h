/* view.h - a borrowed run of bytes.
 *
 * A view owns nothing: it lives as long as what it was taken from. `data` is
 * NULL for "absent" (a null column) and non-NULL with size 0 for "empty". */
#ifndef MILLRACE_VIEW_H
#define MILLRACE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct view {
    const char *data;
    size_t size;
};

#define VIEW_NULL ((struct view){NULL, 0})
/* A view of a string literal, without its NUL. */
#define VIEW(literal) ((struct view){"" literal "", sizeof(literal) - 1})

static inline struct view view_of(const void *data, size_t size)
{
    return (struct view){data, size};
}

static inline struct view view_of_string(const char *string)
{
    return (struct view){string, string ? strlen(string) : 0};
}

static inline bool view_is_null(struct view v)
{
    return v.data == NULL;
}

static inline bool view_equals(struct view a, struct view b)
{
    /* NOLINTNEXTLINE(*.NonNullParamChecker): null has no size */
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* The eight bytes at v.data[at] as they lie in memory. */
static inline uint64_t view_eight(struct view v, size_t at)
{
    uint64_t eight;
    memcpy(&eight, v.data + at, sizeof(eight));
    return eight;
}

/* The same for short views that are mostly equal, as those of neighbouring events
 * are: without a call, and without looking where they differ. */
static inline bool view_repeats(struct view a, struct view b)
{
    uint64_t differences = 0;
    if (a.size != b.size)
        return false;
    if (a.size < sizeof(uint64_t)) {
        for (size_t i = 0; i < a.size; i++)
            differences |= (uint64_t)(a.data[i] != b.data[i]);
        return differences == 0;
    }
    /* Two steps at once where there are two; the last overlaps those before. */
    size_t last = a.size - sizeof(uint64_t);
    for (size_t at = 0; at < last; at += 2 * sizeof(uint64_t)) {
        size_t second = at + sizeof(uint64_t) < last ? at + sizeof(uint64_t) : last;
        differences |= view_eight(a, at) ^ view_eight(b, at);
        differences |= view_eight(a, second) ^ view_eight(b, second);
    }
    differences |= view_eight(a, last) ^ view_eight(b, last);
    return differences == 0;
}

/* Byte order, shorter first on a common prefix: the order of every sorted
 * output. Null sorts like empty. */
static inline int view_compare(struct view a, struct view b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

static inline bool view_starts_with(struct view v, struct view prefix)
{
    return v.size >= prefix.size && memcmp(v.data, prefix.data, prefix.size) == 0;
}

static inline bool view_ends_with(struct view v, struct view suffix)
{
    return v.size >= suffix.size &&
           memcmp(v.data + v.size - suffix.size, suffix.data, suffix.size) == 0;
}

/* What is left from `begin`; `begin` is at most v.size. */
static inline struct view view_from(struct view v, size_t begin)
{
    return (struct view){v.data + begin, v.size - begin};
}

static inline struct view view_slice(struct view v, size_t begin, size_t end)
{
    return (struct view){v.data + begin, end - begin};
}

/* Position of the first `byte` at or after `begin`, or v.size. */
static inline size_t view_find_byte(struct view v, char byte, size_t begin)
{
    if (begin >= v.size)
        return v.size;
    const char *hit = memchr(v.data + begin, byte, v.size - begin);
    return hit ? (size_t)(hit - v.data) : v.size;
}

/* Whether `byte` is in a view that is mostly short: without a call. */
static inline bool view_has_byte(struct view v, char byte)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t wanted = ones * (unsigned char)byte;
    uint64_t hits = 0;
    if (v.size < sizeof(uint64_t)) {
        for (size_t i = 0; i < v.size; i++)
            hits |= v.data[i] == byte;
        return hits != 0;
    }
    for (size_t at = 0; at < v.size; at += sizeof(uint64_t)) {
        /* The last eight bytes overlap those before them. */
        uint64_t eight;
        memcpy(&eight, v.data + (at + 8 <= v.size ? at : v.size - 8), sizeof(eight));
        eight ^= wanted;
        hits |= (eight - ones) & ~eight & ones << 7;
    }
    return hits != 0;
}

/* Position of the first `needle` at or after `begin`, or v.size. */
static inline size_t view_find(struct view v, struct view needle, size_t begin)
{
    while (needle.size > 0 && begin + needle.size <= v.size) {
        begin = view_find_byte(v, needle.data[0], begin);
        if (begin + needle.size > v.size)
            break;
        if (memcmp(v.data + begin, needle.data, needle.size) == 0)
            return begin;
        begin++;
    }
    return v.size;
}

/* JSON's white space: space, tab, newline, carriage return. */
static inline bool byte_is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static inline bool byte_is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static inline struct view view_trim(struct view v)
{
    while (v.size > 0 && byte_is_space(v.data[0]))
        v = view_from(v, 1);
    while (v.size > 0 && byte_is_space(v.data[v.size - 1]))
        v.size--;
    return v;
}

#endif
