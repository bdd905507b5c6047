#include "report/facts.h"

#include "alert/partial.h"
#include "util/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { HOUR_MS = 60 * 60 * 1000, DAY_HOURS = 24, STEP_DAYS_AFTER_HOURS = 14 * 24 };

void facts_number(struct buf *out, uint64_t n)
{
    char digits[24];
    size_t count = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            buf_append_byte(out, ',');
        buf_append_byte(out, digits[i]);
    }
}

void facts_count(struct buf *out, uint64_t n, const char *one, const char *many)
{
    facts_number(out, n);
    buf_printf(out, " %s", n == 1 ? one : many);
}

void facts_bytes(struct buf *out, uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    uint64_t unit = 1;
    size_t at = 0;
    while (bytes / unit >= 1000 && at < 6) {
        unit *= 1000;
        at++;
    }
    if (at == 0 || bytes / unit >= 100)
        buf_printf(out, "%" PRIu64 " %s", bytes / unit, units[at]);
    else
        buf_printf(out, "%" PRIu64 ".%" PRIu64 " %s", bytes / unit, bytes % unit / (unit / 10),
                   units[at]);
}

unsigned facts_per_mille(uint64_t part, uint64_t total)
{
    if (total == 0)
        return 0;
    if (part >= total)
        return 1000;
    unsigned __int128 scaled = (unsigned __int128)part * 1000 + total / 2;
    return (unsigned)(scaled / total);
}

void facts_share(struct buf *out, uint64_t part, uint64_t total)
{
    unsigned per_mille = facts_per_mille(part, total);
    if (part == 0)
        buf_printf(out, "0 %%");
    else if (per_mille == 0)
        buf_printf(out, "<0.1 %%");
    else if (per_mille < 100)
        buf_printf(out, "%u.%u %%", per_mille / 10, per_mille % 10);
    else if (per_mille >= 995 && part < total)
        buf_printf(out, ">99 %%");
    else
        buf_printf(out, "%u %%", (per_mille + 5) / 10);
}

void facts_minute(struct buf *out, int64_t ms)
{
    enum { MINUTE_BYTES = 16, DAY_BYTES = 10 };
    size_t begin = out->size;
    text_time_ms(out, ms);
    if (buf_failed(out) || out->size - begin <= MINUTE_BYTES || out->data[begin + DAY_BYTES] != 'T')
        return;
    out->data[begin + DAY_BYTES] = ' ';
    out->size = begin + MINUTE_BYTES;
}

/* The first hour that int64_t milliseconds can hold begins before them. */
static int64_t hour_ms(int64_t hour)
{
    return hour < INT64_MIN / HOUR_MS ? INT64_MIN : hour * HOUR_MS;
}

void facts_hour(struct buf *out, int64_t hour)
{
    enum { SECOND_BYTES = 19 };
    size_t begin = out->size;
    text_time_ms(out, hour_ms(hour));
    if (buf_failed(out) || out->size - begin <= SECOND_BYTES || out->data[out->size - 1] != 'Z')
        return;
    out->data[begin + SECOND_BYTES] = 'Z';
    out->size = begin + SECOND_BYTES + 1;
}

void facts_hour_minute(struct buf *out, int64_t hour)
{
    facts_minute(out, hour_ms(hour));
}

void facts_span(struct buf *out, uint64_t us)
{
    static const struct {
        uint64_t us, until_us;
        const char *name;
    } units[] = {
        {1000, 1000 * 1000, "ms"},
        {1000 * 1000, UINT64_C(120) * 1000 * 1000, "s"},
        {UINT64_C(60) * 1000 * 1000, UINT64_C(120) * 60 * 1000 * 1000, "min"},
        {UINT64_C(3600) * 1000 * 1000, UINT64_C(48) * 3600 * 1000 * 1000, "h"},
        {UINT64_C(86400) * 1000 * 1000, UINT64_MAX, "d"},
    };
    size_t at = 0;
    while (us >= units[at].until_us && at + 1 < sizeof(units) / sizeof(units[0]))
        at++;
    uint64_t whole = us / units[at].us, hundredths = us % units[at].us / (units[at].us / 100);
    buf_printf(out, "%" PRIu64, whole);
    if (at == 1 && whole < 10)
        buf_printf(out, ".%02" PRIu64, hundredths);
    else if (at >= 1 && whole < 100 && hundredths >= 10)
        buf_printf(out, ".%" PRIu64, hundredths / 10);
    buf_printf(out, " %s", units[at].name);
}

