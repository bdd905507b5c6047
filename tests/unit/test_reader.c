#include "parquet/check.h"
#include "parquet/page.h"
#include "parquet/page_walker.h"
#include "parquet/writer.h"

#include "parquet_harness.h"

enum { LEAVES = 3, ROWS = 40 };

/* A small file with a dictionary, nulls, a filter and every kind of page. */
static struct view small_file(bool is_modern)
{
    static const struct leaf leaves[LEAVES] = {
        {VIEW("name"), PARQUET_BYTE_ARRAY, true, true, false},
        {VIEW("at"), PARQUET_INT64, true, false, true},
        {VIEW("ratio"), PARQUET_DOUBLE, true, false, false},
    };
    struct writer_schema schema = {.leaves = leaves,
                                   .leaves_count = LEAVES,
                                   .sorting = {1},
                                   .sorting_count = 1,
                                   .created_by = VIEW("millrace version 1 (build test)")};
    struct unit_folder folder = unit_folder_make();
    int fd = open_folder(&folder);
    struct writer *w = writer_new(&schema);
    struct file_sink *sink = file_sink_new();
    struct test_column columns[LEAVES];
    struct err err = {{0}};
    for (size_t i = 0; i < LEAVES; i++)
        test_column_init(&columns[i], leaves[i].type, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        char text[32];
        size_t size = (size_t)snprintf(text, sizeof(text), "name %zu", i % (is_modern ? ROWS : 5));
        test_column_add_text(&columns[0], view_of(text, size));
        test_column_add_number(&columns[1], (int64_t)(1000 + i * i));
        if (i % 3)
            test_column_add_number(&columns[2], real_as_number((double)i / 8));
        else
            test_column_add_null(&columns[2]);
    }
    cr_assert_eq(file_sink_begin(sink, fd, "file", &err), RC_OK);
    cr_assert_eq(writer_begin(w, sink, ROWS, &err), RC_OK);
    for (size_t i = 0; i < LEAVES; i++) {
        struct column_input in = test_column_input(&columns[i]);
        in.has_bloom = i == 0;
        in.is_modern = is_modern;
        in.is_prefixed = true;
        cr_assert_eq(writer_add(w, &in, &err), RC_OK);
        test_column_done(&columns[i]);
    }
    struct hash128 checksum;
    cr_assert_eq(writer_end(w, &err), RC_OK);
    cr_assert_eq(file_sink_end(sink, &checksum, &err), RC_OK);
    struct view file = read_file(&folder, "file");
    writer_free(w);
    file_sink_free(sink);
    close(fd);
    unit_folder_remove(&folder);
    return file;
}

static enum rc check(struct view file)
{
    struct err err = {{0}};
    struct check_summary summary;
    enum rc rc = check_file(file, 4 << 20, &summary, &err);
    cr_assert_eq(rc == RC_OK, err.text[0] == '\0', "a failure has a text");
    return rc;
}

/* A file with other metadata around the same pages. */
struct forgery {
    struct view file;
    struct arena arena;
    struct reader reader;
    struct buf out;
};

static struct chunk *forgery_begin(struct forgery *f)
{
    struct err err;
    *f = (struct forgery){.file = small_file(false)};
    arena_init(&f->arena, 16 << 20);
    cr_assert_eq(reader_open(&f->reader, f->file, &f->arena, &err), RC_OK);
    return f->reader.footer.groups[0].chunks;
}

static enum rc forgery_check(struct forgery *f)
{
    struct buf groups = {0};
    struct buf footer = {0};
    footer_append_group(&groups, &f->reader.footer.groups[0]);
    footer_append(&footer, &f->reader.footer, buf_view(&groups));
    uint32_t size = (uint32_t)footer.size;
    buf_append(&f->out, f->file.data, f->reader.footer_begin);
    buf_append_view(&f->out, buf_view(&footer));
    buf_append(&f->out, &size, sizeof(size));
    buf_append(&f->out, PARQUET_MAGIC, PARQUET_MAGIC_BYTES);
    enum rc rc = check(buf_view(&f->out));
    buf_done(&groups);
    buf_done(&footer);
    buf_done(&f->out);
    arena_done(&f->arena);
    free((void *)f->file.data);
    return rc;
}

Test(reader, a_sound_file_passes)
{
    for (unsigned is_modern = 0; is_modern < 2; is_modern++) {
        struct view file = small_file(is_modern);
        struct check_summary summary;
        struct err err;
        cr_assert_eq(check_file(file, 1 << 20, &summary, &err), RC_OK, "%s", err.text);
        cr_expect_eq(summary.rows, ROWS);
        cr_expect_eq(summary.row_groups, 1);
        cr_expect_eq(summary.pages, LEAVES);
        cr_expect_eq(summary.nulls, 14);
        cr_expect_eq(summary.values, LEAVES * ROWS - 14);
        free((void *)file.data);
    }
}

