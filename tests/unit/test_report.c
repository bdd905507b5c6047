#include "report/report.h"

#include "../report/fake_report.h"
#include "report/assets.h"
#include "report/html.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

/* The expected texts lie in tests/report/golden, beside what they are of:
 * small_report() below. MILLRACE_SOURCE_ROOT names the source tree where the
 * test does not run in it. */

static enum rc append(void *context, struct view bytes, struct err *err)
{
    (void)err;
    return buf_append_view(context, bytes) ? RC_OK : RC_NO_MEMORY;
}

static enum rc refuse(void *context, struct view bytes, struct err *err)
{
    (void)context;
    (void)bytes;
    return err_set(err, RC_NO_SPACE, "no space");
}

enum { HOUR_MS = 60 * 60 * 1000, FIRST_HOUR = 464700 /* 2023-01-05 12:00 UTC */ };

static struct group *add_large(struct report *r)
{
    struct group *g = fake_report_add(r, 0x0123456789abcdef, 1200);
    g->level = VIEW("ERROR");
    g->title = VIEW("Charge declined: password=hunter2 <b>");
    g->masked = VIEW("Charge declined: password=<word> <b>");
    g->owner = VIEW("billing");
    g->has_time = true;
    g->first_ms = (int64_t)FIRST_HOUR * HOUR_MS + 61500;
    g->last_ms = (int64_t)(FIRST_HOUR + 5) * HOUR_MS;
    fake_tally(&g->accounts, "111122223333", 1000);
    fake_tally(&g->accounts, "444455556666", 200);
    fake_tally(&g->regions, "eu-west-1", 1200);
    fake_tally(&g->log_groups, "/aws/lambda/pay", 1199);
    g->log_groups.other = 1;
    fake_distinct(&g->streams, 3);
    fake_distinct(&g->requests, 300);
    const uint64_t per_hour[] = {100, 100, 800, 100, 99, 1};
    for (int64_t i = 0; i < 6; i++)
        fake_hour(&g->hours, FIRST_HOUR + i, per_hour[i]);
    struct tally *codes = fake_top(r, g, "details.code");
    fake_tally(codes, "declined", 1100);
    fake_tally(codes, "password=hunter2", 100);
    fake_tally(fake_top(r, g, "details.password"), "hunter2", 7);
    return g;
}

static void add_sample(struct group *g)
{
    struct sample *s = fake_sample(g);
    s->has_timestamp = true;
    s->timestamp_ms = g->first_ms;
    s->offset = 4096;
    s->record_index = 1;
    s->event_index = 2;
    s->account_id = VIEW("111122223333");
    s->region = VIEW("eu-west-1");
    s->log_group = VIEW("/aws/lambda/pay");
    s->log_stream = VIEW("2023/01/05/[$LATEST]0a");
    s->request_id = VIEW("8f5b");
    s->level = g->level;
    s->title = g->title;
    s->message = VIEW("declined\x1b[31m by \"bank\"");
    s->details = VIEW("{\"code\":\"declined\",\"apiKey\":\"k1\",\"list\":[1,{}]}");
    s->stack = VIEW("Error: declined\n    at pay (/var/task/a.js:1:2)");
    s->object = VIEW("bucket/it's.gz");
    s->is_cut = true;
}

static void fill_summary(struct report *r)
{
    struct summary *s = fake_report_summary(r);
    s->events = 50000;
    s->alerts = 1211;
    s->has_time = true;
    s->first_ms = (int64_t)FIRST_HOUR * HOUR_MS;
    s->last_ms = (int64_t)(FIRST_HOUR + 24) * HOUR_MS;
    fake_hour(&s->by_class[CLASS_ERROR], FIRST_HOUR, 1201);
    fake_hour(&s->by_class[CLASS_INFO], FIRST_HOUR + 24, 48789);
    fake_row(&s->accounts, &s->accounts_count, VIEW("111122223333"), 40000, 1011);
    fake_row(&s->accounts, &s->accounts_count, VIEW("444455556666"), 10000, 200);
    fake_row(&s->log_groups, &s->log_groups_count, VIEW("(other)"), 7, 1);
    fake_row(&s->log_groups, &s->log_groups_count, VIEW("/aws/lambda/pay"), 49993, 1210);
    fake_row(&s->days, &s->days_count, VIEW("2023-01-05"), 50000, 1211);
    fake_distinct(&s->requests, 12);
    struct function_facts *f = fake_function(r, VIEW("/aws/lambda/pay"));
    f->invocations = 10;
    f->cold_starts = 2;
    f->timeouts = 1;
    f->duration_us_sum = 12345000;
    f->duration_us_max = 3004900;
    f->init_us_max = 250900;
    f->memory_mb = 128;
    f->max_memory_mb = 120;
    f->near_memory_limit = 3;
    s->report_lines = 10;
    s->unknown_levels = 4;
    s->clock_skewed = 2;
    s->clock_skew_ms_max = 5400000;
    struct function_facts *unreported = fake_function(r, VIEW("/aws/lambda/ship"));
    unreported->timeouts = 1;
}

