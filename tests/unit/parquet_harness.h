/* parquet_harness.h - what the tests of Parquet files share: seeded random
 * numbers, columns with known values, and files in a folder of their own. */
#ifndef MILLRACE_PARQUET_HARNESS_H
#define MILLRACE_PARQUET_HARNESS_H

#include "parquet/column.h"
#include "unit_folder.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <inttypes.h>

struct randomness {
    uint64_t seed; /* to print where a test fails */
    uint64_t state;
};

static inline struct randomness randomness_new(uint64_t offset)
{
    const char *seed = getenv("MILLRACE_TEST_SEED");
    uint64_t value = (seed ? strtoull(seed, NULL, 10) : 20230105) + offset;
    return (struct randomness){value, value * 2 + 1};
}

static inline uint64_t random_next(struct randomness *r)
{
    r->state ^= r->state << 13;
    r->state ^= r->state >> 7;
    r->state ^= r->state << 17;
    return r->state * UINT64_C(0x2545f4914f6cdd1d);
}

static inline uint64_t random_below(struct randomness *r, uint64_t limit)
{
    return (random_next(r) >> 11) % limit;
}

/* A column's values: what column_input points to. */
struct test_column {
    enum parquet_type type;
    size_t rows, present;
    uint64_t *validity;
    int64_t *numbers;    /* present only */
    uint32_t *positions; /* present only */
    struct buf texts;    /* PLAIN, with TEXT_SLACK behind it */
};

static inline void test_column_init(struct test_column *c, enum parquet_type type, size_t rows_max)
{
    *c = (struct test_column){.type = type};
    c->validity = calloc(rows_max / 64 + 1, sizeof(*c->validity));
    c->numbers = calloc(rows_max + 1, sizeof(*c->numbers));
    c->positions = calloc(rows_max + 1, sizeof(*c->positions));
    cr_assert(c->validity && c->numbers && c->positions);
    cr_assert(buf_reserve(&c->texts, TEXT_SLACK));
}

static inline void test_column_done(struct test_column *c)
{
    free(c->validity);
    free(c->numbers);
    free(c->positions);
    buf_done(&c->texts);
}

static inline void test_column_add_null(struct test_column *c)
{
    c->rows++;
}

static inline void test_column_add_number(struct test_column *c, int64_t number)
{
    c->validity[c->rows / 64] |= UINT64_C(1) << (c->rows % 64);
    c->rows++;
    c->numbers[c->present++] = number;
}

static inline void test_column_add_text(struct test_column *c, struct view text)
{
    uint32_t size = (uint32_t)text.size;
    c->positions[c->present++] = (uint32_t)c->texts.size;
    c->validity[c->rows / 64] |= UINT64_C(1) << (c->rows % 64);
    c->rows++;
    buf_append(&c->texts, &size, sizeof(size));
    buf_append_view(&c->texts, text);
    cr_assert(buf_reserve(&c->texts, TEXT_SLACK));
}

static inline struct column_input test_column_input(const struct test_column *c)
{
    return (struct column_input){
        .type = c->type,
        .rows = c->rows,
        .present = c->present,
        .validity = c->validity,
        .numbers = c->type == PARQUET_BYTE_ARRAY ? NULL : c->numbers,
        .base = c->texts.data,
        .positions = c->type == PARQUET_BYTE_ARRAY ? c->positions : NULL,
    };
}

/* A file below the folder, whole; the caller frees its data. */
static inline struct view read_file(const struct unit_folder *folder, const char *below)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder->path, below);
    int fd = open(path, O_RDONLY);
    struct stat st;
    cr_assert(fd >= 0 && fstat(fd, &st) == 0, "%s", path);
    char *data = malloc((size_t)st.st_size + 1);
    cr_assert(data != NULL && read(fd, data, (size_t)st.st_size) == st.st_size);
    close(fd);
    return view_of(data, (size_t)st.st_size);
}

static inline int open_folder(const struct unit_folder *folder)
{
    int fd = open(folder->path, O_RDONLY | O_DIRECTORY);
    cr_assert(fd >= 0);
    return fd;
}

#endif
