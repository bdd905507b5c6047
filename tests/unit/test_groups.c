/* test_groups.c - what a group says about its alerts, and what the summary says
 * about all rows. */
#include "alert/groups.h"

#include "alert/fingerprint.h"
#include "alert/partial.h"
#include "alert/rules.h"
#include "alert_event.h"
#include "util/hash.h"

#include <criterion/criterion.h>
#include <malloc.h>
#include <unistd.h>

static char spilled[64], merged[80], rules_path[80];
static struct groups *groups;
static struct rules *rules;
static struct report *report;

static void setup(void)
{
    snprintf(spilled, sizeof(spilled), "/tmp/millrace-groups-%d", (int)getpid());
    snprintf(merged, sizeof(merged), "%s.merged", spilled);
    snprintf(rules_path, sizeof(rules_path), "%s.rules", spilled);
    groups = groups_new(CPU_SCALAR, NULL, (size_t)1 << 30);
}

static void teardown(void)
{
    groups_free(groups);
    report_close(report);
    rules_free(rules);
    unlink(spilled);
    unlink(merged);
}

TestSuite(groups, .init = setup, .fini = teardown);

static void use_rules(const char *text)
{
    struct err err;
    FILE *f = fopen(rules_path, "w");
    fputs(text, f);
    fclose(f);
    enum rc rc = rules_load(rules_path, &rules, &err);
    unlink(rules_path);
    cr_assert_eq(rc, RC_OK, "%s", err.text);
    groups_free(groups);
    groups = groups_new(CPU_SCALAR, rules, (size_t)1 << 30);
}

static void add(struct event e)
{
    cr_assert_eq(groups_add(groups, &e), RC_OK);
}

/* Everything added so far, merged and opened. */
static void open_all(void)
{
    const char *list[] = {spilled};
    struct err err;
    cr_assert_eq(groups_spill(groups, spilled, &err), RC_OK);
    cr_assert_eq(partial_merge(list, 1, merged, NULL, &err), RC_OK);
    cr_assert_eq(report_open(merged, 1000, &report, &err), RC_OK);
}

static const struct group *group_at(size_t rank)
{
    const struct group *g = NULL;
    struct err err;
    cr_assert_lt(rank, report_group_count(report));
    cr_assert_eq(report_group(report, rank, &g, &err), RC_OK);
    return g;
}

static uint64_t tallied(const struct tally *t, struct view key)
{
    for (size_t i = 0; i < t->count; i++) {
        if (view_equals(t->entries[i].key, key))
            return t->entries[i].count;
    }
    return 0;
}

static const struct tally *top_of(const struct group *g, struct view name)
{
    for (size_t i = 0; i < g->tops_count; i++) {
        if (view_equals(g->tops[i].name, name))
            return &g->tops[i].values;
    }
    return NULL;
}

static void expect_view(struct view got, const char *expected)
{
    cr_expect(view_equals(got, view_of_string(expected)), "%.*s, not %s", (int)got.size, got.data,
              expected);
}

Test(groups, set_the_fingerprint_of_alerts_alone)
{
    struct event e = event_error("x"), quiet = event_of(KIND_LOG, SEVERITY_INFO);
    cr_assert_eq(groups_add(groups, &e), RC_OK);
    cr_assert_eq(groups_add(groups, &quiet), RC_OK);
    struct view text = event_text(&e, COL_FINGERPRINT);
    cr_expect_eq(text.size, 20);
    cr_expect(view_starts_with(text, VIEW("fp1-")));
    cr_expect_not(event_has(&quiet, COL_FINGERPRINT));
}

