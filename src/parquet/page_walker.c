#include "parquet/page_walker.h"

#include "parquet/decode.h"
#include "parquet/page.h"

#include <stdlib.h>

struct page_walker {
    struct page_expander *expander;
    size_t bytes_max;
    const struct reader *reader;
    const struct chunk *chunk;
    bool is_optional;
    size_t at, end; /* where the next page is; where the chunk ends */
    size_t row;
    uint64_t uncompressed;
    bool has_crcs;
    /* The dictionary. */
    struct buf dictionary_page;
    struct buf dictionary; /* int64_t or struct view */
    size_t dictionary_count;
    /* The page. */
    struct buf page;
    struct buf storage;        /* texts that the page does not hold in one piece */
    struct buf levels, ids;    /* uint32_t */
    struct buf numbers, texts; /* int64_t, struct view */
};

struct page_walker *page_walker_new(size_t bytes_max)
{
    struct page_walker *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return NULL;
    w->bytes_max = bytes_max;
    w->expander = page_expander_new();
    if (w->expander == NULL) {
        free(w);
        return NULL;
    }
    return w;
}

void page_walker_free(struct page_walker *w)
{
    if (w == NULL)
        return;
    page_expander_free(w->expander);
    buf_done(&w->dictionary_page);
    buf_done(&w->dictionary);
    buf_done(&w->page);
    buf_done(&w->storage);
    buf_done(&w->levels);
    buf_done(&w->ids);
    buf_done(&w->numbers);
    buf_done(&w->texts);
    free(w);
}

bool page_walker_has_crcs(const struct page_walker *w)
{
    return w->has_crcs;
}

static enum rc bad(const struct page_walker *w, const char *what, struct err *err)
{
    return err_set(err, RC_BAD_INPUT, "page at %zu: %s", w->at, what);
}

static enum rc resize(struct buf *b, size_t count, size_t bytes, struct err *err)
{
    buf_clear(b);
    if (!buf_reserve(b, count * bytes))
        return err_set(err, RC_NO_MEMORY, "no memory for %zu values of a page", count);
    return RC_OK;
}

/* Finds the page at w->at, expands it into `out`, and gives its whole size. */
static enum rc expand_next(struct page_walker *w, struct page_header *ret_header, struct buf *out,
                           size_t *ret_size, struct err *err)
{
    struct view rest = view_slice(w->reader->bytes, w->at, w->end);
    size_t header_size;
    if (!page_header_parse(rest, ret_header, &header_size))
        return bad(w, "header is damaged", err);
    if (ret_header->compressed_size > rest.size - header_size)
        return bad(w, "reaches past its chunk", err);
    struct view page = view_slice(rest, header_size, header_size + ret_header->compressed_size);
    struct err why = {{0}};
    enum rc rc = page_expand(w->expander, ret_header, page, w->bytes_max, out, &why);
    if (rc != RC_OK) {
        bad(w, why.text, err);
        return rc;
    }
    w->uncompressed += header_size + ret_header->uncompressed_size;
    w->has_crcs = w->has_crcs && ret_header->has_crc;
    *ret_size = header_size + ret_header->compressed_size;
    return RC_OK;
}

static enum rc read_dictionary(struct page_walker *w, struct err *err)
{
    struct page_header header;
    size_t size;
    TRY(expand_next(w, &header, &w->dictionary_page, &size, err));
    if (header.type != PAGE_DICTIONARY || header.encoding != ENCODING_PLAIN)
        return bad(w, "is not a PLAIN dictionary", err);
    struct view in = buf_view(&w->dictionary_page);
    if (header.values > in.size / sizeof(uint32_t))
        return bad(w, "dictionary is shorter than it says", err);
    bool is_text = w->chunk->type == PARQUET_BYTE_ARRAY;
    TRY(resize(&w->dictionary, header.values, is_text ? sizeof(struct view) : sizeof(int64_t),
               err));
    void *entries = w->dictionary.data;
    bool is_sound = is_text ? decode_plain_texts(&in, entries, header.values)
                            : decode_plain_numbers(&in, w->chunk->type, entries, header.values);
    if (!is_sound || in.size != 0)
        return bad(w, "dictionary does not hold its values", err);
    w->dictionary_count = header.values;
    w->at += size;
    if (w->at != (size_t)w->chunk->data_offset)
        return bad(w, "data pages do not follow the dictionary", err);
    return RC_OK;
}

enum rc page_walker_begin(struct page_walker *w, const struct reader *r, const struct chunk *chunk,
                          struct err *err)
{
    w->reader = r;
    w->chunk = chunk;
    w->at = (size_t)chunk_begin(chunk);
    w->end = w->at + (size_t)chunk->compressed_bytes;
    w->row = 0;
    w->uncompressed = 0;
    w->has_crcs = true;
    w->dictionary_count = 0;
    w->is_optional = false;
    for (size_t i = 0; i < r->footer.leaves_count; i++) {
        if (view_equals(r->footer.leaves[i].name, chunk->name))
            w->is_optional = r->footer.leaves[i].is_optional;
    }
    return chunk->dictionary_offset != 0 ? read_dictionary(w, err) : RC_OK;
}

