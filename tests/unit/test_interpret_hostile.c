/* Whatever a message holds, interpretation is quick, bounded and the same twice. */
#include "interpret_case.h"

#include <time.h>

/* Text that some rule looks for; random strings of these reach most branches. */
static const char *const pieces[] = {
    TIME,
    ID,
    "undefined",
    "\t",
    " ",
    "\n",
    "\r",
    "\\n",
    "\\t",
    "    ",
    "ERROR",
    "INFO",
    "WARNING",
    "FATAL ERROR:",
    "[ERROR]",
    "[Information] - ",
    "LAMBDA_WARNING:",
    "info",
    "fail",
    "I, [",
    "2019-10-26T10:04:01.689856 #8]",
    "-- : ",
    "2020/03/27 03:40:05",
    "2023-01-05 11:00:05",
    "Task timed out after 3.00 seconds",
    "START RequestId: ",
    "END RequestId: ",
    "REPORT RequestId: ",
    "Duration: 3005.00 ms",
    "Status: timeout",
    "Status: error",
    "Error Type: Runtime.ExitError",
    "Init Duration: 1e999 ms",
    "RequestId: ",
    "Error: Runtime exited",
    "Process exited before completing request",
    "INIT_REPORT ",
    "EXTENSION",
    "Name: ",
    "JavaScript heap out of memory",
    "MemoryError",
    "at f (a.js:1:2)",
    "File \"a\", line 1",
    "goroutine 1 [",
    "\tx.go:1",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "\"level\":",
    "\"warn\"",
    "\"message\":",
    "\"code\":",
    "\"ForceRetryExecution\"",
    "\"errorType\":",
    "\"error\":",
    "\"stack\":",
    "\"stackTrace\":",
    "\"timestamp\":",
    "\"time\":",
    "\"type\":",
    "\"platform.report\"",
    "\"platform.fault\"",
    "\"platform.initReport\"",
    "\"record\":",
    "\"status\":",
    "\"timeout\"",
    "\"metrics\":",
    "\"durationMs\":",
    "3005.00",
    "null",
    "true",
    "0",
    "17",
    "{}",
    "[]",
    "\"\"",
    "\"a\":1",
    "\"\\ud800\"",
    "\"\\u0061\":2",
    "\"prefix\":",
    "\"_aws\":",
    "\"CloudWatchMetrics\":",
    "\"X-Amzn-Trace-Id\":",
    "\"Root=1-a;Parent=b\"",
    "\"reason\":",
    "\"promise\":",
    "\"details\":",
    "\"requestId\":",
    "\xc3\xa9",
    "\xc2\xa0",
    "\xf0\x9f\x98\x80",
    "2023/01/05/[$LATEST]20bddfd5a2dc4c6b97ac02800eae90d0 ",
};
#define PIECES_COUNT (sizeof(pieces) / sizeof(pieces[0]))

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

static void append_random(struct buf *text, const char *const *from, size_t count, uint64_t *state)
{
    const char *piece = from[next_random(state) % count];
    buf_append(text, piece, strlen(piece));
}

