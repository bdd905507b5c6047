#include "interpret/number_parse.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

Test(number_parse, doubles_are_the_nearest)
{
    static const struct {
        const char *text;
        double expected;
    } rows[] = {
        {"0", 0.0},
        {"128.83", 128.83},
        {"-0.5", -0.5},
        {"007", 7.0},
        {"1e3", 1000.0},
        {"1E-2", 0.01},
        {"1.5e+2", 150.0},
        {"9007199254740993", 9007199254740992.0},
        {"9007199254740993.5", 9007199254740994.0},
        {"123456789012345678901234567890", 123456789012345678901234567890.0},
        {"1e22", 1e22},
        {"1e23", 1e23},
        {"0.1e-30", 1e-31},
        {"2.2250738585072011e-308", 0x0.fffffffffffffp-1022},
        {"4.9e-324", 0x1p-1074},
        {"1e-400", 0.0},
        {"1.7976931348623157e308", 0x1.fffffffffffffp1023},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double value = -1;
        cr_expect(number_parse_double(view_of_string(rows[i].text), &value), "%s", rows[i].text);
        cr_expect(memcmp(&value, &rows[i].expected, sizeof(value)) == 0, "%s is %a", rows[i].text,
                  value);
    }
}

Test(number_parse, what_is_no_finite_number_is_refused)
{
    static const char *const rows[] = {
        "",
        "-",
        "+1",
        ".5",
        "1.",
        "1.e1",
        "1e",
        "1e+",
        "0x10",
        "nan",
        "inf",
        "1 ",
        " 1",
        "1,5",
        "1_0",
        "--1",
        "1e5x",
        "1e309",
        "-1e999999999999",
        "00000000000000000000000000000000000000000000000000000000000000001",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double value = 42;
        cr_expect_not(number_parse_double(view_of_string(rows[i]), &value), "%s", rows[i]);
        cr_expect(value == 42);
    }
}

static uint64_t seed_of(void)
{
    const char *text = getenv("MILLRACE_TEST_SEED");
    return text ? strtoull(text, NULL, 10) : 1;
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

Test(number_parse, doubles_agree_with_strtod)
{
    uint64_t seed = seed_of();
    uint64_t state = seed;
    for (unsigned i = 0; i < 200000; i++) {
        char text[64];
        unsigned digits = (unsigned)(next_random(&state) % 20) + 1;
        size_t size = 0;
        unsigned point = (unsigned)(next_random(&state) % (digits + 4));
        for (unsigned d = 0; d < digits; d++) {
            text[size++] = (char)('0' + next_random(&state) % 10);
            if (d == point && d + 1 < digits)
                text[size++] = '.';
        }
        if (next_random(&state) % 3 == 0)
            size += (size_t)snprintf(text + size, 16, "e%d", (int)(next_random(&state) % 60) - 30);
        text[size] = '\0';
        double expected = strtod(text, NULL);
        double value = 0;
        cr_assert(number_parse_double(view_of(text, size), &value), "seed %" PRIu64 ": %s", seed,
                  text);
        cr_assert(memcmp(&value, &expected, sizeof(value)) == 0, "seed %" PRIu64 ": %s is %a", seed,
                  text, value);
    }
}

Test(number_parse, integers)
{
    static const struct {
        const char *text;
        bool is_integer;
        int64_t expected;
    } rows[] = {
        {"0", true, 0},
        {"200", true, 200},
        {"-17", true, -17},
        {"100.0", true, 100},
        {"100.000", true, 100},
        {"1583425836114", true, 1583425836114},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"99999999999999999999", false, 0},
        {"1.5", false, 0},
        {"1e3", false, 0},
        {"", false, 0},
        {"x", false, 0},
        {"1x", false, 0},
        {"-", false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t value = 0;
        cr_expect_eq(number_parse_integer(view_of_string(rows[i].text), &value), rows[i].is_integer,
                     "%s", rows[i].text);
        if (rows[i].is_integer)
            cr_expect_eq(value, rows[i].expected, "%s is %" PRId64, rows[i].text, value);
    }
}

Test(number_parse, integer_parts_come_from_the_digits)
{
    static const struct {
        const char *text;
        bool has_floor;
        int64_t expected;
    } rows[] = {
        {"3005.00", true, 3005},
        {"3004.99", true, 3004},
        {"2.99999999999999999", true, 2},
        {"0.999", true, 0},
        {"0", true, 0},
        {"3.0059e3", true, 3005},
        {"5e-1", true, 0},
        {"5e-9999", true, 0},
        {"0e9999", true, 0},
        {"12e4", true, 120000},
        {"999999999999999999", true, 999999999999999999},
        {"1e18", false, 0},
        {"1e9999", false, 0},
        {"1000000000000000000.5", false, 0},
        {"-1", false, 0},
        {"x", false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t value = 0;
        cr_expect_eq(number_parse_floor(view_of_string(rows[i].text), &value), rows[i].has_floor,
                     "%s", rows[i].text);
        if (rows[i].has_floor)
            cr_expect_eq(value, rows[i].expected, "%s is %" PRId64, rows[i].text, value);
    }
}

/* Eight digits are read at once: a byte that is none is seen at each place. */
Test(number_parse, integers_hold_digits_only)
{
    char text[18];
    for (size_t size = 1; size <= sizeof(text); size++) {
        for (size_t at = 0; at < size; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                int64_t value = -1, expected = 0;
                memset(text, '7', size);
                text[at] = (char)byte;
                if (at == 0 && byte == '-')
                    continue; /* a negative number */
                for (size_t i = 0; i < size; i++)
                    expected = expected * 10 + (text[i] - '0');
                bool is_digit = byte >= '0' && byte <= '9';
                cr_assert(number_parse_integer(view_of(text, size), &value) == is_digit,
                          "byte %u at %zu of %zu", byte, at, size);
                cr_assert(!is_digit || value == expected, "byte %u at %zu of %zu", byte, at, size);
            }
        }
    }
}
