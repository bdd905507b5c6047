#include "parquet/page.h"

#include "parquet_harness.h"

#include <libdeflate.h>
#include <zstd.h>

static struct view compress(struct page_compressor *c, struct page_header *header,
                            struct view levels, struct view body, struct buf *out)
{
    struct page_content content = {.levels = levels, .body = body};
    struct view page;
    cr_assert_eq(page_compress(c, header, &content, &page), RC_OK);
    buf_clear(out);
    buf_append_view(out, page);
    return buf_view(out);
}

/* Header and page of what compress() gave. */
static struct view page_of(struct view bytes, struct page_header *ret_header)
{
    size_t size;
    cr_assert(page_header_parse(bytes, ret_header, &size));
    return view_from(bytes, size);
}

Test(page, a_data_page_is_a_header_and_one_zstd_frame)
{
    struct page_compressor *c = page_compressor_new();
    struct buf out = {0};
    struct page_header header = {.type = PAGE_DATA, .encoding = ENCODING_PLAIN, .values = 3};
    struct view body = VIEW("levels and values and values and values");
    struct view bytes = compress(c, &header, VIEW(""), body, &out);

    struct page_header parsed;
    struct view page = page_of(bytes, &parsed);
    cr_expect_eq(parsed.type, PAGE_DATA);
    cr_expect_eq(parsed.encoding, ENCODING_PLAIN);
    cr_expect_eq(parsed.values, 3);
    cr_expect_eq(parsed.uncompressed_size, body.size);
    cr_expect_eq(parsed.compressed_size, page.size);
    cr_expect(parsed.has_crc);
    cr_expect_eq(parsed.crc, libdeflate_crc32(0, page.data, page.size));
    char plain[100];
    cr_expect_eq(ZSTD_decompress(plain, sizeof(plain), page.data, page.size), body.size);
    cr_expect_eq(memcmp(plain, body.data, body.size), 0);
    page_compressor_free(c);
    buf_done(&out);
}

Test(page, header_bytes_are_those_of_the_format)
{
    struct page_header header = {
        .type = PAGE_DATA,
        .encoding = ENCODING_RLE_DICTIONARY,
        .uncompressed_size = 100,
        .compressed_size = 50,
        .crc = 0x80000000,
        .has_crc = true,
        .values = 7,
    };
    struct buf out = {0};
    page_header_append(&out, &header);
    static const char expected[] = "\x15\x00\x15\xc8\x01\x15\x64\x15\xff\xff\xff\xff\x0f"
                                   "\x1c\x15\x0e\x15\x10\x15\x06\x15\x06\x00";
    cr_assert_eq(out.size, sizeof(expected)); /* its NUL ends the struct */
    cr_expect_eq(memcmp(out.data, expected, sizeof(expected)), 0);
    buf_done(&out);
}

Test(page, levels_of_version_2_stay_plain)
{
    struct page_compressor *c = page_compressor_new();
    struct page_expander *x = page_expander_new();
    struct buf out = {0}, plain = {0};
    struct err err;
    struct page_header header = {
        .type = PAGE_DATA_V2, .encoding = ENCODING_PLAIN, .values = 9, .nulls = 4};
    struct view bytes = compress(c, &header, VIEW("LEVELS"), VIEW("body body body"), &out);
    struct page_header parsed;
    struct view page = page_of(bytes, &parsed);
    cr_expect_eq(parsed.levels_size, 6);
    cr_expect_eq(parsed.nulls, 4);
    cr_expect(view_starts_with(page, VIEW("LEVELS")));
    cr_assert_eq(page_expand(x, &parsed, page, 1000, &plain, &err), RC_OK);
    cr_expect(view_equals(buf_view(&plain), VIEW("LEVELSbody body body")));
    page_compressor_free(c);
    page_expander_free(x);
    buf_done(&out);
    buf_done(&plain);
}

