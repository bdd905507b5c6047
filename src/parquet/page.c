/* Literal compression at fast levels, and sequences. */
#define ZSTD_STATIC_LINKING_ONLY
#include "parquet/page.h"

#include "parquet/prefix_match.h"
#include "parquet/thrift.h"

#include <assert.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* Room for the header in front of the page: it has at most 12 small fields. */
enum { HEADER_BYTES_MAX = 128 };

/* Levels below 1 look at fewer positions; their literals are entropy coded here,
 * which they leave out by default. Texts get as small as at level 1 in four fifths
 * of the time. Numbers have matches a few bytes apart, which -2 misses. */
enum { TEXT_LEVEL = -2, NUMBERS_LEVEL = -1 };

struct page_compressor {
    ZSTD_CCtx *zstd;
    struct buf header;
    struct buf page; /* room for the header, then what stands behind it in the file */
    struct buf sequences;
};

struct page_expander {
    ZSTD_DCtx *zstd;
};

static void append_data_header(struct thrift_writer *w, const struct page_header *h)
{
    thrift_field_struct(w, 5);
    thrift_field_i32(w, 1, (int32_t)h->values);
    thrift_field_i32(w, 2, h->encoding);
    thrift_field_i32(w, 3, ENCODING_RLE);
    thrift_field_i32(w, 4, ENCODING_RLE);
    thrift_end(w);
}

static void append_dictionary_header(struct thrift_writer *w, const struct page_header *h)
{
    thrift_field_struct(w, 7);
    thrift_field_i32(w, 1, (int32_t)h->values);
    thrift_field_i32(w, 2, h->encoding);
    thrift_end(w);
}

static void append_data_v2_header(struct thrift_writer *w, const struct page_header *h)
{
    thrift_field_struct(w, 8);
    thrift_field_i32(w, 1, (int32_t)h->values);
    thrift_field_i32(w, 2, (int32_t)h->nulls);
    thrift_field_i32(w, 3, (int32_t)h->values); /* a row per value: nothing is repeated */
    thrift_field_i32(w, 4, h->encoding);
    thrift_field_i32(w, 5, (int32_t)h->levels_size);
    thrift_field_i32(w, 6, 0);
    thrift_field_bool(w, 7, h->is_compressed);
    thrift_end(w);
}

void page_header_append(struct buf *out, const struct page_header *header)
{
    struct thrift_writer w;
    thrift_writer_init(&w, out);
    thrift_begin(&w);
    thrift_field_i32(&w, 1, header->type);
    thrift_field_i32(&w, 2, (int32_t)header->uncompressed_size);
    thrift_field_i32(&w, 3, (int32_t)header->compressed_size);
    if (header->has_crc)
        thrift_field_i32(&w, 4, (int32_t)header->crc);
    switch (header->type) {
    case PAGE_DATA:
        append_data_header(&w, header);
        break;
    case PAGE_DICTIONARY:
        append_dictionary_header(&w, header);
        break;
    case PAGE_DATA_V2:
        append_data_v2_header(&w, header);
        break;
    }
    thrift_end(&w);
}

/* Marks a field of a header as there. */
static uint32_t seen_bit(struct thrift_field field)
{
    return field.id > 0 && field.id < 32 ? UINT32_C(1) << field.id : 0;
}

static void require_fields(struct thrift_reader *r, uint32_t seen, uint32_t required)
{
    if ((seen & required) != required)
        thrift_fail(r);
}

static uint32_t get_size(struct thrift_reader *r, struct thrift_field field)
{
    int32_t value = thrift_get_i32(r, field);
    if (value < 0)
        thrift_fail(r);
    return value < 0 ? 0 : (uint32_t)value;
}

static enum parquet_encoding get_encoding(struct thrift_reader *r, struct thrift_field field)
{
    int32_t value = thrift_get_i32(r, field);
    if (value != ENCODING_PLAIN && value != ENCODING_RLE_DICTIONARY &&
        (value < ENCODING_DELTA_BINARY_PACKED || value > ENCODING_DELTA_BYTE_ARRAY))
        thrift_fail(r);
    return thrift_failed(r) ? ENCODING_PLAIN : (enum parquet_encoding)value;
}

static void require_rle(struct thrift_reader *r, struct thrift_field field)
{
    if (thrift_get_i32(r, field) != ENCODING_RLE)
        thrift_fail(r);
}

static void parse_data_header(struct thrift_reader *r, struct thrift_field field,
                              struct page_header *h)
{
    uint32_t seen = 0;
    if (!thrift_get_struct(r, field))
        return;
    while (thrift_next(r, &field)) {
        seen |= seen_bit(field);
        if (field.id == 1)
            h->values = get_size(r, field);
        else if (field.id == 2)
            h->encoding = get_encoding(r, field);
        else if (field.id == 3 || field.id == 4)
            require_rle(r, field);
        else
            thrift_skip(r, field.type);
    }
    require_fields(r, seen, 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4);
}

