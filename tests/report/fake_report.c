#include "fake_report.h"

#include "alert/distinct.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/hash.h"

#include <stdio.h>
#include <stdlib.h>

struct report {
    struct summary summary;
    struct group *groups;
    struct group_rank *ranks;
    size_t count;
    uint64_t other_groups, other_alerts;
    struct arena texts;
};

static void *grown(void *at, size_t count, size_t size)
{
    char *bigger = realloc(at, (count + 1) * size);
    if (bigger == NULL)
        abort();
    memset(bigger + count * size, 0, size);
    return bigger;
}

struct report *fake_report_new(void)
{
    struct report *r = calloc(1, sizeof(*r));
    if (r == NULL)
        abort();
    arena_init(&r->texts, (size_t)1 << 30);
    return r;
}

static void free_group(struct group *g)
{
    tally_done(&g->accounts);
    tally_done(&g->regions);
    tally_done(&g->log_groups);
    distinct_done(&g->streams);
    distinct_done(&g->requests);
    free(g->hours.at);
    for (size_t i = 0; i < g->tops_count; i++)
        tally_done(&g->tops[i].values);
    free(g->tops);
}

void fake_report_free(struct report *r)
{
    for (size_t i = 0; i < r->count; i++)
        free_group(&r->groups[i]);
    for (int i = 0; i < CLASS_COUNT; i++)
        free(r->summary.by_class[i].at);
    free(r->summary.accounts);
    free(r->summary.log_groups);
    free(r->summary.days);
    free(r->summary.functions);
    distinct_done(&r->summary.requests);
    free(r->groups);
    free(r->ranks);
    arena_done(&r->texts);
    free(r);
}

struct summary *fake_report_summary(struct report *r)
{
    return &r->summary;
}

void fake_report_set_other(struct report *r, uint64_t groups, uint64_t alerts)
{
    r->other_groups = groups;
    r->other_alerts = alerts;
}

struct group *fake_report_add(struct report *r, uint64_t fingerprint, uint64_t count)
{
    r->groups = grown(r->groups, r->count, sizeof(*r->groups));
    struct group *g = &r->groups[r->count++];
    g->fingerprint = fingerprint;
    g->count = count;
    g->rule = RULE_TITLE;
    g->kind = KIND_LOG;
    tally_init(&g->accounts, MAP_KEYS_MAX);
    tally_init(&g->regions, MAP_KEYS_MAX);
    tally_init(&g->log_groups, MAP_KEYS_MAX);
    return g;
}

static int compare_groups(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->fingerprint > y->fingerprint) - (x->fingerprint < y->fingerprint);
}

void fake_report_rank(struct report *r)
{
    if (r->count > 0)
        qsort(r->groups, r->count, sizeof(*r->groups), compare_groups);
    for (size_t i = 0; i < r->count; i++) {
        r->ranks = grown(r->ranks, i, sizeof(*r->ranks));
        r->ranks[i] = (struct group_rank){r->groups[i].fingerprint, r->groups[i].count};
    }
}

struct view fake_text(struct report *r, struct view v)
{
    char *copy = arena_alloc(&r->texts, v.size + 1);
    if (copy == NULL)
        abort();
    if (v.size > 0)
        memcpy(copy, v.data, v.size);
    copy[v.size] = '\0';
    return view_of(copy, v.size);
}

struct view fake_format(struct report *r, const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (size < 0 || (size_t)size >= sizeof(text))
        abort();
    return fake_text(r, view_of(text, (size_t)size));
}

void fake_tally(struct tally *t, const char *key, uint64_t count)
{
    if (!tally_add(t, view_of_string(key), count))
        abort();
}

void fake_distinct(struct distinct *d, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        if (!distinct_add(d, hash64(view_of(&i, sizeof(i)))))
            abort();
    }
}

void fake_hour(struct hours *h, int64_t hour, uint64_t count)
{
    size_t at = 0;
    while (at < h->count && h->at[at].hour < hour)
        at++;
    if (at == h->count || h->at[at].hour != hour) {
        h->at = grown(h->at, h->count, sizeof(*h->at));
        memmove(&h->at[at + 1], &h->at[at], (h->count - at) * sizeof(*h->at));
        h->at[at] = (struct hour_count){.hour = hour};
        h->count++;
    }
    h->at[at].count += count;
}

struct tally *fake_top(struct report *r, struct group *g, const char *name)
{
    g->tops = grown(g->tops, g->tops_count, sizeof(*g->tops));
    struct top *top = &g->tops[g->tops_count++];
    top->name = fake_text(r, view_of_string(name));
    tally_init(&top->values, TOP_KEYS_MAX);
    return &top->values;
}

struct sample *fake_sample(struct group *g)
{
    if (g->samples_count == SAMPLES_MAX)
        abort();
    return &g->samples[g->samples_count++];
}

void fake_row(struct table_row **rows, size_t *count, struct view key, uint64_t events,
              uint64_t alerts)
{
    *rows = grown(*rows, *count, sizeof(**rows));
    (*rows)[(*count)++] = (struct table_row){key, events, alerts};
}

struct function_facts *fake_function(struct report *r, struct view log_group)
{
    struct summary *s = &r->summary;
    s->functions = grown(s->functions, s->functions_count, sizeof(*s->functions));
    struct function_facts *f = &s->functions[s->functions_count++];
    f->log_group = log_group;
    return f;
}

const struct summary *report_summary(const struct report *r)
{
    return &r->summary;
}

size_t report_group_count(const struct report *r)
{
    return r->count;
}

uint64_t report_other_groups(const struct report *r)
{
    return r->other_groups;
}

uint64_t report_other_alerts(const struct report *r)
{
    return r->other_alerts;
}

enum rc report_group(struct report *r, size_t rank, const struct group **ret, struct err *err)
{
    if (rank >= r->count)
        return err_set(err, RC_FAILED, "no group %zu", rank);
    *ret = &r->groups[rank];
    return RC_OK;
}

const struct group_rank *report_ranks(const struct report *r)
{
    return r->ranks;
}
