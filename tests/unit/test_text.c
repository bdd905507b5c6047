#include "util/text.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

static void expect(struct buf *got, const char *wanted)
{
    cr_assert_not(buf_failed(got));
    buf_append_byte(got, '\0');
    cr_expect_str_eq(got->data, wanted);
    buf_clear(got);
}

Test(text, json_strings_escape_what_json_and_terminals_need)
{
    struct buf out = {0};
    static const struct {
        struct view in;
        const char *out;
    } rows[] = {
        {VIEW(""), "\"\""},
        {VIEW("plain"), "\"plain\""},
        {VIEW("a\"b\\c"), "\"a\\\"b\\\\c\""},
        {VIEW("\n\r\t\x01\x1f"), "\"\\n\\r\\t\\u0001\\u001f\""},
        {VIEW("\x7f"), "\"\\u007f\""},
        {VIEW("\xc2\x85"), "\"\\u0085\""},     /* C1: next line */
        {VIEW("\xe2\x80\xa8"), "\"\\u2028\""}, /* line separator */
        {VIEW("\xc3\xa9\xf0\x9f\x98\x80"), "\"\xc3\xa9\xf0\x9f\x98\x80\""},
        {VIEW("a\xffz"), "\"a\xef\xbf\xbdz\""},
        {VIEW("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, /* a surrogate */
        {VIEW("\xc3"), "\"\xef\xbf\xbd\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        text_json_string(&out, rows[i].in);
        expect(&out, rows[i].out);
    }
    buf_done(&out);
}

Test(text, terminal_text_shows_what_could_steer_a_terminal)
{
    struct buf out = {0};
    text_for_terminal(&out, VIEW("a\x1b[31m\nb\xe2\x80\xae"
                                 "c\xff\xc2\x9b"));
    expect(&out, "a\\x1b[31m\\x0ab\\u202ec\\xff\\u009b");
    buf_done(&out);
}

Test(text, doubles_print_shortest_and_read_back)
{
    struct buf out = {0};
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0, "0"},
        {-0.0, "0"},
        {1, "1"},
        {128.83, "128.83"},
        {0.1, "0.1"},
        {100, "100"},
        {1e21, "1e+21"},
        {123456789.125, "123456789.125"},
        {1e-7, "1e-7"},
        {0.00001, "0.00001"},
        {-2.5, "-2.5"},
        {1.0 / 3, "0.3333333333333333"},
        {1e14, "100000000000000"},
        {5e-324, "5e-324"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        text_double(&out, rows[i].value);
        expect(&out, rows[i].text);
    }
    srand(7);
    for (int i = 0; i < 20000; i++) {
        union {
            uint64_t bits;
            double value;
        } u;
        u.bits = ((uint64_t)rand() << 42) ^ ((uint64_t)rand() << 21) ^ (uint64_t)rand();
        if (!isfinite(u.value))
            continue;
        text_double(&out, u.value);
        buf_append_byte(&out, '\0');
        cr_assert_eq(strtod(out.data, NULL), u.value, "%s", out.data);
        buf_clear(&out);
    }
    buf_done(&out);
}

Test(text, times_are_rfc_3339_with_milliseconds)
{
    struct buf out = {0};
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {1672920000123, "2023-01-05T12:00:00.123Z"},
        {951782400000, "2000-02-29T00:00:00.000Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
        {253402300800000, "253402300800000"},
        {-62167219200000, "0000-01-01T00:00:00.000Z"},
        {-62167219200001, "-62167219200001"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        text_time_ms(&out, rows[i].ms);
        expect(&out, rows[i].text);
    }
    buf_done(&out);
}

Test(text, days_are_those_of_the_calendar)
{
    /* An independent count, a day at a time over 800 years. */
    static const unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = days_from_civil(1600, 1, 1);
    for (int64_t year = 1600; year < 2400; year++) {
        bool leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
        for (unsigned month = 1; month <= 12; month++) {
            unsigned length = lengths[month - 1] + (leap && month == 2);
            cr_assert(civil_is_valid(year, month, length));
            cr_assert_not(civil_is_valid(year, month, length + 1));
            for (unsigned day = 1; day <= length; day++)
                cr_assert_eq(days_from_civil(year, month, day), days++);
        }
    }
    cr_expect_eq(days_from_civil(1970, 1, 1), 0);
    cr_expect_not(civil_is_valid(2023, 0, 1));
    cr_expect_not(civil_is_valid(2023, 13, 1));
    cr_expect_not(civil_is_valid(2023, 1, 0));
}

Test(text, a_byte_is_found_at_every_place_of_a_view)
{
    /* Neighbours of the byte and those that borrow in a subtraction. */
    static const char others[] = {'\\' - 1, '\\' + 1, '\\' ^ (char)0x80, 0, 1, (char)0xff};
    char text[40];
    for (size_t other = 0; other < sizeof(others); other++) {
        for (size_t size = 0; size < 32; size++) {
            memset(text, others[other], sizeof(text));
            text[size] = '\\'; /* behind the view */
            cr_assert(!view_has_byte(view_of(text, size), '\\'), "%zu bytes", size);
            for (size_t at = 0; at < size; at++) {
                memset(text, others[other], sizeof(text));
                text[at] = '\\';
                cr_assert(view_has_byte(view_of(text, size), '\\'), "%zu of %zu", at, size);
            }
        }
    }
}
