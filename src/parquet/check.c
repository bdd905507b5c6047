#include "parquet/check.h"

#include "parquet/bloom.h"
#include "parquet/page_index.h"
#include "parquet/page_walker.h"
#include "parquet/statistics.h"
#include "util/text.h"

#include <stdlib.h>

/* Rows of a group whose order is remembered, a byte each. */
#define CHECK_ROWS_MAX (1 << 24)

struct checker {
    struct reader reader;
    struct arena arena; /* the footer; then one chunk's indexes */
    struct arena chunk_arena;
    struct page_walker *walker;
    struct check_summary summary;
    struct buf is_tied; /* bool per row: equal to the row before so far */
    struct buf before;  /* the text of the row before */
};

/* One chunk while its pages are walked. */
struct chunk_check {
    struct checker *k;
    size_t group, leaf;
    const struct chunk *chunk;
    struct page_location *pages;
    size_t pages_count, page;
    bool has_column_index;
    struct column_index index;
    struct view bloom; /* NULL: none */
    int64_t nulls;
    bool meets_low, meets_high; /* some value is the chunk's bound */
};

static enum rc bad(const struct chunk_check *c, const char *what, struct err *err)
{
    return err_set(err, RC_BAD_INPUT, "row group %zu, column %zu, page %zu: %s", c->group, c->leaf,
                   c->page, what);
}

/* A part of the file. */
struct region {
    uint64_t begin, end;
};

static int compare_regions(const void *left, const void *right)
{
    const struct region *a = left;
    const struct region *b = right;
    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    return (a->end > b->end) - (a->end < b->end);
}

static struct region region_of(int64_t offset, int64_t length)
{
    return (struct region){(uint64_t)offset, (uint64_t)offset + (uint64_t)length};
}

static size_t chunk_regions(const struct chunk *c, struct region ret_regions[4])
{
    const struct span spans[] = {c->bloom, c->column_index, c->offset_index};
    size_t count = 0;
    ret_regions[count++] = region_of(chunk_begin(c), c->compressed_bytes);
    for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++) {
        if (spans[i].length != 0)
            ret_regions[count++] = region_of(spans[i].offset, spans[i].length);
    }
    return count;
}

