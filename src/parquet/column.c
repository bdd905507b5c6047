#include "parquet/column.h"

#include "parquet/dictionary.h"
#include "parquet/encode.h"
#include "parquet/page.h"

#include <assert.h>
#include <stdlib.h>

/* The rows and present values that a page holds. */
struct page_range {
    size_t first_row, rows;
    size_t first_value, values;
};

struct column_encoder {
    struct pack_kernels pack;
    bloom_set_fn *bloom_set;
    struct page_compressor *compressor;
    struct dictionary dictionary;
    struct bloom bloom;
    struct buf ids;     /* uint32_t per value: its dictionary entry */
    struct buf seen;    /* uint32_t per entry: the page it was met in last */
    struct buf levels;  /* version 2: definition levels */
    struct buf body;    /* the page before compression */
    struct view page;   /* the one written last, as it stands in the file */
    struct buf scratch; /* DELTA encodings of texts */
    /* Per page. */
    struct buf locations;           /* struct page_location */
    struct buf bounds;              /* struct bound, low and high in turns */
    struct buf nulls;               /* int64_t */
    struct buf null_pages;          /* bool */
    struct buf low_view, high_view; /* struct view of each bound */
};

struct column_encoder *column_encoder_new(enum cpu cpu)
{
    struct column_encoder *e = calloc(1, sizeof(*e));
    if (e == NULL)
        return NULL;
    e->pack = pack_kernels_of(cpu);
    e->bloom_set = bloom_set_kernel(cpu);
    e->compressor = page_compressor_new();
    if (e->compressor == NULL) {
        free(e);
        return NULL;
    }
    return e;
}

void column_encoder_free(struct column_encoder *e)
{
    if (e == NULL)
        return;
    page_compressor_free(e->compressor);
    dictionary_done(&e->dictionary);
    bloom_done(&e->bloom);
    buf_done(&e->ids);
    buf_done(&e->seen);
    buf_done(&e->levels);
    buf_done(&e->body);
    buf_done(&e->scratch);
    buf_done(&e->locations);
    buf_done(&e->bounds);
    buf_done(&e->nulls);
    buf_done(&e->null_pages);
    buf_done(&e->low_view);
    buf_done(&e->high_view);
    free(e);
}

/* The work on one chunk. */
struct job {
    struct column_encoder *e;
    const struct column_input *in;
    struct file_sink *sink;
    struct column_output *out;
    struct extent extent;
    bool has_dictionary;
    unsigned id_width;
};

static enum rc no_memory(struct err *err)
{
    return err_set(err, RC_NO_MEMORY, "no memory to encode a column");
}

static uint32_t *ids_of(const struct column_encoder *e)
{
    return (uint32_t *)(void *)e->ids.data;
}

/* A column of numbers whose first values are mostly distinct gets no
 * dictionary, without a look at the rest. */
enum { NUMBERS_TRIED = 2048 };

/* Sorted rows find their texts all over the table's memory. */
enum { PREFETCH = 12 };

/* Whether the dictionary and the ids are smaller than the values. Numbers are
 * eight bytes of which compression leaves about three where they follow each
 * other, and an id is not compressible: they must save a lot. */
static bool is_worthwhile(const struct column_input *in, const struct dictionary *d)
{
    uint64_t ids = (uint64_t)in->present * bit_width(d->count - 1) / 8;
    if (in->type == PARQUET_BYTE_ARRAY)
        return d->bytes + ids < d->plain_bytes;
    return (d->bytes + ids) * 2 < d->plain_bytes;
}

static enum dictionary_result number_values(struct column_encoder *e, const struct column_input *in)
{
    struct dictionary *d = &e->dictionary;
    if (in->type == PARQUET_BYTE_ARRAY)
        return dictionary_number_texts(d, in->base, in->positions, in->present,
                                       DICTIONARY_BYTES_MAX, ids_of(e));
    size_t bytes = number_bytes(in->type);
    if (in->present > NUMBERS_TRIED &&
        dictionary_number_numbers(d, in->numbers, NUMBERS_TRIED, bytes, NUMBERS_TRIED * bytes / 2,
                                  ids_of(e)) == DICTIONARY_TOO_BIG)
        return DICTIONARY_TOO_BIG;
    return dictionary_number_numbers(d, in->numbers, in->present, bytes, DICTIONARY_BYTES_MAX,
                                     ids_of(e));
}

