#include "plan/discover.h"
#include "util/text.h"

#include <criterion/criterion.h>
#include <stdio.h>

struct row {
    const char *name;
    const char *time; /* NULL: the key tells none */
};

static const char uuid[] = "3f2b0c1e-7a44-4d5e-9b1f-0123456789ab";

Test(key_hour, keys_tell_their_hour)
{
    static const struct row rows[] = {
        {"b/2023/01/05/12/pay-eu-west-1-Log-Sink-1-2023-01-05-12-07-33-%s",
         "2023-01-05T12:00:00.000Z"},
        {"b/pay-eu-west-1-Log-Sink-1-2023-01-05-12-07-33-%s.gz", "2023-01-05T12:00:00.000Z"},
        /* The stream's own name may look like a stamp: the right one counts. */
        {"b/x-2020-01-01-00-00-00-y-1-2023-01-05-23-59-59-%s", "2023-01-05T23:00:00.000Z"},
        /* The file name wins over the folders. */
        {"b/2023/01/05/12/s-1-2023-01-06-01-00-00-%s", "2023-01-06T01:00:00.000Z"},
        {"b/2023/01/05/12/other", "2023-01-05T12:00:00.000Z"},
        {"b/2023/01/05/other", "2023-01-05T00:00:00.000Z"},
        {"b/2023/01/05/99/other", "2023-01-05T00:00:00.000Z"},
        {"b/2022/12/31/23/processing-failed/2023/01/01/00/x", "2023-01-01T00:00:00.000Z"},
        {"b/dt=2023-01-05/x", "2023-01-05T00:00:00.000Z"},
        {"b/2023-01-05/x", "2023-01-05T00:00:00.000Z"},
        {"b/exportedlogs/t/2019-06-07-[$LATEST]abc/000000.gz", "2019-06-07T00:00:00.000Z"},
        {"b/2023/02/29/12/x", NULL},
        {"b/s-1-2023-13-05-12-07-33-%s", NULL},
        {"b/12023-01-05/x", NULL},
        {"b/1999/01/05/12/x", NULL},
        {"x", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char name[256];
        int64_t ms;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(name, sizeof(name), rows[i].name, uuid);
#pragma GCC diagnostic pop
        bool found = key_hour(view_of_string(name), &ms);
        cr_expect_eq(found, rows[i].time != NULL, "%s", name);
        if (!found || rows[i].time == NULL)
            continue;
        struct buf text = {0};
        text_time_ms(&text, ms);
        buf_append_byte(&text, '\0');
        cr_expect_str_eq(text.data, rows[i].time, "%s: %s", name, text.data);
        buf_done(&text);
    }
}
