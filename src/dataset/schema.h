/* schema.h - the dataset's columns as Parquet leaves.
 *
 * Every column is optional, texts and JSON are STRING, times are
 * TIMESTAMP(MILLIS, UTC); names and order are those of column_info. */
#ifndef MILLRACE_SCHEMA_H
#define MILLRACE_SCHEMA_H

#include "interpret/event.h"
#include "parquet/footer.h"

/* The version in the files' key-value metadata, millrace.schema: another one
 * has other columns or another meaning of them. */
#define SCHEMA_VERSION "1"

/* Rows of a file are sorted by these, ascending, nulls first. */
enum { SCHEMA_SORTING_COUNT = 4 };
extern const enum column schema_sorting[SCHEMA_SORTING_COUNT];

enum parquet_type schema_type(enum column column);

static inline bool schema_is_text(enum column column)
{
    enum column_type type = column_info[column].type;
    return type == TYPE_TEXT || type == TYPE_JSON;
}

/* Columns that rows are looked up by get a Bloom filter. */
bool schema_has_bloom(enum column column);
/* Columns whose values share long prefixes with their neighbours. */
bool schema_is_prefixed(enum column column);
/* Columns of ids, which share a prefix with the one before and nothing else. */
bool schema_is_numbered(enum column column);

void schema_leaves(struct leaf ret_leaves[COLUMN_COUNT]);

#endif