static enum rc build_dictionary(struct job *job, struct err *err)
{
    struct column_encoder *e = job->e;
    const struct column_input *in = job->in;
    if (in->present == 0)
        return RC_OK;
    buf_clear(&e->ids);
    if (!buf_reserve(&e->ids, in->present * sizeof(uint32_t)))
        return no_memory(err);
    enum dictionary_result result = number_values(e, in);
    if (result == DICTIONARY_NO_MEMORY)
        return no_memory(err);
    job->has_dictionary = result == DICTIONARY_DONE && is_worthwhile(in, &e->dictionary);
    if (job->has_dictionary)
        job->id_width = bit_width(e->dictionary.count - 1);
    return RC_OK;
}

/* The i-th text of those that make up the column. */
static uint32_t text_to_hash(const struct job *job, size_t i)
{
    return job->has_dictionary ? (uint32_t)dictionary_entries(&job->e->dictionary)[i]
                               : job->in->positions[i];
}

/* The hashes of these texts, without repeats that follow each other; gives their number.
 * One behind the other and nothing in between, so that the processor is at several. */
static size_t hash_texts(const struct job *job, size_t begin, size_t end, uint64_t *ret_hashes)
{
    const char *base = job->in->base;
    size_t count = 0;
    for (size_t i = begin; i < end; i++) {
        uint32_t position = text_to_hash(job, i);
        if (i > 0 && position == text_to_hash(job, i - 1))
            continue;
        ret_hashes[count++] = bloom_hash(text_at(base, position));
    }
    return count;
}

/* An id and its length may lie in two lines of the cache. */
static void prefetch_texts(const struct job *job, size_t begin, size_t end)
{
    enum { CACHE_LINE = 64 };
    for (size_t i = begin; i < end; i++) {
        const char *text = job->in->base + text_to_hash(job, i);
        __builtin_prefetch(text);
        __builtin_prefetch(text + CACHE_LINE);
    }
}

static enum rc build_bloom(struct job *job, struct err *err)
{
    enum { AT_ONCE = 32 };
    struct column_encoder *e = job->e;
    const struct column_input *in = job->in;
    if (!in->has_bloom || in->present == 0)
        return RC_OK;
    size_t count = job->has_dictionary ? e->dictionary.count : in->present;
    if (!bloom_begin(&e->bloom, count))
        return no_memory(err);
    for (size_t begin = 0; begin < count; begin += AT_ONCE) {
        uint64_t hashes[AT_ONCE];
        size_t end = count - begin < AT_ONCE ? count : begin + AT_ONCE;
        prefetch_texts(job, end, count - end < AT_ONCE ? count : end + AT_ONCE);
        bloom_add(&e->bloom, e->bloom_set, hashes, hash_texts(job, begin, end, hashes));
    }
    bloom_end(&e->bloom);
    job->out->bloom = &e->bloom;
    return RC_OK;
}

/* Compresses and writes a page that has a header and a body. */
static enum rc write_page(struct job *job, struct page_header *header, struct page_content *content,
                          struct err *err)
{
    struct column_encoder *e = job->e;
    if (buf_failed(&e->body) || buf_failed(&e->levels))
        return no_memory(err);
    struct steps *steps = file_sink_steps(job->sink);
    steps_end(steps, STEP_ENCODE);
    content->body = buf_view(&e->body);
    content->is_text = job->in->type == PARQUET_BYTE_ARRAY;
    enum rc rc = page_compress(e->compressor, header, content, &e->page);
    steps_end(steps, STEP_ZSTD);
    if (rc != RC_OK)
        return err_set(err, rc, "no memory to compress a page of %zu bytes", e->body.size);
    TRY(file_sink_write(job->sink, e->page, err));
    struct chunk *chunk = &job->out->chunk;
    size_t header_bytes = e->page.size - header->compressed_size;
    chunk->compressed_bytes += (int64_t)e->page.size;
    chunk->uncompressed_bytes += (int64_t)(header_bytes + header->uncompressed_size);
    return RC_OK;
}

