#include "parquet/check.h"
#include "parquet/page_walker.h"
#include "parquet/writer.h"

#include "parquet_harness.h"

enum { LEAVES = 4 };

/* A file with a column of each type, and what is in it. */
struct bed {
    struct unit_folder folder;
    int fd;
    struct leaf leaves[LEAVES];
    struct writer_schema schema;
    struct writer *writer;
    struct file_sink *sink;
    struct test_column columns[LEAVES];
    bool is_modern, is_prefixed;
    struct hash128 checksum;
};

static void bed_init(struct bed *b, size_t rows_max)
{
    static const enum parquet_type types[LEAVES] = {PARQUET_BYTE_ARRAY, PARQUET_INT64,
                                                    PARQUET_INT32, PARQUET_DOUBLE};
    static const char *const names[LEAVES] = {"text", "time", "small", "real"};
    *b = (struct bed){.folder = unit_folder_make()};
    b->fd = open_folder(&b->folder);
    for (size_t i = 0; i < LEAVES; i++) {
        b->leaves[i] = (struct leaf){.name = view_of_string(names[i]),
                                     .type = types[i],
                                     .is_optional = true,
                                     .is_text = i == 0,
                                     .is_time = i == 1};
        test_column_init(&b->columns[i], types[i], rows_max);
    }
    b->schema = (struct writer_schema){.leaves = b->leaves,
                                       .leaves_count = LEAVES,
                                       .created_by = VIEW("millrace version 1 (build test)"),
                                       .key_values = {{VIEW("key"), VIEW("value")}},
                                       .key_values_count = 1};
    b->writer = writer_new(&b->schema);
    b->sink = file_sink_new();
    cr_assert(b->writer != NULL && b->sink != NULL);
}

static void bed_done(struct bed *b)
{
    for (size_t i = 0; i < LEAVES; i++)
        test_column_done(&b->columns[i]);
    writer_free(b->writer);
    file_sink_free(b->sink);
    close(b->fd);
    unit_folder_remove(&b->folder);
}

/* Columns without rows get nulls. */
static struct view bed_write(struct bed *b, size_t rows)
{
    struct err err = {{0}};
    cr_assert_eq(file_sink_begin(b->sink, b->fd, "file", &err), RC_OK, "%s", err.text);
    cr_assert_eq(writer_begin(b->writer, b->sink, rows, &err), RC_OK);
    for (size_t i = 0; i < LEAVES; i++) {
        while (b->columns[i].rows < rows)
            test_column_add_null(&b->columns[i]);
        struct column_input in = test_column_input(&b->columns[i]);
        in.is_modern = b->is_modern;
        in.is_prefixed = b->is_prefixed;
        in.has_bloom = i == 0;
        cr_assert_eq(writer_add(b->writer, &in, &err), RC_OK, "%s", err.text);
    }
    cr_assert_eq(writer_end(b->writer, &err), RC_OK, "%s", err.text);
    cr_assert_eq(file_sink_end(b->sink, &b->checksum, &err), RC_OK);
    return read_file(&b->folder, "file");
}

/* Every value of one column is what was added. */
static void expect_column(struct page_walker *w, const struct reader *r, size_t leaf,
                          const struct test_column *c, uint64_t seed)
{
    struct err err = {{0}};
    struct page_values page;
    size_t value = 0;
    enum rc rc;
    const struct chunk *chunk = &r->footer.groups[0].chunks[leaf];
    cr_assert_eq(page_walker_begin(w, r, chunk, &err), RC_OK, "%s", err.text);
    while ((rc = page_walker_next(w, &page, &err)) == RC_OK) {
        size_t at = 0;
        for (size_t i = 0; i < page.rows; i++) {
            size_t row = page.first_row + i;
            cr_assert_eq(page.levels[i], c->validity[row / 64] >> row % 64 & 1,
                         "row %zu, seed %" PRIu64, row, seed);
            if (page.levels[i] == 0)
                continue;
            if (c->type == PARQUET_BYTE_ARRAY)
                cr_assert(view_equals(page.texts[at], text_at(c->texts.data, c->positions[value])));
            else
                cr_assert_eq(page.numbers[at], c->numbers[value]);
            at++;
            value++;
        }
    }
    cr_assert_eq(rc, RC_END, "%s, seed %" PRIu64, err.text, seed);
    cr_assert_eq(value, c->present);
}

