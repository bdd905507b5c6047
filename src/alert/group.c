#include "alert/group.h"

#include "alert/alert.h"
#include "alert/distinct.h"
#include "alert/hours.h"
#include "alert/sample.h"

#include <assert.h>
#include <stdlib.h>

enum {
    TOPS_STEP = 4,       /* room for tops grows by this many */
    MALLOC_OVERHEAD = 16 /* what an allocator adds to a small piece */
};

const char *alert_rule_name(enum alert_rule rule)
{
    switch (rule) {
    case RULE_USER:
        return "user";
    case RULE_PLATFORM:
        return "platform";
    case RULE_TITLE:
        return "title";
    case RULE_STACK:
        return "stack";
    case RULE_TEXT:
        return "text";
    }
    assert(false);
    return "";
}

void group_init(struct group *g, uint64_t fingerprint, enum alert_rule rule)
{
    *g = (struct group){.fingerprint = fingerprint, .rule = rule};
    tally_init(&g->accounts, MAP_KEYS_MAX);
    tally_init(&g->regions, MAP_KEYS_MAX);
    tally_init(&g->log_groups, MAP_KEYS_MAX);
}

static void top_done(struct top *t)
{
    free((char *)t->name.data);
    tally_done(&t->values);
}

void group_done(struct group *g)
{
    tally_done(&g->accounts);
    tally_done(&g->regions);
    tally_done(&g->log_groups);
    distinct_done(&g->streams);
    distinct_done(&g->requests);
    hours_done(&g->hours);
    for (size_t i = 0; i < g->tops_count; i++)
        top_done(&g->tops[i]);
    free(g->tops);
    free(g->head);
    for (unsigned i = 0; i < g->samples_count; i++)
        sample_done(&g->samples[i]);
    *g = (struct group){0};
}

static size_t tally_bytes(const struct tally *t)
{
    return t->bytes + t->count * MALLOC_OVERHEAD;
}

size_t group_bytes(const struct group *g)
{
    size_t bytes = tally_bytes(&g->accounts) + tally_bytes(&g->regions) +
                   tally_bytes(&g->log_groups) + distinct_bytes(&g->streams) +
                   distinct_bytes(&g->requests) + hours_bytes(&g->hours);
    bytes += (g->tops_count + TOPS_STEP) * sizeof(*g->tops);
    for (size_t i = 0; i < g->tops_count; i++)
        bytes += tally_bytes(&g->tops[i].values) + g->tops[i].name.size + MALLOC_OVERHEAD;
    for (unsigned i = 0; i < g->samples_count; i++)
        bytes += g->samples[i].texts_bytes + MALLOC_OVERHEAD;
    return bytes + g->level.size + g->title.size + g->masked.size + g->owner.size +
           4 * MALLOC_OVERHEAD;
}

/* The index of the top of that name, or where it belongs. */
static size_t top_position(const struct group *g, struct view name)
{
    size_t at = 0;
    while (at < g->tops_count && view_compare(g->tops[at].name, name) < 0)
        at++;
    return at;
}

static size_t largest_top(const struct group *g)
{
    size_t largest = 0;
    for (size_t i = 1; i < g->tops_count; i++) {
        const struct top *t = &g->tops[i], *best = &g->tops[largest];
        if (alert_top_compare(t->hash, t->name, best->hash, best->name) > 0)
            largest = i;
    }
    return largest;
}

static void remove_top(struct group *g, size_t at)
{
    top_done(&g->tops[at]);
    g->tops_count--;
    memmove(&g->tops[at], &g->tops[at + 1], (g->tops_count - at) * sizeof(*g->tops));
}

static bool insert_top(struct group *g, size_t at, uint64_t hash, struct view name)
{
    if (g->tops_count % TOPS_STEP == 0) {
        struct top *tops = realloc(g->tops, (g->tops_count + TOPS_STEP) * sizeof(*tops));
        if (tops == NULL)
            return false;
        g->tops = tops;
    }
    char *copy = malloc(name.size + 1);
    if (copy == NULL)
        return false;
    memcpy(copy, name.data, name.size);
    memmove(&g->tops[at + 1], &g->tops[at], (g->tops_count - at) * sizeof(*g->tops));
    g->tops[at] = (struct top){.hash = hash, .name = view_of(copy, name.size)};
    tally_init(&g->tops[at].values, TOP_KEYS_MAX);
    g->tops_count++;
    return true;
}