static void add_encoding(struct chunk *chunk, enum parquet_page page,
                         enum parquet_encoding encoding, int32_t pages)
{
    chunk->encodings |= UINT32_C(1) << encoding;
    chunk->stats[chunk->stats_count++] = (struct encoding_stats){page, encoding, pages};
}

/* Texts that lie one behind the other are copied at once. */
static void append_entries(struct buf *out, const char *base, const int64_t *entries,
                           uint32_t count)
{
    uint32_t i = 0;
    while (i < count) {
        int64_t begin = entries[i];
        int64_t end = begin;
        do {
            end += (int64_t)sizeof(uint32_t) + text_size_at(base, (uint32_t)entries[i]);
            i++;
            if (i + PREFETCH < count)
                __builtin_prefetch(base + entries[i + PREFETCH]);
        } while (i < count && entries[i] == end);
        buf_append(out, base + begin, (size_t)(end - begin));
    }
}

static enum rc write_dictionary(struct job *job, struct err *err)
{
    struct column_encoder *e = job->e;
    const struct column_input *in = job->in;
    const struct dictionary *d = &e->dictionary;
    if (!job->has_dictionary)
        return RC_OK;
    buf_clear(&e->body);
    const int64_t *entries = dictionary_entries(d);
    if (in->type == PARQUET_BYTE_ARRAY) {
        append_entries(&e->body, in->base, entries, d->count);
    } else {
        encode_plain_numbers(&e->body, entries, d->count, in->type);
    }
    struct page_header header = {
        .type = PAGE_DICTIONARY,
        .encoding = ENCODING_PLAIN,
        .values = d->count,
    };
    job->out->chunk.dictionary_offset = (int64_t)file_sink_offset(job->sink);
    add_encoding(&job->out->chunk, PAGE_DICTIONARY, ENCODING_PLAIN, 1);
    struct page_content content = {.levels = VIEW(""), .has_prefixes = in->is_numbered};
    return write_page(job, &header, &content, err);
}

/* How many values from `first` on make a page of about PAGE_BYTES. */
static size_t values_in_page(const struct job *job, size_t first)
{
    const struct column_input *in = job->in;
    size_t left = in->present - first;
    if (job->has_dictionary || in->type != PARQUET_BYTE_ARRAY) {
        size_t bits = job->has_dictionary ? job->id_width : number_bytes(in->type) * 8;
        size_t most = (size_t)PAGE_BYTES * 8 / bits;
        return left < most ? left : most;
    }
    uint64_t bytes = 0;
    size_t count = 0;
    while (count < left && bytes < PAGE_BYTES) {
        uint64_t size = sizeof(uint32_t) + text_size_at(in->base, in->positions[first + count]);
        /* A page may be larger than PAGE_BYTES by one small value; a large one
         * that follows others gets a page of its own. */
        if (count > 0 && bytes + size > PAGE_BYTES + PAGE_BYTES / 4)
            break;
        bytes += size;
        count++;
        if (count + PREFETCH < left)
            __builtin_prefetch(in->base + in->positions[first + count + PREFETCH]);
    }
    return count;
}

/* The row behind the one of the `values`-th present value from `row` on. */
static size_t row_after(const struct column_input *in, size_t row, size_t values)
{
    if (in->present == in->rows)
        return row + values;
    for (;;) {
        uint64_t word = in->validity[row / 64] >> (row % 64);
        size_t here = (size_t)__builtin_popcountll(word);
        if (here < values) {
            values -= here;
            row += 64 - row % 64;
            continue;
        }
        for (; values > 1; values--)
            word &= word - 1;
        return row + (size_t)__builtin_ctzll(word) + 1;
    }
}