Test(groups, explain_and_name_as_they_add)
{
    use_rules("title=\"pay*\" -> group=\"payments\"\ntitle=\"noise\" -> ignore\n");
    static const char *const titles[] = {"pay 12", "other 12", "noise"};
    for (size_t i = 0; i < 3; i++) {
        struct event e = event_error(titles[i]), named = e;
        struct fingerprint f;
        char text[FINGERPRINT_TEXT_BYTES];
        bool is_alert;
        cr_assert(groups_explain(groups, &e, &f, &is_alert));
        cr_assert(groups_name(groups, &named));
        cr_assert_eq(groups_add(groups, &e), RC_OK);
        fingerprint_text(f.value, text);
        cr_expect_eq(is_alert, i < 2);
        cr_expect_eq(event_has(&e, COL_FINGERPRINT), is_alert);
        cr_expect_eq(event_has(&named, COL_FINGERPRINT), is_alert);
        cr_expect_eq(f.rule, i == 0 ? RULE_USER : RULE_TITLE);
        if (is_alert)
            cr_expect(view_equals(event_text(&e, COL_FINGERPRINT), view_of(text, sizeof(text))));
    }
}

Test(groups, count_where_and_when)
{
    for (unsigned i = 0; i < 6; i++) {
        struct event e = event_error(i % 2 ? "Order 1 failed" : "Order 2 failed");
        event_set_integer(&e, COL_TIMESTAMP, 1672880400000 + (i / 3) * 3600000 + i);
        if (i == 4)
            event_set(&e, COL_REGION, "us-east-1");
        if (i == 5)
            event_set(&e, COL_LOG_STREAM, "other");
        event_set_integer(&e, COL_SOURCE_OFFSET, i);
        add(e);
    }
    open_all();
    const struct group *g = group_at(0);
    cr_expect_eq(report_group_count(report), 1);
    cr_expect_eq(g->count, 6);
    cr_expect_eq(g->rule, RULE_TITLE);
    cr_expect_eq(g->kind, KIND_LOG);
    expect_view(g->level, "ERROR");
    expect_view(g->masked, "Order <int> failed");
    cr_expect_eq(g->first_ms, 1672880400000);
    cr_expect_eq(g->last_ms, 1672880400000 + 3600000 + 5);
    cr_assert_eq(g->hours.count, 2);
    cr_expect_eq(g->hours.at[0].hour, 1672880400000 / 3600000);
    cr_expect_eq(g->hours.at[0].count, 3);
    cr_expect_eq(g->hours.at[1].count, 3);
    cr_expect_eq(tallied(&g->accounts, VIEW("123456789012")), 6);
    cr_expect_eq(tallied(&g->regions, VIEW("us-east-1")), 1);
    cr_expect_eq(tallied(&g->log_groups, VIEW("/aws/lambda/orders")), 6);
    cr_expect_eq(distinct_count(&g->streams), 2);
    cr_expect_eq(distinct_count(&g->requests), 0);
    const struct tally *values = top_of(g, VIEW("int 1"));
    cr_assert_not_null(values);
    cr_expect_eq(tallied(values, VIEW("1")), 3);
    cr_expect_eq(tallied(values, VIEW("2")), 3);
}

Test(groups, are_called_by_title_then_error_then_first_line)
{
    struct event e = event_error("  the title ");
    event_set(&e, COL_ERROR_TYPE, "T");
    add(e);
    open_all();
    expect_view(group_at(0)->title, "the title");
    report_close(report);
    e = event_of(KIND_LOG, SEVERITY_ERROR);
    event_set(&e, COL_ERROR_TYPE, "TypeError");
    event_set(&e, COL_ERROR_MESSAGE, "x is undefined\nmore");
    event_set(&e, COL_MESSAGE, "message");
    add(e);
    open_all();
    expect_view(group_at(0)->title, "TypeError: x is undefined");
    report_close(report);
    add(event_text_line("\n first line \r\nsecond"));
    open_all();
    expect_view(group_at(0)->title, "first line");
}

Test(groups, of_the_platform_are_called_by_function_without_the_request)
{
    struct event e = event_timeout("Task timed out after 3.00 seconds (RequestId: r1)", "r1");
    add(e);
    open_all();
    expect_view(group_at(0)->title, "orders: Task timed out after 3.00 seconds");
    report_close(report);
    e.present &= ~(UINT64_C(1) << COL_LOG_GROUP);
    add(e);
    open_all();
    expect_view(group_at(0)->title, "Task timed out after 3.00 seconds");
    report_close(report);
    event_set(&e, COL_LOG_GROUP, "/odd/");
    add(e);
    open_all();
    expect_view(group_at(0)->title, "odd/: Task timed out after 3.00 seconds");
}

