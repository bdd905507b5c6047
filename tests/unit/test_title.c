#include "report/title.h"

#include "../report/fake_report.h"

#include <criterion/criterion.h>

static void expect(const struct group *g, const char *title, const char *shown)
{
    struct buf out = {0};
    title_append(&out, g, view_of_string(title));
    cr_expect(view_equals(buf_view(&out), view_of_string(shown)), "%s: %.*s", title, (int)out.size,
              out.data);
    buf_done(&out);
}

static struct group *group_of(struct report *r, enum alert_rule rule, uint64_t count)
{
    struct group *g = fake_report_add(r, 1, count);
    g->rule = rule;
    return g;
}

Test(title, shows_labels_for_what_differs)
{
    struct report *r = fake_report_new();
    struct group *g = group_of(r, RULE_TITLE, 3);
    fake_tally(fake_top(r, g, "int 1"), "4711", 2);
    fake_tally(&g->tops[0].values, "12", 1);
    expect(g, " Order 4711 is late ", "Order <int> is late");
    expect(g, "No account for a@example.com", "No account for <email>");
    expect(g, "Nothing varies", "Nothing varies");
    expect(g, "", "");
    fake_report_free(r);
}

Test(title, keeps_what_is_the_same_in_all)
{
    struct report *r = fake_report_new();
    struct group *g = group_of(r, RULE_STACK, 3);
    fake_tally(fake_top(r, g, "int 1"), "5432", 3);
    expect(g, "Cannot reach port 5432, try 2", "Cannot reach port 5432, try <int>");
    /* A value of another text's span says nothing of this one. */
    expect(g, "Cannot reach port 5433", "Cannot reach port <int>");
    g->tops[0].values.other = 1;
    expect(g, "Cannot reach port 5432", "Cannot reach port <int>");
    fake_report_free(r);
}

Test(title, of_one_alert_or_of_a_name_given_stays)
{
    struct report *r = fake_report_new();
    expect(group_of(r, RULE_TITLE, 1), "Order 4711 is late", "Order 4711 is late");
    expect(group_of(r, RULE_USER, 9), "Order 4711 is late", "Order 4711 is late");
    expect(group_of(r, RULE_PLATFORM, 9), "f: Task timed out after 3.00 seconds",
           "f: Task timed out after 3.00 seconds");
    fake_report_free(r);
}

/* Longer than any title that a report holds. */
Test(title, of_any_length_is_shown)
{
    struct report *r = fake_report_new();
    struct group *g = group_of(r, RULE_TITLE, 2);
    struct buf title = {0}, out = {0};
    for (int i = 0; i < 1000; i++)
        buf_printf(&title, "%d ", i);
    title_append(&out, g, buf_view(&title));
    cr_expect(view_starts_with(buf_view(&out), VIEW("<int> <int> ")));
    cr_expect(view_ends_with(buf_view(&out), VIEW("998 999")));
    buf_done(&title);
    buf_done(&out);
    fake_report_free(r);
}
