/* format.h - the numbers of the Parquet format this program writes.
 *
 * Names and values are those of parquet.thrift in the Apache Parquet format
 * specification (2.10 and later); what is not written here is left out. */
#ifndef MILLRACE_FORMAT_H
#define MILLRACE_FORMAT_H

#include "limits.h"
#include "util/view.h"

#define PARQUET_MAGIC "PAR1"
#define PARQUET_MAGIC_BYTES 4
#define PARQUET_TAIL_BYTES 8 /* the footer's length and the magic */

/* Values are stored little-endian and are copied as they are. */
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little-endian machines only");

enum parquet_type {
    PARQUET_INT32 = 1,
    PARQUET_INT64 = 2,
    PARQUET_DOUBLE = 5,
    PARQUET_BYTE_ARRAY = 6,
};

enum parquet_encoding {
    ENCODING_PLAIN = 0,
    ENCODING_RLE = 3,
    ENCODING_DELTA_BINARY_PACKED = 5,
    ENCODING_DELTA_LENGTH_BYTE_ARRAY = 6,
    ENCODING_DELTA_BYTE_ARRAY = 7,
    ENCODING_RLE_DICTIONARY = 8,
};

enum parquet_page {
    PAGE_DATA = 0,
    PAGE_DICTIONARY = 2,
    PAGE_DATA_V2 = 3,
};

enum parquet_order {
    ORDER_NONE = 0,
    ORDER_ASCENDING = 1,
    ORDER_DESCENDING = 2,
};

enum {
    REPETITION_REQUIRED = 0,
    REPETITION_OPTIONAL = 1,
    CONVERTED_UTF8 = 0,
    CONVERTED_TIMESTAMP_MILLIS = 9,
    LOGICAL_STRING = 1,
    LOGICAL_TIMESTAMP = 8,
    TIME_UNIT_MILLIS = 1,
    CODEC_ZSTD = 6,
    FILE_VERSION = 2,
};

/* Sizes in page headers are signed 32-bit numbers, and a value has a length of
 * 4 bytes before it. */
#define VALUE_BYTES_MAX (INT32_MAX - KIB(64))

/* Where values of a column lie: a text is its length in 4 bytes, then its
 * bytes (its PLAIN form), at a position from `base`. What holds them has
 * TEXT_SLACK readable bytes behind its last text. */
#define TEXT_SLACK 16

static inline uint32_t text_size_at(const char *base, uint32_t position)
{
    uint32_t size;
    memcpy(&size, base + position, sizeof(size));
    return size;
}

static inline struct view text_at(const char *base, uint32_t position)
{
    return view_of(base + position + sizeof(uint32_t), text_size_at(base, position));
}

/* Bytes of one number in its PLAIN form. */
static inline size_t number_bytes(enum parquet_type type)
{
    return type == PARQUET_INT32 ? sizeof(int32_t) : sizeof(int64_t);
}

/* Numbers travel as 64 bits; a double as its bits. */
static inline double number_as_real(int64_t number)
{
    double real;
    memcpy(&real, &number, sizeof(real));
    return real;
}

static inline int64_t real_as_number(double real)
{
    int64_t number;
    memcpy(&number, &real, sizeof(number));
    return number;
}

#endif
