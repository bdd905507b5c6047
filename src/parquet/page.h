/* page.h - one page of a column chunk: its header and its compression.
 *
 * PageHeader and its parts as in parquet.thrift. The CRC is CRC-32 over the
 * page's bytes behind the header as they stand in the file, so it is checked
 * before anything is decompressed. Data pages of version 1 are one zstd frame
 * over levels and values; in version 2 the levels lie before the frame. */
#ifndef MILLRACE_PAGE_H
#define MILLRACE_PAGE_H

#include "parquet/format.h"
#include "util/buf.h"
#include "util/err.h"

/* Gives a zstd context the parameters of pages of texts: the same, and so the same
 * bytes for the same page, everywhere. False where the library lacks one. */
struct ZSTD_CCtx_s;
bool page_zstd_init(struct ZSTD_CCtx_s *zstd);

struct page_header {
    enum parquet_page type;
    enum parquet_encoding encoding;
    uint32_t uncompressed_size; /* behind the header */
    uint32_t compressed_size;
    uint32_t crc;
    bool has_crc;
    bool is_compressed;
    uint32_t values;      /* nulls too; of a dictionary page its entries */
    uint32_t nulls;       /* version 2 only */
    uint32_t levels_size; /* version 2 only */
};

void page_header_append(struct buf *out, const struct page_header *header);
/* The header at the start of `in`; *ret_size is its length. False where there
 * is none, or one that this program does not read. */
bool page_header_parse(struct view in, struct page_header *ret_header, size_t *ret_size);

/* Compresses pages; one per worker. */
struct page_compressor;
struct page_compressor *page_compressor_new(void); /* NULL when out of memory */
void page_compressor_free(struct page_compressor *c);

struct page_content {
    struct view levels; /* stay as they are (version 2), or are empty */
    struct view body;   /* becomes one zstd frame */
    bool is_text;       /* of texts, or ids of a dictionary's */
    /* The body ends in PLAIN texts from texts_at on that share a prefix with the
     * one before and nothing else. */
    bool has_prefixes;
    size_t texts_at;
};

/* Compresses the page. Fills in the sizes and the CRC of `header`; *ret_page is the
 * header and the page as they stand in the file, in the compressor's memory until the
 * next call. RC_NO_MEMORY, RC_TOO_BIG. */
NODISCARD enum rc page_compress(struct page_compressor *c, struct page_header *header,
                                const struct page_content *content, struct view *ret_page);

/* Reads pages; one per reader. */
struct page_expander;
struct page_expander *page_expander_new(void); /* NULL when out of memory */
void page_expander_free(struct page_expander *x);

/* Checks the CRC of `page` (all bytes behind the header) and replaces *out by
 * the plain bytes, levels first. RC_BAD_INPUT; RC_TOO_BIG past bytes_max;
 * RC_NO_MEMORY. */
NODISCARD enum rc page_expand(struct page_expander *x, const struct page_header *header,
                              struct view page, size_t bytes_max, struct buf *out, struct err *err);

#endif
