#include "parquet/writer.h"

#include <assert.h>
#include <stdlib.h>

struct writer {
    const struct writer_schema *schema;
    struct column_encoder *encoder;
    struct file_sink *sink;
    struct row_group group;
    struct bound *low, *high; /* per leaf: what the chunks' statistics point to */
    size_t added;
    struct buf blooms, column_indexes, offset_indexes;
    struct buf footer, group_bytes;
};

struct writer *writer_new(const struct writer_schema *schema)
{
    struct writer *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return NULL;
    w->schema = schema;
    w->encoder = column_encoder_new(schema->cpu);
    w->group.chunks = calloc(schema->leaves_count, sizeof(*w->group.chunks));
    w->low = calloc(schema->leaves_count, sizeof(*w->low));
    w->high = calloc(schema->leaves_count, sizeof(*w->high));
    if (w->encoder == NULL || w->group.chunks == NULL || w->low == NULL || w->high == NULL) {
        writer_free(w);
        return NULL;
    }
    return w;
}

void writer_free(struct writer *w)
{
    if (w == NULL)
        return;
    column_encoder_free(w->encoder);
    free(w->group.chunks);
    free(w->low);
    free(w->high);
    buf_done(&w->blooms);
    buf_done(&w->column_indexes);
    buf_done(&w->offset_indexes);
    buf_done(&w->footer);
    buf_done(&w->group_bytes);
    free(w);
}

enum rc writer_begin(struct writer *w, struct file_sink *sink, size_t rows, struct err *err)
{
    assert(rows > 0);
    assert(file_sink_offset(sink) == 0);
    struct chunk *chunks = w->group.chunks;
    w->sink = sink;
    w->added = 0;
    w->group = (struct row_group){
        .chunks = chunks,
        .chunks_count = w->schema->leaves_count,
        .rows = (int64_t)rows,
        .file_offset = PARQUET_MAGIC_BYTES,
        .sorting_count = w->schema->sorting_count,
    };
    memcpy(w->group.sorting, w->schema->sorting, sizeof(w->group.sorting));
    buf_clear(&w->blooms);
    buf_clear(&w->column_indexes);
    buf_clear(&w->offset_indexes);
    return file_sink_write(sink, VIEW(PARQUET_MAGIC), err);
}

static void set_statistics(struct writer *w, size_t leaf, const struct column_output *out)
{
    struct statistics *s = &w->group.chunks[leaf].statistics;
    w->low[leaf] = out->low;
    w->high[leaf] = out->high;
    s->has_low = out->low.is_set;
    s->has_high = out->high.is_set;
    s->is_low_exact = out->low.is_exact;
    s->is_high_exact = out->high.is_exact;
    s->low = bound_view(&w->low[leaf]);
    s->high = bound_view(&w->high[leaf]);
}

/* Where the bytes that were appended since `begin` will stand, counted from
 * the start of their own section. */
static struct span appended(const struct buf *section, size_t begin)
{
    return (struct span){(int64_t)begin, (int32_t)(section->size - begin)};
}

enum rc writer_add(struct writer *w, const struct column_input *in, struct err *err)
{
    assert(w->added < w->schema->leaves_count);
    const struct leaf *leaf = &w->schema->leaves[w->added];
    assert(in->type == leaf->type);
    assert((int64_t)in->rows == w->group.rows);
    struct column_output out;
    TRY(column_encode(w->encoder, in, w->sink, &out, err));

    struct chunk *chunk = &w->group.chunks[w->added];
    *chunk = out.chunk;
    chunk->name = leaf->name;
    set_statistics(w, w->added, &out);
    size_t blooms = w->blooms.size;
    size_t column_indexes = w->column_indexes.size;
    size_t offset_indexes = w->offset_indexes.size;
    if (out.bloom != NULL)
        bloom_append(out.bloom, &w->blooms);
    if (out.has_column_index)
        column_index_append(&w->column_indexes, &out.column_index);
    offset_index_append(&w->offset_indexes, out.pages, out.pages_count);
    chunk->bloom = appended(&w->blooms, blooms);
    chunk->column_index = appended(&w->column_indexes, column_indexes);
    chunk->offset_index = appended(&w->offset_indexes, offset_indexes);

    w->group.uncompressed_bytes += chunk->uncompressed_bytes;
    w->group.compressed_bytes += chunk->compressed_bytes;
    w->added++;
    if (buf_failed(&w->blooms) || buf_failed(&w->column_indexes) || buf_failed(&w->offset_indexes))
        return err_set(err, RC_NO_MEMORY, "no memory for the indexes of a Parquet file");
    return RC_OK;
}

static enum rc write_section(struct writer *w, const struct buf *section, int64_t *ret_begin,
                             struct err *err)
{
    *ret_begin = (int64_t)file_sink_offset(w->sink);
    return file_sink_write(w->sink, buf_view(section), err);
}

static enum rc write_footer(struct writer *w, struct err *err)
{
    const struct writer_schema *schema = w->schema;
    struct footer f = {
        .version = FILE_VERSION,
        .rows = w->group.rows,
        .leaves = (struct leaf *)schema->leaves,
        .leaves_count = schema->leaves_count,
        .groups_count = 1,
        .key_values_count = schema->key_values_count,
        .created_by = schema->created_by,
        .orders_count = schema->leaves_count,
    };
    memcpy(f.key_values, schema->key_values, sizeof(f.key_values));
    buf_clear(&w->group_bytes);
    buf_clear(&w->footer);
    footer_append_group(&w->group_bytes, &w->group);
    footer_append(&w->footer, &f, buf_view(&w->group_bytes));
    uint32_t size = (uint32_t)w->footer.size;
    buf_append(&w->footer, &size, sizeof(size));
    buf_append_view(&w->footer, VIEW(PARQUET_MAGIC));
    if (buf_failed(&w->footer) || buf_failed(&w->group_bytes))
        return err_set(err, RC_NO_MEMORY, "no memory for the footer of a Parquet file");
    return file_sink_write(w->sink, buf_view(&w->footer), err);
}

enum rc writer_end(struct writer *w, struct err *err)
{
    assert(w->added == w->schema->leaves_count);
    int64_t blooms, column_indexes, offset_indexes;
    TRY(write_section(w, &w->blooms, &blooms, err));
    TRY(write_section(w, &w->column_indexes, &column_indexes, err));
    TRY(write_section(w, &w->offset_indexes, &offset_indexes, err));
    for (size_t i = 0; i < w->added; i++) {
        w->group.chunks[i].bloom.offset += blooms;
        w->group.chunks[i].column_index.offset += column_indexes;
        w->group.chunks[i].offset_index.offset += offset_indexes;
    }
    return write_footer(w, err);
}