static void parse_dictionary_header(struct thrift_reader *r, struct thrift_field field,
                                    struct page_header *h)
{
    uint32_t seen = 0;
    if (!thrift_get_struct(r, field))
        return;
    while (thrift_next(r, &field)) {
        seen |= seen_bit(field);
        if (field.id == 1)
            h->values = get_size(r, field);
        else if (field.id == 2)
            h->encoding = get_encoding(r, field);
        else
            thrift_skip(r, field.type);
    }
    require_fields(r, seen, 1 << 1 | 1 << 2);
}

static void parse_data_v2_header(struct thrift_reader *r, struct thrift_field field,
                                 struct page_header *h)
{
    if (!thrift_get_struct(r, field))
        return;
    uint32_t rows = 0;
    uint32_t seen = 0;
    while (thrift_next(r, &field)) {
        seen |= seen_bit(field);
        if (field.id == 1)
            h->values = get_size(r, field);
        else if (field.id == 2)
            h->nulls = get_size(r, field);
        else if (field.id == 3)
            rows = get_size(r, field);
        else if (field.id == 4)
            h->encoding = get_encoding(r, field);
        else if (field.id == 5)
            h->levels_size = get_size(r, field);
        else if (field.id == 6 && get_size(r, field) != 0)
            thrift_fail(r);
        else if (field.id == 7)
            h->is_compressed = thrift_get_bool(r, field);
        else if (field.id != 6)
            thrift_skip(r, field.type);
    }
    /* Field 7 is optional in the format; here it is always written. */
    require_fields(r, seen, 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7);
    if (rows != h->values || h->nulls > h->values || h->levels_size > h->uncompressed_size ||
        h->levels_size > h->compressed_size)
        thrift_fail(r);
}

bool page_header_parse(struct view in, struct page_header *ret_header, size_t *ret_size)
{
    struct page_header h = {.is_compressed = true};
    struct thrift_reader r;
    struct thrift_field field;
    int32_t type = -1;
    uint32_t seen = 0;
    thrift_reader_init(&r, in);
    thrift_enter(&r);
    while (thrift_next(&r, &field)) {
        seen |= seen_bit(field);
        if (field.id == 1) {
            type = thrift_get_i32(&r, field);
        } else if (field.id == 2) {
            h.uncompressed_size = get_size(&r, field);
        } else if (field.id == 3) {
            h.compressed_size = get_size(&r, field);
        } else if (field.id == 4) {
            h.crc = (uint32_t)thrift_get_i32(&r, field);
            h.has_crc = true;
        } else if (field.id == 5) {
            parse_data_header(&r, field, &h);
        } else if (field.id == 7) {
            parse_dictionary_header(&r, field, &h);
        } else if (field.id == 8) {
            parse_data_v2_header(&r, field, &h);
        } else {
            thrift_skip(&r, field.type);
        }
    }
    require_fields(&r, seen, 1 << 1 | 1 << 2 | 1 << 3);
    uint32_t kinds = seen & (1 << 5 | 1 << 6 | 1 << 7 | 1 << 8);
    bool is_known = (type == PAGE_DATA && kinds == 1 << 5) ||
                    (type == PAGE_DICTIONARY && kinds == 1 << 7) ||
                    (type == PAGE_DATA_V2 && kinds == 1 << 8);
    if (thrift_failed(&r) || !is_known)
        return false;
    h.type = (enum parquet_page)type;
    *ret_header = h;
    *ret_size = r.at;
    return true;
}

bool page_zstd_init(ZSTD_CCtx *zstd)
{
    static const struct {
        ZSTD_cParameter name;
        int value;
    } parameters[] = {
        {ZSTD_c_compressionLevel, TEXT_LEVEL},
        {ZSTD_c_literalCompressionMode, ZSTD_ps_enable},
        {ZSTD_c_blockDelimiters, ZSTD_sf_explicitBlockDelimiters},
        {ZSTD_c_searchForExternalRepcodes, ZSTD_ps_enable}, /* ids of one size are one offset */
        {ZSTD_c_validateSequences, 1},
    };
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        if (ZSTD_isError(ZSTD_CCtx_setParameter(zstd, parameters[i].name, parameters[i].value)))
            return false;
    }
    return true;
}

struct page_compressor *page_compressor_new(void)
{
    struct page_compressor *c = calloc(1, sizeof(*c));
    if (c == NULL)
        return NULL;
    c->zstd = ZSTD_createCCtx();
    if (c->zstd == NULL || !page_zstd_init(c->zstd)) {
        page_compressor_free(c);
        return NULL;
    }
    return c;
}

void page_compressor_free(struct page_compressor *c)
{
    if (c == NULL)
        return;
    ZSTD_freeCCtx(c->zstd);
    buf_done(&c->header);
    buf_done(&c->page);
    buf_done(&c->sequences);
    free(c);
}

