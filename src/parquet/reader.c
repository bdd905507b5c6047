#include "parquet/reader.h"

/* Whether `length` bytes from `offset` lie between the magic and the footer. */
static bool is_inside(const struct reader *r, int64_t offset, int64_t length)
{
    return offset >= PARQUET_MAGIC_BYTES && length >= 0 && (uint64_t)offset <= r->footer_begin &&
           (uint64_t)length <= r->footer_begin - (uint64_t)offset;
}

static bool span_is_sound(const struct reader *r, struct span span)
{
    return span.length == 0 || is_inside(r, span.offset, span.length);
}

static enum rc check_chunk(const struct reader *r, const struct row_group *group, size_t leaf,
                           struct err *err)
{
    const struct chunk *c = &group->chunks[leaf];
    const struct leaf *l = &r->footer.leaves[leaf];
    if (c->type != l->type || !view_equals(c->name, l->name))
        return err_set(err, RC_BAD_INPUT, "column %zu: chunk is of another column", leaf);
    if (c->codec != CODEC_ZSTD)
        return err_set(err, RC_UNSUPPORTED, "column %zu: codec %d", leaf, c->codec);
    if (c->values != group->rows)
        return err_set(err, RC_BAD_INPUT, "column %zu: %lld values in %lld rows", leaf,
                       (long long)c->values, (long long)group->rows);
    if (!is_inside(r, chunk_begin(c), c->compressed_bytes) || c->data_offset < chunk_begin(c) ||
        c->data_offset - chunk_begin(c) > c->compressed_bytes)
        return err_set(err, RC_BAD_INPUT, "column %zu: pages lie outside the file", leaf);
    if (!span_is_sound(r, c->bloom) || !span_is_sound(r, c->column_index) ||
        !span_is_sound(r, c->offset_index))
        return err_set(err, RC_BAD_INPUT, "column %zu: an index lies outside the file", leaf);
    return RC_OK;
}

static enum rc check_groups(const struct reader *r, struct err *err)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < r->footer.groups_count; i++) {
        const struct row_group *group = &r->footer.groups[i];
        if (group->chunks_count != r->footer.leaves_count)
            return err_set(err, RC_BAD_INPUT, "row group %zu: %zu chunks for %zu columns", i,
                           group->chunks_count, r->footer.leaves_count);
        for (size_t leaf = 0; leaf < group->chunks_count; leaf++)
            TRY(check_chunk(r, group, leaf, err));
        /* Two numbers below 2^63 do not overflow. */
        rows += (uint64_t)group->rows;
        if (rows > INT64_MAX)
            return err_set(err, RC_BAD_INPUT, "row groups have too many rows");
    }
    if (rows != (uint64_t)r->footer.rows)
        return err_set(err, RC_BAD_INPUT, "row groups do not add up to the file's rows");
    return RC_OK;
}

enum rc reader_open(struct reader *r, struct view bytes, struct arena *arena, struct err *err)
{
    *r = (struct reader){.bytes = bytes, .arena = arena};
    if (bytes.size < PARQUET_MAGIC_BYTES + PARQUET_TAIL_BYTES ||
        !view_starts_with(bytes, VIEW(PARQUET_MAGIC)) ||
        !view_ends_with(bytes, VIEW(PARQUET_MAGIC)))
        return err_set(err, RC_BAD_INPUT, "not a Parquet file, or cut off");
    size_t end = bytes.size - PARQUET_TAIL_BYTES;
    uint32_t size;
    memcpy(&size, bytes.data + end, sizeof(size));
    if (size > end - PARQUET_MAGIC_BYTES)
        return err_set(err, RC_BAD_INPUT, "footer is longer than the file");
    r->footer_begin = end - size;
    TRY(footer_parse(view_slice(bytes, r->footer_begin, end), arena, &r->footer, err));
    return check_groups(r, err);
}