Test(reader, parsed_metadata_is_written_back_byte_by_byte)
{
    struct forgery f;
    forgery_begin(&f);
    struct buf groups = {0}, footer = {0};
    footer_append_group(&groups, &f.reader.footer.groups[0]);
    footer_append(&footer, &f.reader.footer, buf_view(&groups));
    struct view tail = view_slice(f.file, f.reader.footer_begin, f.file.size - PARQUET_TAIL_BYTES);
    cr_expect(view_equals(buf_view(&footer), tail));
    buf_done(&groups);
    buf_done(&footer);
    arena_done(&f.arena);
    free((void *)f.file.data);
}

enum { LIES = 35 };

/* Every way in which metadata may lie about sound pages. */
// clang-format off
static void lie_about_chunks(struct chunk *c, unsigned which)
{
    switch (which) {
    case 0: c[0].statistics.low = VIEW("name 1"); return;
    case 1: c[0].statistics.high = VIEW("name 3"); return;
    case 2: c[0].statistics.low = VIEW("name"); return; /* below, but called exact */
    case 3: c[2].statistics.nulls++; return;
    case 4: c[0].dictionary_offset++; return;
    case 5: c[0].data_offset--; return;
    case 6: c[1].data_offset++; return;
    case 7: c[0].compressed_bytes--; return;
    case 8: c[0].uncompressed_bytes++; return;
    case 9: c[0].encodings &= ~(1u << ENCODING_RLE_DICTIONARY); return;
    case 10: c[0].stats[1].count++; return;
    case 11: c[0].bloom.offset++; return;
    case 12: c[0].bloom.length--; return;
    case 13: c[0].offset_index = c[1].offset_index; return;
    case 14: c[0].column_index = c[1].column_index; return;
    case 15: c[1].offset_index.offset--; return;
    case 16: c[2].codec = 0; return;
    case 17: c[1].type = PARQUET_DOUBLE; return;
    case 18: c[1].name = VIEW("other"); return;
    case 19: c[1].statistics.low = VIEW("12345"); return; /* no number */
    case 20: c[2].statistics.has_nulls = false; return;
    case 21: c[2].bloom = c[0].bloom; return;
    case 22: c[2].offset_index.length = 0; return;
    case 23: c[0].values--; return;
    case 24: c[2].data_offset = INT64_MAX; return;
    case 25: c[1].offset_index.offset = INT64_MAX; return;
    case 26: c[1].compressed_bytes = INT64_MAX; return;
    }
}

static void lie_about_rows(struct footer *f, unsigned which)
{
    struct row_group *group = f->groups;
    switch (which) {
    case 27: group->rows++; f->rows++; return;
    case 28: f->rows--; return;
    case 29: group->ordinal = 1; return;
    case 30: group->compressed_bytes--; return;
    case 31: group->file_offset++; return;
    case 32: group->sorting[0] = 2; return;
    case 33: group->sorting[0] = LEAVES; return;
    case 34: f->orders_count--; return;
    }
}
// clang-format on

Test(reader, metadata_that_lies_about_sound_pages_is_found)
{
    struct forgery f;
    forgery_begin(&f);
    cr_assert_eq(forgery_check(&f), RC_OK, "the forger's own work is not what is found");
    for (unsigned which = 0; which < LIES; which++) {
        lie_about_chunks(forgery_begin(&f), which);
        lie_about_rows(&f.reader.footer, which);
        cr_expect_neq(forgery_check(&f), RC_OK, "lie %u", which);
    }
}

Test(reader, indexes_that_lie_about_sound_pages_are_found)
{
    /* Each byte of the indexes and of the filter is changed in all bits. What
     * is left unnoticed may only say less: a bound that is wider. */
    struct forgery f;
    struct chunk *chunks = forgery_begin(&f);
    size_t begin = (size_t)chunks[0].bloom.offset;
    size_t unnoticed = 0;
    for (size_t at = begin; at < f.reader.footer_begin; at++) {
        char *byte = (char *)f.file.data + at;
        *byte = (char)~*byte;
        unnoticed += check(f.file) == RC_OK;
        *byte = (char)~*byte;
    }
    /* Of 8 bytes of a bound most can be widened; bits of the filter set. */
    cr_expect_lt(unnoticed, (f.reader.footer_begin - begin) / 2);
    cr_assert_eq(check(f.file), RC_OK);
    arena_done(&f.arena);
    free((void *)f.file.data);
}

Test(reader, a_flipped_bit_in_a_page_is_always_found)
{
    for (unsigned is_modern = 0; is_modern < 2; is_modern++) {
        struct view file = small_file(is_modern);
        struct arena arena;
        struct reader r;
        struct err err;
        arena_init(&arena, 16 << 20);
        cr_assert_eq(reader_open(&r, file, &arena, &err), RC_OK);
        const struct chunk *last = &r.footer.groups[0].chunks[LEAVES - 1];
        size_t end = (size_t)(chunk_begin(last) + last->compressed_bytes);
        for (size_t bit = 0; bit < end * 8; bit++) {
            char *byte = (char *)file.data + bit / 8;
            *byte = (char)(*byte ^ 1 << bit % 8);
            cr_expect_neq(check(file), RC_OK, "bit %zu", bit);
            *byte = (char)(*byte ^ 1 << bit % 8);
        }
        arena_done(&arena);
        free((void *)file.data);
    }
}

