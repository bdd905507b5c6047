#include "interpret/event.h"

#include "util/buf.h"

#include <criterion/criterion.h>

Test(event, columns_have_the_names_and_types_of_the_dataset)
{
    static const struct column_info expected[] = {
        {"timestamp", TYPE_TIME_MS},   {"logged_at", TYPE_TIME_MS},
        {"event_id", TYPE_TEXT},       {"account_id", TYPE_TEXT},
        {"region", TYPE_TEXT},         {"log_group", TYPE_TEXT},
        {"log_stream", TYPE_TEXT},     {"kind", TYPE_TEXT},
        {"level", TYPE_TEXT},          {"severity_number", TYPE_INT32},
        {"title", TYPE_TEXT},          {"message", TYPE_TEXT},
        {"code", TYPE_TEXT},           {"error_type", TYPE_TEXT},
        {"error_message", TYPE_TEXT},  {"stack", TYPE_TEXT},
        {"reason", TYPE_TEXT},         {"promise", TYPE_TEXT},
        {"request_id", TYPE_TEXT},     {"trace_id", TYPE_TEXT},
        {"details", TYPE_JSON},        {"attributes", TYPE_JSON},
        {"raw_message", TYPE_TEXT},    {"duration_ms", TYPE_DOUBLE},
        {"init_ms", TYPE_DOUBLE},      {"billed_ms", TYPE_INT64},
        {"memory_mb", TYPE_INT32},     {"max_memory_mb", TYPE_INT32},
        {"fingerprint", TYPE_TEXT},    {"source_object", TYPE_TEXT},
        {"source_offset", TYPE_INT64}, {"record_index", TYPE_INT32},
        {"event_index", TYPE_INT32},
    };
    cr_assert_eq(sizeof(expected) / sizeof(expected[0]), COLUMN_COUNT);
    for (enum column c = 0; c < COLUMN_COUNT; c++) {
        cr_expect_str_eq(column_info[c].name, expected[c].name);
        cr_expect_eq(column_info[c].type, expected[c].type, "%s", expected[c].name);
    }
}

Test(event, kinds_have_names)
{
    static const char *const expected[] = {"log", "text",   "timeout", "crash",    "start",
                                           "end", "report", "init",    "platform", "metric"};
    cr_assert_eq(sizeof(expected) / sizeof(expected[0]), KIND_COUNT);
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        cr_expect_str_eq(kind_name(kind), expected[kind]);
}

Test(event, null_views_are_absent_and_empty_ones_present)
{
    struct event e = {0};
    event_set_text(&e, COL_TITLE, VIEW_NULL);
    event_set_text(&e, COL_CODE, VIEW(""));
    cr_expect_not(event_has(&e, COL_TITLE));
    cr_expect(view_is_null(event_text(&e, COL_TITLE)));
    cr_expect(event_has(&e, COL_CODE));
    cr_expect_eq(event_text(&e, COL_CODE).size, 0);
}

Test(event, json_has_a_key_per_present_column_in_their_order)
{
    struct event e = {0};
    event_set_integer(&e, COL_EVENT_INDEX, 3);
    event_set_integer(&e, COL_SOURCE_OFFSET, -(1LL << 40));
    event_set_real(&e, COL_DURATION_MS, 128.83);
    event_set_text(&e, COL_ATTRIBUTES, VIEW("{\"a\":\"b\"}"));
    event_set_text(&e, COL_MESSAGE, VIEW("line\n\"two\"\\\x01\xc3\xa9"));
    event_set_text(&e, COL_KIND, VIEW("text"));
    event_set_text(&e, COL_CODE, VIEW(""));
    event_set_integer(&e, COL_TIMESTAMP, 1672916405843);
    struct buf out = {0};
    event_append_json(&e, &out);
    struct view expected = VIEW(
        "{\"timestamp\":\"2023-01-05T11:00:05.843Z\",\"kind\":\"text\",\"message\":\"line\\n"
        "\\\"two\\\"\\\\\\u0001\xc3\xa9\",\"code\":\"\",\"attributes\":\"{\\\"a\\\":\\\"b\\\"}\","
        "\"duration_ms\":128.83,\"source_offset\":-1099511627776,\"event_index\":3}\n");
    cr_expect(view_equals(buf_view(&out), expected), "%.*s", (int)out.size, out.data);
    buf_done(&out);
}
