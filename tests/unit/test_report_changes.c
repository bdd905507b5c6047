#include "report/changes.h"

#include "../report/fake_report.h"

#include <criterion/criterion.h>

enum { DAY_MS = 24 * 60 * 60 * 1000 };

static void add(struct report *r, uint64_t fingerprint, int64_t first_ms, int64_t last_ms)
{
    struct group *g = fake_report_add(r, fingerprint, 100 - fingerprint);
    g->has_time = true;
    g->first_ms = first_ms;
    g->last_ms = last_ms;
}

struct two {
    struct report *now, *old;
};

/* Groups 1 and 2 in both, 3 only now, 4 only before. */
static struct two make(int64_t old_last_ms)
{
    struct two t = {fake_report_new(), fake_report_new()};
    add(t.old, 4, 0, 5);
    add(t.old, 1, 0, old_last_ms);
    add(t.old, 2, 0, old_last_ms + 1);
    fake_report_rank(t.old);
    add(t.now, 1, 8LL * DAY_MS, 9LL * DAY_MS);
    add(t.now, 2, 8LL * DAY_MS, 9LL * DAY_MS);
    add(t.now, 3, 8LL * DAY_MS, 9LL * DAY_MS);
    fake_report_rank(t.now);
    return t;
}

static void done(struct two *t, struct changes *c)
{
    changes_done(c);
    fake_report_free(t->now);
    fake_report_free(t->old);
}

Test(report_changes, tells_new_back_and_gone)
{
    struct two t = make(1LL * DAY_MS);
    struct changes c;
    cr_assert_eq(changes_find(t.now, t.old, &c, NULL), RC_OK);
    cr_expect_eq(c.new_count, 1);
    cr_expect_eq(c.of_rank[2], CHANGE_NEW);
    cr_expect_eq(c.back_count, 1);
    cr_expect_eq(c.of_rank[0], CHANGE_BACK, "seven days to the millisecond");
    cr_expect_eq(c.of_rank[1], CHANGE_NONE, "a millisecond less");
    cr_assert_eq(c.gone_count, 1);
    cr_expect_eq(report_ranks(t.old)[c.gone[0]].fingerprint, 4);
    cr_expect(c.has_gone && c.is_new_certain);
    done(&t, &c);
}

Test(report_changes, nothing_is_gone_where_groups_lie_under_other)
{
    struct two t = make(0);
    fake_report_set_other(t.now, 1, 1);
    fake_report_set_other(t.old, 1, 1);
    struct changes c;
    cr_assert_eq(changes_find(t.now, t.old, &c, NULL), RC_OK);
    cr_expect_eq(c.gone_count, 0);
    cr_expect(!c.has_gone);
    cr_expect(!c.is_new_certain);
    done(&t, &c);
}

Test(report_changes, a_report_beside_itself_has_no_changes)
{
    struct two t = make(0);
    struct changes c;
    cr_assert_eq(changes_find(t.now, t.now, &c, NULL), RC_OK);
    cr_expect_eq(c.new_count + c.back_count + c.gone_count, 0);
    done(&t, &c);
}

Test(report_changes, empty_reports_compare)
{
    struct two t = {fake_report_new(), fake_report_new()};
    struct changes c;
    cr_assert_eq(changes_find(t.now, t.old, &c, NULL), RC_OK);
    cr_expect_eq(c.new_count + c.back_count + c.gone_count, 0);
    done(&t, &c);
}