Test(reader, any_changed_byte_anywhere_does_no_harm)
{
    static const unsigned char patterns[] = {0x01, 0x80, 0xff, 0x55};
    for (unsigned is_modern = 0; is_modern < 2; is_modern++) {
        struct view file = small_file(is_modern);
        for (size_t at = 0; at < file.size; at++) {
            for (size_t i = 0; i < sizeof(patterns); i++) {
                char *byte = (char *)file.data + at;
                char before = *byte;
                *byte = (char)(before ^ patterns[i]);
                check(file);
                *byte = before;
            }
        }
        free((void *)file.data);
    }
}

Test(reader, pages_without_a_crc_are_decoded_without_harm)
{
    /* The CRC would stop most damage before it reaches a decoder. */
    struct randomness random = randomness_new(13);
    struct page_walker *w = page_walker_new(1 << 20);
    for (unsigned round = 0; round < 3000; round++) {
        char body[60];
        size_t size = random_below(&random, sizeof(body));
        for (size_t i = 0; i < size; i++)
            body[i] = (char)(random_next(&random) >> random_below(&random, 60));
        struct page_header header = {.type = round % 2 ? PAGE_DATA : PAGE_DATA_V2,
                                     .encoding = (enum parquet_encoding)(round % 9),
                                     .values = 1 + (uint32_t)random_below(&random, 40)};
        if (header.encoding != ENCODING_PLAIN && header.encoding < ENCODING_DELTA_BINARY_PACKED)
            header.encoding = ENCODING_PLAIN;
        size_t levels = header.type == PAGE_DATA_V2 ? size / 4 : 0;
        struct page_compressor *c = page_compressor_new();
        struct buf file = {0};
        struct view page;
        buf_append(&file, PARQUET_MAGIC, PARQUET_MAGIC_BYTES);
        struct page_content content = {.levels = view_of(body, levels),
                                       .body = view_of(body + levels, size - levels),
                                       .is_text = round % 3 != 0};
        cr_assert_eq(page_compress(c, &header, &content, &page), RC_OK);
        buf_append_view(&file, page);
        struct leaf leaf = {VIEW("x"), round % 3 ? PARQUET_BYTE_ARRAY : PARQUET_INT32, true, 0, 0};
        struct chunk chunk = {.type = leaf.type,
                              .name = leaf.name,
                              .values = header.values,
                              .compressed_bytes = (int64_t)page.size,
                              .data_offset = PARQUET_MAGIC_BYTES};
        struct reader r = {.bytes = buf_view(&file),
                           .footer = {.leaves = &leaf, .leaves_count = 1}};
        struct page_values values;
        struct err err;
        cr_assert_eq(page_walker_begin(w, &r, &chunk, &err), RC_OK);
        if (page_walker_next(w, &values, &err) == RC_OK)
            cr_assert_leq(values.present, values.rows);
        page_compressor_free(c);
        buf_done(&file);
    }
    page_walker_free(w);
}

Test(reader, every_cut_of_a_file_is_refused)
{
    struct view file = small_file(false);
    for (size_t size = 0; size < file.size; size++) {
        char *cut = malloc(size + 1); /* exact, for the address sanitizer */
        cr_assert_not_null(cut);
        memcpy(cut, file.data, size);
        cr_expect_neq(check(view_of(cut, size)), RC_OK, "cut to %zu", size);
        free(cut);
    }
    free((void *)file.data);
}

Test(reader, random_footers_are_parsed_without_harm)
{
    struct view file = small_file(false);
    struct randomness random = randomness_new(14);
    for (unsigned round = 0; round < 20000; round++) {
        struct buf copy = {0};
        buf_append_view(&copy, file);
        for (size_t i = 0; i <= random_below(&random, 6); i++) {
            size_t at = file.size / 2 + random_below(&random, file.size - file.size / 2);
            copy.data[at] = (char)random_next(&random);
        }
        check(buf_view(&copy));
        buf_done(&copy);
    }
    free((void *)file.data);
}

Test(reader, a_footer_of_millions_of_columns_stays_within_its_memory)
{
    /* A list that says 16 million row groups of nothing: two bytes each. */
    struct buf file = {0};
    struct err err;
    struct arena arena;
    struct reader r;
    buf_append(&file, "PAR1\x15\x04\x19\x1c\x48\x01s\x15\x00\x00\x16\x00\x19\xfc\x80\x80\xff\x07",
               22);
    for (size_t i = 0; i < 16 << 20; i++)
        buf_append_byte(&file, 0);
    uint32_t size = (uint32_t)file.size - 4;
    buf_append(&file, &size, 4);
    buf_append(&file, "PAR1", 4);
    arena_init(&arena, 1 << 20);
    cr_expect_neq(reader_open(&r, buf_view(&file), &arena, &err), RC_OK);
    cr_expect_leq(arena.bytes_held, 1 << 20);
    arena_done(&arena);
    buf_done(&file);
}
