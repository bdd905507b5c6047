#include "report/functions.h"

#include "../report/fake_report.h"

#include <criterion/criterion.h>

static struct function_facts *add(struct report *r, const char *name, uint64_t invocations)
{
    struct function_facts *x = fake_function(r, view_of_string(name));
    x->invocations = invocations;
    x->memory_mb = 128;
    return x;
}

static void expect_order(const struct summary *s, enum functions_order order, const char *names)
{
    struct functions_ranked ranked;
    struct buf got = {0};
    functions_rank(s, order, &ranked);
    for (size_t i = 0; i < ranked.count; i++)
        buf_append_view(&got, ranked.at[i]->log_group);
    cr_expect(view_equals(buf_view(&got), view_of_string(names)), "%.*s, not %s", (int)got.size,
              got.data, names);
    buf_done(&got);
}

static void expect_totals(const struct summary *s, const char *text)
{
    struct buf got = {0};
    functions_append_totals(&got, s);
    cr_expect(view_equals(buf_view(&got), view_of_string(text)), "%.*s", (int)got.size, got.data);
    buf_done(&got);
}

Test(functions, are_ranked_by_what_is_asked)
{
    struct report *r = fake_report_new();
    add(r, "a", 10)->duration_us_sum = 1000;
    struct function_facts *x = add(r, "b", 1);
    x->duration_us_sum = 9000;
    x->max_memory_mb = 127;
    x->near_memory_limit = 1;
    x = add(r, "c", 0); /* known by its timeouts alone */
    x->timeouts = 2;
    x = add(r, "d", 5);
    x->crashes = 1;
    x->max_memory_mb = 64;
    const struct summary *s = fake_report_summary(r);
    expect_order(s, FUNCTIONS_BY_TROUBLE, "cdba");
    expect_order(s, FUNCTIONS_BY_MEAN, "bad");
    expect_order(s, FUNCTIONS_BY_MEMORY, "bda");
    fake_report_free(r);
}

Test(functions, are_summed_in_a_sentence)
{
    struct report *r = fake_report_new();
    struct summary *s = fake_report_summary(r);
    expect_totals(s, "0 timeouts and 0 crashes. No REPORT lines: nothing is known of durations, "
                     "memory and cold starts.");
    struct function_facts *x = add(r, "a", 1204);
    x->timeouts = 1;
    x->crashes = 2;
    x->near_memory_limit = 3;
    x->cold_starts = 4;
    s->report_lines = 1204;
    expect_totals(s, "1 timeout and 2 crashes in 1,204 invocations of 1 function; 3 within 10 % of "
                     "the memory limit, 4 cold starts.");
    fake_report_free(r);
}

Test(functions, are_filtered_where_no_report_line_can_have_come)
{
    struct summary s = {.extracted_events = 3};
    cr_expect(functions_are_filtered(&s));
    s.report_lines = 1;
    cr_expect(!functions_are_filtered(&s));
    s = (struct summary){0};
    cr_expect(!functions_are_filtered(&s));
}