Test(groups, count_the_values_of_details)
{
    struct event e = event_error("x");
    event_set(&e, COL_DETAILS,
              "{ \"code\" : 12 , \"who\":\"a\\u0041\\n\", \"deep\":{\"x\":[\"}\"]}, \"ok\":true,"
              "\"none\":null,\"n\\u0061me\":\"v\",\"code\":13}");
    add(e);
    struct event list = event_error("x");
    event_set(&list, COL_DETAILS, "[1,2]");
    add(list);
    open_all();
    const struct group *g = group_at(0);
    cr_assert_eq(g->tops_count, 5);
    expect_view(g->tops[0].name, "details.code");
    expect_view(g->tops[1].name, "details.name");
    expect_view(g->tops[2].name, "details.none");
    expect_view(g->tops[3].name, "details.ok");
    expect_view(g->tops[4].name, "details.who");
    cr_expect_eq(tallied(&g->tops[0].values, VIEW("12")), 1);
    cr_expect_eq(tallied(&g->tops[4].values, VIEW("aA\n")), 1);
    cr_expect_eq(tallied(&g->tops[2].values, VIEW("null")), 1);
}

Test(groups, one_failure_counts_once_and_the_earliest_line_does)
{
    struct event line = event_timeout("Task timed out after 3.00 seconds (RequestId: r1)", "r1");
    struct event record = event_of(KIND_REPORT, SEVERITY_ERROR), crash, again, bare;
    record.failure = FAILURE_TIMEOUT;
    event_set(&record, COL_REQUEST_ID, "r1");
    event_set(&record, COL_TITLE, "Task timed out after 3.01 seconds (RequestId: r1)");
    event_set_integer(&record, COL_TIMESTAMP, 1672880400000 - 3600000);
    crash = line;
    crash.kind = KIND_CRASH;
    crash.failure = FAILURE_CRASH;
    again = event_timeout("Task timed out after 3.00 seconds (RequestId: r2)", "r2");
    again.present &= ~(UINT64_C(1) << COL_TIMESTAMP);
    bare = again;
    bare.present &= ~(UINT64_C(1) << COL_REQUEST_ID);
    add(line);
    add(record);
    add(record);
    add(crash);
    add(again);
    add(bare);
    add(bare);
    open_all();
    cr_expect_eq(report_summary(report)->events, 7);
    cr_expect_eq(report_summary(report)->alerts, 5);
    cr_expect_eq(report_group_count(report), 2);
    const struct group *g = group_at(0);
    cr_expect_eq(g->rule, RULE_PLATFORM);
    cr_expect_eq(g->count, 4);
    cr_expect_eq(g->first_ms, 1672880400000 - 3600000);
    cr_expect_eq(g->last_ms, g->first_ms);
    cr_expect_eq(distinct_count(&g->requests), 2);
    g = group_at(1);
    cr_expect_eq(g->count, 1);
    cr_expect_eq(g->kind, KIND_CRASH);
}

Test(groups, keep_the_samples_with_the_smallest_hashes_one_per_event)
{
    uint64_t hashes[40];
    for (unsigned i = 0; i < 40; i++) {
        char id[8];
        struct event e = event_error("x");
        snprintf(id, sizeof(id), "id%u", i);
        event_set(&e, COL_EVENT_ID, id);
        hashes[i] = hash64(view_of_string(id));
        event_set_integer(&e, COL_SOURCE_OFFSET, 100 - i);
        add(e);
        /* The same event once more, further on. */
        event_set_integer(&e, COL_SOURCE_OFFSET, 1000);
        add(e);
    }
    for (unsigned i = 0; i < 40; i++) {
        for (unsigned j = i + 1; j < 40; j++) {
            uint64_t larger = hashes[i] > hashes[j] ? hashes[i] : hashes[j];
            hashes[i] = hashes[i] > hashes[j] ? hashes[j] : hashes[i];
            hashes[j] = larger;
        }
    }
    open_all();
    const struct group *g = group_at(0);
    cr_expect_eq(g->count, 80);
    cr_assert_eq(g->samples_count, SAMPLES_MAX);
    for (unsigned i = 0; i < SAMPLES_MAX; i++) {
        cr_expect_eq(g->samples[i].hash, hashes[i]);
        cr_expect_leq(g->samples[i].offset, 100);
        cr_expect_not(g->samples[i].is_cut);
        expect_view(g->samples[i].object, "bucket/2023/01/05/01/object");
        expect_view(g->samples[i].title, "x");
        cr_expect(view_is_null(g->samples[i].message));
    }
}

