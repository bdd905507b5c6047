#include "dataset/schema.h"

const enum column schema_sorting[SCHEMA_SORTING_COUNT] = {COL_LOG_GROUP, COL_LOG_STREAM,
                                                          COL_TIMESTAMP, COL_EVENT_ID};

enum parquet_type schema_type(enum column column)
{
    switch (column_info[column].type) {
    case TYPE_TEXT:
    case TYPE_JSON:
        return PARQUET_BYTE_ARRAY;
    case TYPE_INT32:
        return PARQUET_INT32;
    case TYPE_DOUBLE:
        return PARQUET_DOUBLE;
    case TYPE_TIME_MS:
    case TYPE_INT64:
        break;
    }
    return PARQUET_INT64;
}

bool schema_has_bloom(enum column column)
{
    return column == COL_REQUEST_ID || column == COL_EVENT_ID || column == COL_TRACE_ID;
}

/* Not event ids: their digits pack better whole than after a cut that differs
 * from row to row. */
bool schema_is_prefixed(enum column column)
{
    return column == COL_LOG_STREAM || column == COL_SOURCE_OBJECT;
}

/* A time at most, then digits that no other id has: what zstd would find among
 * them are chance matches. */
bool schema_is_numbered(enum column column)
{
    return column == COL_EVENT_ID || column == COL_REQUEST_ID || column == COL_TRACE_ID;
}

void schema_leaves(struct leaf ret_leaves[COLUMN_COUNT])
{
    for (unsigned i = 0; i < COLUMN_COUNT; i++) {
        ret_leaves[i] = (struct leaf){
            .name = view_of_string(column_info[i].name),
            .type = schema_type((enum column)i),
            .is_optional = true,
            .is_text = schema_is_text((enum column)i),
            .is_time = column_info[i].type == TYPE_TIME_MS,
        };
    }
}