static struct page_range next_range(const struct job *job, size_t row, size_t value)
{
    const struct column_input *in = job->in;
    struct page_range range = {.first_row = row, .first_value = value};
    range.values = values_in_page(job, value);
    /* Nulls behind the last value belong to the last page. */
    size_t end = value + range.values == in->present ? in->rows : row_after(in, row, range.values);
    range.rows = end - row;
    return range;
}

static void append_levels(struct buf *out, const struct column_input *in,
                          const struct page_range *range)
{
    if (range->values == range->rows || range->values == 0)
        encode_hybrid_run(out, range->values != 0, range->rows, 1);
    else
        encode_hybrid_bits(out, in->validity, range->first_row, range->rows);
}

static enum parquet_encoding encoding_of(const struct job *job)
{
    const struct column_input *in = job->in;
    if (job->has_dictionary)
        return ENCODING_RLE_DICTIONARY;
    if (!in->is_modern || in->type == PARQUET_DOUBLE)
        return ENCODING_PLAIN;
    if (in->type != PARQUET_BYTE_ARRAY)
        return ENCODING_DELTA_BINARY_PACKED;
    return in->is_prefixed ? ENCODING_DELTA_BYTE_ARRAY : ENCODING_DELTA_LENGTH_BYTE_ARRAY;
}

static void append_values(struct job *job, const struct page_range *range)
{
    struct column_encoder *e = job->e;
    const struct column_input *in = job->in;
    const int64_t *numbers = in->numbers ? in->numbers + range->first_value : NULL;
    const uint32_t *positions = in->positions ? in->positions + range->first_value : NULL;
    size_t count = range->values;
    switch (encoding_of(job)) {
    case ENCODING_RLE_DICTIONARY:
        buf_append_byte(&e->body, (char)job->id_width);
        encode_hybrid(&e->pack, &e->body, ids_of(e) + range->first_value, count, job->id_width);
        return;
    case ENCODING_DELTA_BINARY_PACKED:
        encode_delta_numbers(&e->body, numbers, count, in->type);
        return;
    case ENCODING_DELTA_LENGTH_BYTE_ARRAY:
        encode_delta_length_texts(&e->body, in->base, positions, count, &e->scratch);
        return;
    case ENCODING_DELTA_BYTE_ARRAY:
        encode_delta_texts(&e->body, in->base, positions, count, &e->scratch);
        return;
    case ENCODING_PLAIN:
        if (in->type == PARQUET_BYTE_ARRAY)
            encode_plain_texts(&e->body, in->base, positions, count);
        else
            encode_plain_numbers(&e->body, numbers, count, in->type);
        return;
    case ENCODING_RLE:
        break;
    }
    assert(!"an encoding of levels only");
}

/* A chunk's only page has every entry. */
static struct extent extent_of_entries(const struct job *job)
{
    const int64_t *entries = dictionary_entries(&job->e->dictionary);
    uint32_t count = job->e->dictionary.count;
    if (job->in->type != PARQUET_BYTE_ARRAY)
        return extent_of_numbers(job->in->type, entries, count);
    struct text_extent texts = {0};
    for (uint32_t i = 0; i < count; i++) {
        if (i + PREFETCH < count)
            __builtin_prefetch(job->in->base + entries[i + PREFETCH]);
        text_extent_add(&texts, text_at(job->in->base, (uint32_t)entries[i]));
    }
    return texts.extent;
}

/* The extent of the dictionary entries that a page's ids name. Each entry is
 * looked at once per page. */
static struct extent extent_of_ids(struct job *job, const struct page_range *range, uint32_t page)
{
    struct column_encoder *e = job->e;
    const struct column_input *in = job->in;
    const int64_t *entries = dictionary_entries(&e->dictionary);
    const uint32_t *ids = ids_of(e) + range->first_value;
    uint32_t *seen = (uint32_t *)(void *)e->seen.data;
    struct text_extent texts = {0};
    struct extent numbers = {0};
    for (size_t i = 0; i < range->values; i++) {
        if (seen[ids[i]] == page + 1)
            continue;
        seen[ids[i]] = page + 1;
        if (in->type == PARQUET_BYTE_ARRAY) {
            text_extent_add(&texts, text_at(in->base, (uint32_t)entries[ids[i]]));
        } else {
            struct extent one = extent_of_numbers(in->type, &entries[ids[i]], 1);
            extent_merge(in->type, &numbers, &one);
        }
    }
    return in->type == PARQUET_BYTE_ARRAY ? texts.extent : numbers;
}

