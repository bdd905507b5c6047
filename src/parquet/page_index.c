#include "parquet/page_index.h"

#include "parquet/thrift.h"

void offset_index_append(struct buf *out, const struct page_location *pages, size_t count)
{
    struct thrift_writer w;
    thrift_writer_init(&w, out);
    thrift_begin(&w);
    thrift_field_list(&w, 1, THRIFT_STRUCT, count);
    for (size_t i = 0; i < count; i++) {
        thrift_begin(&w);
        thrift_field_i64(&w, 1, pages[i].offset);
        thrift_field_i32(&w, 2, pages[i].compressed_size);
        thrift_field_i64(&w, 3, pages[i].first_row);
        thrift_end(&w);
    }
    thrift_end(&w);
}

static void parse_location(struct thrift_reader *r, struct page_location *page)
{
    struct thrift_field field;
    unsigned seen = 0;
    thrift_enter(r);
    while (thrift_next(r, &field)) {
        if (field.id == 1)
            page->offset = thrift_get_i64(r, field);
        else if (field.id == 2)
            page->compressed_size = thrift_get_i32(r, field);
        else if (field.id == 3)
            page->first_row = thrift_get_i64(r, field);
        else
            thrift_skip(r, field.type);
        if (field.id >= 1 && field.id <= 3)
            seen |= 1U << field.id;
    }
    if (seen != 0xe)
        thrift_fail(r);
}

enum rc offset_index_parse(struct view in, struct arena *arena, struct page_location **ret_pages,
                           size_t *ret_count, struct err *err)
{
    struct thrift_reader r;
    struct thrift_field field;
    struct page_location *pages = NULL;
    size_t count = 0;
    thrift_reader_init(&r, in);
    thrift_enter(&r);
    while (thrift_next(&r, &field)) {
        if (field.id != 1 || pages != NULL) {
            thrift_skip(&r, field.type);
            continue;
        }
        count = thrift_get_list(&r, field, THRIFT_STRUCT);
        pages = arena_alloc(arena, count * sizeof(*pages));
        if (pages == NULL)
            return err_set(err, RC_NO_MEMORY, "no memory for an offset index of %zu pages", count);
        for (size_t i = 0; i < count; i++) {
            pages[i] = (struct page_location){0};
            parse_location(&r, &pages[i]);
        }
    }
    if (thrift_failed(&r) || pages == NULL)
        return err_set(err, RC_BAD_INPUT, "offset index is damaged");
    *ret_pages = pages;
    *ret_count = count;
    return RC_OK;
}

static void append_bounds(struct thrift_writer *w, int16_t id, const struct view *bounds,
                          size_t count)
{
    thrift_field_list(w, id, THRIFT_BINARY, count);
    for (size_t i = 0; i < count; i++)
        thrift_element_binary(w, bounds[i]);
}

void column_index_append(struct buf *out, const struct column_index *index)
{
    struct thrift_writer w;
    thrift_writer_init(&w, out);
    thrift_begin(&w);
    thrift_field_list(&w, 1, THRIFT_TRUE, index->pages);
    for (size_t i = 0; i < index->pages; i++)
        thrift_element_bool(&w, index->null_pages[i]);
    append_bounds(&w, 2, index->low, index->pages);
    append_bounds(&w, 3, index->high, index->pages);
    thrift_field_i32(&w, 4, index->order);
    thrift_field_list(&w, 5, THRIFT_I64, index->pages);
    for (size_t i = 0; i < index->pages; i++)
        thrift_element_i64(&w, index->nulls[i]);
    thrift_end(&w);
}

/* What a list of the index turned out to be. */
struct index_parser {
    struct thrift_reader r;
    struct arena *arena;
    size_t counts[6]; /* elements by field id; the lists must be equally long */
    bool is_out_of_memory;
};

static void *begin_list(struct index_parser *p, struct thrift_field field, enum thrift_type element,
                        size_t element_bytes)
{
    size_t count = thrift_get_list(&p->r, field, element);
    void *list = arena_alloc(p->arena, count * element_bytes);
    if (list == NULL) {
        p->is_out_of_memory = true;
        thrift_fail(&p->r);
        return NULL;
    }
    p->counts[field.id] = count;
    return list;
}

static struct view *parse_bounds(struct index_parser *p, struct thrift_field field)
{
    struct view *bounds = begin_list(p, field, THRIFT_BINARY, sizeof(*bounds));
    for (size_t i = 0; bounds != NULL && i < p->counts[field.id]; i++)
        bounds[i] = thrift_read_binary(&p->r);
    return bounds;
}

static void parse_index_field(struct index_parser *p, struct thrift_field field,
                              struct column_index *index)
{
    if (field.id == 1) {
        index->null_pages = begin_list(p, field, THRIFT_TRUE, sizeof(*index->null_pages));
        for (size_t i = 0; index->null_pages != NULL && i < p->counts[1]; i++)
            index->null_pages[i] = thrift_read_bool(&p->r);
    } else if (field.id == 2) {
        index->low = parse_bounds(p, field);
    } else if (field.id == 3) {
        index->high = parse_bounds(p, field);
    } else if (field.id == 4) {
        int32_t order = thrift_get_i32(&p->r, field);
        if (order < ORDER_NONE || order > ORDER_DESCENDING)
            thrift_fail(&p->r);
        else
            index->order = (enum parquet_order)order;
    } else if (field.id == 5) {
        index->nulls = begin_list(p, field, THRIFT_I64, sizeof(*index->nulls));
        for (size_t i = 0; index->nulls != NULL && i < p->counts[5]; i++)
            index->nulls[i] = thrift_read_i64(&p->r);
    } else {
        thrift_skip(&p->r, field.type);
    }
}

enum rc column_index_parse(struct view in, struct arena *arena, struct column_index *ret_index,
                           struct err *err)
{
    struct index_parser p = {.arena = arena};
    struct column_index index = {0};
    struct thrift_field field;
    thrift_reader_init(&p.r, in);
    thrift_enter(&p.r);
    while (thrift_next(&p.r, &field))
        parse_index_field(&p, field, &index);
    if (p.is_out_of_memory)
        return err_set(err, RC_NO_MEMORY, "no memory for a column index");
    index.pages = p.counts[1];
    if (thrift_failed(&p.r) || index.null_pages == NULL || index.low == NULL ||
        index.high == NULL || index.nulls == NULL || p.counts[2] != index.pages ||
        p.counts[3] != index.pages || p.counts[5] != index.pages)
        return err_set(err, RC_BAD_INPUT, "column index is damaged");
    *ret_index = index;
    return RC_OK;
}