/* A sound object of members that mean something. */
static void append_object(struct buf *text, unsigned depth, uint64_t *state)
{
    static const char *const keys[] = {
        "a",
        "b",
        "\\u0061",
        "_aws",
        "AWSRequestId",
        "CloudWatchMetrics",
        "code",
        "details",
        "error",
        "errorMessage",
        "errorType",
        "function_request_id",
        "level",
        "log_level",
        "message",
        "messag\\u0065",
        "metrics",
        "name",
        "prefix",
        "promise",
        "reason",
        "record",
        "requestId",
        "stack",
        "stackTrace",
        "status",
        "time",
        "timestamp",
        "title",
        "trace_id",
        "tracing",
        "type",
        "value",
        "x-amzn-trace-id",
        "durationMs",
        "xray_trace_id",
    };
    static const char *const values[] = {
        "null",
        "true",
        "1",
        "0",
        "30",
        "1672916405843",
        "3005.00",
        "\"\"",
        "\"warn\"",
        "\"Fail\"",
        "\"timeout\"",
        "\"platform.report\"",
        "\"platform.fault\"",
        "\"platform.initReport\"",
        "\"RequestId: x Error: y\\nRuntime.Z\"",
        "[\"a\",\"b\\n\"]",
        "[]",
        "[1]",
        "\"\\ud800\"",
        "\"ForceRetryExecution\"",
        "\"" TIME "\"",
        "\"" ID "\"",
        "\"Root=1-a;Parent=b\"",
    };
    buf_append_byte(text, '{');
    for (uint64_t left = next_random(state) % 8, first = left; left > 0; left--) {
        buf_append(text, ",", left != first);
        buf_append_byte(text, '"');
        append_random(text, keys, sizeof(keys) / sizeof(keys[0]), state);
        buf_append(text, "\":", 2);
        if (depth > 0 && next_random(state) % 3 == 0)
            append_object(text, depth - 1, state);
        else
            append_random(text, values, sizeof(values) / sizeof(values[0]), state);
    }
    buf_append_byte(text, '}');
}

static struct view random_text(uint64_t *state)
{
    static const char *const heads[] = {"", "", "ERROR\tInvoke Error \t", "[WARN] words ",
                                        TIME "\t" ID "\tINFO\t"};
    struct buf text = {0};
    if (next_random(state) % 2 == 0) {
        append_random(&text, heads, sizeof(heads) / sizeof(heads[0]), state);
        append_object(&text, 2, state);
    } else {
        for (uint64_t left = next_random(state) % 24; left > 0; left--)
            append_random(&text, pieces, PIECES_COUNT, state);
    }
    struct view copy = padded(text.data ? text.data : "", text.size);
    buf_done(&text);
    return copy;
}

/* What holds of every row. */
static void check_row(const struct event *e, struct json_parser *p, struct view message)
{
    cr_assert(event_has(e, COL_KIND));
    cr_assert(e->is_ignored || event_has(e, COL_LEVEL));
    static const enum column json_columns[] = {COL_DETAILS, COL_ATTRIBUTES};
    for (size_t i = 0; i < 2; i++) {
        struct json_value root;
        struct view json = event_text(e, json_columns[i]);
        cr_assert(view_is_null(json) || json_parse(p, json, &root, NULL) == RC_OK, "%.*s in %.*s",
                  (int)json.size, json.data, (int)message.size, message.data);
        cr_assert(view_is_null(json) || !json_has_duplicate_keys(p, root) ||
                  event_has(e, COL_RAW_MESSAGE));
    }
    for (enum column c = 0; c < COLUMN_COUNT; c++) {
        bool is_text = column_info[c].type == TYPE_TEXT || column_info[c].type == TYPE_JSON;
        struct view text = is_text ? event_text(e, c) : VIEW_NULL;
        for (size_t at = 0; at < text.size;) {
            unsigned length = utf8_length(text, at);
            cr_assert(length > 0, "%s is not UTF-8 in %.*s", column_info[c].name, (int)message.size,
                      message.data);
            at += length;
        }
    }
}