static struct extent extent_of_range(struct job *job, const struct page_range *range, uint32_t page)
{
    const struct column_input *in = job->in;
    if (range->values == 0)
        return (struct extent){0};
    if (job->has_dictionary)
        return range->values == in->present ? extent_of_entries(job)
                                            : extent_of_ids(job, range, page);
    if (in->type == PARQUET_BYTE_ARRAY)
        return extent_of_texts(in->base, in->positions + range->first_value, range->values);
    return extent_of_numbers(in->type, in->numbers + range->first_value, range->values);
}

static uint32_t pages_of(const struct column_encoder *e)
{
    return (uint32_t)(e->locations.size / sizeof(struct page_location));
}

/* Remembers what the page indexes say about a page. */
static bool record_page(struct job *job, const struct page_range *range,
                        const struct extent *extent, int64_t offset)
{
    struct column_encoder *e = job->e;
    extent_merge(job->in->type, &job->extent, extent);
    struct page_location location = {offset, (int32_t)e->page.size, (int64_t)range->first_row};
    struct bound bounds[2] = {bound_below(job->in->type, extent),
                              bound_above(job->in->type, extent)};
    int64_t nulls = (int64_t)(range->rows - range->values);
    bool is_null = range->values == 0;
    buf_append(&e->locations, &location, sizeof(location));
    buf_append(&e->nulls, &nulls, sizeof(nulls));
    buf_append(&e->null_pages, &is_null, sizeof(is_null));
    if (!is_null && !bounds[1].is_set)
        job->out->has_column_index = false;
    return buf_append(&e->bounds, bounds, sizeof(bounds));
}

static enum rc write_data_page(struct job *job, const struct page_range *range, struct err *err)
{
    struct column_encoder *e = job->e;
    const struct column_input *in = job->in;
    struct page_header header = {
        .type = in->is_modern ? PAGE_DATA_V2 : PAGE_DATA,
        .encoding = encoding_of(job),
        .values = (uint32_t)range->rows,
        .nulls = (uint32_t)(range->rows - range->values),
    };
    buf_clear(&e->levels);
    buf_clear(&e->body);
    append_levels(&e->levels, in, range);
    struct page_content content = {.levels = buf_view(&e->levels)};
    if (!in->is_modern) {
        uint32_t size = (uint32_t)content.levels.size;
        buf_append(&e->body, &size, sizeof(size));
        buf_append_view(&e->body, content.levels);
        content.levels = VIEW("");
    }
    content.has_prefixes = in->is_numbered && header.encoding == ENCODING_PLAIN;
    content.texts_at = e->body.size;
    append_values(job, range);
    /* While the values are in the cache; compression needs it for itself. */
    struct extent extent = extent_of_range(job, range, pages_of(e));
    int64_t offset = (int64_t)file_sink_offset(job->sink);
    TRY(write_page(job, &header, &content, err));
    return record_page(job, range, &extent, offset) ? RC_OK : no_memory(err);
}

static enum rc write_data_pages(struct job *job, struct err *err)
{
    const struct column_input *in = job->in;
    size_t row = 0;
    size_t value = 0;
    int32_t pages = 0;
    job->out->chunk.data_offset = (int64_t)file_sink_offset(job->sink);
    while (row < in->rows) {
        struct page_range range = next_range(job, row, value);
        TRY(write_data_page(job, &range, err));
        row += range.rows;
        value += range.values;
        pages++;
    }
    assert(value == in->present);
    job->out->chunk.encodings |= UINT32_C(1) << ENCODING_RLE;
    add_encoding(&job->out->chunk, in->is_modern ? PAGE_DATA_V2 : PAGE_DATA, encoding_of(job),
                 pages);
    return RC_OK;
}

