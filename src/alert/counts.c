#include "alert/counts.h"

#include "alert/alert.h"
#include "alert/distinct.h"
#include "alert/key.h"
#include "util/hash.h"
#include "util/text.h"

#include <stdlib.h>

static void init_tables(struct counts *c)
{
    key_table_init(&c->accounts, MAP_KEYS_MAX, ROW_COUNTERS, ROW_COUNTERS);
    key_table_init(&c->log_groups, MAP_KEYS_MAX, ROW_COUNTERS, ROW_COUNTERS);
    key_table_init(&c->functions, MAP_KEYS_MAX, FUNCTION_COUNTERS, FUNCTION_SUMS);
}

void counts_init(struct counts *c, uint64_t rules_hash)
{
    *c = (struct counts){.totals = {.rules_hash_min = rules_hash, .rules_hash_max = rules_hash}};
    init_tables(c);
}

void counts_init_empty(struct counts *c)
{
    *c = (struct counts){.totals = {.rules_hash_min = UINT64_MAX}};
    init_tables(c);
}

static void free_rows(struct table_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((char *)rows[i].key.data);
    free(rows);
}

void counts_done(struct counts *c)
{
    struct summary *t = &c->totals;
    for (size_t i = 0; i < CLASS_COUNT; i++)
        hours_done(&t->by_class[i]);
    distinct_done(&t->requests);
    free_rows(t->accounts, t->accounts_count);
    free_rows(t->log_groups, t->log_groups_count);
    free_rows(t->days, t->days_count);
    for (size_t i = 0; i < t->functions_count; i++)
        free((char *)t->functions[i].log_group.data);
    free(t->functions);
    key_table_done(&c->accounts);
    key_table_done(&c->log_groups);
    key_table_done(&c->functions);
    hours_done(&c->alert_hours);
    *c = (struct counts){0};
}

void counts_clear(struct counts *c)
{
    uint64_t rules_min = c->totals.rules_hash_min, rules_max = c->totals.rules_hash_max;
    counts_done(c);
    counts_init_empty(c);
    c->totals.rules_hash_min = rules_min;
    c->totals.rules_hash_max = rules_max;
}

static uint64_t *row_of(struct key_table *t, struct view key)
{
    if (view_is_null(key))
        return key_table_find(t, VIEW("(none)"));
    if (key.size <= KEY_BYTES_MAX)
        return key_table_find(t, key);
    char scratch[KEY_BYTES_MAX];
    return key_table_find(t, key_bounded(key, KEY_BYTES_MAX, scratch));
}

/* Milliseconds to microseconds, rounded. One multiplication of a fraction, then
 * integers: nothing a compiler could contract into another result. */
static uint64_t microseconds(double ms)
{
    enum { MS_MAX = 1000000000 }; /* eleven days; a function runs 15 minutes */
    if (!(ms > 0))
        return 0;
    if (ms >= MS_MAX)
        return (uint64_t)MS_MAX * 1000;
    uint64_t whole = (uint64_t)ms;
    uint64_t hundredths = (uint64_t)((ms - (double)whole) * 100000.0);
    return whole * 1000 + (hundredths + 50) / 100;
}

static uint64_t at_least_zero(const struct event *e, enum column c)
{
    return event_has(e, c) && e->cell[c].integer > 0 ? (uint64_t)e->cell[c].integer : 0;
}

static bool add_report_line(struct counts *c, const struct event *e)
{
    uint64_t add[TABLE_COUNTERS_MAX] = {[FUNCTION_INVOCATIONS] = 1};
    add[FUNCTION_COLD_STARTS] = e->is_cold_start;
    if (event_has(e, COL_DURATION_MS))
        add[FUNCTION_DURATION_US] = microseconds(e->cell[COL_DURATION_MS].real);
    if (event_has(e, COL_INIT_MS))
        add[FUNCTION_INIT_US] = microseconds(e->cell[COL_INIT_MS].real);
    add[FUNCTION_DURATION_US_MAX] = add[FUNCTION_DURATION_US];
    add[FUNCTION_INIT_US_MAX] = add[FUNCTION_INIT_US];
    uint64_t memory = at_least_zero(e, COL_MEMORY_MB), used = at_least_zero(e, COL_MAX_MEMORY_MB);
    add[FUNCTION_MEMORY_MB] = memory;
    add[FUNCTION_MEMORY_USED_MB] = used;
    add[FUNCTION_NEAR_LIMIT] = memory > 0 && used * 10 >= memory * 9;
    uint64_t *row = row_of(&c->functions, event_text(e, COL_LOG_GROUP));
    if (row == NULL)
        return false;
    key_table_fold(&c->functions, row, add);
    c->totals.report_lines++;
    return true;
}

