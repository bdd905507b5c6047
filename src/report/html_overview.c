#include "report/html.h"

#include <stdlib.h>

/* What a first pass over the listed groups and the summary finds out: the time
 * axis, the filters' values, and which groups to look at first. */

enum { TIMELINE_BUCKETS_MAX = 120, FACET_KEYS_MAX = MAP_KEYS_MAX };

/* Stray timestamps: where at most one event in STRAY_EVENTS_PER would stretch
 * the axis to more than STRAY_STRETCH times the rest, they are left out. */
enum { STRAY_EVENTS_PER = 10000, STRAY_STRETCH = 4 };

static int compare_hours(const void *a, const void *b)
{
    const struct hour_count *x = a, *y = b;
    return (x->hour > y->hour) - (x->hour < y->hour);
}

/* The hours of all classes, sorted; NULL with *ret_count 0 where there are none. */
static struct hour_count *all_hours(const struct summary *s, size_t *ret_count)
{
    size_t count = 0, used = 0;
    for (int i = 0; i < CLASS_COUNT; i++)
        count += s->by_class[i].count;
    struct hour_count *all = calloc(count + 1, sizeof(*all));
    *ret_count = count;
    if (all == NULL)
        return NULL;
    for (int i = 0; i < CLASS_COUNT; i++) {
        if (s->by_class[i].count > 0)
            memcpy(all + used, s->by_class[i].at, s->by_class[i].count * sizeof(*all));
        used += s->by_class[i].count;
    }
    qsort(all, count, sizeof(*all), compare_hours);
    return all;
}

/* Narrows [*first, *last], indices into the sorted hours, past stray ones. */
static void skip_stray(const struct hour_count *all, size_t *first, size_t *last)
{
    uint64_t total = 0, before = 0, after = 0;
    for (size_t i = *first; i <= *last; i++)
        total += all[i].count;
    size_t low = *first, high = *last;
    while (low < high && before + all[low].count <= total / STRAY_EVENTS_PER / 2)
        before += all[low++].count;
    while (high > low && after + all[high].count <= total / STRAY_EVENTS_PER / 2)
        after += all[high--].count;
    int64_t whole = all[*last].hour - all[*first].hour + 1;
    int64_t narrowed = all[high].hour - all[low].hour + 1;
    if (whole / STRAY_STRETCH > narrowed) {
        *first = low;
        *last = high;
    }
}

static bool make_timeline(struct timeline *t, const struct summary *s)
{
    size_t count;
    struct hour_count *all = all_hours(s, &count);
    if (all == NULL)
        return false;
    if (count > 0) {
        size_t first = 0, last = count - 1;
        skip_stray(all, &first, &last);
        t->buckets = facts_buckets(all[first].hour, all[last].hour, 1, TIMELINE_BUCKETS_MAX);
    }
    free(all);
    t->counts = calloc(t->buckets.count + 1, sizeof(*t->counts));
    if (t->counts == NULL)
        return false;
    for (int i = 0; i < CLASS_COUNT; i++) {
        for (size_t k = 0; k < s->by_class[i].count; k++) {
            const struct hour_count *at = &s->by_class[i].at[k];
            size_t bucket;
            if (facts_bucket_find(&t->buckets, at->hour, &bucket))
                t->counts[bucket][i] += at->count;
            else
                t->outside += at->count;
        }
    }
    return true;
}

static void facet_rank(struct facet *facet)
{
    facts_rank(&facet->tally, &facet->ranked);
    if (facet->ranked.count > HTML_OPTIONS_MAX)
        facet->ranked.count = HTML_OPTIONS_MAX;
}

size_t html_facet_index(const struct facet *facet, struct view key)
{
    for (size_t i = 0; i < facet->ranked.count; i++) {
        if (view_equals(facet->ranked.at[i].key, key))
            return i;
    }
    return HTML_OPTIONS_MAX;
}

static enum rc count_groups(struct page *p)
{
    for (size_t rank = 0; rank < p->shown; rank++) {
        const struct group *g;
        TRY(report_group(p->f->report, rank, &g, p->f->err));
        struct view level = view_is_null(g->level) ? VIEW("") : g->level;
        if (!tally_add(&p->levels.tally, level, g->count) ||
            !tally_merge(&p->accounts.tally, &g->accounts) ||
            !tally_merge(&p->regions.tally, &g->regions) ||
            !tally_merge(&p->log_groups.tally, &g->log_groups))
            return err_set(p->f->err, RC_NO_MEMORY, "no memory for the report");
        p->kinds[g->kind] += g->count;
    }
    return RC_OK;
}

enum rc html_overview_init(struct page *p, struct form *f)
{
    *p = (struct page){.f = f, .out = &f->sink.buf};
    struct facet *const facets[] = {&p->levels, &p->accounts, &p->regions, &p->log_groups};
    for (size_t i = 0; i < sizeof(facets) / sizeof(facets[0]); i++)
        tally_init(&facets[i]->tally, FACET_KEYS_MAX);
    p->shown = report_group_count(f->report);
    if (p->shown > HTML_GROUPS_MAX)
        p->shown = HTML_GROUPS_MAX;
    enum rc rc = count_groups(p);
    if (rc == RC_OK)
        rc = picks_find(f, p->shown, &p->picks);
    if (rc == RC_OK && !make_timeline(&p->timeline, f->summary))
        rc = err_set(f->err, RC_NO_MEMORY, "no memory for the report");
    for (size_t i = 0; i < sizeof(facets) / sizeof(facets[0]); i++)
        facet_rank(facets[i]);
    if (rc != RC_OK)
        html_overview_done(p);
    return rc;
}

void html_overview_done(struct page *p)
{
    free(p->timeline.counts);
    tally_done(&p->levels.tally);
    tally_done(&p->accounts.tally);
    tally_done(&p->regions.tally);
    tally_done(&p->log_groups.tally);
    *p = (struct page){0};
}
