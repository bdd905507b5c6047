#include "report/facts.h"

#include "../report/fake_report.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>

static void expect(struct buf *out, const char *expected)
{
    cr_expect(view_equals(buf_view(out), view_of_string(expected)), "%.*s, not %s", (int)out->size,
              out->data, expected);
    buf_clear(out);
}

Test(report_facts, numbers_are_grouped_by_thousands)
{
    struct buf out = {0};
    facts_number(&out, 0);
    expect(&out, "0");
    facts_number(&out, 999);
    expect(&out, "999");
    facts_number(&out, 1000);
    expect(&out, "1,000");
    facts_number(&out, UINT64_MAX);
    expect(&out, "18,446,744,073,709,551,615");
    facts_count(&out, 1, "alert", "alerts");
    expect(&out, "1 alert");
    facts_count(&out, 0, "alert", "alerts");
    expect(&out, "0 alerts");
    buf_done(&out);
}

Test(report_facts, bytes_have_a_unit)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        {0, "0 B"},         {999, "999 B"},           {1000, "1.0 kB"},        {99949, "99.9 kB"},
        {123456, "123 kB"}, {48211334211, "48.2 GB"}, {UINT64_MAX, "18.4 EB"},
    };
    struct buf out = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        facts_bytes(&out, rows[i].bytes);
        expect(&out, rows[i].text);
    }
    buf_done(&out);
}

Test(report_facts, shares_never_claim_all_or_nothing_wrongly)
{
    static const struct {
        uint64_t part, total;
        const char *text;
    } rows[] = {
        {0, 0, "0 %"},
        {0, 7, "0 %"},
        {1, 100000, "<0.1 %"},
        {1, 1000, "0.1 %"},
        {3, 97, "3.1 %"},
        {99, 1000, "9.9 %"},
        {31, 100, "31 %"},
        {995, 1000, ">99 %"},
        {999999, 1000000, ">99 %"},
        {7, 7, "100 %"},
        {UINT64_MAX / 2, UINT64_MAX, "50 %"},
    };
    struct buf out = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        facts_share(&out, rows[i].part, rows[i].total);
        expect(&out, rows[i].text);
    }
    buf_done(&out);
}

Test(report_facts, times_are_utc_and_bounded)
{
    struct buf out = {0};
    facts_minute(&out, 1672920240123);
    expect(&out, "2023-01-05 12:04");
    facts_minute(&out, INT64_MIN);
    expect(&out, "-9223372036854775808");
    facts_hour(&out, 464700);
    expect(&out, "2023-01-05T12:00:00Z");
    facts_hour(&out, facts_hour_of(INT64_MIN));
    expect(&out, "-9223372036854775808");
    facts_hour(&out, facts_hour_of(INT64_MAX));
    expect(&out, "9223372036854000000");
    cr_expect_eq(facts_hour_of(-1), -1);
    cr_expect_eq(facts_hour_of(3599999), 0);
    buf_done(&out);
}

Test(report_facts, a_tally_is_ranked_by_count_then_key)
{
    struct tally t;
    tally_init(&t, 4);
    fake_tally(&t, "b", 2);
    fake_tally(&t, "a", 2);
    fake_tally(&t, "c", 9);
    fake_tally(&t, "(other)", 5);
    struct ranked ranked;
    facts_rank(&t, &ranked);
    cr_assert_eq(ranked.count, 3);
    cr_expect(view_equals(ranked.at[0].key, VIEW("c")));
    cr_expect(view_equals(ranked.at[1].key, VIEW("a")));
    cr_expect(view_equals(ranked.at[2].key, VIEW("b")));
    cr_expect_eq(ranked.other, 5);
    cr_expect(!ranked.is_sampled);
    tally_done(&t);
}

/* The definition, step by step: the narrowest width whose steps cover both. */
static struct buckets naive_buckets(int64_t first, int64_t last, int64_t least, size_t most)
{
    static const int64_t widths[] = {1, 2, 3, 6, 12, 24, 48, 96, 192, 384, 768};
    for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
        int64_t width = widths[i], begin = first;
        if (width < least)
            continue;
        while (begin % width != 0)
            begin--;
        size_t count = 1;
        while (begin + (int64_t)count * width <= last)
            count++;
        if (count <= most)
            return (struct buckets){begin, width, count};
    }
    abort();
}