static struct report *small_report(void)
{
    struct report *r = fake_report_new();
    add_sample(add_large(r));
    struct group *g = fake_report_add(r, 2, 1);
    g->rule = RULE_TEXT;
    g->kind = KIND_TEXT;
    g->title = VIEW("=cmd|a\n`x` @you");
    fake_report_rank(r);
    fake_report_set_other(r, 3, 10);
    fill_summary(r);
    return r;
}

static void small_ledger(struct ledger *l)
{
    ledger_init(l);
    l->objects.total = 2;
    l->objects.clean = l->objects.damaged = 1;
    l->stored_bytes.total = 1000;
    l->stored_bytes.parsed = 990;
    l->stored_bytes.quarantined = 10;
    l->records.total = l->records.data = 7;
    l->events.total = l->events.rows = 50000;
    fake_tally(&l->levels, "ERROR", 1201);
    fake_tally(&l->quarantine_reasons, "gzip: crc mismatch", 1);
    l->kinds[KIND_LOG] = 50000;
}

static void render(enum report_format format, struct report *r,
                   const struct report_options *options, struct buf *out)
{
    struct ledger l;
    struct err err = {{0}};
    small_ledger(&l);
    cr_assert_eq(report_write(format, r, &l, options, append, out, &err), RC_OK, "%s", err.text);
    ledger_done(&l);
}

static FILE *open_golden(const char *name, const char *mode)
{
    char path[1024];
    const char *root = getenv("MILLRACE_SOURCE_ROOT");
    snprintf(path, sizeof(path), "%s/tests/report/golden/%s", root ? root : ".", name);
    FILE *file = fopen(path, mode);
    cr_assert_not_null(file, "%s", path);
    return file;
}

static void read_golden(const char *name, struct buf *out)
{
    char bytes[4096];
    FILE *from = open_golden(name, "rb");
    size_t size;
    while ((size = fread(bytes, 1, sizeof(bytes), from)) > 0)
        buf_append(out, bytes, size);
    fclose(from);
}

/* GOLDEN_UPDATE=1 writes what was seen: look at the difference. */
static void expect_golden(const char *name, struct view actual)
{
    struct buf expected = {0};
    if (getenv("GOLDEN_UPDATE") != NULL) {
        FILE *to = open_golden(name, "wb");
        cr_assert_eq(fwrite(actual.data, 1, actual.size, to), actual.size);
        cr_assert_eq(fclose(to), 0);
    }
    read_golden(name, &expected);
    size_t at = 0, line = 1;
    while (at < actual.size && at < expected.size && actual.data[at] == expected.data[at])
        line += actual.data[at++] == '\n';
    cr_expect(view_equals(actual, buf_view(&expected)), "%s differs in line %zu: %.*s", name, line,
              (int)(actual.size - at < 200 ? actual.size - at : 200), actual.data + at);
    buf_done(&expected);
}

static const struct {
    enum report_format format;
    const char *name;
} forms[] = {{REPORT_JSON, "small.json"},
             {REPORT_MARKDOWN, "small.md"},
             {REPORT_CSV, "small.csv"},
             {REPORT_TERMINAL, "small.txt"}};

Test(report, each_form_says_exactly_this)
{
    struct report_options options = {.redact = true, .terminal_columns = 100};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct report *r = small_report();
        struct buf out = {0};
        render(forms[i].format, r, &options, &out);
        expect_golden(forms[i].name, buf_view(&out));
        buf_done(&out);
        fake_report_free(r);
    }
}

/* Without the style sheet and the script, which are files of their own. */
Test(report, the_page_says_exactly_this)
{
    struct report_options options = {.redact = true};
    struct report *r = small_report();
    struct buf out = {0};
    render(REPORT_HTML, r, &options, &out);
    struct view page = buf_view(&out);
    size_t begin = view_find(page, VIEW("<body>"), 0), end = view_find(page, VIEW("<script>"), 0);
    cr_assert_lt(begin, end);
    cr_assert_lt(end, page.size);
    struct buf body = {0};
    buf_append_view(&body, view_slice(page, begin, end));
    buf_append_byte(&body, '\n');
    expect_golden("small.html", buf_view(&body));
    cr_expect_lt(view_find(page, asset_css.sha256_base64, 0), begin);
    cr_expect_lt(view_find(page, asset_js.sha256_base64, 0), begin);
    buf_done(&body);
    buf_done(&out);
    fake_report_free(r);
}