static void expect_file(struct bed *b, struct view file, size_t rows, uint64_t seed)
{
    struct err err = {{0}};
    struct check_summary summary;
    cr_assert_eq(check_file(file, 1 << 28, &summary, &err), RC_OK, "%s, seed %" PRIu64, err.text,
                 seed);
    cr_assert_eq(summary.rows, rows);
    struct arena arena;
    struct reader r;
    arena_init(&arena, 16 << 20);
    cr_assert_eq(reader_open(&r, file, &arena, &err), RC_OK, "%s", err.text);
    struct page_walker *w = page_walker_new(1 << 28);
    for (size_t i = 0; i < LEAVES; i++)
        expect_column(w, &r, i, &b->columns[i], seed);
    page_walker_free(w);
    arena_done(&arena);
    struct hash128 hash = hash128(file);
    cr_assert(hash.high == b->checksum.high && hash.low == b->checksum.low);
}

static void add_random_text(struct randomness *random, struct test_column *c, unsigned kind)
{
    char text[4096];
    size_t size = 0;
    if (kind == 0)
        size = (size_t)snprintf(text, sizeof(text), "common %" PRIu64, random_below(random, 5));
    else if (kind == 1)
        size = (size_t)snprintf(text, sizeof(text), "id-%020" PRIu64, random_next(random));
    else
        size = random_below(random, kind == 2 ? 20 : sizeof(text));
    for (size_t i = 0; kind >= 2 && i < size; i++)
        text[i] = (char)('a' + random_below(random, 26));
    test_column_add_text(c, view_of(text, size));
}

static void fill_randomly(struct bed *b, struct randomness *random, size_t rows)
{
    for (size_t i = 0; i < LEAVES; i++) {
        struct test_column *c = &b->columns[i];
        uint64_t nulls = random_below(random, 5); /* in four; 4: all */
        unsigned kind = (unsigned)random_below(random, 4);
        for (size_t row = 0; row < rows; row++) {
            if (random_below(random, 4) < nulls) {
                test_column_add_null(c);
            } else if (i == 0) {
                add_random_text(random, c, kind);
            } else {
                uint64_t number = kind ? random_below(random, 1 + kind * 40) : random_next(random);
                test_column_add_number(c, i == 3   ? real_as_number((double)number / 4 - 10)
                                          : i == 2 ? (int32_t)(uint32_t)number
                                                   : (int64_t)number);
            }
        }
    }
}

Test(writer, random_columns_come_back)
{
    struct randomness random = randomness_new(11);
    for (unsigned round = 0; round < 60; round++) {
        size_t rows = 1 + random_below(&random, round % 3 ? 300 : 6000);
        struct bed b;
        bed_init(&b, rows);
        b.is_modern = round % 2;
        b.is_prefixed = round % 4 == 1;
        fill_randomly(&b, &random, rows);
        struct view file = bed_write(&b, rows);
        expect_file(&b, file, rows, random.seed);
        free((void *)file.data);
        bed_done(&b);
    }
}

static const struct chunk *first_chunk(struct reader *r, struct arena *arena, struct view file)
{
    struct err err;
    arena_init(arena, 16 << 20);
    cr_assert_eq(reader_open(r, file, arena, &err), RC_OK);
    return &r->footer.groups[0].chunks[0];
}

