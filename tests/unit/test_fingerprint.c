/* test_fingerprint.c - which events make one group, and by which rule. */
#include "alert/fingerprint.h"

#include "alert_event.h"
#include "util/hash.h"

#include <criterion/criterion.h>

static struct fingerprinter *maker;

static void setup(void)
{
    maker = fingerprinter_new(CPU_SCALAR);
}

static void teardown(void)
{
    fingerprinter_free(maker);
}

TestSuite(fingerprint, .init = setup, .fini = teardown);

static struct fingerprint of(const struct event *e)
{
    struct fingerprint f;
    enum level_class level = level_class_of(e->severity, event_has(e, COL_LEVEL));
    cr_assert(fingerprint_event(maker, e, level, VIEW_NULL, &f));
    return f;
}

static uint64_t value_of(const struct event *e)
{
    return of(e).value;
}

Test(fingerprint, is_the_hash_of_its_parts)
{
    struct event e = event_error("Payment 77 declined");
    event_set(&e, COL_ERROR_TYPE, "CardError");
    static const char parts[] = "fp1\3"
                                "\1\5\0\0\0error"
                                "\1\11\0\0\0CardError"
                                "\1\24\0\0\0Payment <n> declined";
    cr_expect_eq(value_of(&e), hash64(view_of(parts, sizeof(parts) - 1)));
    char text[FINGERPRINT_TEXT_BYTES];
    fingerprint_text(UINT64_C(0x0123456789abcdef), text);
    cr_expect(view_equals(view_of(text, sizeof(text)), VIEW("fp1-0123456789abcdef")));
}

Test(fingerprint, of_a_title_ignores_ids_and_the_stack)
{
    struct event a = event_error("Order 17 of bob@example.com failed");
    struct event b = event_error("Order 9999999999 of al@example.org failed");
    event_set(&a, COL_STACK, "Error\n    at f (/var/task/a.js:1:1)");
    event_set(&b, COL_STACK, "Error\n    at g (/var/task/b.js:1:1)");
    event_set(&b, COL_MESSAGE, "other");
    cr_expect_eq(value_of(&a), value_of(&b));
    struct fingerprint f = of(&a);
    cr_expect_eq(f.rule, RULE_TITLE);
    cr_expect(view_equals(f.masked, VIEW("Order <int> of <email> failed")));
    cr_expect_eq(f.spans_count, 2);
    cr_expect(
        view_equals(view_slice(f.text, f.spans[1].begin, f.spans[1].end), VIEW("bob@example.com")));
}

Test(fingerprint, of_a_title_knows_level_class_type_and_code)
{
    struct event base = event_error("Order failed"), e = base;
    event_set(&e, COL_ERROR_TYPE, "TypeError");
    cr_expect_neq(value_of(&base), value_of(&e));
    struct event code = base;
    event_set(&code, COL_CODE, "ECONNRESET");
    cr_expect_neq(value_of(&base), value_of(&code));
    cr_expect_neq(value_of(&e), value_of(&code));
    struct event fatal = base;
    fatal.severity = SEVERITY_FATAL;
    cr_expect_neq(value_of(&base), value_of(&fatal));
    /* The type is the better name of the two. */
    struct event both = e;
    event_set(&both, COL_CODE, "17");
    cr_expect_eq(value_of(&e), value_of(&both));
}

Test(fingerprint, status_codes_tell_problems_apart)
{
    struct event a = event_error("Request failed with status code 404");
    struct event b = event_error("Request failed with status code 503");
    cr_expect_neq(value_of(&a), value_of(&b));
}

Test(fingerprint, without_a_title_is_message_and_frames_without_lines)
{
    struct event a = event_of(KIND_LOG, SEVERITY_ERROR), b, c, d;
    event_set(&a, COL_MESSAGE, "cannot load 12");
    b = c = d = a;
    event_set(&a, COL_STACK, "Error: x\n    at f (/var/task/a.js:1:1)\n    at n (node:net:1:1)");
    event_set(&b, COL_STACK, "Error: y\n    at f (/var/task/a.js:77:5)");
    event_set(&c, COL_STACK, "Error: x\n    at g (/var/task/a.js:1:1)");
    event_set(&d, COL_STACK, "Error: x\n    at f (/var/task/b.js:1:1)");
    cr_expect_eq(of(&a).rule, RULE_STACK);
    cr_expect_eq(value_of(&a), value_of(&b));
    cr_expect_neq(value_of(&a), value_of(&c));
    cr_expect_neq(value_of(&a), value_of(&d));
    cr_expect_neq(value_of(&c), value_of(&d));
}

Test(fingerprint, without_a_message_takes_what_else_says_something)
{
    static const enum column columns[] = {COL_ERROR_MESSAGE, COL_REASON, COL_DETAILS,
                                          COL_ATTRIBUTES};
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        struct event a = event_of(KIND_LOG, SEVERITY_ERROR), b = a, c = a;
        event_set(&a, columns[i], "\"failed 1\"");
        event_set(&b, columns[i], "\"failed 2\"");
        event_set(&c, columns[i], "\"broke 1\"");
        cr_expect_eq(value_of(&a), value_of(&b), "%zu", i);
        cr_expect_neq(value_of(&a), value_of(&c), "%zu", i);
    }
}