Test(interpret_hostile, random_lines_give_sound_rows_and_the_same_twice)
{
    static const struct view codes[] = {{"ForceRetryExecution", 19}};
    struct interpret_options options = {RAW_AUTO, codes, 1};
    struct interpreter *one = new_interpreter(&options);
    struct interpreter *two = new_interpreter(&options);
    enum cpu cpu;
    cpu_choose(&cpu);
    struct json_parser *p = json_parser_new(cpu, 1 << 20);
    uint64_t seed = seed_of();
    uint64_t state = seed;
    struct event_context context = {0};
    struct buf first = {0}, second = {0};
    for (unsigned i = 0; i < 100000; i++) {
        struct view message = random_text(&state);
        bool is_extracted = next_random(&state) % 4 == 0;
        struct view event_part = is_extracted ? random_text(&state) : VIEW_NULL;
        struct raw_event raw = {.message = message,
                                .extracted_event = event_part,
                                .is_extracted = is_extracted,
                                .is_foreign = next_random(&state) % 8 == 0};
        struct event a, b;
        cr_assert_eq(interpret_event(one, &raw, &context, &a), RC_OK);
        buf_clear(&first);
        event_append_json(&a, &first);
        check_row(&a, p, message);
        cr_assert_eq(interpret_event(two, &raw, &context, &b), RC_OK);
        buf_clear(&second);
        event_append_json(&b, &second);
        cr_assert(view_equals(buf_view(&first), buf_view(&second)), "seed %" PRIu64 ": %.*s", seed,
                  (int)message.size, message.data);
        free((char *)message.data);
        free((char *)event_part.data);
    }
    buf_done(&first);
    buf_done(&second);
    json_parser_free(p);
    interpreter_free(one);
    interpreter_free(two);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* `head`, `piece` until there are two million bytes, `tail`. */
static struct view repeated(const char *head, const char *piece, const char *tail)
{
    struct buf text = {0};
    buf_append(&text, head, strlen(head));
    while (text.size < 2000000)
        buf_append(&text, piece, strlen(piece));
    buf_append(&text, tail, strlen(tail));
    buf_reserve(&text, 64);
    return buf_view(&text);
}

Test(interpret_hostile, large_messages_take_linear_time)
{
    static const struct {
        const char *head, *piece, *tail;
    } rows[] = {
        {"", "x", ""},
        {"", "\n", ""},
        {"", "\r", ""},
        {"x\n", "at (", ""},
        {"", "at f\n", ""},
        {"", "at f\r", "\n"},
        {"x", "\n\tx.go:", ""},
        {"x\n", "File \"\", line ", ""},
        {"x\nat ", "1:", ""},
        {"", "{", "}"},
        {"ERROR ", " ", "{}"},
        {"ERROR {", "\"", "}"},
        {"{\"a\":", "[", "}"},
        {"{\"a\":\"", "\\u0061", "\"}"},
        {"{\"stack\":[\"", "\",\"\\n", "\"]}"},
        {"{\"level\":\"", "\\u0061", "\"}"},
        {"{\"X-Amzn-Trace-Id\":\"", ";", "\"}"},
        {"START RequestId: ", "\\n", ""},
        {"REPORT RequestId: ", "Duration: ", ""},
        {"REPORT RequestId: ", "Status", ""},
        {"REPORT RequestId: ", "\\", ""},
        {"RequestId: x Error: ", "\\n", ""},
        {"RequestId: ", "x", " Error: "},
        {"", "memory", ""},
        {"", "JavaScript heap ", "memory"},
        {"Task timed out after ", "1", " seconds"},
        {"", "\xc2\xa0", ""},
        {"x\n", "\xc2\xa0", ""},
        {"[INFO]\t", TIME "\t", ""},
        {"{\"timestamp\":\"" TIME, "0", "\"}"},
        {"{\"timestamp\":", "1", "}"},
        {"{\"type\":\"platform.report\",\"record\":{\"status\":\"", "\\u0061", "\"}}"},
        {"{\"type\":\"platform.fault\",\"record\":\"RequestId: x ", "\\u0061", "\"}"},
    };
    struct interpret_options options = {0};
    struct interpreter *in = new_interpreter(&options);
    struct event_context context = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct view message = repeated(rows[i].head, rows[i].piece, rows[i].tail);
        struct raw_event raw = {.message = message, .extracted_event = VIEW_NULL};
        struct event e;
        double begin = seconds_now();
        cr_assert_eq(interpret_event(in, &raw, &context, &e), RC_OK);
        raw.extracted_event = message;
        cr_assert_eq(interpret_event(in, &raw, &context, &e), RC_OK);
        double seconds = seconds_now() - begin;
        /* Linear is milliseconds, quadratic minutes. */
        cr_expect(seconds < 2, "%s%s…%s takes %f s", rows[i].head, rows[i].piece, rows[i].tail,
                  seconds);
        free((char *)message.data);
    }
    interpreter_free(in);
}