void facts_distinct(struct buf *out, const struct distinct *d)
{
    if (!distinct_is_exact(d))
        buf_printf(out, "≈ ");
    facts_number(out, distinct_count(d));
}

void facts_keys(struct buf *out, const struct tally *t)
{
    facts_number(out, t->count);
    if (t->is_sampled || t->other > 0)
        buf_append_byte(out, '+');
}

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked_entry *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return view_compare(x->key, y->key);
}

void facts_rank(const struct tally *t, struct ranked *ret)
{
    ret->count = 0;
    ret->other = t->other;
    ret->hidden = 0;
    ret->is_sampled = t->is_sampled || t->other > 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct tally_entry *e = &t->entries[i];
        /* A logged name may look like ours; past the bound no tally goes. */
        if (view_equals(e->key, VIEW("(other)")) || ret->count == MAP_KEYS_MAX)
            ret->other += e->count;
        else
            ret->at[ret->count++] = (struct ranked_entry){e->key, e->count};
    }
    qsort(ret->at, ret->count, sizeof(ret->at[0]), compare_ranked);
}

struct view facts_function_name(struct view log_group)
{
    struct view lambda = VIEW("/aws/lambda/");
    bool is_function = view_starts_with(log_group, lambda) && log_group.size > lambda.size;
    return is_function ? view_from(log_group, lambda.size) : log_group;
}

/* The entry of the largest count but for `than`; NULL where there is none. */
static const struct tally_entry *largest(const struct tally *t, const struct tally_entry *than)
{
    const struct tally_entry *most = NULL;
    for (size_t i = 0; i < t->count; i++) {
        const struct tally_entry *e = &t->entries[i];
        if (e != than && (most == NULL || e->count > most->count ||
                          (e->count == most->count && view_compare(e->key, most->key) < 0)))
            most = e;
    }
    return most;
}

static void put_part(struct buf *out, const struct tally_entry *e, uint64_t total)
{
    buf_append_view(out, facts_function_name(e->key));
    buf_printf(out, " (");
    facts_share(out, e->count, total);
    buf_append_byte(out, ')');
}

void facts_mostly(struct buf *out, const struct tally *t, uint64_t total, const char *many)
{
    enum { MOST_PER_MILLE = 800, HALF_PER_MILLE = 500 };
    const struct tally_entry *first = largest(t, NULL), *second = largest(t, first);
    unsigned share = first != NULL ? facts_per_mille(first->count, total) : 0;
    unsigned both = first != NULL && second != NULL
                        ? facts_per_mille(first->count + second->count, total)
                        : 0;
    bool is_two = share < MOST_PER_MILLE && both >= MOST_PER_MILLE;
    if (first != NULL && t->count == 1 && t->other == 0 && !t->is_sampled) {
        buf_append_view(out, facts_function_name(first->key));
    } else if (first != NULL && (share >= HALF_PER_MILLE || is_two)) {
        buf_printf(out, "mostly ");
        put_part(out, first, total);
        if (is_two) {
            buf_printf(out, " and ");
            put_part(out, second, total);
        }
    } else {
        facts_keys(out, t);
        buf_printf(out, " %s", many);
    }
}

void facts_where(struct buf *out, const struct group *g)
{
    const char *between = "";
    if (g->log_groups.count > 0) {
        facts_mostly(out, &g->log_groups, g->count, "log groups");
        between = ", ";
    }
    if (g->accounts.count > 0) {
        buf_printf(out, "%s%s", between, g->accounts.count == 1 ? "account " : "");
        facts_mostly(out, &g->accounts, g->count, "accounts");
    }
}

static int compare_rows(const void *a, const void *b)
{
    const struct table_row *const *x = a, *const *y = b;
    if ((*x)->alerts != (*y)->alerts)
        return (*x)->alerts > (*y)->alerts ? -1 : 1;
    if ((*x)->events != (*y)->events)
        return (*x)->events > (*y)->events ? -1 : 1;
    return view_compare((*x)->key, (*y)->key);
}