Test(groups, cut_the_longest_texts_of_a_sample)
{
    static char stack[20001], message[20001];
    for (size_t i = 0; i < 20000; i += 2)
        memcpy(stack + i, "\xc3\xa9", 2);
    memset(message, 'm', 20000);
    struct event e = event_error("short title");
    event_set(&e, COL_STACK, stack);
    event_set(&e, COL_MESSAGE, message);
    add(e);
    open_all();
    const struct sample *s = &group_at(0)->samples[0];
    cr_expect(s->is_cut);
    expect_view(s->title, "short title");
    size_t rest = s->account_id.size + s->region.size + s->log_group.size + s->log_stream.size +
                  s->level.size + s->title.size + s->object.size;
    size_t each = (SAMPLE_BYTES_MAX - rest) / 2;
    cr_expect_eq(s->message.size, each);
    cr_expect_eq(s->stack.size, each - each % 2);
    cr_expect(view_equals(s->message, view_of(message, s->message.size)));
}

Test(groups, follow_the_rules_file)
{
    use_rules("title=\"noise*\" -> ignore\n"
              "title=\"pay*\" -> group=\"payments\" owner=\"billing\"\n"
              "title=\"quiet*\" -> level=WARN\n"
              "title=\"loud*\" -> level=FATAL\n");
    add(event_error("noise 1"));
    add(event_error("pay one"));
    add(event_error("pay two"));
    add(event_error("quiet"));
    struct event loud = event_of(KIND_LOG, SEVERITY_INFO);
    event_set(&loud, COL_TITLE, "loud");
    add(loud);
    open_all();
    const struct summary *s = report_summary(report);
    cr_expect_eq(s->events, 5);
    cr_expect_eq(s->alerts, 3);
    cr_assert_eq(report_group_count(report), 2);
    cr_expect_eq(s->by_class[CLASS_WARN].at[0].count, 1);
    cr_expect_eq(s->by_class[CLASS_FATAL].at[0].count, 1);
    cr_expect_eq(s->by_class[CLASS_ERROR].at[0].count, 3);
    cr_expect_eq(s->rules_hash_min, hash64(rules_text(rules)));
    cr_expect_eq(s->rules_hash_max, s->rules_hash_min);
    const struct group *g = group_at(0);
    cr_expect_eq(g->rule, RULE_USER);
    cr_expect_eq(g->count, 2);
    expect_view(g->owner, "billing");
    g = group_at(1);
    expect_view(g->level, "FATAL");
    expect_view(g->samples[0].level, "FATAL");
    cr_expect(view_is_null(g->owner));
}

