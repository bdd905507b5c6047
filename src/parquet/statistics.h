/* statistics.h - the smallest and largest value of a page or chunk.
 *
 * An extent holds them whole, as they stand in memory; a bound is the form
 * that goes into a file: PLAIN without a length, texts cut to
 * STATISTICS_BYTES_MAX. A cut lower bound is a prefix at a character's border;
 * a cut upper bound is such a prefix with its last character replaced by the
 * next one, so it is valid UTF-8 and larger than all it stands for. Orders are
 * those of parquet.thrift's TypeDefinedOrder: signed numbers, bytes of texts;
 * zeros of doubles are written as -0 below and +0 above. */
#ifndef MILLRACE_STATISTICS_H
#define MILLRACE_STATISTICS_H

#include "parquet/format.h"

struct extent {
    bool is_set; /* false: no value */
    union {
        struct {
            int64_t low, high; /* doubles as their bits */
        } number;
        struct {
            struct view low, high;
        } text;
    };
};

/* The extent of texts that come one by one. Most lie between the two found so far, and
 * their first bytes say so. */
struct text_extent {
    struct extent extent;
    unsigned __int128 low, high; /* the first bytes of its texts */
};

struct bound {
    bool is_set;
    bool is_exact;
    uint8_t size;
    char bytes[STATISTICS_BYTES_MAX];
};

static_assert(STATISTICS_BYTES_MAX >= 8 && STATISTICS_BYTES_MAX <= UINT8_MAX, "a bound's size");

/* The extent of values. TEXT_SLACK bytes can be read from any text's start. */
struct extent extent_of_numbers(enum parquet_type type, const int64_t *numbers, size_t count);
struct extent extent_of_texts(const char *base, const uint32_t *positions, size_t count);
/* Widens *into, which begins all zero, by one text of the same kind. */
void text_extent_add(struct text_extent *into, struct view text);
/* Widens *into by another extent of the same type. */
void extent_merge(enum parquet_type type, struct extent *into, const struct extent *from);
/* Widens *into by one text. */
void extent_add_text(struct extent *into, struct view text);

/* is_set is false where there is no value. */
struct bound bound_below(enum parquet_type type, const struct extent *extent);
/* is_set is false too where no text of that size is larger: the first
 * STATISTICS_BYTES_MAX bytes are all of the last character there is. */
struct bound bound_above(enum parquet_type type, const struct extent *extent);

/* Order of two bounds, or of a bound and a PLAIN value, of one type. */
int bound_compare(enum parquet_type type, struct view a, struct view b);

static inline struct view bound_view(const struct bound *b)
{
    return view_of(b->bytes, b->size);
}

#endif