void facts_rank_rows(const struct table_row *rows, size_t count, struct rows_ranked *ret)
{
    ret->count = 0;
    ret->other = NULL;
    for (size_t i = 0; i < count; i++) {
        if (view_equals(rows[i].key, VIEW("(other)")))
            ret->other = &rows[i];
        else if (ret->count < ROWS_RANKED_MAX)
            ret->at[ret->count++] = &rows[i];
    }
    qsort(ret->at, ret->count, sizeof(ret->at[0]), compare_rows);
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t facts_hour_of(int64_t ms)
{
    return floor_divide(ms, HOUR_MS);
}

static int64_t next_width(int64_t width_hours)
{
    static const int64_t within_day[] = {1, 2, 3, 6, 12};
    for (size_t i = 0; i < sizeof(within_day) / sizeof(within_day[0]); i++) {
        if (width_hours < within_day[i])
            return within_day[i];
    }
    return width_hours < DAY_HOURS ? DAY_HOURS : width_hours * 2;
}

struct buckets facts_buckets(int64_t first_hour, int64_t last_hour, int64_t width_hours_min,
                             size_t count_max)
{
    struct buckets b = {.width_hours = width_hours_min > 0 ? width_hours_min : 1};
    for (;;) {
        int64_t first = floor_divide(first_hour, b.width_hours);
        int64_t last = floor_divide(last_hour, b.width_hours);
        if ((uint64_t)(last - first) < count_max) {
            b.first_hour = first * b.width_hours;
            b.count = (size_t)(last - first) + 1;
            return b;
        }
        b.width_hours = next_width(b.width_hours);
    }
}

bool facts_bucket_find(const struct buckets *b, int64_t hour, size_t *ret)
{
    if (b->count == 0)
        return false;
    int64_t at = floor_divide(hour - b->first_hour, b->width_hours);
    if (at < 0 || (uint64_t)at >= b->count)
        return false;
    *ret = (size_t)at;
    return true;
}

void facts_bucket_time(struct buf *out, const struct buckets *b, size_t bucket)
{
    char day[11];
    int64_t hour = b->first_hour + (int64_t)bucket * b->width_hours;
    if (b->width_hours >= DAY_HOURS && text_day(day, hour_ms(hour)))
        buf_printf(out, "%s", day);
    else
        facts_hour_minute(out, hour);
}

void facts_bucket_width(struct buf *out, const struct buckets *b)
{
    if (b->width_hours == DAY_HOURS)
        buf_printf(out, "day");
    else if (b->width_hours > DAY_HOURS)
        buf_printf(out, "%" PRId64 " days", b->width_hours / DAY_HOURS);
    else if (b->width_hours == 1)
        buf_printf(out, "hour");
    else
        buf_printf(out, "%" PRId64 " hours", b->width_hours);
}

int64_t facts_step_hours(const struct hours *h)
{
    if (h->count == 0)
        return 1;
    return h->at[h->count - 1].hour - h->at[0].hour >= STEP_DAYS_AFTER_HOURS ? DAY_HOURS : 1;
}

static int compare_counts(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Sums the hours of each step into counts[]; returns the steps that have any. */
static size_t fill_steps(const struct hours *h, struct spike *s, uint64_t *counts)
{
    size_t steps = 0;
    int64_t step = 0;
    for (size_t i = 0; i < h->count; i++) {
        int64_t at = floor_divide(h->at[i].hour, s->step_hours);
        if (steps == 0 || at != step)
            counts[steps++] = 0;
        step = at;
        counts[steps - 1] += h->at[i].count;
        if (counts[steps - 1] > s->peak) {
            s->peak = counts[steps - 1];
            s->peak_hour = at * s->step_hours;
        }
    }
    return steps;
}

/* Walks the same steps up to the peak: high ones belong to its rise unless more
 * than RISE_GAP_STEPS lie between two of them. */
static void find_rise(const struct hours *h, struct spike *s, const uint64_t *counts)
{
    size_t steps = 0, steps_before = 0;
    int64_t step = 0, last_high = 0;
    uint64_t most = 0;
    bool is_rising = false;
    for (size_t i = 0; i < h->count && (steps == 0 || step * s->step_hours != s->peak_hour); i++) {
        int64_t at = floor_divide(h->at[i].hour, s->step_hours);
        if (steps > 0 && at == step)
            continue;
        step = at;
        if (counts[steps] >= s->peak - s->peak / 4 * 3) {
            if (!is_rising || at - last_high > RISE_GAP_STEPS + 1) {
                s->from_hour = at * s->step_hours;
                s->most_before = most;
                steps_before = steps;
            }
            is_rising = true;
            last_high = at;
        }
        most = counts[steps] > most ? counts[steps] : most;
        steps++;
    }
    s->is_above_before = steps_before >= SPIKE_STEPS_MIN && s->peak >= SPIKE_COUNT_MIN &&
                         s->peak / SPIKE_FACTOR >= s->most_before;
}

bool facts_spike(const struct hours *h, struct spike *ret)
{
    *ret = (struct spike){.step_hours = facts_step_hours(h)};
    if (h->count == 0)
        return true;
    uint64_t *counts = calloc(h->count, sizeof(*counts));
    if (counts == NULL)
        return false;
    size_t steps = fill_steps(h, ret, counts);
    find_rise(h, ret, counts);
    qsort(counts, steps, sizeof(*counts), compare_counts);
    ret->median = counts[(steps - 1) / 2];
    bool is_above_median = steps >= SPIKE_STEPS_MIN && ret->peak >= SPIKE_COUNT_MIN &&
                           ret->peak / SPIKE_FACTOR >= ret->median;
    ret->is_spiking = is_above_median || ret->is_above_before;
    free(counts);
    return true;
}

void facts_spike_text(struct buf *out, const struct spike *s)
{
    struct buckets step = {.first_hour = s->from_hour, .width_hours = s->step_hours, .count = 1};
    buf_printf(out, "from ");
    facts_bucket_time(out, &step, 0);
    buf_printf(out, " on up to ");
    facts_number(out, s->peak);
    buf_printf(out, " %s, ", s->step_hours == 1 ? "an hour" : "a day");
    if (s->is_above_before) {
        buf_printf(out, "before at most ");
        facts_number(out, s->most_before);
        return;
    }
    facts_number(out, s->median ? s->peak / s->median : 0);
    buf_printf(out, " times its median of ");
    facts_number(out, s->median);
}

void facts_verdict(struct buf *out, const struct summary *s, uint64_t groups)
{
    if (s->alerts == 0) {
        buf_printf(out, "No alerts");
        return;
    }
    facts_count(out, s->alerts, "alert", "alerts");
    buf_printf(out, " in ");
    facts_count(out, groups, "group", "groups");
}

void facts_scope(struct buf *out, const struct summary *s)
{
    facts_count(out, s->events, "event", "events");
    if (!s->has_time) {
        buf_printf(out, "%s", s->events > 0 ? ", none with a timestamp" : "");
        return;
    }
    buf_printf(out, " from ");
    facts_minute(out, s->first_ms);
    buf_printf(out, " to ");
    facts_minute(out, s->last_ms);
    buf_printf(out, " UTC");
}

static void put_unread(struct buf *out, const struct ledger *l)
{
    const struct {
        uint64_t count;
        const char *one, *many;
    } parts[] = {
        {l->stored_bytes.quarantined, "stored byte", "stored bytes"},
        {l->decoded_bytes.quarantined, "decoded byte", "decoded bytes"},
        {l->records.quarantined, "record", "records"},
        {l->events.quarantined, "event", "events"},
    };
    const char *before = "Not read: ";
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i].count == 0)
            continue;
        buf_printf(out, "%s", before);
        facts_count(out, parts[i].count, parts[i].one, parts[i].many);
        before = ", ";
    }
    if (before[0] == ',') {
        buf_printf(out, ", in ");
        facts_number(out, l->objects.damaged);
        buf_printf(out, " of ");
        facts_count(out, l->objects.total, "object.", "objects.");
    }
    if (l->records.unverified > 0) {
        buf_printf(out, before[0] == ',' ? " " : "Nothing is known to be missing, but ");
        facts_count(out, l->records.unverified, "record comes", "records come");
        buf_printf(out, " from compressed data that failed further on.");
    }
}

