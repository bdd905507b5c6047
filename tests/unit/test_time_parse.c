#include "interpret/time_parse.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* What makes a time doubtful: nothing, or one of these. */
enum { SURE = 0, DOUBTFUL = 1, IMPOSSIBLE = 2 };

struct row {
    const char *text;
    size_t size;
    int doubt;
    int64_t ms;
};

static void check(const struct row *row, struct time_text t)
{
    cr_expect_eq(t.size, row->size, "%s has %zu bytes", row->text, t.size);
    if (t.size == 0)
        return;
    cr_expect_eq(t.is_valid, row->doubt != IMPOSSIBLE, "%s", row->text);
    cr_expect_eq(t.is_doubtful, row->doubt != SURE, "%s", row->text);
    if (t.is_valid)
        cr_expect_eq(t.ms, row->ms, "%s is %" PRId64, row->text, t.ms);
}

Test(time_parse, iso_times)
{
    static const struct row rows[] = {
        {"2023-01-05T11:00:05.843Z", 24, SURE, 1672916405843},
        {"2023-01-05T11:00:05Z", 20, SURE, 1672916405000},
        {"2023-01-05T11:00:05.8Z", 22, SURE, 1672916405800},
        {"2023-01-05T11:00:05.84Z rest", 23, SURE, 1672916405840},
        {"2023-01-05 11:00:05,843Z", 24, SURE, 1672916405843},
        {"2023-01-05T11:00:05.843+00:00", 29, SURE, 1672916405843},
        {"2023-01-05T13:30:05.843+0230", 28, SURE, 1672916405843},
        {"2023-01-05T01:00:05.843-10:00", 29, SURE, 1672916405843},
        {"2023-01-05T11:00:05.843999Z", 27, DOUBTFUL, 1672916405843},
        {"2023-01-05T11:00:05.8439999999999999Z", 37, DOUBTFUL, 1672916405843},
        {"2023-01-05T11:00:05.843", 23, DOUBTFUL, 1672916405843},
        {"2023-01-05T11:00:05", 19, DOUBTFUL, 1672916405000},
        {"2023-01-05T11:00:05.", 19, DOUBTFUL, 1672916405000},
        {"2023-01-05T11:00:05+99:00", 19, DOUBTFUL, 1672916405000},
        {"2023-01-05T11:00:05+24:00", 19, DOUBTFUL, 1672916405000},
        {"2023-01-05T11:00:05+00:60", 19, DOUBTFUL, 1672916405000},
        {"2023-01-05T11:00:05+23:59", 25, SURE, 1672830065000},
        {"2023-01-05T11:00:05+0", 19, DOUBTFUL, 1672916405000},
        {"1970-01-01T00:00:00.000Z", 24, SURE, 0},
        {"1969-12-31T23:59:59.999Z", 24, SURE, -1},
        {"0000-01-01T00:00:00.000Z", 24, SURE, -62167219200000},
        {"9999-12-31T23:59:59.999Z", 24, SURE, 253402300799999},
        {"2024-02-29T00:00:00.000Z", 24, SURE, 1709164800000},
        {"2023-02-29T00:00:00.000Z", 24, IMPOSSIBLE, 0},
        {"1900-02-29T00:00:00.000Z", 24, IMPOSSIBLE, 0},
        {"2023-00-10T00:00:00.000Z", 24, IMPOSSIBLE, 0},
        {"2023-13-10T00:00:00.000Z", 24, IMPOSSIBLE, 0},
        {"2023-04-31T00:00:00.000Z", 24, IMPOSSIBLE, 0},
        {"2023-01-00T00:00:00.000Z", 24, IMPOSSIBLE, 0},
        {"2023-01-05T24:00:00.000Z", 24, IMPOSSIBLE, 0},
        {"2023-01-05T11:60:00.000Z", 24, IMPOSSIBLE, 0},
        {"2023-01-05T11:00:60.000Z", 24, IMPOSSIBLE, 0},
        {"2023/01/05T11:00:05.843Z", 0, SURE, 0},
        {"2023/01-05T11:00:05.843Z", 0, SURE, 0},
        {"2023-01/05T11:00:05.843Z", 0, SURE, 0},
        {"2023-01-05T11.00:05.843Z", 0, SURE, 0},
        {"2023-01-05T11:00.05.843Z", 0, SURE, 0},
        {"2023-01-05_11:00:05.843Z", 0, SURE, 0},
        {"2023-01-05T11:00", 0, SURE, 0},
        {"2023-01-05T11-00-05.843Z", 0, SURE, 0},
        {"x023-01-05T11:00:05.843Z", 0, SURE, 0},
        {"2023-01-05T11:00:0x.843Z", 0, SURE, 0},
        {"", 0, SURE, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(&rows[i], time_parse_iso(view_of_string(rows[i].text)));
}

Test(time_parse, times_of_gos_log_package)
{
    static const struct row rows[] = {
        {"2020/03/27 03:40:05 text", 19, DOUBTFUL, 1585280405000},
        {"2020/03/27 03:40:05.123456 text", 26, DOUBTFUL, 1585280405123},
        {"2020/02/30 03:40:05", 19, IMPOSSIBLE, 0},
        {"2020-03-27 03:40:05", 0, SURE, 0},
        {"2020/03/27T03:40:05", 0, SURE, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(&rows[i], time_parse_go(view_of_string(rows[i].text)));
}

Test(time_parse, whole_texts)
{
    static const struct row rows[] = {
        {"2023-01-05T11:00:05.843Z", 24, SURE, 1672916405843},
        {"2023-01-05T11:00:05.843Z ", 0, SURE, 0},
        {"1672916405843", 13, SURE, 1672916405843},
        {"100000000000", 12, SURE, 100000000000},
        {"99999999999", 0, SURE, 0},
        {"167291640584300", 0, SURE, 0},
        {"1672916405.84", 0, SURE, 0},
        {"today", 0, SURE, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(&rows[i], time_parse_whole(view_of_string(rows[i].text)));
}

Test(time_parse, every_day_agrees_with_timegm)
{
    struct tm tm = {.tm_year = 70, .tm_mday = 1, .tm_hour = 7, .tm_min = 8, .tm_sec = 9};
    for (time_t at = timegm(&tm); at < 4102444800; at += 86400) {
        char text[64];
        gmtime_r(&at, &tm);
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.017Z", &tm);
        struct time_text t = time_parse_iso(view_of_string(text));
        cr_assert(t.is_valid && t.ms == at * 1000 + 17, "%s is %" PRId64, text, t.ms);
    }
}

Test(time_parse, old_python_wrote_milliseconds_without_leading_zeros)
{
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"2023-01-05T11:00:05.7Z", 1672916405007},  {"2023-01-05T11:00:05.43Z", 1672916405043},
        {"2023-01-05T11:00:05.05Z", 1672916405005}, {"2023-01-05T11:00:05.843Z", 1672916405843},
        {"2023-01-05T11:00:05Z", 1672916405000},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct time_text t = time_parse_iso(view_of_string(rows[i].text));
        time_unpad_milliseconds(&t);
        cr_expect_eq(t.ms, rows[i].ms, "%s is %" PRId64, rows[i].text, t.ms);
    }
}