/* The body as a frame; an error as zstd tells it. */
static size_t compress_body(struct page_compressor *c, const struct page_content *content, char *to,
                            size_t bound)
{
    struct view body = content->body;
    int level = content->is_text ? TEXT_LEVEL : NUMBERS_LEVEL;
    size_t failure = ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_compressionLevel, level);
    if (ZSTD_isError(failure))
        return failure;
    if (!content->has_prefixes || content->texts_at == body.size)
        return ZSTD_compress2(c->zstd, to, bound, body.data, body.size);
    if (!prefix_match(body, content->texts_at, &c->sequences))
        return (size_t)-ZSTD_error_memory_allocation;
    return ZSTD_compressSequences(c->zstd, to, bound,
                                  (const ZSTD_Sequence *)(const void *)c->sequences.data,
                                  c->sequences.size / sizeof(ZSTD_Sequence), body.data, body.size);
}

/* Fills c->page, behind HEADER_BYTES_MAX bytes of room. */
static enum rc compress(struct page_compressor *c, const struct page_content *content)
{
    struct buf *out = &c->page;
    buf_clear(out);
    size_t bound = ZSTD_compressBound(content->body.size);
    if (!buf_reserve(out, HEADER_BYTES_MAX + content->levels.size + bound))
        return RC_NO_MEMORY;
    out->size = HEADER_BYTES_MAX;
    buf_append_view(out, content->levels);
    size_t size = compress_body(c, content, out->data + out->size, bound);
    if (ZSTD_isError(size))
        return RC_NO_MEMORY; /* nothing else can go wrong with room for the worst case */
    out->size += size;
    return RC_OK;
}

enum rc page_compress(struct page_compressor *c, struct page_header *header,
                      const struct page_content *content, struct view *ret_page)
{
    size_t plain_size = content->levels.size + content->body.size;
    if (plain_size > INT32_MAX)
        return RC_TOO_BIG;
    TRY(compress(c, content));
    char *page = c->page.data + HEADER_BYTES_MAX;
    size_t size = c->page.size - HEADER_BYTES_MAX;
    if (size > INT32_MAX - HEADER_BYTES_MAX) /* an offset index counts both */
        return RC_TOO_BIG;
    header->uncompressed_size = (uint32_t)plain_size;
    header->compressed_size = (uint32_t)size;
    header->levels_size = (uint32_t)content->levels.size;
    header->is_compressed = true;
    header->crc = libdeflate_crc32(0, page, size);
    header->has_crc = true;

    buf_clear(&c->header);
    page_header_append(&c->header, header);
    if (buf_failed(&c->header))
        return RC_NO_MEMORY;
    assert(c->header.size <= HEADER_BYTES_MAX);
    /* The header goes where it meets the page: its size is only known now. */
    char *begin = page - c->header.size;
    memcpy(begin, c->header.data, c->header.size);
    *ret_page = view_of(begin, c->header.size + size);
    return RC_OK;
}

struct page_expander *page_expander_new(void)
{
    struct page_expander *x = calloc(1, sizeof(*x));
    if (x == NULL)
        return NULL;
    x->zstd = ZSTD_createDCtx();
    if (x->zstd == NULL) {
        free(x);
        return NULL;
    }
    return x;
}

void page_expander_free(struct page_expander *x)
{
    if (x == NULL)
        return;
    ZSTD_freeDCtx(x->zstd);
    free(x);
}

enum rc page_expand(struct page_expander *x, const struct page_header *header, struct view page,
                    size_t bytes_max, struct buf *out, struct err *err)
{
    if (page.size != header->compressed_size)
        return err_set(err, RC_BAD_INPUT, "page is cut off");
    if (header->has_crc && libdeflate_crc32(0, page.data, page.size) != header->crc)
        return err_set(err, RC_BAD_INPUT, "page fails its CRC");
    if (header->uncompressed_size > bytes_max)
        return err_set(err, RC_TOO_BIG, "page of %u bytes", header->uncompressed_size);
    buf_clear(out);
    if (!buf_reserve(out, header->uncompressed_size))
        return err_set(err, RC_NO_MEMORY, "no memory for a page of %u bytes",
                       header->uncompressed_size);
    size_t levels = header->type == PAGE_DATA_V2 ? header->levels_size : 0;
    buf_append(out, page.data, levels);
    struct view body = view_from(page, levels);
    size_t wanted = header->uncompressed_size - levels;
    size_t size = body.size;
    if (header->is_compressed)
        size = ZSTD_decompressDCtx(x->zstd, out->data + levels, wanted, body.data, body.size);
    else if (body.size == wanted)
        buf_append_view(out, body);
    if (size != wanted)
        return err_set(err, RC_BAD_INPUT, "page does not decompress to its size");
    out->size = header->uncompressed_size;
    return RC_OK;
}