Test(report, secrets_stay_where_redaction_is_off)
{
    struct report_options options = {.redact = false};
    for (enum report_format format = REPORT_JSON; format < REPORT_FORMAT_COUNT; format++) {
        struct report *r = small_report();
        struct buf out = {0};
        render(format, r, &options, &out);
        cr_expect_lt(view_find(buf_view(&out), VIEW("hunter2"), 0), out.size, "form %d",
                     (int)format);
        out.size = 0;
        options.redact = true;
        render(format, r, &options, &out);
        cr_expect_eq(view_find(buf_view(&out), VIEW("hunter2"), 0), out.size, "form %d",
                     (int)format);
        options.redact = false;
        buf_done(&out);
        fake_report_free(r);
    }
}

Test(report, a_report_of_nothing_says_so)
{
    struct report_options options = {.redact = true};
    static const char *const wanted[] = {"\"groups\":[]", "Nothing that counts as an alert",
                                         "# No alerts", "fingerprint,", "No alerts\n"};
    for (enum report_format format = REPORT_JSON; format < REPORT_FORMAT_COUNT; format++) {
        struct report *r = fake_report_new();
        struct buf out = {0};
        render(format, r, &options, &out);
        cr_expect_lt(view_find(buf_view(&out), view_of_string(wanted[format]), 0), out.size,
                     "form %d: %.*s", (int)format, (int)out.size, out.data);
        buf_done(&out);
        fake_report_free(r);
    }
}

Test(report, a_baseline_marks_what_is_new_and_lists_what_is_gone)
{
    struct report *old = fake_report_new();
    struct group *gone = fake_report_add(old, 9, 4);
    gone->title = VIEW("It went <away>");
    fake_report_add(old, 2, 1);
    fake_report_rank(old);
    struct report_options options = {.redact = true, .baseline = old, .terminal_columns = 80};
    static const char *const wanted[REPORT_FORMAT_COUNT][2] = {
        [REPORT_JSON] = {"\"baseline\":{\"new\":1,\"back\":0,\"gone\":[\n{\"fingerprint\":"
                         "\"fp1-0000000000000009\",\"title\":\"It went <away>\",\"count\":4",
                         "\"change\":\"new\"}"},
        [REPORT_HTML] = {"<li>It went &lt;away&gt;, last seen unknown</li>",
                         "<summary>New</summary><ul>\n<li><a href=\"#fp1-"},
        [REPORT_MARKDOWN] = {"1 new, 0 back, 1 gone.", "- It went &lt;away&gt;, last seen unknown"},
        [REPORT_CSV] = {",\"billing\",\"new\",1200,", "\"billing\""},
        [REPORT_TERMINAL] = {"1 group is new, 0 back, 1 gone since the baseline", "NEW: Charge"},
    };
    for (enum report_format format = REPORT_JSON; format < REPORT_FORMAT_COUNT; format++) {
        struct report *r = small_report();
        fake_report_set_other(r, 0, 0);
        struct buf out = {0};
        render(format, r, &options, &out);
        for (int i = 0; i < 2; i++)
            cr_expect_lt(view_find(buf_view(&out), view_of_string(wanted[format][i]), 0), out.size,
                         "form %d lacks %s", (int)format, wanted[format][i]);
        buf_done(&out);
        fake_report_free(r);
    }
    fake_report_free(old);
}