/* Takes the levels off the front of the page. */
static bool decode_levels(struct page_walker *w, const struct page_header *h, struct view *in,
                          size_t *ret_present)
{
    uint32_t *levels = (uint32_t *)(void *)w->levels.data;
    *ret_present = h->values;
    for (size_t i = 0; !w->is_optional && i < h->values; i++)
        levels[i] = 1;
    if (!w->is_optional)
        return h->type != PAGE_DATA_V2 || h->levels_size == 0;
    uint32_t size = h->levels_size;
    if (h->type == PAGE_DATA) {
        if (in->size < sizeof(size))
            return false;
        memcpy(&size, in->data, sizeof(size));
        *in = view_from(*in, sizeof(size));
    }
    if (size > in->size)
        return false;
    struct view bytes = view_slice(*in, 0, size);
    *in = view_from(*in, size);
    if (!decode_hybrid(&bytes, 1, levels, h->values) || bytes.size != 0)
        return false;
    size_t present = 0;
    for (size_t i = 0; i < h->values; i++)
        present += levels[i];
    *ret_present = present;
    return h->type != PAGE_DATA_V2 || h->nulls == h->values - present;
}

/* Replaces ids by the entries they name. */
static bool decode_ids(struct page_walker *w, struct view *in, size_t present)
{
    uint32_t *ids = (uint32_t *)(void *)w->ids.data;
    if (in->size == 0)
        return false;
    unsigned width = (uint8_t)in->data[0];
    *in = view_from(*in, 1);
    if (!decode_hybrid(in, width, ids, present))
        return false;
    const int64_t *numbers = (const int64_t *)(const void *)w->dictionary.data;
    const struct view *texts = (const struct view *)(const void *)w->dictionary.data;
    for (size_t i = 0; i < present; i++) {
        if (ids[i] >= w->dictionary_count)
            return false;
        if (w->chunk->type == PARQUET_BYTE_ARRAY)
            ((struct view *)(void *)w->texts.data)[i] = texts[ids[i]];
        else
            ((int64_t *)(void *)w->numbers.data)[i] = numbers[ids[i]];
    }
    return true;
}

static bool decode_values(struct page_walker *w, enum parquet_encoding encoding, struct view *in,
                          size_t present)
{
    int64_t *numbers = (int64_t *)(void *)w->numbers.data;
    struct view *texts = (struct view *)(void *)w->texts.data;
    bool is_text = w->chunk->type == PARQUET_BYTE_ARRAY;
    switch (encoding) {
    case ENCODING_RLE_DICTIONARY:
        return decode_ids(w, in, present);
    case ENCODING_PLAIN:
        return is_text ? decode_plain_texts(in, texts, present)
                       : decode_plain_numbers(in, w->chunk->type, numbers, present);
    case ENCODING_DELTA_BINARY_PACKED:
        return !is_text && w->chunk->type != PARQUET_DOUBLE &&
               decode_delta_numbers(in, w->chunk->type, numbers, present);
    case ENCODING_DELTA_LENGTH_BYTE_ARRAY:
        return is_text && decode_delta_length_texts(in, texts, present, numbers);
    case ENCODING_DELTA_BYTE_ARRAY:
        return is_text &&
               decode_delta_texts(in, texts, present, numbers, &w->storage, w->bytes_max);
    case ENCODING_RLE:
        break;
    }
    return false;
}

static enum rc decode_page(struct page_walker *w, const struct page_header *h,
                           struct page_values *page, struct err *err)
{
    if (h->values > WALKER_PAGE_ROWS_MAX)
        return err_set(err, RC_TOO_BIG, "page at %zu has %u rows", w->at, h->values);
    if (h->values == 0 || h->values > (size_t)w->chunk->values - w->row)
        return bad(w, "has more rows than its chunk, or none", err);
    TRY(resize(&w->levels, h->values, sizeof(uint32_t), err));
    TRY(resize(&w->ids, h->values, sizeof(uint32_t), err));
    TRY(resize(&w->numbers, h->values * 2, sizeof(int64_t), err));
    TRY(resize(&w->texts, h->values, sizeof(struct view), err));
    struct view in = buf_view(&w->page);
    if (!decode_levels(w, h, &in, &page->present))
        return bad(w, "levels are damaged", err);
    if (!decode_values(w, h->encoding, &in, page->present) || in.size != 0)
        return bad(w, "values are damaged", err);
    page->first_row = w->row;
    page->rows = h->values;
    page->type = h->type;
    page->encoding = h->encoding;
    page->levels = (const uint32_t *)(const void *)w->levels.data;
    page->numbers = (const int64_t *)(const void *)w->numbers.data;
    page->texts = (const struct view *)(const void *)w->texts.data;
    return RC_OK;
}

static enum rc check_end(const struct page_walker *w, struct err *err)
{
    if (w->row != (size_t)w->chunk->values)
        return bad(w, "missing: the chunk has more rows", err);
    if (w->uncompressed != (uint64_t)w->chunk->uncompressed_bytes)
        return bad(w, "the pages' plain sizes do not add up to the chunk's", err);
    return RC_END;
}

enum rc page_walker_next(struct page_walker *w, struct page_values *ret_page, struct err *err)
{
    if (w->at == w->end)
        return check_end(w, err);
    struct page_header header;
    struct page_values page = {.offset = (int64_t)w->at};
    size_t size = 0;
    TRY(expand_next(w, &header, &w->page, &size, err));
    if (header.type == PAGE_DICTIONARY)
        return bad(w, "is a second dictionary", err);
    TRY(decode_page(w, &header, &page, err));
    page.size = (int32_t)size;
    w->at += size;
    w->row += page.rows;
    *ret_page = page;
    return RC_OK;
}
