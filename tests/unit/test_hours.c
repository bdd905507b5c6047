/* test_hours.c - histograms by hour, and by day once there are too many. */
#include "alert/hours.h"

#include "alert_event.h"

#include <criterion/criterion.h>

enum { FIRST = TIME_FIRST_MS / HOUR_MS, END = TIME_END_MS / HOUR_MS };

static bool equal(const struct hours *a, const struct hours *b)
{
    return a->count == b->count && a->is_by_day == b->is_by_day &&
           memcmp(a->at, b->at, a->count * sizeof(a->at[0])) == 0;
}

Test(hours, are_sorted_and_counted)
{
    static const int64_t given[] = {500000, 400000, 500000, 450000, 400000, 500001};
    static const struct hour_count expected[] = {
        {400000, 2}, {450000, 1}, {500000, 2}, {500001, 1}};
    struct hours h = {0};
    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
        cr_assert(hours_add(&h, given[i], 1));
    cr_assert_eq(h.count, 4);
    cr_expect_arr_eq(h.at, expected, sizeof(expected));
    hours_done(&h);
}

Test(hours, plausible_times_are_those_of_this_century)
{
    cr_expect(time_is_plausible(TIME_FIRST_MS));
    cr_expect_not(time_is_plausible(TIME_FIRST_MS - 1));
    cr_expect(time_is_plausible(TIME_END_MS - 1));
    cr_expect_not(time_is_plausible(TIME_END_MS));
    cr_expect_not(time_is_plausible(INT64_MIN));
    cr_expect_not(time_is_plausible(INT64_MAX));
}

Test(hours, past_the_bound_become_days)
{
    struct hours h = {0};
    for (int64_t i = 0; i < HOURS_MAX; i++)
        hours_add(&h, FIRST + i, 1);
    cr_expect_not(h.is_by_day);
    cr_expect_eq(h.count, HOURS_MAX);
    cr_assert(hours_add(&h, FIRST + HOURS_MAX, 5));
    cr_expect(h.is_by_day);
    cr_expect_eq(h.count, HOURS_MAX / 24 + 1);
    cr_expect_eq(h.at[0].hour, FIRST);
    cr_expect_eq(h.at[0].count, 24);
    cr_expect_eq(h.at[h.count - 1].count, 5);
    cr_assert(hours_add(&h, FIRST + 30, 2));
    cr_expect_eq(h.at[1].hour, FIRST + 24);
    cr_expect_eq(h.at[1].count, 26);
    hours_done(&h);
}

static void fill(struct hours *h, uint64_t *state, size_t count, int64_t range)
{
    for (size_t i = 0; i < count; i++)
        hours_add(h, FIRST + (int64_t)random_next(state) % range, 1 + random_next(state) % 3);
}

Test(hours, merging_is_the_same_in_any_order_and_grouping)
{
    static const int64_t ranges[] = {1, 50, 3000, 40000, END - FIRST};
    uint64_t seed = random_seed(), state = seed;
    for (unsigned round = 0; round < 10; round++) {
        struct hours parts[3] = {{0}}, left = {0}, right = {0};
        for (unsigned i = 0; i < 3; i++)
            fill(&parts[i], &state, random_next(&state) % (round % 5 == 4 ? 24000 : 8000),
                 ranges[round % 5]);
        hours_merge(&left, &parts[0]);
        hours_merge(&left, &parts[1]);
        hours_merge(&left, &parts[2]);
        hours_merge(&right, &parts[2]);
        hours_merge(&parts[1], &parts[0]);
        hours_merge(&right, &parts[1]);
        bool ok = equal(&left, &right);
        hours_done(&left);
        hours_done(&right);
        for (unsigned i = 0; i < 3; i++)
            hours_done(&parts[i]);
        if (!ok)
            cr_assert_fail("seed %lu round %u", (unsigned long)seed, round);
    }
}

/* Every hour of the century, the naive way. */
static uint64_t naive[END - FIRST];

Test(hours, agree_with_an_array_of_all_hours)
{
    uint64_t state = random_seed();
    struct hours h = {0}, more = {0};
    for (unsigned i = 0; i < 20000; i++) {
        int64_t hour = (int64_t)random_next(&state) % 30000;
        naive[hour]++;
        hours_add(i % 2 ? &h : &more, FIRST + hour, 1);
    }
    hours_merge(&h, &more);
    cr_assert_not(h.is_by_day);
    size_t at = 0;
    for (int64_t hour = 0; hour < 30000; hour++) {
        if (naive[hour] == 0)
            continue;
        if (at == h.count || h.at[at].hour != FIRST + hour || h.at[at].count != naive[hour])
            cr_assert_fail("hour %ld", (long)hour);
        at++;
    }
    cr_expect_eq(at, h.count);
    hours_done(&h);
    hours_done(&more);
}