Test(page, one_compressor_gives_the_same_bytes_every_time)
{
    struct page_compressor *c = page_compressor_new();
    struct buf first = {0}, other = {0}, again = {0};
    struct randomness random = randomness_new(9);
    char body[5000];
    for (size_t i = 0; i < sizeof(body); i++)
        body[i] = (char)('a' + random_below(&random, 4));
    struct page_header header = {.type = PAGE_DATA, .values = 1};
    compress(c, &header, VIEW(""), view_of(body, sizeof(body)), &first);
    compress(c, &header, VIEW(""), view_of(body + 100, 3000), &other);
    compress(c, &header, VIEW(""), view_of(body, sizeof(body)), &again);
    cr_expect(view_equals(buf_view(&first), buf_view(&again)));
    page_compressor_free(c);
    buf_done(&first);
    buf_done(&other);
    buf_done(&again);
}

Test(page, every_flipped_bit_behind_the_header_fails_the_crc)
{
    struct page_compressor *c = page_compressor_new();
    struct page_expander *x = page_expander_new();
    struct buf out = {0}, plain = {0};
    struct err err;
    struct page_header header = {.type = PAGE_DICTIONARY, .values = 1};
    compress(c, &header, VIEW(""), VIEW("\x05\0\0\0hello"), &out);
    struct page_header parsed;
    struct view page = page_of(buf_view(&out), &parsed);
    for (size_t bit = 0; bit < page.size * 8; bit++) {
        char *byte = (char *)page.data + bit / 8;
        *byte = (char)(*byte ^ 1 << bit % 8);
        cr_expect_eq(page_expand(x, &parsed, page, 1000, &plain, &err), RC_BAD_INPUT);
        *byte = (char)(*byte ^ 1 << bit % 8);
    }
    cr_expect_eq(page_expand(x, &parsed, page, 1000, &plain, &err), RC_OK);
    cr_expect_eq(page_expand(x, &parsed, page, 8, &plain, &err), RC_TOO_BIG);
    parsed.uncompressed_size++;
    cr_expect_eq(page_expand(x, &parsed, page, 1000, &plain, &err), RC_BAD_INPUT);
    parsed.uncompressed_size -= 2;
    cr_expect_eq(page_expand(x, &parsed, page, 1000, &plain, &err), RC_BAD_INPUT);
    page_compressor_free(c);
    page_expander_free(x);
    buf_done(&out);
    buf_done(&plain);
}

Test(page, headers_that_contradict_themselves_are_refused)
{
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
        {"\x15\x00\x15\x02\x15\x02\x00", 7}, /* no kind of page */
        {"\x15\x04\x15\x02\x15\x02\x2c\x15\x02\x15\x00\x15\x06\x15\x06\x00\x00", 17}, /* mixed */
        {"\x15\x00\x15\x01\x15\x02\x2c\x15\x02\x15\x00\x15\x06\x15\x06\x00\x00", 17}, /* -1 byte */
        {"\x15\x00\x15\x02\x15\x02\x2c\x15\x02\x15\x12\x15\x06\x15\x06\x00\x00",
         17}, /* encoding 9 */
        {"\x15\x00\x15\x02\x15\x02\x2c\x15\x02\x15\x00\x15\x08\x15\x06\x00\x00", 17}, /* levels */
    };
    struct page_header header;
    size_t size;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect_not(page_header_parse(view_of(cases[i].bytes, cases[i].size), &header, &size),
                      "case %zu", i);
    struct view sound =
        VIEW("\x15\x00\x15\x02\x15\x02\x2c\x15\x02\x15\x00\x15\x06\x15\x06\x00\x00");
    cr_assert(page_header_parse(sound, &header, &size));
    cr_expect_eq(size, sound.size);
    for (size_t cut = 0; cut < sound.size; cut++)
        cr_expect_not(page_header_parse(view_of(sound.data, cut), &header, &size));
}

/* ---- Texts that share a prefix with the one before ---- */

static void append_text(struct buf *body, struct view text)
{
    uint32_t size = (uint32_t)text.size;
    buf_append(body, &size, sizeof(size));
    buf_append_view(body, text);
}