Test(report_facts, buckets_are_the_narrowest_that_fit)
{
    for (int64_t first = -30; first < 60; first += 7) {
        for (int64_t span = 0; span < 5000; span += 61) {
            struct buckets expected = naive_buckets(first, first + span, 1, 40);
            struct buckets b = facts_buckets(first, first + span, 1, 40);
            cr_assert_eq(b.first_hour, expected.first_hour, "%" PRId64 "+%" PRId64, first, span);
            cr_assert_eq(b.width_hours, expected.width_hours);
            cr_assert_eq(b.count, expected.count);
            size_t at;
            cr_assert(facts_bucket_find(&b, first + span, &at));
            cr_assert_eq(at, b.count - 1);
            cr_assert(!facts_bucket_find(&b, b.first_hour - 1, &at));
        }
    }
    struct buckets whole = facts_buckets(facts_hour_of(INT64_MIN), facts_hour_of(INT64_MAX), 1, 40);
    cr_expect_leq(whole.count, 40);
}

static void expect_spike(const struct hours *h, bool is_spiking, uint64_t peak, uint64_t median)
{
    struct spike s;
    cr_assert(facts_spike(h, &s));
    cr_expect_eq(s.is_spiking, is_spiking);
    cr_expect_eq(s.peak, peak);
    cr_expect_eq(s.median, median);
}

Test(report_facts, a_spike_stands_out_of_the_groups_own_median)
{
    struct hours h = {0};
    expect_spike(&h, false, 0, 0);
    fake_hour(&h, 100, 50);
    expect_spike(&h, false, 50, 50); /* too short a life to tell */
    fake_hour(&h, 101, 4);
    fake_hour(&h, 103, 6);
    expect_spike(&h, false, 50, 6);
    fake_hour(&h, 110, 5);
    expect_spike(&h, true, 50, 5);
    fake_hour(&h, 111, 11);
    fake_hour(&h, 112, 11);
    fake_hour(&h, 113, 11);
    expect_spike(&h, false, 50, 11);
    free(h.at);
}

static void expect_rise(const uint64_t *counts, size_t count, int64_t from_hour)
{
    struct hours h = {0};
    struct spike s;
    for (size_t i = 0; i < count; i++) {
        if (counts[i] > 0)
            fake_hour(&h, 100 + (int64_t)i, counts[i]);
    }
    cr_assert(facts_spike(&h, &s));
    cr_expect_eq(s.from_hour, from_hour, "%lld, not %lld", (long long)s.from_hour,
                 (long long)from_hour);
    free(h.at);
}

Test(report_facts, a_rise_begins_where_the_counts_stay_high_up_to_the_peak)
{
    expect_rise((uint64_t[]){1, 24, 1, 30, 60, 100, 50}, 7, 103);
    expect_rise((uint64_t[]){1, 40, 1, 30, 60, 100, 50}, 7, 101); /* over a dip */
    expect_rise((uint64_t[]){30, 0, 0, 25, 100}, 5, 100);
    expect_rise((uint64_t[]){30, 0, 0, 0, 25, 100}, 6, 104); /* too wide a gap */
    expect_rise((uint64_t[]){24, 100, 100}, 3, 101);
    expect_rise((uint64_t[]){7}, 1, 100);
}

Test(report_facts, what_broke_and_stayed_broken_is_a_spike_too)
{
    struct hours h = {0};
    struct spike s;
    struct buf out = {0};
    for (int64_t hour = 0; hour < 4; hour++)
        fake_hour(&h, 464592 + hour, 2 + (uint64_t)hour % 2);
    for (int64_t hour = 4; hour < 40; hour++)
        fake_hour(&h, 464592 + hour, 20 + (uint64_t)hour);
    cr_assert(facts_spike(&h, &s));
    cr_expect(s.is_spiking);
    cr_expect_eq(s.from_hour, 464596);
    facts_spike_text(&out, &s);
    expect(&out, "from 2023-01-01 04:00 on up to 59 an hour, before at most 3");
    h.at[0].count = 12;
    cr_assert(facts_spike(&h, &s));
    cr_expect(!s.is_spiking, "it has been as bad before");
    free(h.at);
    buf_done(&out);
}

