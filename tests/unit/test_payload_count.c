/* Which payloads are counted from one walk. That the counts are right is checked
 * by test_glance.c, which compares them with those of the whole way. */

#include "interpret/payload_count.h"

#include "limits.h"

#include <criterion/criterion.h>

#define ID "6bc28136-3fa1-45b4-b517-5ab0ce6649d0"
#define TIME "2023-01-05T11:00:05.843Z"

static const struct view codes[] = {{"ForceRetryExecution", 19}};
static const struct interpret_options options = {RAW_AUTO, codes, 1, true};

static const struct {
    const char *message;
    bool is_counted;
} cases[] = {
    {"{}", true},
    {"{\"level\":\"WARN\",\"requestId\":\"" ID "\",\"message\":{\"level\":\"debug\"}}", true},
    {"INFO {\"level\":\"notice\"}", true},
    {"INFO {\"level\":30,\"log_level\":\"x\"}", true},
    {"{\"level\":\"ERROR\"}", false},
    {"INFO {\"level\":60}", false},
    {"ERROR {\"message\":\"x\"}", false},
    {"INFO {\"level\":\"l\\u0065vel\"}", false},
    {"INFO {\"l\\u0065vel\":\"x\"}", false},
    {"INFO {\"level\":\"INFO\",\"level\":\"INFO\"}", false},
    {"INFO {\"x\":1,\"x\":2}", true},
    {"INFO {\"title\":\"[Action Required] x\"}", false},
    {"INFO {\"title\":\"\\u005bAction Required] x\"}", false},
    {"INFO {\"title\":\"An \\\"action\\\"\"}", true},
    {"INFO {\"code\":\"forceretryexecution\"}", false},
    {"INFO {\"code\":\"other\"}", true},
    {"INFO {\"message\":{\"code\":\"ForceRetryExecution\"}}", false},
    {"{\"stack\":\"x\"}", false},
    {"INFO {\"stack\":\"x\"}", true},
    {"INFO {\"_aws\":{\"CloudWatchMetrics\":[]}}", true},
    {"INFO {\"_aws\":{\"CloudWatch\\u004detrics\":[]}}", false},
    {"INFO {\"a\":}", false},
    {"INFO {\"a\":1}}", false},
    {"{\"timestamp\":\"" TIME "\",\"level\":\"INFO\"}", true},
    {"{\"requestId\":\"\\u0061\"}", false},
    {"{\"time\":\"" TIME "\",\"type\":\"platform.start\",\"record\":{\"requestId\":\"" ID "\"}}",
     true},
    {"{\"type\":\"platform.report\",\"record\":{\"metrics\":{\"durationMs\":1}}}", true},
    {"{\"type\":\"platform.report\",\"record\":{\"status\":\"timeout\"}}", false},
    {"{\"type\":\"platform.report\",\"record\":{\"status\":\"Success\"}}", true},
    {"{\"type\":\"platform.fault\",\"record\":\"x\"}", false},
    {"{\"type\":\"pl\\u0061tform.start\",\"record\":{}}", false},
};

static bool is_counted(struct interpreter *in, const char *message)
{
    struct buf text = {0};
    struct event event = {0}, before = {0};
    struct line line;
    buf_append_view(&text, view_of_string(message));
    cr_assert(buf_reserve(&text, INPUT_SLACK_BYTES));
    line_parse(buf_view(&text), &line);
    size_t open = view_find_byte(line.text, '{', 0);
    bool is_counted = payload_count(in, &line, view_from(line.text, open), &event);
    cr_expect(is_counted || memcmp(&event, &before, sizeof(event)) == 0,
              "%s: not counted, and told", message);
    buf_done(&text);
    return is_counted;
}

Test(payload_count, counts_what_is_no_alert_and_plainly_written)
{
    for (enum cpu cpu = CPU_SCALAR; cpu < CPU_COUNT; cpu++) {
        if (!cpu_can(cpu))
            continue;
        struct interpreter *in = interpreter_new(cpu, &options, 1 << 16);
        cr_assert(in != NULL);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
            cr_expect_eq(is_counted(in, cases[i].message), cases[i].is_counted, "%s: %s",
                         cpu_name(cpu), cases[i].message);
        interpreter_free(in);
    }
}
