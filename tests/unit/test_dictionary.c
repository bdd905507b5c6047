#include "parquet/dictionary.h"

#include "parquet_harness.h"

Test(dictionary, ids_count_up_in_the_order_of_first_use)
{
    static const char *const words[] = {"b", "a", "b", "", "a", "c", "", "b"};
    static const uint32_t expected[] = {0, 1, 0, 2, 1, 3, 2, 0};
    struct test_column c;
    struct dictionary d = {0};
    uint32_t ids[8];
    test_column_init(&c, PARQUET_BYTE_ARRAY, 8);
    for (size_t i = 0; i < 8; i++)
        test_column_add_text(&c, view_of_string(words[i]));
    cr_assert_eq(dictionary_number_texts(&d, c.texts.data, c.positions, 8, 1000, ids),
                 DICTIONARY_DONE);
    cr_expect_eq(memcmp(ids, expected, sizeof(ids)), 0);
    cr_expect_eq(d.count, 4);
    cr_expect_eq(d.bytes, 4 * 4 + 3);
    cr_expect_eq(d.plain_bytes, 8 * 4 + 6);
    cr_expect(view_equals(text_at(c.texts.data, (uint32_t)dictionary_entries(&d)[3]), VIEW("c")));
    test_column_done(&c);
    dictionary_done(&d);
}

Test(dictionary, it_is_too_big_past_its_bytes_and_not_before)
{
    struct test_column c;
    struct dictionary d = {0};
    uint32_t ids[3];
    test_column_init(&c, PARQUET_BYTE_ARRAY, 3);
    test_column_add_text(&c, VIEW("12345"));
    test_column_add_text(&c, VIEW("12345"));
    test_column_add_text(&c, VIEW("x"));
    cr_expect_eq(dictionary_number_texts(&d, c.texts.data, c.positions, 3, 14, ids),
                 DICTIONARY_DONE);
    cr_expect_eq(dictionary_number_texts(&d, c.texts.data, c.positions, 3, 13, ids),
                 DICTIONARY_TOO_BIG);
    static const int64_t numbers[] = {7, 7, 8};
    cr_expect_eq(dictionary_number_numbers(&d, numbers, 3, 8, 16, ids), DICTIONARY_DONE);
    cr_expect_eq(dictionary_number_numbers(&d, numbers, 3, 8, 15, ids), DICTIONARY_TOO_BIG);
    test_column_done(&c);
    dictionary_done(&d);
}

/* Against a search of all values before. */
Test(dictionary, ids_agree_with_a_plain_search)
{
    struct randomness random = randomness_new(10);
    struct dictionary d = {0};
    enum { COUNT = 3000 };
    static uint32_t ids[COUNT];
    static int64_t numbers[COUNT];
    for (unsigned round = 0; round < 6; round++) {
        struct test_column c;
        test_column_init(&c, PARQUET_BYTE_ARRAY, COUNT);
        uint64_t distinct = 1 + random_below(&random, round < 3 ? 50 : 5000);
        for (size_t i = 0; i < COUNT; i++) {
            char text[32];
            numbers[i] = (int64_t)(random_below(&random, distinct) * UINT64_C(0x100000000));
            test_column_add_text(
                &c, view_of(text, (size_t)snprintf(text, sizeof(text), "%" PRId64, numbers[i])));
        }
        for (unsigned is_text = 0; is_text < 2; is_text++) {
            cr_assert_eq(is_text ? dictionary_number_texts(&d, c.texts.data, c.positions, COUNT,
                                                           SIZE_MAX, ids)
                                 : dictionary_number_numbers(&d, numbers, COUNT, 8, SIZE_MAX, ids),
                         DICTIONARY_DONE);
            uint32_t next = 0;
            for (size_t i = 0; i < COUNT; i++) {
                size_t before = 0;
                while (numbers[before] != numbers[i])
                    before++;
                uint32_t expected = before < i ? ids[before] : next++;
                cr_assert_eq(ids[i], expected, "seed %" PRIu64, random.seed);
            }
            cr_assert_eq(d.count, next);
        }
        test_column_done(&c);
    }
    dictionary_done(&d);
}

Test(dictionary, texts_that_hardly_repeat_are_given_up_early_under_a_bound)
{
    enum { COUNT = 2 * DICTIONARY_TRIED };
    static uint32_t ids[COUNT];
    /* One text in `every` is the one before again. */
    static const struct {
        unsigned every;
        enum dictionary_result expected;
    } cases[] = {{1000, DICTIONARY_TOO_BIG}, {16, DICTIONARY_DONE}};
    for (size_t k = 0; k < 2; k++) {
        struct test_column c;
        struct dictionary d = {0};
        test_column_init(&c, PARQUET_BYTE_ARRAY, COUNT);
        for (unsigned i = 0; i < COUNT; i++) {
            char text[32];
            snprintf(text, sizeof(text), "%08u", i % cases[k].every == 0 && i > 0 ? i - 1 : i);
            test_column_add_text(&c, view_of_string(text));
        }
        cr_expect_eq(dictionary_number_texts(&d, c.texts.data, c.positions, COUNT, 1 << 20, ids),
                     cases[k].expected);
        cr_expect_eq(dictionary_number_texts(&d, c.texts.data, c.positions, COUNT, SIZE_MAX, ids),
                     DICTIONARY_DONE);
        test_column_done(&c);
        dictionary_done(&d);
    }
}

Test(dictionary, small_and_large_numbers_share_the_ids)
{
    static const int64_t numbers[] = {0, 255, 256, -1, 0, 255, INT64_MIN, 256, -1, 7, 255, 0};
    static const uint32_t expected[] = {0, 1, 2, 3, 0, 1, 4, 2, 3, 5, 1, 0};
    enum { COUNT = sizeof(numbers) / sizeof(*numbers) };
    uint32_t ids[COUNT];
    struct dictionary d = {0};
    cr_assert_eq(dictionary_number_numbers(&d, numbers, COUNT, 8, SIZE_MAX, ids), DICTIONARY_DONE);
    cr_expect_eq(memcmp(ids, expected, sizeof(ids)), 0);
    cr_expect_eq(d.count, 6);
    dictionary_done(&d);
}