static void add_span(struct summary *t, int64_t first_ms, int64_t last_ms)
{
    if (!t->has_time || first_ms < t->first_ms)
        t->first_ms = first_ms;
    if (!t->has_time || last_ms > t->last_ms)
        t->last_ms = last_ms;
    t->has_time = true;
}

bool counts_has_request(const struct counts *c, struct view request_id)
{
    if (request_id.size == 0 || request_id.size != c->last_request_size)
        return false;
    /* A size that is known where it is compiled saves the call. */
    if (request_id.size == REQUEST_BYTES)
        return memcmp(c->last_request, request_id.data, REQUEST_BYTES) == 0;
    return memcmp(c->last_request, request_id.data, request_id.size) == 0;
}

static bool add_request(struct counts *c, struct view request)
{
    /* The lines of one invocation follow each other. */
    if (counts_has_request(c, request))
        return true;
    c->last_request_size = request.size <= sizeof(c->last_request) ? request.size : 0;
    memcpy(c->last_request, request.data, c->last_request_size);
    return distinct_add(&c->totals.requests, hash64(request));
}

static void add_clock(struct summary *t, int64_t event_ms, int64_t line_ms)
{
    if (!time_is_plausible(line_ms))
        return;
    uint64_t skew_ms = (uint64_t)(event_ms > line_ms ? event_ms - line_ms : line_ms - event_ms);
    if (skew_ms <= CLOCK_SKEW_MS)
        return;
    t->clock_skewed++;
    if (skew_ms > t->clock_skew_ms_max)
        t->clock_skew_ms_max = skew_ms;
}

bool counts_add_event(struct counts *c, const struct event *e, enum level_class level)
{
    struct summary *t = &c->totals;
    if (event_has(e, COL_REQUEST_ID) && !add_request(c, e->cell[COL_REQUEST_ID].text))
        return false;
    int64_t ms = e->cell[COL_TIMESTAMP].integer;
    if (event_has(e, COL_TIMESTAMP) && time_is_plausible(ms)) {
        if (!hours_add(&t->by_class[level], ms / HOUR_MS, 1))
            return false;
        add_span(t, ms, ms);
        if (event_has(e, COL_LOGGED_AT))
            add_clock(t, ms, e->cell[COL_LOGGED_AT].integer);
    } else {
        t->without_time++;
    }
    if (e->kind == KIND_REPORT && !add_report_line(c, e))
        return false;
    t->extracted_events += e->is_extracted;
    t->unknown_levels += level == CLASS_OTHER;
    return true;
}

bool counts_add_rows(struct counts *c, struct view account_id, struct view log_group,
                     uint64_t events)
{
    uint64_t *account = row_of(&c->accounts, account_id);
    uint64_t *group = row_of(&c->log_groups, log_group);
    if (account == NULL || group == NULL)
        return false;
    account[ROW_EVENTS] += events;
    group[ROW_EVENTS] += events;
    c->totals.events += events;
    return true;
}

bool counts_add(struct counts *c, const struct event *e, enum level_class level)
{
    return counts_add_event(c, e, level) &&
           counts_add_rows(c, event_text(e, COL_ACCOUNT_ID), event_text(e, COL_LOG_GROUP), 1);
}