static void expect_whole(struct view body, size_t texts_at, uint64_t seed)
{
    struct page_compressor *c = page_compressor_new();
    struct page_expander *x = page_expander_new();
    struct buf plain = {0};
    struct err err = {0};
    struct page_header header = {.type = PAGE_DATA, .values = 1};
    struct page_content content = {.levels = VIEW(""),
                                   .body = body,
                                   .is_text = true,
                                   .has_prefixes = true,
                                   .texts_at = texts_at};
    struct view whole;
    cr_assert_eq(page_compress(c, &header, &content, &whole), RC_OK);
    struct page_header parsed;
    struct view page = page_of(whole, &parsed);
    cr_assert_eq(page_expand(x, &parsed, page, body.size, &plain, &err), RC_OK, "seed %" PRIu64,
                 seed);
    cr_expect(view_equals(buf_view(&plain), body), "seed %" PRIu64, seed);
    page_compressor_free(c);
    page_expander_free(x);
    buf_done(&plain);
}

Test(page, texts_with_shared_prefixes_come_back_whole)
{
    static const size_t sizes[] = {0, 1, 3, 8, 20, 56, 56, 56, 56, 300, 4095, 4096, 4097};
    struct buf body = {0};
    for (uint64_t round = 0; round < 300; round++) {
        struct randomness random = randomness_new(round);
        size_t texts_at = random_below(&random, 40);
        size_t count = random_below(&random, round % 10 == 0 ? 9000 : 40);
        bool is_one_size = random_below(&random, 2) == 0;
        char text[4097];
        buf_clear(&body);
        for (size_t i = 0; i < texts_at; i++)
            buf_append_byte(&body, 'L');
        memset(text, '3', sizeof(text));
        for (size_t i = 0; i < count; i++) {
            size_t size =
                is_one_size ? 56 : sizes[random_below(&random, sizeof(sizes) / sizeof(*sizes))];
            for (size_t k = random_below(&random, 60); k < size; k++)
                text[k] = (char)('0' + random_below(&random, 10));
            append_text(&body, view_of(text, size));
        }
        expect_whole(buf_view(&body), texts_at, random.seed);
    }
    buf_done(&body);
}

Test(page, a_giant_text_between_ids_comes_back_whole)
{
    enum { GIANT = 700 * 1000 };
    struct buf body = {0};
    struct randomness random = randomness_new(1);
    char *giant = malloc(GIANT);
    for (size_t i = 0; i < GIANT; i++)
        giant[i] = (char)random_next(&random);
    append_text(&body, VIEW("37312088912587571518236104159284324756772712193306951399"));
    append_text(&body, view_of(giant, GIANT));
    append_text(&body, view_of(giant, GIANT));
    append_text(&body, VIEW("37312088912587571518236104159284324756772712193306951399"));
    append_text(&body, VIEW("37312088912587571518236104159284324756772712193306951399"));
    expect_whole(buf_view(&body), 0, random.seed);
    free(giant);
    buf_done(&body);
}

Test(page, ids_that_differ_in_their_end_take_little_more_than_their_ends)
{
    struct page_compressor *c = page_compressor_new();
    struct randomness random = randomness_new(2);
    struct buf body = {0};
    enum { COUNT = 10000, DIGITS = 24 };
    for (size_t i = 0; i < COUNT; i++) {
        char id[57] = "37312088912587571518236104159284";
        for (size_t k = 32; k < 56; k++)
            id[k] = (char)('0' + random_below(&random, 10));
        append_text(&body, view_of(id, 56));
    }
    struct page_header header = {.type = PAGE_DATA, .values = COUNT};
    struct page_content content = {
        .levels = VIEW(""), .body = buf_view(&body), .is_text = true, .has_prefixes = true};
    struct view page;
    cr_assert_eq(page_compress(c, &header, &content, &page), RC_OK);
    /* A digit has 3.32 bits, of which coding makes 3.4; two numbers say how much is shared. */
    cr_expect_lt(page.size, COUNT * (DIGITS * 34 / 80 + 1), "%zu bytes", page.size);
    page_compressor_free(c);
    buf_done(&body);
}