Test(groups, sum_up_functions_from_report_lines)
{
    static const struct {
        double duration_ms, init_ms;
        int used;
        enum failure failure;
    } lines[] = {{128.83, 0, 74, FAILURE_NONE},
                 {0.005, 250.5, 116, FAILURE_NONE},
                 {3005, 0, 115, FAILURE_TIMEOUT},
                 {1.0004, 0, 128, FAILURE_CRASH}};
    for (size_t i = 0; i < 4; i++) {
        struct event e = event_of(KIND_REPORT, SEVERITY_INFO);
        event_set_real(&e, COL_DURATION_MS, lines[i].duration_ms);
        if (lines[i].init_ms > 0) {
            event_set_real(&e, COL_INIT_MS, lines[i].init_ms);
            e.is_cold_start = true;
        }
        event_set_integer(&e, COL_MEMORY_MB, 128);
        event_set_integer(&e, COL_MAX_MEMORY_MB, lines[i].used);
        e.failure = lines[i].failure;
        add(e);
    }
    open_all();
    const struct summary *s = report_summary(report);
    cr_assert_eq(s->functions_count, 1);
    const struct function_facts *f = &s->functions[0];
    expect_view(f->log_group, "/aws/lambda/orders");
    cr_expect_eq(s->report_lines, 4);
    cr_expect_eq(f->invocations, 4);
    cr_expect_eq(f->cold_starts, 1);
    cr_expect_eq(f->timeouts, 1);
    cr_expect_eq(f->crashes, 1);
    cr_expect_eq(f->duration_us_sum, 128830 + 5 + 3005000 + 1000);
    cr_expect_eq(f->duration_us_max, 3005000);
    cr_expect_eq(f->init_us_sum, 250500);
    cr_expect_eq(f->init_us_max, 250500);
    cr_expect_eq(f->memory_mb, 128);
    cr_expect_eq(f->max_memory_mb, 128);
    /* 90 % of 128 MB is 115.2. */
    cr_expect_eq(f->near_memory_limit, 2);
}

Test(groups, summarise_all_rows)
{
    struct event e = event_of(KIND_LOG, SEVERITY_INFO);
    e.is_extracted = true;
    event_set(&e, COL_REQUEST_ID, "r1");
    add(e);
    event_set(&e, COL_REQUEST_ID, "r2");
    event_set_integer(&e, COL_TIMESTAMP, 1672880400000 - 24 * 3600000);
    event_set_integer(&e, COL_LOGGED_AT, 1672880400000 - 25 * 3600000);
    add(e);
    e.severity = SEVERITY_NONE;
    event_set(&e, COL_LEVEL, "NOTICE");
    e.present &= ~(UINT64_C(1) << COL_ACCOUNT_ID);
    event_set_integer(&e, COL_TIMESTAMP, 1);
    add(e);
    add(event_error("x"));
    open_all();
    const struct summary *s = report_summary(report);
    cr_expect_eq(s->events, 4);
    cr_expect_eq(s->alerts, 1);
    cr_expect_eq(s->extracted_events, 3);
    cr_expect_eq(s->unknown_levels, 1);
    cr_expect_eq(s->clock_skewed, 1);
    cr_expect_eq(s->clock_skew_ms_max, 3600000);
    cr_expect_eq(s->without_time, 1);
    cr_expect_eq(distinct_count(&s->requests), 2);
    cr_expect_eq(s->first_ms, 1672880400000 - 24 * 3600000);
    cr_expect_eq(s->last_ms, 1672880400000);
    cr_assert_eq(s->accounts_count, 2);
    expect_view(s->accounts[0].key, "(none)");
    cr_expect_eq(s->accounts[0].events, 1);
    cr_expect_eq(s->accounts[1].alerts, 1);
    cr_assert_eq(s->days_count, 2);
    expect_view(s->days[0].key, "2023-01-04");
    expect_view(s->days[1].key, "2023-01-05");
    cr_expect_eq(s->days[1].events, 2);
    cr_expect_eq(s->days[1].alerts, 1);
    cr_expect_eq(s->rules_hash_max, 0);
}

Test(groups, full_ones_count_nothing_and_take_the_event_after_a_spill)
{
    struct err err;
    groups_free(groups);
    groups = groups_new(CPU_SCALAR, NULL, 1);
    add(event_error("one"));
    struct event e = event_error("two");
    cr_expect_eq(groups_add(groups, &e), RC_FULL);
    struct event quiet = event_of(KIND_LOG, SEVERITY_INFO);
    cr_expect_eq(groups_add(groups, &quiet), RC_OK);
    cr_assert_eq(groups_spill(groups, spilled, &err), RC_OK);
    cr_expect_eq(groups_add(groups, &e), RC_OK);
    open_all();
    cr_expect_eq(report_summary(report)->events, 1);
    cr_expect_eq(report_group_count(report), 1);
}

