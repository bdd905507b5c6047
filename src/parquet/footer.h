/* footer.h - a file's metadata: schema, row groups, chunks.
 *
 * FileMetaData of parquet.thrift, as far as this program writes it; fields of
 * other writers are skipped. What is parsed
 * borrows its texts from the bytes and takes its arrays from an arena, whose
 * bytes_max bounds what a hostile footer can cost. */
#ifndef MILLRACE_FOOTER_H
#define MILLRACE_FOOTER_H

#include "parquet/format.h"
#include "parquet/thrift.h"
#include "util/arena.h"
#include "util/err.h"

enum {
    SORTING_COLUMNS_MAX = 8,
    ENCODING_STATS_MAX = 8,
    KEY_VALUES_MAX = 8,
    /* The ordinal of a row group is a signed 16-bit number. */
    ROW_GROUPS_MAX = INT16_MAX,
};

/* One leaf of a flat schema. */
struct leaf {
    struct view name;
    enum parquet_type type;
    bool is_optional;
    bool is_text; /* STRING, with the converted type UTF8 */
    bool is_time; /* TIMESTAMP(MILLIS, UTC), with TIMESTAMP_MILLIS */
};

struct statistics {
    bool has_nulls, has_low, has_high;
    bool is_low_exact, is_high_exact;
    int64_t nulls;
    struct view low, high;
};

struct encoding_stats {
    int32_t page, encoding, count;
};

/* A run of bytes of the file; length 0 where there is none. */
struct span {
    int64_t offset;
    int32_t length;
};

struct chunk {
    enum parquet_type type;
    struct view name;
    uint32_t encodings; /* bit 1 << encoding */
    int32_t codec;
    int64_t values;
    int64_t uncompressed_bytes, compressed_bytes; /* with the page headers */
    int64_t data_offset;
    int64_t dictionary_offset; /* 0: no dictionary page */
    struct statistics statistics;
    struct encoding_stats stats[ENCODING_STATS_MAX];
    unsigned stats_count;
    struct span bloom, column_index, offset_index;
};

struct row_group {
    struct chunk *chunks;
    size_t chunks_count;
    int64_t uncompressed_bytes, compressed_bytes;
    int64_t rows;
    int64_t file_offset;
    int16_t ordinal;
    /* Ascending, nulls first. */
    int32_t sorting[SORTING_COLUMNS_MAX];
    unsigned sorting_count;
};

struct key_value {
    struct view key, value;
};

struct footer {
    int32_t version;
    int64_t rows;
    struct leaf *leaves;
    size_t leaves_count;
    struct row_group *groups;
    size_t groups_count;
    struct key_value key_values[KEY_VALUES_MAX];
    unsigned key_values_count;
    struct view created_by;
    size_t orders_count; /* leaves whose order is TypeDefinedOrder */
};

/* One row group, an element of FileMetaData's list. */
void footer_append_group(struct buf *out, const struct row_group *group);
/* FileMetaData around `groups`, the elements that were appended: gathering
 * thousands of groups never holds them as structs. f->groups is not used,
 * f->groups_count is. */
void footer_append(struct buf *out, const struct footer *f, struct view groups);

/* RC_BAD_INPUT, RC_UNSUPPORTED (nested schema, foreign types), RC_NO_MEMORY
 * (past the arena's bound too). */
NODISCARD enum rc footer_parse(struct view in, struct arena *arena, struct footer *ret_footer,
                               struct err *err);

#endif
