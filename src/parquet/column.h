/* column.h - encodes one column chunk and writes its pages.
 *
 * A chunk has a dictionary where that makes it smaller and the dictionary page
 * stays within DICTIONARY_BYTES_MAX; otherwise all its pages are PLAIN, or in
 * the modern profile one of the DELTA encodings. The choice depends on the
 * values and their order alone. One encoder per worker, reused chunk after
 * chunk; its buffers grow to the largest chunk's numbers (four bytes a row),
 * the largest page and its compressed form. */
#ifndef MILLRACE_COLUMN_H
#define MILLRACE_COLUMN_H

#include "parquet/bloom.h"
#include "parquet/file_sink.h"
#include "parquet/footer.h"
#include "parquet/page_index.h"
#include "parquet/statistics.h"
#include "util/cpu.h"

/* A chunk's values. `numbers` and `positions` hold the present ones only. */
struct column_input {
    enum parquet_type type;
    bool has_bloom;   /* texts only */
    bool is_modern;   /* DELTA encodings, data pages of version 2 */
    bool is_prefixed; /* texts that share prefixes with the one before */
    bool is_numbered; /* ids: they share a prefix with the one before and nothing else */
    size_t rows;      /* 1 to INT32_MAX, nulls counted */
    size_t present;
    const uint64_t *validity; /* a bit per row */
    const int64_t *numbers;   /* not texts */
    const char *base;         /* texts */
    const uint32_t *positions;
};

/* What was written. It lives in the encoder until the next call. */
struct column_output {
    struct chunk chunk; /* without name, bloom and index spans */
    struct bound low, high;
    const struct bloom *bloom; /* NULL: none */
    const struct page_location *pages;
    size_t pages_count;
    bool has_column_index;
    struct column_index column_index;
};

struct column_encoder;
/* NULL when out of memory. `cpu` is one that can run here. */
struct column_encoder *column_encoder_new(enum cpu cpu);
void column_encoder_free(struct column_encoder *e);

/* Writes the chunk's pages at the end of `sink`. RC_NO_MEMORY, RC_TOO_BIG (a
 * value of 2 GiB), RC_IO, RC_NO_SPACE. */
NODISCARD enum rc column_encode(struct column_encoder *e, const struct column_input *in,
                                struct file_sink *sink, struct column_output *ret_out,
                                struct err *err);

#endif
