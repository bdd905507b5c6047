#include "report/functions.h"

#include <stdlib.h>

static int compare(uint64_t x, uint64_t y)
{
    return (x < y) - (x > y);
}

uint64_t functions_mean_us(const struct function_facts *x)
{
    return x->invocations ? x->duration_us_sum / x->invocations : 0;
}

static unsigned fullness(const struct function_facts *x)
{
    bool is_known = x->memory_mb > 0 && x->max_memory_mb > 0;
    return is_known ? facts_per_mille((uint64_t)x->max_memory_mb, (uint64_t)x->memory_mb) : 0;
}

static int by_trouble(const void *a, const void *b)
{
    const struct function_facts *x = *(const struct function_facts *const *)a;
    const struct function_facts *y = *(const struct function_facts *const *)b;
    int order = compare(x->timeouts + x->crashes, y->timeouts + y->crashes);
    if (order == 0)
        order = compare(x->near_memory_limit, y->near_memory_limit);
    if (order == 0)
        order = compare(x->invocations, y->invocations);
    return order != 0 ? order : view_compare(x->log_group, y->log_group);
}

static int by_mean(const void *a, const void *b)
{
    const struct function_facts *x = *(const struct function_facts *const *)a;
    const struct function_facts *y = *(const struct function_facts *const *)b;
    int order = compare(functions_mean_us(x), functions_mean_us(y));
    return order != 0 ? order : by_trouble(a, b);
}

static int by_memory(const void *a, const void *b)
{
    const struct function_facts *x = *(const struct function_facts *const *)a;
    const struct function_facts *y = *(const struct function_facts *const *)b;
    int order = compare(fullness(x), fullness(y));
    if (order == 0)
        order = compare(x->near_memory_limit, y->near_memory_limit);
    return order != 0 ? order : by_trouble(a, b);
}

void functions_rank(const struct summary *s, enum functions_order order,
                    struct functions_ranked *ret)
{
    ret->count = 0;
    for (size_t i = 0; i < s->functions_count && ret->count < FUNCTIONS_RANKED_MAX; i++) {
        bool is_measured = s->functions[i].invocations > 0;
        if (is_measured || order == FUNCTIONS_BY_TROUBLE)
            ret->at[ret->count++] = &s->functions[i];
    }
    switch (order) {
    case FUNCTIONS_BY_TROUBLE:
        qsort(ret->at, ret->count, sizeof(ret->at[0]), by_trouble);
        break;
    case FUNCTIONS_BY_MEAN:
        qsort(ret->at, ret->count, sizeof(ret->at[0]), by_mean);
        break;
    case FUNCTIONS_BY_MEMORY:
        qsort(ret->at, ret->count, sizeof(ret->at[0]), by_memory);
        break;
    }
}

void functions_append_totals(struct buf *out, const struct summary *s)
{
    struct function_facts sum = {0};
    for (size_t i = 0; i < s->functions_count; i++) {
        const struct function_facts *x = &s->functions[i];
        sum.invocations += x->invocations;
        sum.timeouts += x->timeouts;
        sum.crashes += x->crashes;
        sum.cold_starts += x->cold_starts;
        sum.near_memory_limit += x->near_memory_limit;
    }
    facts_count(out, sum.timeouts, "timeout", "timeouts");
    buf_printf(out, " and ");
    facts_count(out, sum.crashes, "crash", "crashes");
    if (s->report_lines == 0) {
        buf_printf(out, ". No REPORT lines: nothing is known of durations, memory and cold starts.");
        return;
    }
    buf_printf(out, " in ");
    facts_count(out, sum.invocations, "invocation", "invocations");
    buf_printf(out, " of ");
    facts_count(out, s->functions_count, "function", "functions");
    buf_printf(out, "; ");
    facts_number(out, sum.near_memory_limit);
    buf_printf(out, " within 10 %% of the memory limit, ");
    facts_count(out, sum.cold_starts, "cold start", "cold starts");
    buf_printf(out, ".");
}

bool functions_are_filtered(const struct summary *s)
{
    return s->extracted_events > 0 && s->report_lines == 0;
}