static bool add_failure(struct counts *c, struct view log_group, enum failure cause)
{
    if (cause == FAILURE_NONE)
        return true;
    uint64_t *row = row_of(&c->functions, log_group);
    if (row != NULL)
        row[cause == FAILURE_TIMEOUT ? FUNCTION_TIMEOUTS : FUNCTION_CRASHES]++;
    return row != NULL;
}

bool counts_add_alert(struct counts *c, const struct alert *a, enum failure cause)
{
    int64_t ms = a->sample.timestamp_ms;
    uint64_t *account = row_of(&c->accounts, a->account_id);
    uint64_t *group = row_of(&c->log_groups, a->log_group);
    if (account == NULL || group == NULL || !add_failure(c, a->log_group, cause))
        return false;
    if (a->sample.has_timestamp && time_is_plausible(ms) &&
        !hours_add(&c->alert_hours, ms / HOUR_MS, 1))
        return false;
    account[ROW_ALERTS]++;
    group[ROW_ALERTS]++;
    c->totals.alerts++;
    return true;
}

static bool merge_table(struct key_table *to, const struct key_table *from)
{
    for (size_t i = 0; i < from->count; i++) {
        uint64_t *row = key_table_find(to, from->entries[i].key);
        if (row == NULL)
            return false;
        key_table_fold(to, row, from->entries[i].counters);
    }
    if (from->has_other) {
        to->has_other = true;
        key_table_fold(to, to->other, from->other);
    }
    return true;
}

bool counts_merge(struct counts *to, const struct counts *from)
{
    struct summary *t = &to->totals;
    const struct summary *f = &from->totals;
    t->events += f->events;
    t->alerts += f->alerts;
    t->extracted_events += f->extracted_events;
    t->report_lines += f->report_lines;
    t->without_time += f->without_time;
    t->unknown_levels += f->unknown_levels;
    t->clock_skewed += f->clock_skewed;
    if (f->clock_skew_ms_max > t->clock_skew_ms_max)
        t->clock_skew_ms_max = f->clock_skew_ms_max;
    if (f->has_time)
        add_span(t, f->first_ms, f->last_ms);
    if (f->rules_hash_min < t->rules_hash_min)
        t->rules_hash_min = f->rules_hash_min;
    if (f->rules_hash_max > t->rules_hash_max)
        t->rules_hash_max = f->rules_hash_max;
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        if (!hours_merge(&t->by_class[i], &f->by_class[i]))
            return false;
    }
    return distinct_merge(&t->requests, &f->requests) &&
           hours_merge(&to->alert_hours, &from->alert_hours) &&
           merge_table(&to->accounts, &from->accounts) &&
           merge_table(&to->log_groups, &from->log_groups) &&
           merge_table(&to->functions, &from->functions);
}

size_t counts_bytes(const struct counts *c)
{
    size_t bytes = c->accounts.bytes + c->log_groups.bytes + c->functions.bytes +
                   hours_bytes(&c->alert_hours) + distinct_bytes(&c->totals.requests);
    for (size_t i = 0; i < CLASS_COUNT; i++)
        bytes += hours_bytes(&c->totals.by_class[i]);
    return bytes;
}

static bool copy_key(struct view key, struct view *ret)
{
    char *copy = malloc(key.size + 1);
    if (copy == NULL)
        return false;
    memcpy(copy, key.data, key.size);
    *ret = view_of(copy, key.size);
    return true;
}

static int compare_rows(const void *a, const void *b)
{
    return view_compare(((const struct table_row *)a)->key, ((const struct table_row *)b)->key);
}

static bool add_row(struct table_row *rows, size_t *count, struct view key,
                    const uint64_t *counters)
{
    struct table_row *row = &rows[*count];
    *row = (struct table_row){.events = counters[ROW_EVENTS], .alerts = counters[ROW_ALERTS]};
    if (!copy_key(key, &row->key))
        return false;
    ++*count;
    return true;
}

static bool make_rows(const struct key_table *t, struct table_row **ret, size_t *ret_count)
{
    *ret = calloc(t->count + 1, sizeof(**ret));
    if (*ret == NULL)
        return false;
    for (size_t i = 0; i < t->count; i++) {
        if (!add_row(*ret, ret_count, t->entries[i].key, t->entries[i].counters))
            return false;
    }
    if (t->has_other && !add_row(*ret, ret_count, VIEW("(other)"), t->other))
        return false;
    qsort(*ret, *ret_count, sizeof(**ret), compare_rows);
    return true;
}

