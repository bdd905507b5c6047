/* page_walker.h - the data pages of a chunk, one after the other, decoded.
 *
 * Any bytes may come: RC_BAD_INPUT says what does not fit, RC_TOO_BIG and
 * RC_NO_MEMORY keep memory within bytes_max for each of a page, a dictionary
 * and, where texts share prefixes, their plain form. One per thread. */
#ifndef MILLRACE_PAGE_WALKER_H
#define MILLRACE_PAGE_WALKER_H

#include "parquet/reader.h"

/* Rows in one page: twice what a row group of this program has. */
#define WALKER_PAGE_ROWS_MAX (1 << 20)

/* One data page, decoded. Lives until the next page. */
struct page_values {
    int64_t offset; /* of its header in the file */
    int32_t size;   /* with its header, as in an offset index */
    size_t first_row, rows, present;
    enum parquet_page type;
    enum parquet_encoding encoding;
    const uint32_t *levels; /* per row: 0 is null, 1 present */
    /* Of the present values, by the chunk's type. */
    const int64_t *numbers;
    const struct view *texts;
};

/* Walks a chunk's pages; reused chunk after chunk. */
struct page_walker;
/* A page of more than bytes_max plain bytes is RC_TOO_BIG. NULL when out of
 * memory. */
struct page_walker *page_walker_new(size_t bytes_max);
void page_walker_free(struct page_walker *w);

/* Reads the dictionary page, where there is one. */
NODISCARD enum rc page_walker_begin(struct page_walker *w, const struct reader *r,
                                    const struct chunk *chunk, struct err *err);
/* RC_END once all pages were walked and the rows and bytes were those of the
 * chunk's metadata. */
NODISCARD enum rc page_walker_next(struct page_walker *w, struct page_values *ret_page,
                                   struct err *err);

/* Whether all pages since page_walker_begin() had a CRC, the dictionary too. */
bool page_walker_has_crcs(const struct page_walker *w);

#endif
