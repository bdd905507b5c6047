/* writer.h - one Parquet file with one row group.
 *
 * Layout: magic, the chunks' pages in schema order, Bloom filters, column
 * indexes, offset indexes, footer (the order that "File format" and
 * BloomFilter.md of the Apache Parquet format recommend). One writer per
 * worker, reused file after file. */
#ifndef MILLRACE_WRITER_H
#define MILLRACE_WRITER_H

#include "parquet/column.h"

struct writer;

/* What all files of a writer have in common. Borrowed for the writer's life. */
struct writer_schema {
    const struct leaf *leaves;
    size_t leaves_count;
    int32_t sorting[SORTING_COLUMNS_MAX];
    unsigned sorting_count;
    struct key_value key_values[KEY_VALUES_MAX];
    unsigned key_values_count;
    struct view created_by;
    enum cpu cpu; /* one that can run here; no byte depends on it */
};

struct writer *writer_new(const struct writer_schema *schema); /* NULL when out of memory */
void writer_free(struct writer *w);

/* `sink` has begun an empty file. `rows` is at least 1. After a failure of any
 * of the three the file is of no use; writer_begin() starts over. */
NODISCARD enum rc writer_begin(struct writer *w, struct file_sink *sink, size_t rows,
                               struct err *err);
/* The next leaf's values: type and rows as announced. */
NODISCARD enum rc writer_add(struct writer *w, const struct column_input *in, struct err *err);
/* After the last leaf. The file is complete but for file_sink_end(). */
NODISCARD enum rc writer_end(struct writer *w, struct err *err);

#endif
