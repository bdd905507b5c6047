/* page_index.h - where a chunk's pages are, and what lies in each.
 *
 * OffsetIndex and ColumnIndex of parquet.thrift and the format's PageIndex.md.
 * What is parsed borrows its texts from the bytes and takes its arrays from
 * an arena, whose bytes_max bounds what hostile bytes can cost. */
#ifndef MILLRACE_PAGE_INDEX_H
#define MILLRACE_PAGE_INDEX_H

#include "parquet/format.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

struct page_location {
    int64_t offset;
    int32_t compressed_size; /* with the header */
    int64_t first_row;
};

void offset_index_append(struct buf *out, const struct page_location *pages, size_t count);
NODISCARD enum rc offset_index_parse(struct view in, struct arena *arena,
                                     struct page_location **ret_pages, size_t *ret_count,
                                     struct err *err);

struct column_index {
    size_t pages;
    bool *null_pages;
    struct view *low, *high;
    int64_t *nulls;
    enum parquet_order order;
};

void column_index_append(struct buf *out, const struct column_index *index);
NODISCARD enum rc column_index_parse(struct view in, struct arena *arena,
                                     struct column_index *ret_index, struct err *err);

#endif
