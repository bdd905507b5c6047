/* facts.h - figures and phrases that every form of the report has in common.
 *
 * Integers only, no locale, no clock. Appending functions show a failed
 * allocation in buf_failed(). */
#ifndef MILLRACE_FACTS_H
#define MILLRACE_FACTS_H

#include "alert/group.h"
#include "commit/ledger.h"
#include "util/buf.h"

/* "1,204". */
void facts_number(struct buf *out, uint64_t n);
/* "1,204 alerts", "1 alert". */
void facts_count(struct buf *out, uint64_t n, const char *one, const char *many);
/* "1.2 MB": powers of ten, as disks and S3 count. */
void facts_bytes(struct buf *out, uint64_t bytes);
/* "31 %", "3.1 %", "<0.1 %", "0 %". */
void facts_share(struct buf *out, uint64_t part, uint64_t total);
/* part of total in thousandths, rounded half up, at most 1000; 0 of 0 is 0. */
unsigned facts_per_mille(uint64_t part, uint64_t total);
/* "2023-01-05 12:04", UTC. */
void facts_minute(struct buf *out, int64_t ms);
/* "2023-01-05T12:00:00Z". */
void facts_hour(struct buf *out, int64_t hour);
/* "2023-01-05 12:00". */
void facts_hour_minute(struct buf *out, int64_t hour);
/* "40 ms", "3.01 s", "15 min", "2.5 h", "12 d": what a person says of so long. */
void facts_span(struct buf *out, uint64_t us);
/* "412", or "≈ 4,120" where it is an estimate. */
void facts_distinct(struct buf *out, const struct distinct *d);
/* "3", or "256+" where the tally holds not every key. */
void facts_keys(struct buf *out, const struct tally *t);

/* A tally by count, largest first, then key. */
struct ranked_entry {
    struct view key; /* borrowed from the tally */
    uint64_t count;
};
struct ranked {
    struct ranked_entry at[MAP_KEYS_MAX];
    size_t count;
    uint64_t other;  /* counts of keys not held */
    uint64_t hidden; /* counts of keys that are secrets: form_rank_text() */
    bool is_sampled; /* the keys held were chosen by hash, not by size */
};
void facts_rank(const struct tally *t, struct ranked *ret);

/* "orders-create" of "/aws/lambda/orders-create"; others as they are. */
struct view facts_function_name(struct view log_group);
/* What is one is named; so is what holds half of the total, and two that hold
 * four fifths together; the rest is counted: "orders-create", "mostly
 * orders-create (81 %)", "24 log groups". Names come as they are: to be escaped. */
void facts_mostly(struct buf *out, const struct tally *t, uint64_t total, const char *many);
/* Log groups and accounts in this way, parted by commas. */
void facts_where(struct buf *out, const struct group *g);

/* A table's rows by alerts, then events, largest first, then key. The row
 * "(other)" of keys not held is no row here. */
#define ROWS_RANKED_MAX (2 * MAP_KEYS_MAX)
struct rows_ranked {
    const struct table_row *at[ROWS_RANKED_MAX];
    size_t count;
    const struct table_row *other; /* NULL where every key was held */
};
void facts_rank_rows(const struct table_row *rows, size_t count, struct rows_ranked *ret);

/* Equal steps of whole hours over a period. */
struct buckets {
    int64_t first_hour; /* a multiple of width_hours */
    int64_t width_hours;
    size_t count;
};
/* The narrowest steps of 1, 2, 3, 6, 12 h, 1 d, 2 d, 4 d, … that are at least
 * width_hours_min and give at most count_max. */
struct buckets facts_buckets(int64_t first_hour, int64_t last_hour, int64_t width_hours_min,
                             size_t count_max);
/* The bucket that holds `hour`; false outside of all. */
bool facts_bucket_find(const struct buckets *b, int64_t hour, size_t *ret);
/* When the bucket begins: "2023-01-05 12:00", of whole days "2023-01-05". */
void facts_bucket_time(struct buf *out, const struct buckets *b, size_t bucket);
/* "hour", "6 hours", "day", "2 days". */
void facts_bucket_width(struct buf *out, const struct buckets *b);

/* Hours up to 14 days, days past that: the step of a group's own chart. */
int64_t facts_step_hours(const struct hours *h);

/* The hour since 1970 that holds `ms`. */
int64_t facts_hour_of(int64_t ms);

/* A group spikes when its busiest step holds at least SPIKE_COUNT_MIN alerts and
 * SPIKE_FACTOR times the median of the steps in which it was seen at all, which
 * are SPIKE_STEPS_MIN at least; or so many times the most of any step before the
 * rise to it, where those are SPIKE_STEPS_MIN: what broke and stayed broken soon
 * makes its own median. */
#define SPIKE_FACTOR 5
#define SPIKE_COUNT_MIN 20
#define SPIKE_STEPS_MIN 4
#define RISE_GAP_STEPS 2
struct spike {
    bool is_spiking;
    int64_t step_hours;
    int64_t peak_hour; /* begin of the busiest step, the first of equals */
    /* Where the rise to it began: the first of the steps up to the peak that hold
     * a quarter of it at least, no more than RISE_GAP_STEPS apart. */
    int64_t from_hour;
    uint64_t most_before; /* of the steps before the rise */
    bool is_above_before; /* it is SPIKE_FACTOR times that at least */
    uint64_t peak;
    uint64_t median; /* the lower one of an even number */
};
/* False when out of memory. */
bool facts_spike(const struct hours *h, struct spike *ret);
/* "from 2023-01-05 10:00 on up to 412 an hour, 8 times its median of 51", or
 * ", before at most 60". */
void facts_spike_text(struct buf *out, const struct spike *s);

/* "4,812 alerts in 37 groups", "No alerts". */
void facts_verdict(struct buf *out, const struct summary *s, uint64_t groups);
/* "2,104,331 events from 2023-01-01 00:00 to 2023-02-05 23:59 UTC". */
void facts_scope(struct buf *out, const struct summary *s);
/* "Everything was read." or what was not, see ledger_is_damaged(); then how many
 * events filters left out. */
void facts_unread(struct buf *out, const struct ledger *l);

/* "ERROR", "FATAL", …, "other". */
const char *facts_class_name(enum level_class level_class);

/* What the rule compares, in words. */
const char *facts_rule_text(enum alert_rule rule);

#endif