/* ASCENDING also where the pages are equal or one: both orders are true. */
static enum parquet_order order_of(enum parquet_type type, const struct column_index *index)
{
    bool is_ascending = true;
    bool is_descending = true;
    size_t before = SIZE_MAX;
    for (size_t i = 0; i < index->pages; i++) {
        if (index->null_pages[i])
            continue;
        if (before != SIZE_MAX) {
            int low = bound_compare(type, index->low[before], index->low[i]);
            int high = bound_compare(type, index->high[before], index->high[i]);
            is_ascending = is_ascending && low <= 0 && high <= 0;
            is_descending = is_descending && low >= 0 && high >= 0;
        }
        before = i;
    }
    return is_ascending ? ORDER_ASCENDING : is_descending ? ORDER_DESCENDING : ORDER_NONE;
}

/* The views into the bounds can only be taken once no more bounds are added. */
static bool finish_indexes(struct job *job)
{
    struct column_encoder *e = job->e;
    struct column_output *out = job->out;
    size_t pages = pages_of(e);
    const struct bound *bounds = (const struct bound *)(const void *)e->bounds.data;
    for (size_t i = 0; i < pages; i++) {
        struct view low = bound_view(&bounds[2 * i]);
        struct view high = bound_view(&bounds[2 * i + 1]);
        buf_append(&e->low_view, &low, sizeof(low));
        buf_append(&e->high_view, &high, sizeof(high));
    }
    if (buf_failed(&e->locations) || buf_failed(&e->nulls) || buf_failed(&e->null_pages) ||
        buf_failed(&e->low_view) || buf_failed(&e->high_view))
        return false;
    out->pages = (const struct page_location *)(const void *)e->locations.data;
    out->pages_count = pages;
    out->column_index = (struct column_index){
        .pages = pages,
        .null_pages = (bool *)(void *)e->null_pages.data,
        .low = (struct view *)(void *)e->low_view.data,
        .high = (struct view *)(void *)e->high_view.data,
        .nulls = (int64_t *)(void *)e->nulls.data,
    };
    if (out->has_column_index)
        out->column_index.order = order_of(job->in->type, &out->column_index);
    out->low = bound_below(job->in->type, &job->extent);
    out->high = bound_above(job->in->type, &job->extent);
    return true;
}

static bool begin_chunk(struct job *job)
{
    struct column_encoder *e = job->e;
    struct buf *lists[] = {&e->locations,  &e->bounds,   &e->nulls,
                           &e->null_pages, &e->low_view, &e->high_view};
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        buf_clear(lists[i]);
    buf_clear(&e->seen);
    size_t seen = job->has_dictionary ? e->dictionary.count * sizeof(uint32_t) : 0;
    if (!buf_reserve(&e->seen, seen))
        return false;
    memset(e->seen.data, 0, seen);
    return true;
}

enum rc column_encode(struct column_encoder *e, const struct column_input *in,
                      struct file_sink *sink, struct column_output *ret_out, struct err *err)
{
    assert(in->rows > 0 && in->rows <= INT32_MAX && in->present <= in->rows);
    struct column_output out = {.has_column_index = true};
    struct job job = {.e = e, .in = in, .sink = sink, .out = &out};
    steps_end(file_sink_steps(sink), STEP_ENCODE);
    TRY(build_dictionary(&job, err));
    steps_end(file_sink_steps(sink), STEP_DICTIONARY);
    TRY(build_bloom(&job, err));
    if (!begin_chunk(&job))
        return no_memory(err);
    TRY(write_dictionary(&job, err));
    TRY(write_data_pages(&job, err));
    if (!finish_indexes(&job))
        return no_memory(err);
    out.chunk.type = in->type;
    out.chunk.codec = CODEC_ZSTD;
    out.chunk.values = (int64_t)in->rows;
    out.chunk.statistics.has_nulls = true;
    out.chunk.statistics.nulls = (int64_t)(in->rows - in->present);
    *ret_out = out;
    return RC_OK;
}
