#include "parquet/footer.h"

#include <assert.h>

static void append_logical_type(struct thrift_writer *w, const struct leaf *leaf)
{
    thrift_field_struct(w, 10);
    if (leaf->is_text) {
        thrift_field_empty_struct(w, LOGICAL_STRING);
    } else {
        thrift_field_struct(w, LOGICAL_TIMESTAMP);
        thrift_field_bool(w, 1, true); /* isAdjustedToUTC */
        thrift_field_struct(w, 2);
        thrift_field_empty_struct(w, TIME_UNIT_MILLIS);
        thrift_end(w);
        thrift_end(w);
    }
    thrift_end(w);
}

static void append_schema(struct thrift_writer *w, const struct footer *f)
{
    thrift_field_list(w, 2, THRIFT_STRUCT, f->leaves_count + 1);
    thrift_begin(w);
    thrift_field_binary(w, 4, VIEW("schema"));
    thrift_field_i32(w, 5, (int32_t)f->leaves_count);
    thrift_end(w);
    for (size_t i = 0; i < f->leaves_count; i++) {
        const struct leaf *leaf = &f->leaves[i];
        thrift_begin(w);
        thrift_field_i32(w, 1, leaf->type);
        thrift_field_i32(w, 3, leaf->is_optional ? REPETITION_OPTIONAL : REPETITION_REQUIRED);
        thrift_field_binary(w, 4, leaf->name);
        if (leaf->is_text || leaf->is_time) {
            thrift_field_i32(w, 6, leaf->is_text ? CONVERTED_UTF8 : CONVERTED_TIMESTAMP_MILLIS);
            append_logical_type(w, leaf);
        }
        thrift_end(w);
    }
}

static void append_statistics(struct thrift_writer *w, const struct statistics *s)
{
    thrift_field_struct(w, 12);
    if (s->has_nulls)
        thrift_field_i64(w, 3, s->nulls);
    if (s->has_high)
        thrift_field_binary(w, 5, s->high);
    if (s->has_low)
        thrift_field_binary(w, 6, s->low);
    if (s->has_high)
        thrift_field_bool(w, 7, s->is_high_exact);
    if (s->has_low)
        thrift_field_bool(w, 8, s->is_low_exact);
    thrift_end(w);
}

static void append_encoding_stats(struct thrift_writer *w, const struct chunk *c)
{
    thrift_field_list(w, 13, THRIFT_STRUCT, c->stats_count);
    for (unsigned i = 0; i < c->stats_count; i++) {
        thrift_begin(w);
        thrift_field_i32(w, 1, c->stats[i].page);
        thrift_field_i32(w, 2, c->stats[i].encoding);
        thrift_field_i32(w, 3, c->stats[i].count);
        thrift_end(w);
    }
}

static void append_encodings(struct thrift_writer *w, uint32_t encodings)
{
    thrift_field_list(w, 2, THRIFT_I32, (size_t)__builtin_popcount(encodings));
    for (; encodings != 0; encodings &= encodings - 1)
        thrift_element_i32(w, __builtin_ctz(encodings));
}

static void append_chunk_metadata(struct thrift_writer *w, const struct chunk *c)
{
    thrift_field_struct(w, 3);
    thrift_field_i32(w, 1, c->type);
    append_encodings(w, c->encodings);
    thrift_field_list(w, 3, THRIFT_BINARY, 1);
    thrift_element_binary(w, c->name);
    thrift_field_i32(w, 4, c->codec);
    thrift_field_i64(w, 5, c->values);
    thrift_field_i64(w, 6, c->uncompressed_bytes);
    thrift_field_i64(w, 7, c->compressed_bytes);
    thrift_field_i64(w, 9, c->data_offset);
    if (c->dictionary_offset != 0)
        thrift_field_i64(w, 11, c->dictionary_offset);
    append_statistics(w, &c->statistics);
    append_encoding_stats(w, c);
    if (c->bloom.length != 0) {
        thrift_field_i64(w, 14, c->bloom.offset);
        thrift_field_i32(w, 15, c->bloom.length);
    }
    thrift_end(w);
}

static void append_chunk(struct thrift_writer *w, const struct chunk *c)
{
    thrift_begin(w);
    thrift_field_i64(w, 2, 0); /* file_offset is deprecated: no metadata stands elsewhere */
    append_chunk_metadata(w, c);
    if (c->offset_index.length != 0) {
        thrift_field_i64(w, 4, c->offset_index.offset);
        thrift_field_i32(w, 5, c->offset_index.length);
    }
    if (c->column_index.length != 0) {
        thrift_field_i64(w, 6, c->column_index.offset);
        thrift_field_i32(w, 7, c->column_index.length);
    }
    thrift_end(w);
}

static void append_sorting(struct thrift_writer *w, const struct row_group *group)
{
    thrift_field_list(w, 4, THRIFT_STRUCT, group->sorting_count);
    for (unsigned i = 0; i < group->sorting_count; i++) {
        thrift_begin(w);
        thrift_field_i32(w, 1, group->sorting[i]);
        thrift_field_bool(w, 2, false); /* descending */
        thrift_field_bool(w, 3, true);  /* nulls_first */
        thrift_end(w);
    }
}

void footer_append_group(struct buf *out, const struct row_group *group)
{
    struct thrift_writer w;
    thrift_writer_init(&w, out);
    thrift_begin(&w);
    thrift_field_list(&w, 1, THRIFT_STRUCT, group->chunks_count);
    for (size_t i = 0; i < group->chunks_count; i++)
        append_chunk(&w, &group->chunks[i]);
    thrift_field_i64(&w, 2, group->uncompressed_bytes);
    thrift_field_i64(&w, 3, group->rows);
    if (group->sorting_count > 0)
        append_sorting(&w, group);
    thrift_field_i64(&w, 5, group->file_offset);
    thrift_field_i64(&w, 6, group->compressed_bytes);
    thrift_field_i16(&w, 7, group->ordinal);
    thrift_end(&w);
}

static void append_key_values(struct thrift_writer *w, const struct footer *f)
{
    thrift_field_list(w, 5, THRIFT_STRUCT, f->key_values_count);
    for (unsigned i = 0; i < f->key_values_count; i++) {
        thrift_begin(w);
        thrift_field_binary(w, 1, f->key_values[i].key);
        thrift_field_binary(w, 2, f->key_values[i].value);
        thrift_end(w);
    }
}

void footer_append(struct buf *out, const struct footer *f, struct view groups)
{
    assert(f->groups_count <= ROW_GROUPS_MAX);
    struct thrift_writer w;
    thrift_writer_init(&w, out);
    thrift_begin(&w);
    thrift_field_i32(&w, 1, f->version);
    append_schema(&w, f);
    thrift_field_i64(&w, 3, f->rows);
    thrift_field_list(&w, 4, THRIFT_STRUCT, f->groups_count);
    buf_append_view(out, groups);
    if (f->key_values_count > 0)
        append_key_values(&w, f);
    thrift_field_binary(&w, 6, f->created_by);
    thrift_field_list(&w, 7, THRIFT_STRUCT, f->orders_count);
    for (size_t i = 0; i < f->orders_count; i++) {
        thrift_begin(&w);
        thrift_field_empty_struct(&w, 1); /* TypeDefinedOrder */
        thrift_end(&w);
    }
    thrift_end(&w);
}