Test(fingerprint, of_text_is_its_first_two_lines)
{
    struct event a = event_text_line("\n  Error: bad 1  \r\n\n  at f:1\nrest one");
    struct event b = event_text_line("Error: bad 2\rat f:2\rrest two");
    struct event c = event_text_line("Error: bad 2\nat g:2");
    cr_expect_eq(of(&a).rule, RULE_TEXT);
    cr_expect_eq(value_of(&a), value_of(&b));
    cr_expect_neq(value_of(&a), value_of(&c));
    cr_expect(view_equals(of(&a).masked, VIEW("Error: bad <int>\nat f:<int>")));
}

Test(fingerprint, of_an_unsound_payload_is_that_of_text)
{
    struct event e = event_of(KIND_LOG, SEVERITY_ERROR);
    event_set(&e, COL_MESSAGE, "Received: {\"a\":");
    event_set(&e, COL_ATTRIBUTES, "{\"payload_error\":\"invalid JSON\"}");
    cr_expect_eq(of(&e).rule, RULE_TEXT);
}

Test(fingerprint, of_all_timeouts_of_a_function_is_one)
{
    struct event line = event_timeout("Task timed out after 3.00 seconds (RequestId: a)", "a");
    struct event report = event_of(KIND_REPORT, SEVERITY_ERROR), other = line, crash = line;
    report.failure = FAILURE_TIMEOUT;
    event_set(&report, COL_TITLE, "Task timed out after 900.10 seconds (RequestId: b)");
    event_set(&other, COL_LOG_GROUP, "/aws/lambda/other");
    crash.kind = KIND_CRASH;
    crash.failure = FAILURE_CRASH;
    cr_expect_eq(of(&line).rule, RULE_PLATFORM);
    cr_expect_eq(value_of(&line), value_of(&report));
    cr_expect_neq(value_of(&line), value_of(&other));
    cr_expect_neq(value_of(&line), value_of(&crash));
    struct event nowhere = line, empty = line;
    nowhere.present &= ~(UINT64_C(1) << COL_LOG_GROUP);
    event_set(&empty, COL_LOG_GROUP, "");
    cr_expect_neq(value_of(&nowhere), value_of(&empty));
}

Test(fingerprint, of_a_users_group_is_its_name)
{
    struct event a = event_error("one"), b = event_timeout("two", "x");
    struct fingerprint f, g, h;
    cr_assert(fingerprint_event(maker, &a, CLASS_ERROR, VIEW("mine"), &f));
    cr_assert(fingerprint_event(maker, &b, CLASS_INFO, VIEW("mine"), &g));
    cr_assert(fingerprint_event(maker, &a, CLASS_ERROR, VIEW("yours"), &h));
    cr_expect_eq(f.rule, RULE_USER);
    cr_expect_eq(f.value, g.value);
    cr_expect_neq(f.value, h.value);
    cr_expect(view_equals(f.masked, VIEW("one")));
}

Test(fingerprint, looks_at_the_first_4096_bytes)
{
    static char a[6001], b[6001];
    memset(a, 'x', 6000);
    memset(b, 'x', 6000);
    b[5000] = 'y';
    struct event left = event_error(a), right = event_error(b);
    cr_expect_eq(value_of(&left), value_of(&right));
    b[4000] = 'y';
    cr_expect_neq(value_of(&left), value_of(&right));
}

Test(fingerprint, alerts_are_errors_failures_and_required_actions)
{
    static const struct {
        enum kind kind;
        enum level_class level;
        enum failure failure;
        const char *title;
        bool expected;
    } cases[] = {
        {KIND_LOG, CLASS_ERROR, FAILURE_NONE, NULL, true},
        {KIND_TEXT, CLASS_FATAL, FAILURE_NONE, NULL, true},
        {KIND_LOG, CLASS_WARN, FAILURE_NONE, "x [Action Required]", false},
        {KIND_LOG, CLASS_INFO, FAILURE_NONE, "[Action Required] rotate", true},
        {KIND_LOG, CLASS_OTHER, FAILURE_NONE, NULL, false},
        {KIND_TIMEOUT, CLASS_INFO, FAILURE_NONE, NULL, true},
        {KIND_CRASH, CLASS_INFO, FAILURE_NONE, NULL, true},
        {KIND_REPORT, CLASS_INFO, FAILURE_NONE, NULL, false},
        {KIND_REPORT, CLASS_INFO, FAILURE_TIMEOUT, NULL, true},
        {KIND_INIT, CLASS_INFO, FAILURE_CRASH, NULL, true},
        {KIND_METRIC, CLASS_ERROR, FAILURE_NONE, "[Action Required]", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct event e = {.kind = cases[i].kind, .failure = cases[i].failure};
        event_set(&e, COL_TITLE, cases[i].title);
        cr_expect_eq(event_is_alert(&e, cases[i].level), cases[i].expected, "case %zu", i);
    }
}