void facts_unread(struct buf *out, const struct ledger *l)
{
    if (ledger_is_damaged(l))
        put_unread(out, l);
    else
        buf_printf(out, "Everything was read.");
    if (l->events.filtered == 0)
        return;
    /* A filter that fits nothing is not to be taken for a quiet night. */
    buf_printf(out, " ");
    facts_count(out, l->events.filtered, "event", "events");
    buf_printf(out, " left out by the options of the run.");
}

const char *facts_class_name(enum level_class level_class)
{
    switch (level_class) {
    case CLASS_TRACE:
        return "TRACE";
    case CLASS_DEBUG:
        return "DEBUG";
    case CLASS_INFO:
        return "INFO";
    case CLASS_WARN:
        return "WARN";
    case CLASS_ERROR:
        return "ERROR";
    case CLASS_FATAL:
        return "FATAL";
    case CLASS_OTHER:
    case CLASS_COUNT:
        break;
    }
    return "other";
}

const char *facts_rule_text(enum alert_rule rule)
{
    switch (rule) {
    case RULE_USER:
        return "the group that a rule of the rules file names";
    case RULE_PLATFORM:
        return "Lambda's own failure, per log group";
    case RULE_TITLE:
        return "level class, error type or code, masked title";
    case RULE_STACK:
        return "masked message and top stack frames";
    case RULE_TEXT:
        return "the first two lines, masked";
    }
    return "unknown";
}