/* Pages, filters and indexes stand side by side from magic to footer. */
static enum rc check_layout(struct checker *k, struct err *err)
{
    const struct footer *f = &k->reader.footer;
    size_t count = f->groups_count * f->leaves_count * 4;
    struct region *regions = arena_alloc(&k->arena, count * sizeof(*regions));
    if (regions == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory for %zu regions", count);
    size_t used = 0;
    for (size_t g = 0; g < f->groups_count; g++) {
        for (size_t i = 0; i < f->leaves_count; i++)
            used += chunk_regions(&f->groups[g].chunks[i], regions + used);
    }
    qsort(regions, used, sizeof(*regions), compare_regions);
    uint64_t at = PARQUET_MAGIC_BYTES;
    for (size_t i = 0; i < used; i++) {
        if (regions[i].begin != at)
            return err_set(err, RC_BAD_INPUT, "a gap or an overlap at offset %llu",
                           (unsigned long long)at);
        at = regions[i].end;
    }
    if (at != k->reader.footer_begin)
        return err_set(err, RC_BAD_INPUT, "a gap before the footer");
    return RC_OK;
}

static bool text_is_utf8(struct view text)
{
    for (size_t at = 0; at < text.size;) {
        uint64_t word;
        if (text.size - at >= sizeof(word)) {
            memcpy(&word, text.data + at, sizeof(word));
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof(word);
                continue;
            }
        }
        unsigned length = utf8_length(text, at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

/* The present values' extent. */
static struct extent extent_of_page(enum parquet_type type, const struct page_values *page)
{
    struct extent extent = {0};
    if (type != PARQUET_BYTE_ARRAY)
        return extent_of_numbers(type, page->numbers, page->present);
    for (size_t i = 0; i < page->present; i++)
        extent_add_text(&extent, page->texts[i]);
    return extent;
}

static bool bound_has_size(enum parquet_type type, struct view bound)
{
    return type == PARQUET_BYTE_ARRAY ? bound.size <= STATISTICS_BYTES_MAX && text_is_utf8(bound)
                                      : bound.size == number_bytes(type);
}

/* One end of an extent in its PLAIN form. */
static struct view extent_end(enum parquet_type type, const struct extent *extent, bool is_high)
{
    if (type == PARQUET_BYTE_ARRAY)
        return is_high ? extent->text.high : extent->text.low;
    return view_of(is_high ? &extent->number.high : &extent->number.low, number_bytes(type));
}

static enum rc check_page_index(struct chunk_check *c, const struct page_values *page,
                                const struct extent *extent, struct err *err)
{
    enum parquet_type type = c->chunk->type;
    if (c->page >= c->pages_count || c->pages[c->page].offset != page->offset ||
        c->pages[c->page].compressed_size != page->size ||
        c->pages[c->page].first_row != (int64_t)page->first_row)
        return bad(c, "is not where the offset index says", err);
    if (!c->has_column_index)
        return RC_OK;
    if (c->index.null_pages[c->page] != (page->present == 0) ||
        c->index.nulls[c->page] != (int64_t)(page->rows - page->present))
        return bad(c, "has other nulls than its column index says", err);
    if (page->present == 0)
        return RC_OK;
    struct view low = c->index.low[c->page];
    struct view high = c->index.high[c->page];
    if (!bound_has_size(type, low) || !bound_has_size(type, high) ||
        bound_compare(type, low, extent_end(type, extent, false)) > 0 ||
        bound_compare(type, high, extent_end(type, extent, true)) < 0)
        return bad(c, "has values outside the bounds of its column index", err);
    return RC_OK;
}

static enum rc check_statistics(struct chunk_check *c, const struct extent *extent, struct err *err)
{
    const struct statistics *s = &c->chunk->statistics;
    enum parquet_type type = c->chunk->type;
    if (!extent->is_set)
        return RC_OK;
    struct view low = extent_end(type, extent, false);
    struct view high = extent_end(type, extent, true);
    if (!s->has_low || !bound_has_size(type, s->low) || bound_compare(type, s->low, low) > 0)
        return bad(c, "has values below the chunk's bound", err);
    c->meets_low = c->meets_low || bound_compare(type, s->low, low) == 0;
    if (!s->has_high)
        return RC_OK;
    if (!bound_has_size(type, s->high) || bound_compare(type, s->high, high) < 0)
        return bad(c, "has values above the chunk's bound", err);
    c->meets_high = c->meets_high || bound_compare(type, s->high, high) == 0;
    return RC_OK;
}

static enum rc check_texts(struct chunk_check *c, const struct page_values *page, struct err *err)
{
    if (c->chunk->type != PARQUET_BYTE_ARRAY)
        return RC_OK;
    for (size_t i = 0; i < page->present; i++) {
        if (!text_is_utf8(page->texts[i]))
            return bad(c, "has a text that is not UTF-8", err);
        if (c->bloom.data != NULL && !bloom_may_have(c->bloom, bloom_hash(page->texts[i])))
            return bad(c, "has a text that the Bloom filter excludes", err);
    }
    return RC_OK;
}

static bool encoding_is_listed(const struct chunk *chunk, const struct page_values *page)
{
    if ((chunk->encodings >> page->encoding & 1) == 0)
        return false;
    for (unsigned i = 0; i < chunk->stats_count; i++) {
        if (chunk->stats[i].page == (int32_t)page->type &&
            chunk->stats[i].encoding == (int32_t)page->encoding)
            return true;
    }
    return false;
}

/* The pages that encoding_stats count must be those that were met. */
static enum rc check_encoding_counts(struct chunk_check *c, struct err *err)
{
    int64_t data = 0;
    int64_t dictionaries = 0;
    for (unsigned i = 0; i < c->chunk->stats_count; i++) {
        if (c->chunk->stats[i].page == PAGE_DICTIONARY)
            dictionaries += c->chunk->stats[i].count;
        else
            data += c->chunk->stats[i].count;
    }
    if (data != (int64_t)c->page || dictionaries != (c->chunk->dictionary_offset != 0))
        return bad(c, "encoding statistics count other pages", err);
    return RC_OK;
}

/* Whether the column index may call its pages ordered. */
static enum rc check_boundary_order(struct chunk_check *c, struct err *err)
{
    enum parquet_order order = c->index.order;
    size_t before = SIZE_MAX;
    for (size_t i = 0; order != ORDER_NONE && i < c->index.pages; i++) {
        if (c->index.null_pages[i])
            continue;
        if (before != SIZE_MAX) {
            int low = bound_compare(c->chunk->type, c->index.low[before], c->index.low[i]);
            int high = bound_compare(c->chunk->type, c->index.high[before], c->index.high[i]);
            bool is_wrong = order == ORDER_ASCENDING ? low > 0 || high > 0 : low < 0 || high < 0;
            if (is_wrong)
                return bad(c, "column index is not in its boundary order", err);
        }
        before = i;
    }
    return RC_OK;
}

static enum rc check_chunk_end(struct chunk_check *c, struct err *err)
{
    const struct statistics *s = &c->chunk->statistics;
    bool has_values = c->nulls < c->chunk->values;
    if (!page_walker_has_crcs(c->k->walker))
        return bad(c, "or one before it has no CRC", err);
    if (c->page != c->pages_count || (c->has_column_index && c->index.pages != c->page))
        return bad(c, "indexes have another number of pages", err);
    if (!s->has_nulls || s->nulls != c->nulls)
        return bad(c, "statistics have another number of nulls", err);
    if (!has_values && (s->has_low || s->has_high))
        return bad(c, "statistics have bounds without values", err);
    if (has_values && ((s->is_low_exact && !c->meets_low) || (s->is_high_exact && !c->meets_high)))
        return bad(c, "a bound that is called exact is no value", err);
    TRY(check_encoding_counts(c, err));
    return c->has_column_index ? check_boundary_order(c, err) : RC_OK;
}

static enum rc read_indexes(struct chunk_check *c, struct err *err)
{
    struct checker *k = c->k;
    const struct chunk *chunk = c->chunk;
    arena_reset(&k->chunk_arena);
    if (chunk->offset_index.length == 0)
        return bad(c, "has no offset index", err);
    TRY(offset_index_parse(reader_span(&k->reader, chunk->offset_index), &k->chunk_arena, &c->pages,
                           &c->pages_count, err));
    c->has_column_index = chunk->column_index.length != 0;
    if (c->has_column_index)
        TRY(column_index_parse(reader_span(&k->reader, chunk->column_index), &k->chunk_arena,
                               &c->index, err));
    if (c->has_column_index && c->index.pages != c->pages_count)
        return bad(c, "indexes have different numbers of pages", err);
    if (chunk->bloom.length != 0 && !bloom_parse(reader_span(&k->reader, chunk->bloom), &c->bloom))
        return bad(c, "Bloom filter is damaged", err);
    return RC_OK;
}

static enum rc check_page(struct chunk_check *c, const struct page_values *page, struct err *err)
{
    struct extent extent = extent_of_page(c->chunk->type, page);
    if (!encoding_is_listed(c->chunk, page))
        return bad(c, "has an encoding that its chunk does not list", err);
    TRY(check_page_index(c, page, &extent, err));
    TRY(check_statistics(c, &extent, err));
    TRY(check_texts(c, page, err));
    c->nulls += (int64_t)(page->rows - page->present);
    c->k->summary.pages++;
    c->k->summary.values += page->present;
    c->k->summary.nulls += page->rows - page->present;
    return RC_OK;
}

static enum rc check_chunk(struct checker *k, size_t group, size_t leaf, struct err *err)
{
    const struct chunk *chunk = &k->reader.footer.groups[group].chunks[leaf];
    struct chunk_check c = {.k = k, .group = group, .leaf = leaf, .chunk = chunk};
    TRY(read_indexes(&c, err));
    TRY(page_walker_begin(k->walker, &k->reader, chunk, err));
    for (;; c.page++) {
        struct page_values page;
        enum rc rc = page_walker_next(k->walker, &page, err);
        if (rc == RC_END)
            return check_chunk_end(&c, err);
        if (rc != RC_OK)
            return rc;
        TRY(check_page(&c, &page, err));
    }
}

/* The value of the row before, while a sorting column is walked. */
struct sort_check {
    struct checker *k;
    enum parquet_type type;
    bool has_before, before_is_null;
    int64_t number;
};

static int compare_with_before(const struct sort_check *s, const struct page_values *page,
                               size_t value, bool is_null)
{
    if (is_null || s->before_is_null)
        return (int)!is_null - (int)!s->before_is_null;
    if (s->type == PARQUET_BYTE_ARRAY)
        return view_compare(page->texts[value], buf_view(&s->k->before));
    return bound_compare(s->type, view_of(&page->numbers[value], number_bytes(s->type)),
                         view_of(&s->number, number_bytes(s->type)));
}

static bool remember(struct sort_check *s, const struct page_values *page, size_t value,
                     bool is_null)
{
    s->has_before = true;
    s->before_is_null = is_null;
    if (is_null)
        return true;
    if (s->type != PARQUET_BYTE_ARRAY) {
        s->number = page->numbers[value];
        return true;
    }
    buf_clear(&s->k->before);
    return buf_append_view(&s->k->before, page->texts[value]);
}

/* Rows that tie in the columns before must not fall in this one. */
static enum rc check_page_order(struct sort_check *s, const struct page_values *page,
                                struct err *err)
{
    bool *is_tied = (bool *)(void *)s->k->is_tied.data;
    size_t value = 0;
    for (size_t i = 0; i < page->rows; i++) {
        bool is_null = page->levels[i] == 0;
        size_t row = page->first_row + i;
        int order = s->has_before ? compare_with_before(s, page, value, is_null) : 1;
        if (is_tied[row] && order < 0)
            return err_set(err, RC_BAD_INPUT, "row %zu is not in sorting order", row);
        is_tied[row] = is_tied[row] && order == 0;
        if (!remember(s, page, value, is_null))
            return err_set(err, RC_NO_MEMORY, "no memory for a text");
        value += !is_null;
    }
    return RC_OK;
}

static enum rc check_sorting_column(struct checker *k, const struct chunk *chunk, struct err *err)
{
    struct sort_check s = {.k = k, .type = chunk->type};
    TRY(page_walker_begin(k->walker, &k->reader, chunk, err));
    for (;;) {
        struct page_values page;
        enum rc rc = page_walker_next(k->walker, &page, err);
        if (rc != RC_OK)
            return rc == RC_END ? RC_OK : rc;
        TRY(check_page_order(&s, &page, err));
    }
}

static enum rc check_order(struct checker *k, const struct row_group *group, struct err *err)
{
    if (group->rows > CHECK_ROWS_MAX)
        return err_set(err, RC_TOO_BIG, "row group of %lld rows", (long long)group->rows);
    buf_clear(&k->is_tied);
    if (!buf_reserve(&k->is_tied, (size_t)group->rows))
        return err_set(err, RC_NO_MEMORY, "no memory for the order of rows");
    memset(k->is_tied.data, true, (size_t)group->rows);
    for (unsigned i = 0; i < group->sorting_count; i++) {
        int32_t column = group->sorting[i];
        if (column < 0 || (size_t)column >= group->chunks_count)
            return err_set(err, RC_BAD_INPUT, "rows are sorted by a column that is not there");
        TRY(check_sorting_column(k, &group->chunks[column], err));
    }
    return RC_OK;
}

static enum rc check_groups(struct checker *k, struct err *err)
{
    const struct footer *f = &k->reader.footer;
    TRY(check_layout(k, err));
    if (f->orders_count != f->leaves_count)
        return err_set(err, RC_BAD_INPUT, "column orders are missing");
    for (size_t g = 0; g < f->groups_count; g++) {
        const struct row_group *group = &f->groups[g];
        int64_t bytes = 0;
        for (size_t leaf = 0; leaf < group->chunks_count; leaf++) {
            TRY(check_chunk(k, g, leaf, err));
            bytes += group->chunks[leaf].compressed_bytes;
        }
        if (bytes != group->compressed_bytes || group->ordinal != (int16_t)g ||
            (group->chunks_count > 0 && group->file_offset != chunk_begin(&group->chunks[0])))
            return err_set(err, RC_BAD_INPUT, "row group %zu is not as it says", g);
        TRY(check_order(k, group, err));
        k->summary.rows += (uint64_t)group->rows;
        k->summary.row_groups++;
    }
    return RC_OK;
}

enum rc check_file(struct view file, size_t bytes_max, struct check_summary *ret_summary,
                   struct err *err)
{
    struct checker k = {.walker = page_walker_new(bytes_max)};
    if (k.walker == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to check a file");
    arena_init(&k.arena, bytes_max);
    arena_init(&k.chunk_arena, bytes_max);
    enum rc rc = reader_open(&k.reader, file, &k.arena, err);
    if (rc == RC_OK)
        rc = check_groups(&k, err);
    if (rc == RC_OK)
        *ret_summary = k.summary;
    page_walker_free(k.walker);
    arena_done(&k.arena);
    arena_done(&k.chunk_arena);
    buf_done(&k.is_tied);
    buf_done(&k.before);
    return rc;
}
