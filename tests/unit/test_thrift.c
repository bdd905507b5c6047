#include "parquet/thrift.h"

#include "parquet_harness.h"

static void expect_bytes(const struct buf *got, const void *bytes, size_t size)
{
    cr_assert_eq(got->size, size, "%zu bytes", got->size);
    cr_assert_eq(memcmp(got->data, bytes, size), 0);
}

Test(thrift, numbers_are_zigzag_varints)
{
    static const struct {
        int64_t value;
        const char *bytes;
        size_t size;
    } cases[] = {
        {0, "\x00", 1},
        {-1, "\x01", 1},
        {1, "\x02", 1},
        {63, "\x7e", 1},
        {64, "\x80\x01", 2},
        {-65, "\x81\x01", 2},
        {INT64_MAX, "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10},
        {INT64_MIN, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct buf out = {0};
        struct thrift_writer w;
        thrift_writer_init(&w, &out);
        thrift_element_i64(&w, cases[i].value);
        expect_bytes(&out, cases[i].bytes, cases[i].size);
        struct thrift_reader r;
        thrift_reader_init(&r, buf_view(&out));
        cr_expect_eq(thrift_read_i64(&r), cases[i].value);
        cr_expect_not(thrift_failed(&r));
        buf_done(&out);
    }
}

Test(thrift, a_struct_is_fields_with_id_deltas_and_a_stop)
{
    struct buf out = {0};
    struct thrift_writer w;
    thrift_writer_init(&w, &out);
    thrift_begin(&w);
    thrift_field_i32(&w, 1, 5);
    thrift_field_bool(&w, 3, true);
    thrift_field_bool(&w, 4, false);
    thrift_field_binary(&w, 5, VIEW("ab"));
    thrift_field_struct(&w, 6);
    thrift_field_i16(&w, 2, -2);
    thrift_end(&w);
    thrift_field_empty_struct(&w, 7);
    thrift_field_list(&w, 9, THRIFT_I32, 2);
    thrift_element_i32(&w, 1);
    thrift_element_i32(&w, -1);
    thrift_end(&w);
    static const char expected[] = "\x15\x0a\x21\x12\x18\x02"
                                   "ab\x1c\x24\x03\x00\x1c\x00\x29\x25\x02\x01";
    expect_bytes(&out, expected, sizeof(expected)); /* its NUL is the stop */
    buf_done(&out);
}

Test(thrift, a_long_list_has_its_length_behind_the_header)
{
    struct buf out = {0};
    struct thrift_writer w;
    thrift_writer_init(&w, &out);
    thrift_begin(&w);
    thrift_field_list(&w, 1, THRIFT_TRUE, 300);
    expect_bytes(&out, "\x19\xf1\xac\x02", 4);
    buf_done(&out);
}

/* Reads a struct and skips everything in it. */
static bool skips(struct view in)
{
    struct thrift_reader r;
    thrift_reader_init(&r, in);
    thrift_skip(&r, THRIFT_STRUCT);
    return !thrift_failed(&r) && r.at == in.size;
}

Test(thrift, unknown_fields_of_every_type_are_skipped)
{
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
        {"\x00", 1},
        {"\x11\x12\x00", 3},                              /* true, false */
        {"\x13\x7f\x00", 3},                              /* byte */
        {"\x14\x81\x01\x00", 4},                          /* i16 */
        {"\x17\x01\x02\x03\x04\x05\x06\x07\x08\x00", 10}, /* double */
        {"\x18\x03xyz\x00", 6},                           /* binary */
        {"\x19\x31\x01\x02\x00\x00", 6},                  /* list of booleans */
        {"\x1a\x2c\x00\x00\x00", 5},                      /* set of structs */
        {"\x1b\x00\x00", 3},                              /* empty map */
        {"\x1b\x01\x58\x02\x01z\x00", 7},                 /* map of i32 to binary */
        {"\x05\x0e\x02\x00", 4},                          /* id in full */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        cr_expect(skips(view_of(cases[i].bytes, cases[i].size)), "case %zu", i);
        for (size_t cut = 0; cut < cases[i].size; cut++)
            cr_expect_not(skips(view_of(cases[i].bytes, cut)), "case %zu cut to %zu", i, cut);
    }
}

Test(thrift, malformed_bytes_fail)
{
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
        {"\x1d\x00", 2},                                              /* no such type */
        {"\x18\xff\xff\xff\xff\x0fx\x00", 8},                         /* binary past the end */
        {"\x19\xf5\xff\xff\xff\xff\x7f\x00", 8},                      /* list past the end */
        {"\x1b\xff\xff\x03\x55\x00", 6},                              /* map past the end */
        {"\x16\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00", 13}, /* varint of 77 bits */
        {"\x19\x1e\x00\x00", 4},                                      /* list of no such type */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        cr_expect_not(skips(view_of(cases[i].bytes, cases[i].size)), "case %zu", i);
}

Test(thrift, nesting_is_bounded)
{
    char structs[2 * 100000];
    memset(structs, 0x1c, sizeof(structs));
    cr_expect_not(skips(view_of(structs, sizeof(structs))));
    memset(structs, 0x19, sizeof(structs)); /* lists of lists */
    cr_expect_not(skips(view_of(structs, sizeof(structs))));
    char shallow[20] = {0}; /* ten structs in each other: nine openings, ten stops */
    memset(shallow, 0x1c, 9);
    cr_expect(skips(view_of(shallow, 19)));
    cr_expect_not(skips(view_of(shallow, 18)));
}

Test(thrift, a_value_of_another_type_fails)
{
    struct thrift_reader r;
    struct thrift_field field;
    thrift_reader_init(&r, VIEW("\x15\x02\x00"));
    thrift_enter(&r);
    cr_assert(thrift_next(&r, &field));
    cr_expect_eq(field.id, 1);
    cr_expect(view_is_null(thrift_get_binary(&r, field)));
    cr_expect(thrift_failed(&r));
    cr_expect_not(thrift_next(&r, &field), "nothing is read after a failure");
}

Test(thrift, numbers_past_their_type_fail)
{
    struct thrift_reader r;
    struct thrift_field field;
    thrift_reader_init(&r, VIEW("\x15\x80\x80\x80\x80\x20\x00"));
    thrift_enter(&r);
    cr_assert(thrift_next(&r, &field));
    cr_expect_eq(thrift_get_i32(&r, field), 0);
    cr_expect(thrift_failed(&r));
}

Test(thrift, random_bytes_are_read_without_harm)
{
    struct randomness random = randomness_new(1);
    for (unsigned i = 0; i < 20000; i++) {
        size_t size = random_below(&random, 60);
        char *bytes = malloc(size + 1); /* exact, for the address sanitizer */
        cr_assert_not_null(bytes);
        for (size_t at = 0; at < size; at++)
            bytes[at] = (char)(random_below(&random, 3) ? 0x10 + random_below(&random, 16)
                                                        : random_below(&random, 256));
        struct thrift_reader r;
        thrift_reader_init(&r, view_of(bytes, size));
        thrift_skip(&r, THRIFT_STRUCT);
        cr_assert_leq(r.at, size, "seed %" PRIu64, random.seed);
        free(bytes);
    }
}