bool group_top(struct group *g, uint64_t hash, struct view name, struct tally **ret)
{
    size_t at = top_position(g, name);
    if (at == g->tops_count || !view_equals(g->tops[at].name, name)) {
        if (g->tops_count == TOPS_MAX) {
            size_t largest = largest_top(g);
            const struct top *last = &g->tops[largest];
            *ret = NULL;
            if (alert_top_compare(hash, name, last->hash, last->name) > 0)
                return true;
            remove_top(g, largest);
            at -= largest < at;
        }
        if (!insert_top(g, at, hash, name))
            return false;
    }
    *ret = &g->tops[at].values;
    return true;
}

static struct view put_text(char **at, struct view text)
{
    if (view_is_null(text))
        return VIEW_NULL;
    memcpy(*at, text.data, text.size);
    struct view copy = view_of(*at, text.size);
    *at += text.size;
    return copy;
}

static bool set_head(struct group *g, const struct alert_head *head)
{
    size_t size = head->level.size + head->title.size + head->masked.size + head->owner.size;
    char *texts = malloc(size + 1);
    if (texts == NULL)
        return false;
    free(g->head);
    g->head = texts;
    g->kind = head->kind;
    g->level = put_text(&texts, head->level);
    g->title = put_text(&texts, head->title);
    g->masked = put_text(&texts, head->masked);
    g->owner = put_text(&texts, head->owner);
    return true;
}

/* The same event counted twice under other rules may give two heads. */
static bool settle_head(struct group *g, const struct alert_head *head)
{
    struct alert_head own = {g->kind, g->level, g->title, g->masked, g->owner};
    return alert_head_compare(head, &own) >= 0 || set_head(g, head);
}

bool group_wants_sample(const struct group *g, uint64_t hash)
{
    return g->samples_count < SAMPLES_MAX || hash <= g->samples[SAMPLES_MAX - 1].hash;
}

bool group_offer_sample(struct group *g, const struct sample *s, const struct alert_head *head)
{
    unsigned at = 0;
    while (at < g->samples_count && g->samples[at].hash < s->hash)
        at++;
    if (at == SAMPLES_MAX)
        return true;
    bool is_known = at < g->samples_count && g->samples[at].hash == s->hash;
    int order = is_known ? sample_compare(s, &g->samples[at]) : -1;
    if (order == 0 && at == 0)
        return settle_head(g, head);
    if (order >= 0)
        return true;

    struct sample copy;
    if (!sample_copy(&copy, s))
        return false;
    if (at == 0 && !set_head(g, head)) {
        sample_done(&copy);
        return false;
    }
    if (is_known) {
        sample_done(&g->samples[at]);
    } else {
        if (g->samples_count == SAMPLES_MAX)
            sample_done(&g->samples[--g->samples_count]);
        memmove(&g->samples[at + 1], &g->samples[at],
                (g->samples_count - at) * sizeof(g->samples[0]));
        g->samples_count++;
    }
    g->samples[at] = copy;
    return true;
}

void group_add_times(struct group *g, int64_t first_ms, int64_t last_ms)
{
    if (!g->has_time || first_ms < g->first_ms)
        g->first_ms = first_ms;
    if (!g->has_time || last_ms > g->last_ms)
        g->last_ms = last_ms;
    g->has_time = true;
}

static bool add_key(struct tally *t, struct view key)
{
    return view_is_null(key) || tally_add(t, key, 1);
}

bool group_add(struct group *g, const struct alert *a)
{
    const struct sample *s = &a->sample;
    g->count++;
    if (s->has_timestamp && time_is_plausible(s->timestamp_ms)) {
        group_add_times(g, s->timestamp_ms, s->timestamp_ms);
        if (!hours_add(&g->hours, s->timestamp_ms / HOUR_MS, 1))
            return false;
    }
    if (!add_key(&g->accounts, a->account_id) || !add_key(&g->regions, a->region) ||
        !add_key(&g->log_groups, a->log_group))
        return false;
    if ((a->has_stream && !distinct_add(&g->streams, a->stream_hash)) ||
        (a->has_request && !distinct_add(&g->requests, a->request_hash)))
        return false;
    for (unsigned i = 0; i < a->tops_count; i++) {
        struct tally *values;
        if (!group_top(g, a->tops[i].hash, a->tops[i].name, &values))
            return false;
        if (values != NULL && !tally_add(values, a->tops[i].value, 1))
            return false;
    }
    if (!group_wants_sample(g, s->hash))
        return true;
    struct sample kept = *s;
    sample_cut(&kept);
    return group_offer_sample(g, &kept, &a->head);
}