Test(writer, metadata_says_what_is_there)
{
    struct bed b;
    bed_init(&b, 100);
    for (size_t i = 0; i < 100; i++)
        test_column_add_text(&b.columns[0], i % 2 ? VIEW("even") : VIEW("odd"));
    struct view file = bed_write(&b, 100);
    struct arena arena;
    struct reader r;
    const struct chunk *c = first_chunk(&r, &arena, file);
    cr_expect(view_equals(r.footer.created_by, VIEW("millrace version 1 (build test)")));
    cr_expect(view_equals(r.footer.key_values[0].value, VIEW("value")));
    cr_expect_eq(r.footer.orders_count, LEAVES);
    cr_expect(r.footer.leaves[0].is_text && r.footer.leaves[1].is_time);
    cr_expect_eq(c->encodings,
                 1 << ENCODING_PLAIN | 1 << ENCODING_RLE | 1 << ENCODING_RLE_DICTIONARY);
    cr_expect_eq(c->stats_count, 2);
    cr_expect(c->stats[0].page == PAGE_DICTIONARY && c->stats[0].count == 1);
    cr_expect(c->stats[1].page == PAGE_DATA && c->stats[1].encoding == ENCODING_RLE_DICTIONARY);
    cr_expect(view_equals(c->statistics.low, VIEW("even")));
    cr_expect(view_equals(c->statistics.high, VIEW("odd")));
    cr_expect(c->statistics.is_low_exact && c->statistics.is_high_exact);
    cr_expect_gt(c->bloom.length, 0);
    const struct chunk *nulls = &r.footer.groups[0].chunks[1];
    cr_expect_eq(nulls->encodings, 1 << ENCODING_PLAIN | 1 << ENCODING_RLE);
    cr_expect(nulls->statistics.nulls == 100 && !nulls->statistics.has_low);
    arena_done(&arena);
    free((void *)file.data);
    bed_done(&b);
}

Test(writer, distinct_values_get_no_dictionary)
{
    struct bed b;
    bed_init(&b, 1000);
    for (size_t i = 0; i < 1000; i++) {
        char text[32];
        test_column_add_text(&b.columns[0],
                             view_of(text, (size_t)snprintf(text, sizeof(text), "%zu", i)));
    }
    struct view file = bed_write(&b, 1000);
    struct arena arena;
    struct reader r;
    cr_expect_eq(first_chunk(&r, &arena, file)->dictionary_offset, 0);
    arena_done(&arena);
    free((void *)file.data);
    bed_done(&b);
}

Test(writer, a_dictionary_past_its_bound_falls_back_to_plain)
{
    /* Each value twice: worth a dictionary, but one of more than a megabyte. */
    for (unsigned is_larger = 0; is_larger < 2; is_larger++) {
        struct bed b;
        size_t distinct = (size_t)DICTIONARY_BYTES_MAX / 1024 + is_larger;
        bed_init(&b, 2 * distinct);
        for (size_t i = 0; i < 2 * distinct; i++) {
            char text[1020];
            memset(text, 'x', sizeof(text));
            snprintf(text, 20, "%zu", i % distinct);
            test_column_add_text(&b.columns[0], view_of(text, sizeof(text)));
        }
        struct view file = bed_write(&b, 2 * distinct);
        expect_file(&b, file, 2 * distinct, 0);
        struct arena arena;
        struct reader r;
        cr_expect_eq(first_chunk(&r, &arena, file)->dictionary_offset != 0, !is_larger);
        arena_done(&arena);
        free((void *)file.data);
        bed_done(&b);
    }
}

/* The rows of each page of the first column. */
static size_t page_rows(struct view file, size_t *ret_rows, size_t most)
{
    struct arena arena;
    struct reader r;
    struct page_values page;
    struct err err;
    const struct chunk *c = first_chunk(&r, &arena, file);
    struct page_walker *w = page_walker_new(1 << 28);
    size_t pages = 0;
    cr_assert_eq(page_walker_begin(w, &r, c, &err), RC_OK);
    while (page_walker_next(w, &page, &err) == RC_OK && pages < most)
        ret_rows[pages++] = page.rows;
    page_walker_free(w);
    arena_done(&arena);
    return pages;
}

Test(writer, pages_hold_about_a_megabyte_and_a_giant_value_its_own)
{
    struct bed b;
    bed_init(&b, 3000);
    char *giant = malloc(2 << 20);
    cr_assert_not_null(giant);
    memset(giant, 'g', 2 << 20);
    for (size_t i = 0; i < 2048; i++) {
        giant[0] = (char)('a' + i % 7); /* no dictionary: too many bytes */
        giant[1] = (char)('a' + i / 7 % 26);
        giant[2] = (char)('a' + i / 182);
        test_column_add_text(&b.columns[0], view_of(giant, 1020));
    }
    test_column_add_null(&b.columns[0]);
    test_column_add_text(&b.columns[0], view_of(giant, 2 << 20));
    test_column_add_text(&b.columns[0], VIEW("after"));
    for (size_t i = 0; i < 9; i++)
        test_column_add_null(&b.columns[0]);
    struct view file = bed_write(&b, 2048 + 12);
    expect_file(&b, file, 2048 + 12, 0);
    size_t rows[8];
    cr_assert_eq(page_rows(file, rows, 8), 4);
    cr_expect_eq(rows[0], 1024);
    cr_expect_eq(rows[1], 1024);
    cr_expect_eq(rows[2], 2, "a null and the giant");
    cr_expect_eq(rows[3], 10, "the text behind and the nulls at the end");
    free(giant);
    free((void *)file.data);
    bed_done(&b);
}