static bool are_same(const char *one, const char *other)
{
    FILE *a = fopen(one, "r"), *b = fopen(other, "r");
    int x, y;
    do {
        x = getc(a);
        y = getc(b);
    } while (x == y && x != EOF);
    fclose(a);
    fclose(b);
    return x == y;
}

Test(groups, finishing_writes_what_a_spill_does_and_forgets_it_too)
{
    struct err err;
    for (unsigned round = 0; round < 2; round++) {
        cr_assert_eq(groups_finish(groups, merged, NULL, &err), RC_OK);
        cr_assert_eq(groups_spill(groups, spilled, &err), RC_OK);
        cr_expect(are_same(spilled, merged), "round %u, of nothing", round);
        add(event_error("one"));
        add(event_error("two"));
        cr_assert_eq(groups_spill(groups, spilled, &err), RC_OK);
        add(event_error("one"));
        add(event_error("two"));
        cr_assert_eq(groups_finish(groups, merged, NULL, &err), RC_OK);
        cr_expect(are_same(spilled, merged), "round %u", round);
    }
    add(event_error("three"));
    cr_expect_eq(groups_finish(groups, "/nonexistent/partial", NULL, &err), RC_IO);
    open_all();
    cr_expect_eq(report_summary(report)->events, 1, "nothing is forgotten");
}

/* Alerts that differ in all that is kept. */
static struct event hostile(uint64_t *state, char *text, size_t size)
{
    struct event e = event_of(KIND_LOG, SEVERITY_ERROR);
    static const enum column columns[] = {
        COL_TITLE,      COL_MESSAGE, COL_ACCOUNT_ID, COL_REGION,   COL_LOG_GROUP, COL_LOG_STREAM,
        COL_REQUEST_ID, COL_STACK,   COL_ERROR_TYPE, COL_EVENT_ID, COL_DETAILS,   COL_CODE,
    };
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        size_t begin = random_next(state) % (size / 2), length = random_next(state) % (size / 2);
        length = random_next(state) % 4 ? length % 64 : length;
        event_set_text(&e, columns[i], view_of(text + begin, length));
    }
    if (random_next(state) % 3 == 0)
        e.present &= ~(UINT64_C(1) << COL_TITLE);
    if (random_next(state) % 4 == 0)
        e.failure = FAILURE_CRASH;
    event_set_integer(&e, COL_TIMESTAMP, (int64_t)(random_next(state) << 12));
    return e;
}

Test(groups, memory_stays_within_its_bound_whatever_the_events)
{
    enum { BYTES_MAX = 2 * 1024 * 1024, TEXT_BYTES = 40000 };
    uint64_t seed = random_seed(), state = seed;
    struct err err;
    static char text[TEXT_BYTES];
    for (size_t i = 0; i < TEXT_BYTES; i++)
        text[i] = "ab1{}[]\",: \\\n@./-\xc3\xa9"[random_next(&state) % 18];
    groups_free(groups);
    groups = groups_new(CPU_SCALAR, NULL, BYTES_MAX);
    size_t before = mallinfo2().uordblks, most = 0, spills = 0;
    for (unsigned i = 0; i < 4000; i++) {
        struct event e = hostile(&state, text, TEXT_BYTES);
        if (groups_add(groups, &e) == RC_FULL) {
            cr_assert_eq(groups_spill(groups, spilled, &err), RC_OK);
            spills++;
            if (groups_add(groups, &e) != RC_OK)
                cr_assert_fail("seed %lu", (unsigned long)seed);
        }
        size_t used = mallinfo2().uordblks;
        most = used > before && used - before > most ? used - before : most;
    }
    cr_expect_gt(spills, 2, "seed %lu", (unsigned long)seed);
    /* What is not counted: the scratch of texts and of encoding. */
    cr_expect_leq(most, BYTES_MAX + BYTES_MAX / 8, "%zu bytes, seed %lu", most,
                  (unsigned long)seed);
    open_all();
}