static int compare_functions(const void *a, const void *b)
{
    return view_compare(((const struct function_facts *)a)->log_group,
                        ((const struct function_facts *)b)->log_group);
}

static bool add_function(struct summary *s, struct view key, const uint64_t *n)
{
    struct function_facts *f = &s->functions[s->functions_count];
    *f = (struct function_facts){
        .invocations = n[FUNCTION_INVOCATIONS],
        .cold_starts = n[FUNCTION_COLD_STARTS],
        .timeouts = n[FUNCTION_TIMEOUTS],
        .crashes = n[FUNCTION_CRASHES],
        .duration_us_sum = n[FUNCTION_DURATION_US],
        .duration_us_max = n[FUNCTION_DURATION_US_MAX],
        .init_us_sum = n[FUNCTION_INIT_US],
        .init_us_max = n[FUNCTION_INIT_US_MAX],
        .memory_mb = (int64_t)n[FUNCTION_MEMORY_MB],
        .max_memory_mb = (int64_t)n[FUNCTION_MEMORY_USED_MB],
        .near_memory_limit = n[FUNCTION_NEAR_LIMIT],
    };
    if (!copy_key(key, &f->log_group))
        return false;
    s->functions_count++;
    return true;
}

static bool make_functions(struct counts *c)
{
    struct summary *s = &c->totals;
    const struct key_table *t = &c->functions;
    s->functions = calloc(t->count + 1, sizeof(*s->functions));
    if (s->functions == NULL)
        return false;
    for (size_t i = 0; i < t->count; i++) {
        if (!add_function(s, t->entries[i].key, t->entries[i].counters))
            return false;
    }
    if (t->has_other && !add_function(s, VIEW("(other)"), t->other))
        return false;
    qsort(s->functions, s->functions_count, sizeof(*s->functions), compare_functions);
    return true;
}

/* Adds up to days: events in `events`, alerts in `alerts`. */
static bool add_days(struct hours *to, const struct hours *from)
{
    for (size_t i = 0; i < from->count; i++) {
        int64_t hour = from->at[i].hour;
        if (!hours_add(to, hour - hour % 24, from->at[i].count))
            return false;
    }
    return true;
}

static bool fill_days(struct summary *s, const struct hours *events, const struct hours *alerts)
{
    size_t alert = 0;
    s->days = calloc(events->count + 1, sizeof(*s->days));
    if (s->days == NULL)
        return false;
    for (size_t i = 0; i < events->count; i++) {
        uint64_t counters[ROW_COUNTERS] = {[ROW_EVENTS] = events->at[i].count};
        char day[11];
        while (alert < alerts->count && alerts->at[alert].hour < events->at[i].hour)
            alert++;
        if (alert < alerts->count && alerts->at[alert].hour == events->at[i].hour)
            counters[ROW_ALERTS] = alerts->at[alert].count;
        if (!text_day(day, events->at[i].hour * HOUR_MS) ||
            !add_row(s->days, &s->days_count, view_of(day, 10), counters))
            return false;
    }
    return true;
}

static bool make_days(struct counts *c)
{
    struct hours events = {.is_by_day = true}, alerts = {.is_by_day = true};
    bool ok = add_days(&alerts, &c->alert_hours);
    for (size_t i = 0; ok && i < CLASS_COUNT; i++)
        ok = add_days(&events, &c->totals.by_class[i]);
    ok = ok && fill_days(&c->totals, &events, &alerts);
    hours_done(&events);
    hours_done(&alerts);
    return ok;
}

bool counts_make_tables(struct counts *c)
{
    struct summary *t = &c->totals;
    return make_rows(&c->accounts, &t->accounts, &t->accounts_count) &&
           make_rows(&c->log_groups, &t->log_groups, &t->log_groups_count) && make_functions(c) &&
           make_days(c);
}