Test(writer, a_page_of_nulls_between_others_is_called_one)
{
    /* 140000 numbers a page of 8 bytes: with nulls in between, rows of a page
     * vary; and times that all differ have no dictionary. */
    struct bed b;
    bed_init(&b, 500000);
    for (size_t i = 0; i < 500000; i++) {
        if (i / 1000 % 2 == 0)
            test_column_add_number(&b.columns[1], (int64_t)(i * 7919));
        else
            test_column_add_null(&b.columns[1]);
    }
    struct view file = bed_write(&b, 500000);
    expect_file(&b, file, 500000, 0);
    free((void *)file.data);
    bed_done(&b);
}

Test(writer, an_upper_bound_that_does_not_exist_is_left_out)
{
    struct bed b;
    bed_init(&b, 10);
    char text[80];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = "\xf4\x8f\xbf\xbf"[i % 4];
    test_column_add_text(&b.columns[0], view_of(text, sizeof(text)));
    struct view file = bed_write(&b, 10);
    expect_file(&b, file, 10, 0);
    struct arena arena;
    struct reader r;
    const struct chunk *c = first_chunk(&r, &arena, file);
    cr_expect(c->statistics.has_low && !c->statistics.has_high);
    cr_expect_eq(c->column_index.length, 0, "its lists have no place for what is not there");
    cr_expect_gt(c->offset_index.length, 0);
    arena_done(&arena);
    free((void *)file.data);
    bed_done(&b);
}

Test(writer, equal_columns_give_equal_bytes_from_a_used_writer)
{
    struct randomness random = randomness_new(12);
    struct bed b;
    bed_init(&b, 2000);
    fill_randomly(&b, &random, 2000);
    struct view first = bed_write(&b, 2000);
    struct view second = bed_write(&b, 2000);
    cr_expect(view_equals(first, second), "seed %" PRIu64, random.seed);
    free((void *)first.data);
    free((void *)second.data);
    bed_done(&b);
}

Test(writer, a_file_in_the_way_is_replaced_and_its_other_names_kept)
{
    struct unit_folder folder = unit_folder_make();
    int fd = open_folder(&folder);
    struct file_sink *sink = file_sink_new();
    struct hash128 checksum;
    struct err err;
    unit_file(&folder, "old", "precious");
    cr_assert_eq(linkat(fd, "old", fd, "new", 0), 0);
    cr_assert_eq(file_sink_begin(sink, fd, "new", &err), RC_OK);
    cr_assert_eq(file_sink_write(sink, VIEW("fresh"), &err), RC_OK);
    cr_assert_eq(file_sink_end(sink, &checksum, &err), RC_OK);
    struct view old = read_file(&folder, "old");
    struct view new = read_file(&folder, "new");
    cr_expect(view_equals(old, VIEW("precious")));
    cr_expect(view_equals(new, VIEW("fresh")));
    free((void *)old.data);
    free((void *)new.data);
    file_sink_free(sink);
    close(fd);
    unit_folder_remove(&folder);
}

Test(writer, failures_of_the_disk_are_told_with_the_path)
{
    struct unit_folder folder = unit_folder_make();
    int fd = open_folder(&folder);
    struct file_sink *sink = file_sink_new();
    struct err err;
    cr_expect_eq(file_sink_begin(sink, fd, "missing/file", &err), RC_IO);
    cr_expect_not_null(strstr(err.text, "missing/file"));
    cr_assert_eq(file_sink_begin(sink, fd, "half", &err), RC_OK);
    cr_assert_eq(file_sink_write(sink, VIEW("half"), &err), RC_OK);
    file_sink_abandon(sink);
    cr_expect_neq(faccessat(fd, "half", F_OK, 0), 0, "an abandoned file is gone");
    file_sink_free(sink);
    close(fd);
    unit_folder_remove(&folder);
}