/* An object of `count` members, keys from `format`; data and siblings if nested. */
static struct view object_of(unsigned count, const char *format, bool is_nested)
{
    struct buf text = {0};
    buf_append_byte(&text, '{');
    for (unsigned i = 0; i < count; i++) {
        buf_append(&text, ",", i > 0);
        buf_printf(&text, format, i);
    }
    if (is_nested) {
        buf_printf(&text, ",\"message\":{");
        for (unsigned i = 0; i < count; i++) {
            buf_append(&text, ",", i > 0);
            buf_printf(&text, format, i);
        }
        buf_append_byte(&text, '}');
    }
    buf_append_byte(&text, '}');
    buf_reserve(&text, 64);
    return buf_view(&text);
}

Test(interpret_hostile, many_members_are_sorted_not_compared_in_pairs)
{
    struct interpret_options options = {0};
    struct interpreter *in = new_interpreter(&options);
    struct event_context context = {0};
    struct event e;

    struct view message = object_of(100000, "\"k%u\":1", true);
    struct raw_event raw = {.message = message};
    cr_assert_eq(interpret_event(in, &raw, &context, &e), RC_OK);
    struct view once = object_of(100000, "\"k%u\":1", false);
    cr_expect(view_equals(event_text(&e, COL_ATTRIBUTES), once), "data win over siblings");
    free((char *)message.data);

    message = object_of(200000, "\"same\":%u", false);
    raw.message = message;
    cr_assert_eq(interpret_event(in, &raw, &context, &e), RC_OK);
    cr_expect(view_equals(event_text(&e, COL_ATTRIBUTES), VIEW("{\"same\":199999}")));
    cr_expect(event_has(&e, COL_RAW_MESSAGE));
    free((char *)message.data);
    free((char *)once.data);
    interpreter_free(in);
}

Test(interpret_hostile, a_payload_of_too_many_members_is_unsound)
{
    struct interpret_options options = {0};
    struct interpreter *in = new_interpreter(&options);
    struct event_context context = {0};
    struct event e;
    for (unsigned extra = 0; extra < 2; extra++) {
        struct view message = object_of((1u << 18) + extra, "\"%u\":1", false);
        struct raw_event raw = {.message = message};
        cr_assert_eq(interpret_event(in, &raw, &context, &e), RC_OK);
        bool is_unsound = view_equals(event_text(&e, COL_ATTRIBUTES),
                                      VIEW("{\"payload_error\":\"invalid JSON\"}"));
        cr_expect_eq(is_unsound, extra == 1);
        cr_expect_eq(event_has(&e, COL_RAW_MESSAGE), extra == 1);
        free((char *)message.data);
    }
    interpreter_free(in);
}

Test(interpret_hostile, members_of_a_few_dozen_keys_keep_their_order_whichever_way_they_are_found)
{
    struct interpret_options options = {0};
    struct interpreter *in = new_interpreter(&options);
    struct event_context context = {0};
    struct event e;
    /* Around the count at which sorting takes over from comparing pairs. */
    for (unsigned count = 1; count < 60; count++) {
        struct view message = object_of(count, "\"k%u\":1,\"twice\":2", true);
        struct view plain = object_of(count, "\"k%u\":1", false);
        struct raw_event raw = {.message = message};
        cr_assert_eq(interpret_event(in, &raw, &context, &e), RC_OK);
        /* `twice` keeps its first place, behind k0. */
        struct buf expected = {0};
        size_t first = strlen("{\"k0\":1");
        buf_append(&expected, plain.data, first);
        buf_printf(&expected, ",\"twice\":2");
        buf_append_view(&expected, view_from(plain, first));
        cr_expect(view_equals(event_text(&e, COL_ATTRIBUTES), buf_view(&expected)), "%u keys",
                  count);
        buf_done(&expected);
        free((char *)message.data);
        free((char *)plain.data);
    }
    interpreter_free(in);
}