Test(report_facts, where_is_named_or_counted)
{
    struct report *r = fake_report_new();
    struct group *g = fake_report_add(r, 1, 100);
    struct buf out = {0};
    facts_where(&out, g);
    expect(&out, "");
    fake_tally(&g->accounts, "111122223333", 100);
    fake_tally(&g->log_groups, "/aws/lambda/a", 50);
    fake_tally(&g->log_groups, "/aws/lambda/b", 49);
    fake_tally(&g->log_groups, "plain", 1);
    facts_where(&out, g);
    expect(&out, "mostly a (50 %) and b (49 %), account 111122223333");
    g->count = 1000;
    facts_mostly(&out, &g->log_groups, g->count, "log groups");
    expect(&out, "3 log groups");
    g->count = 101;
    g->accounts.is_sampled = true;
    facts_mostly(&out, &g->accounts, g->count, "accounts");
    expect(&out, "mostly 111122223333 (99 %)");
    buf_done(&out);
    fake_report_free(r);
}

Test(report_facts, past_fourteen_days_the_step_is_a_day)
{
    struct hours h = {0};
    fake_hour(&h, 24, 3);
    fake_hour(&h, 25, 3);
    cr_expect_eq(facts_step_hours(&h), 1);
    fake_hour(&h, 24 + 336, 1);
    cr_expect_eq(facts_step_hours(&h), 24);
    struct spike s;
    cr_assert(facts_spike(&h, &s));
    cr_expect_eq(s.peak, 6);
    cr_expect_eq(s.peak_hour, 24);
    free(h.at);
}

Test(report_facts, what_was_not_read_is_said)
{
    struct buf out = {0};
    struct ledger l;
    ledger_init(&l);
    facts_unread(&out, &l);
    expect(&out, "Everything was read.");
    l.objects.total = 3;
    l.objects.damaged = 1;
    l.stored_bytes.quarantined = 1234;
    l.records.quarantined = 1;
    facts_unread(&out, &l);
    expect(&out, "Not read: 1,234 stored bytes, 1 record, in 1 of 3 objects.");
    l.records.unverified = 2;
    facts_unread(&out, &l);
    expect(&out, "Not read: 1,234 stored bytes, 1 record, in 1 of 3 objects. 2 records come from "
                 "compressed data that failed further on.");
    l.stored_bytes.quarantined = l.records.quarantined = 0;
    facts_unread(&out, &l);
    expect(&out, "Nothing is known to be missing, but 2 records come from compressed data that "
                 "failed further on.");
    ledger_done(&l);
    buf_done(&out);
}

Test(report_facts, verdict_and_scope)
{
    struct buf out = {0};
    struct summary s = {.events = 1};
    facts_verdict(&out, &s, 0);
    expect(&out, "No alerts");
    facts_scope(&out, &s);
    expect(&out, "1 event, none with a timestamp");
    s = (struct summary){
        .events = 1204, .alerts = 1, .has_time = true, .first_ms = 0, .last_ms = 60000};
    facts_verdict(&out, &s, 1);
    expect(&out, "1 alert in 1 group");
    facts_scope(&out, &s);
    expect(&out, "1,204 events from 1970-01-01 00:00 to 1970-01-01 00:01 UTC");
    buf_done(&out);
}

Test(report_facts, spans_are_said_as_a_person_says_them)
{
    static const struct {
        uint64_t us;
        const char *text;
    } rows[] = {
        {0, "0 ms"},
        {40900, "40 ms"},
        {999999, "999 ms"},
        {3004900, "3.00 s"},
        {12345000, "12.3 s"},
        {60000000, "60 s"},
        {900000000, "15 min"},
        {UINT64_C(5400000000), "90 min"},
        {UINT64_C(9000000000), "2.5 h"},
        {UINT64_C(1036800000000), "12 d"},
        {UINT64_MAX, "213503982 d"},
    };
    struct buf out = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        facts_span(&out, rows[i].us);
        expect(&out, rows[i].text);
    }
    buf_done(&out);
}