/* Groups whose every text is as long as it may be and grows most by escaping. */
static struct report *wide_report(size_t groups, size_t title_bytes)
{
    static char text[SAMPLE_BYTES_MAX];
    memset(text, '\x01', sizeof(text));
    struct report *r = fake_report_new();
    struct summary *s = fake_report_summary(r);
    struct view title = fake_text(r, view_of(text, title_bytes));
    struct view body = fake_text(r, view_of(text, sizeof(text)));
    for (size_t i = 0; i < groups; i++) {
        struct group *g = fake_report_add(r, i, UINT64_MAX / 2 - i);
        g->title = g->masked = g->level = g->owner = title;
        g->has_time = true;
        g->first_ms = g->last_ms = INT64_MIN;
        fake_hour(&g->hours, FIRST_HOUR + (int64_t)(i % 700), 12345);
        for (int k = 0; k < 300; k++)
            fake_tally(&g->accounts, fake_format(r, "%d%s", k, "\x02\x02\x02\x02").data, 1);
        for (unsigned k = 0; k < SAMPLES_MAX; k++)
            fake_sample(g)->stack = body;
    }
    fake_report_rank(r);
    s->alerts = s->events = UINT64_MAX;
    for (int i = 0; i < 700; i++) {
        fake_hour(&s->by_class[i % CLASS_COUNT], FIRST_HOUR + i, UINT64_MAX / 4096);
        struct view key = fake_format(r, "%d%.*s", i, 200, text);
        fake_row(&s->accounts, &s->accounts_count, key, UINT64_MAX, UINT64_MAX);
        fake_row(&s->log_groups, &s->log_groups_count, key, UINT64_MAX, UINT64_MAX);
        fake_row(&s->days, &s->days_count, key, UINT64_MAX, UINT64_MAX);
        fake_function(r, key)->invocations = UINT64_MAX;
    }
    return r;
}

Test(report, pages_and_notes_stay_within_their_bounds, .timeout = 60)
{
    struct report_options options = {.redact = true};
    static const size_t counts[] = {1, 30, 1000, 1500};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct report *r = wide_report(counts[i], 2000);
        struct buf out = {0};
        render(REPORT_HTML, r, &options, &out);
        cr_expect_leq(out.size, HTML_BYTES_MAX, "%zu groups: %zu bytes", counts[i], out.size);
        size_t listed = 0;
        for (size_t at = 0; at < out.size; listed++)
            at = view_find(buf_view(&out), VIEW("<tbody class="), at) + 1;
        size_t expected = counts[i] < HTML_GROUPS_MAX ? counts[i] : HTML_GROUPS_MAX;
        cr_expect_eq(listed - 1, expected, "%zu", listed);
        buf_clear(&out);
        render(REPORT_MARKDOWN, r, &options, &out);
        cr_expect_leq(out.size, 60000, "%zu groups: %zu bytes", counts[i], out.size);
        buf_done(&out);
        fake_report_free(r);
    }
}

Test(report, lines_of_the_table_fit_the_terminal)
{
    for (unsigned columns = 40; columns < 200; columns += 13) {
        struct report_options options = {.redact = true, .terminal_columns = columns};
        struct report *r = wide_report(20, 300);
        struct buf out = {0};
        render(REPORT_TERMINAL, r, &options, &out);
        struct view text = buf_view(&out);
        size_t table = view_find(text, VIEW("\n\n"), 0);
        for (size_t at = table + 2; at < text.size;) {
            size_t end = view_find_byte(text, '\n', at);
            struct view line = view_slice(text, at, end);
            if (view_find(line, VIEW("and "), 0) == line.size)
                cr_expect_leq(escape_width(line), columns + 20, "%u: %.*s", columns, (int)line.size,
                              line.data);
            at = end + 1;
        }
        buf_done(&out);
        fake_report_free(r);
    }
}

Test(report, colour_is_only_there_when_asked_for)
{
    struct report *r = small_report();
    struct report_options options = {.redact = true, .color = true};
    struct buf out = {0};
    render(REPORT_TERMINAL, r, &options, &out);
    cr_expect_lt(view_find(buf_view(&out), VIEW("\x1b[31mERROR\x1b[0m"), 0), out.size);
    options.color = false;
    buf_clear(&out);
    render(REPORT_TERMINAL, r, &options, &out);
    cr_expect_eq(view_find(buf_view(&out), VIEW("\x1b"), 0), out.size);
    buf_done(&out);
    fake_report_free(r);
}

Test(report, a_failed_write_ends_every_form)
{
    struct report_options options = {.redact = true};
    struct report *r = small_report();
    struct ledger l;
    small_ledger(&l);
    for (enum report_format format = REPORT_JSON; format < REPORT_FORMAT_COUNT; format++) {
        struct err err;
        cr_expect_eq(report_write(format, r, &l, &options, refuse, NULL, &err), RC_NO_SPACE);
    }
    ledger_done(&l);
    fake_report_free(r);
}

Test(report, words_of_formats)
{
    enum report_format format = REPORT_JSON;
    cr_expect(report_format_parse("table", &format));
    cr_expect_eq(format, REPORT_TERMINAL);
    cr_expect(report_format_parse("md", &format));
    cr_expect_eq(format, REPORT_MARKDOWN);
    cr_expect(!report_format_parse("pdf", &format));
    cr_expect_eq(format, REPORT_MARKDOWN);
}
