/* check.h - reads a whole Parquet file and checks all it says of itself.
 *
 * Beyond reader_open(): pages, filters and indexes fill the file without a
 * gap; every page expands, passes its CRC and decodes; texts are UTF-8;
 * offset indexes name the pages that are there; null counts, bounds, their
 * exactness and their order hold; Bloom filters have every value; encodings
 * are those listed; rows lie in the order of the sorting columns. */
#ifndef MILLRACE_CHECK_H
#define MILLRACE_CHECK_H

#include "util/err.h"
#include "util/view.h"

#include <stdint.h>

struct check_summary {
    uint64_t rows, row_groups, pages;
    uint64_t nulls, values; /* cells */
};

/* Nothing about `file` is trusted. bytes_max bounds each page's plain size and
 * the metadata's arrays. RC_BAD_INPUT with what is wrong first, RC_UNSUPPORTED
 * for a file of another kind, RC_TOO_BIG, RC_NO_MEMORY. */
NODISCARD enum rc check_file(struct view file, size_t bytes_max, struct check_summary *ret_summary,
                             struct err *err);

#endif
