#include "parquet/statistics.h"

#include "util/text.h"

#include "parquet_harness.h"

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10
#define LAST "\xf4\x8f\xbf\xbf" /* U+10FFFF */
#define LAST8 LAST LAST LAST LAST LAST LAST LAST LAST

static struct extent one_text(struct view text)
{
    struct extent e = {0};
    extent_add_text(&e, text);
    return e;
}

static void expect_bound(struct bound b, struct view bytes, bool is_exact)
{
    cr_expect(b.is_set);
    cr_expect(view_equals(bound_view(&b), bytes), "%.*s", (int)b.size, b.bytes);
    cr_expect_eq(b.is_exact, is_exact);
}

Test(statistics, texts_are_cut_at_a_character_and_raised)
{
    static const struct {
        struct view text, low, high;
        bool is_exact;
    } cases[] = {
        {VIEW(""), VIEW(""), VIEW(""), true},
        {VIEW("abc"), VIEW("abc"), VIEW("abc"), true},
        {VIEW(X60 "abcd"), VIEW(X60 "abcd"), VIEW(X60 "abcd"), true},
        {VIEW(X60 "abcde"), VIEW(X60 "abcd"), VIEW(X60 "abce"), false},
        /* A character across the border goes; the one before it is raised. */
        {VIEW(X60 "abc\xc3\xa9"), VIEW(X60 "abc"), VIEW(X60 "abd"), false},
        {VIEW(X60 "ab\xc3\xa9zz"), VIEW(X60 "ab\xc3\xa9"), VIEW(X60 "ab\xc3\xaa"), false},
        {VIEW(X60 "a" LAST "z"), VIEW(X60 "a"), VIEW(X60 "b"), false},
        /* The successor is longer and does not fit: the one before is raised. */
        {VIEW(X60 "abc\x7fz"), VIEW(X60 "abc\x7f"), VIEW(X60 "abd"), false},
        {VIEW(X60 "ab\xdf\xbfz"), VIEW(X60 "ab\xdf\xbf"), VIEW(X60 "ac"), false},
        /* It is longer and fits where a longer one was cut off. */
        {VIEW(X60 "a\x7f\xf0\x9f\x98\x80z"), VIEW(X60 "a\x7f"), VIEW(X60 "a\xc2\x80"), false},
        /* Surrogates are skipped; the last character there is has no next. */
        {VIEW(X60 "a\xed\x9f\xbfz"), VIEW(X60 "a\xed\x9f\xbf"), VIEW(X60 "a\xee\x80\x80"), false},
        {VIEW(X60 LAST "z"), VIEW(X60 LAST), VIEW(X10 X10 X10 X10 X10 "xxxxxxxxxy"), false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct extent e = one_text(cases[i].text);
        struct bound low = bound_below(PARQUET_BYTE_ARRAY, &e);
        struct bound high = bound_above(PARQUET_BYTE_ARRAY, &e);
        expect_bound(low, cases[i].low, cases[i].is_exact);
        expect_bound(high, cases[i].high, cases[i].is_exact);
    }
}

Test(statistics, sixteen_last_characters_have_no_upper_bound)
{
    struct extent e = one_text(VIEW(LAST8 LAST8 "a"));
    cr_expect_not(bound_above(PARQUET_BYTE_ARRAY, &e).is_set);
    expect_bound(bound_below(PARQUET_BYTE_ARRAY, &e), VIEW(LAST8 LAST8), false);
    e = one_text(VIEW(LAST8 LAST8));
    expect_bound(bound_above(PARQUET_BYTE_ARRAY, &e), VIEW(LAST8 LAST8), true);
}

Test(statistics, no_value_has_no_bounds)
{
    struct extent e = {0};
    cr_expect_not(bound_below(PARQUET_INT64, &e).is_set);
    cr_expect_not(bound_above(PARQUET_BYTE_ARRAY, &e).is_set);
}

Test(statistics, numbers_are_compared_with_their_sign)
{
    static const int64_t numbers[] = {3, -7, 12, 0};
    struct extent e = extent_of_numbers(PARQUET_INT32, numbers, 4);
    expect_bound(bound_below(PARQUET_INT32, &e), VIEW("\xf9\xff\xff\xff"), true);
    expect_bound(bound_above(PARQUET_INT32, &e), VIEW("\x0c\0\0\0"), true);
    e = extent_of_numbers(PARQUET_INT64, numbers, 4);
    expect_bound(bound_above(PARQUET_INT64, &e), VIEW("\x0c\0\0\0\0\0\0\0"), true);
}

Test(statistics, zeros_of_doubles_are_the_widest_ones)
{
    int64_t zeros[] = {real_as_number(0.0), real_as_number(-0.0)};
    for (size_t i = 0; i < 2; i++) {
        struct extent e = extent_of_numbers(PARQUET_DOUBLE, &zeros[i], 1);
        expect_bound(bound_below(PARQUET_DOUBLE, &e), VIEW("\0\0\0\0\0\0\0\x80"), true);
        expect_bound(bound_above(PARQUET_DOUBLE, &e), VIEW("\0\0\0\0\0\0\0\0"), true);
    }
    int64_t reals[] = {real_as_number(-1.5), real_as_number(0.25)};
    struct extent e = extent_of_numbers(PARQUET_DOUBLE, reals, 2);
    expect_bound(bound_below(PARQUET_DOUBLE, &e), VIEW("\0\0\0\0\0\0\xf8\xbf"), true);
    expect_bound(bound_above(PARQUET_DOUBLE, &e), VIEW("\0\0\0\0\0\0\xd0\x3f"), true);
}

static void random_text(struct randomness *random, struct buf *out)
{
    static const char *const characters[] = {
        "a", "b", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xef\xbf\xbf",
        LAST};
    buf_clear(out);
    size_t count = random_below(random, 40);
    /* Equal beginnings, so that order is decided behind the prefix. */
    for (size_t i = 0; i < count && random_below(random, 2); i++)
        buf_append_byte(out, 'p');
    for (size_t i = 0; i < count; i++)
        buf_append_view(out, view_of_string(characters[random_below(random, 9)]));
    buf_append_byte(out, '\0');
    out->size -= random_below(random, 2);
}

Test(statistics, bounds_hold_for_any_texts_and_are_utf8)
{
    struct randomness random = randomness_new(7);
    struct buf text = {0};
    for (unsigned round = 0; round < 3000; round++) {
        struct test_column c;
        test_column_init(&c, PARQUET_BYTE_ARRAY, 20);
        for (size_t i = 0; i < 1 + random_below(&random, 19); i++) {
            random_text(&random, &text);
            test_column_add_text(&c, buf_view(&text));
        }
        struct extent e = extent_of_texts(c.texts.data, c.positions, c.present);
        struct bound low = bound_below(PARQUET_BYTE_ARRAY, &e);
        struct bound high = bound_above(PARQUET_BYTE_ARRAY, &e);
        struct extent plain = {0};
        for (size_t i = 0; i < c.present; i++)
            extent_add_text(&plain, text_at(c.texts.data, c.positions[i]));
        cr_assert(view_equals(e.text.low, plain.text.low) &&
                      view_equals(e.text.high, plain.text.high),
                  "seed %" PRIu64, random.seed);
        bool is_low_met = false;
        for (size_t i = 0; i < c.present; i++) {
            struct view v = text_at(c.texts.data, c.positions[i]);
            cr_assert(view_compare(bound_view(&low), v) <= 0, "seed %" PRIu64, random.seed);
            cr_assert(!high.is_set || view_compare(bound_view(&high), v) >= 0, "seed %" PRIu64,
                      random.seed);
            is_low_met = is_low_met || view_equals(bound_view(&low), v);
        }
        cr_assert(!low.is_exact || is_low_met, "seed %" PRIu64, random.seed);
        for (size_t at = 0; at < high.size; at += utf8_length(bound_view(&high), at))
            cr_assert_neq(utf8_length(bound_view(&high), at), 0, "seed %" PRIu64, random.seed);
        test_column_done(&c);
    }
    buf_done(&text);
}

Test(statistics, extents_of_parts_merge_to_that_of_the_whole)
{
    static const int64_t numbers[] = {5, 9, -3, 4, 4, 100};
    struct extent e = {0};
    struct extent none = {0};
    extent_merge(PARQUET_INT64, &e, &none);
    cr_expect_not(e.is_set);
    for (size_t i = 0; i < 6; i += 2) {
        struct extent part = extent_of_numbers(PARQUET_INT64, numbers + i, 2);
        extent_merge(PARQUET_INT64, &e, &part);
        extent_merge(PARQUET_INT64, &e, &none);
    }
    cr_expect_eq(e.number.low, -3);
    cr_expect_eq(e.number.high, 100);
    struct extent a = one_text(VIEW("m"));
    struct extent b = one_text(VIEW("c"));
    extent_add_text(&b, VIEW("z"));
    extent_merge(PARQUET_BYTE_ARRAY, &a, &b);
    cr_expect(view_equals(a.text.low, VIEW("c")) && view_equals(a.text.high, VIEW("z")));
}

Test(statistics, bytes_that_are_not_utf8_do_no_harm)
{
    struct randomness random = randomness_new(8);
    for (unsigned i = 0; i < 20000; i++) {
        char text[80];
        for (size_t at = 0; at < sizeof(text); at++)
            text[at] = (char)(0x80 | random_next(&random) >> 40);
        struct extent e = one_text(view_of(text, 65 + random_below(&random, 15)));
        struct bound high = bound_above(PARQUET_BYTE_ARRAY, &e);
        cr_assert(!high.is_set || view_compare(bound_view(&high), e.text.high) > 0, "seed %" PRIu64,
                  random.seed);
    }
}
