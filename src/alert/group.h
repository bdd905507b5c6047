/* group.h - one alert group, and what the report says about all events.
 *
 * Everything here merges to the same bytes in any order: exact counts, minima
 * and maxima, integer histograms, distinct counts (exact set, then
 * HyperLogLog), tallies by smallest hash, samples by smallest hash. */
#ifndef MILLRACE_GROUP_H
#define MILLRACE_GROUP_H

#include "interpret/event.h"
#include "limits.h"
#include "util/tally.h"

/* Distinct count: the hashes themselves up to DISTINCT_EXACT_MAX, then
 * HyperLogLog registers (Flajolet et al. 2007, with linear counting for small
 * ranges; precision HLL_PRECISION), merged by maximum. */
struct distinct {
    uint64_t *hashes; /* sorted, while exact */
    size_t count;
    size_t capacity;
    uint8_t *registers; /* 1 << HLL_PRECISION of them once estimated, else NULL */
};

/* Counts per hour since 1970, sorted by hour, no zero counts. Only hours of
 * plausible times (hours.h). */
struct hour_count {
    int64_t hour;
    uint64_t count;
};
struct hours {
    struct hour_count *at;
    size_t count;
    size_t capacity;
    size_t last;    /* counted last: mostly counted next */
    bool is_by_day; /* too many hours: `hour` is the first of its day */
};

/* Most frequent values of one masked span (`uuid 1`, `ip 2`, …) or of one key
 * of details (`details.code`). */
struct top {
    uint64_t hash;    /* of the name */
    struct view name; /* owned by the group */
    struct tally values;
};
#define TOPS_MAX 16 /* per group; those with the smallest hash of the name */

/* What `samples` of report.json hold. Null views are absent. */
struct sample {
    uint64_t hash; /* XXH3 of the event id, else of the position */
    bool has_timestamp;
    int64_t timestamp_ms;
    int64_t offset;
    int32_t record_index, event_index;
    struct view account_id, region, log_group, log_stream, event_id, request_id;
    struct view level, title, message, details, stack, reason, error_type, error_message, object;
    bool is_cut;        /* a text was cut to keep the sample within SAMPLE_BYTES_MAX */
    char *texts;        /* owns what the views show, where a group holds the sample */
    size_t texts_bytes; /* of them */
};

enum alert_rule {
    RULE_USER = 1,     /* a user rule's group */
    RULE_PLATFORM = 2, /* Lambda's own failures: a constant key and the log group */
    RULE_TITLE = 3,    /* level class, error_type or code, masked title */
    RULE_STACK = 4,    /* no title: masked message and top in-app frames */
    RULE_TEXT = 5,     /* the first two non-empty lines, masked */
};
const char *
alert_rule_name(enum alert_rule rule); /* "user", "platform", "title", "stack", "text" */

struct group {
    uint64_t fingerprint; /* printed as fp1-%016x */
    enum alert_rule rule;
    enum kind kind; /* this and the next three: of the sample with the smallest hash */
    struct view level;
    struct view title;  /* what a reader calls it: title, else error, else first line; of the
                           platform: the function and Lambda's words without the request id */
    struct view masked; /* `template` in report.json: masked title or text */
    struct view owner;  /* a user rule's owner, or null */
    uint64_t count;
    bool has_time; /* some event had a plausible timestamp (hours.h) */
    int64_t first_ms, last_ms;
    struct tally accounts, regions, log_groups;
    struct distinct streams, requests;
    struct hours hours;
    struct top *tops; /* sorted by name */
    size_t tops_count;
    char *head;                         /* owns level, title, masked and owner */
    struct sample samples[SAMPLES_MAX]; /* by (hash, position) */
    unsigned samples_count;
};

/* For this module: a group grows by alerts and by other groups' parts. Functions
 * that return bool give false when out of memory. */
struct alert;
struct alert_head;
void group_init(struct group *g, uint64_t fingerprint, enum alert_rule rule);
void group_done(struct group *g);
bool group_add(struct group *g, const struct alert *a);
void group_add_times(struct group *g, int64_t first_ms, int64_t last_ms);
/* The values of the top of that name; *ret is NULL where the group keeps the
 * TOPS_MAX names with smaller hashes. */
bool group_top(struct group *g, uint64_t hash, struct view name, struct tally **ret);
/* Keeps the sample if it is among the first; `head` names the group if it is
 * the very first. Its texts are within SAMPLE_BYTES_MAX. */
bool group_offer_sample(struct group *g, const struct sample *s, const struct alert_head *head);
/* Whether group_offer_sample() could keep a sample of that hash. */
bool group_wants_sample(const struct group *g, uint64_t hash);
/* Memory held, without sizeof(*g). */
size_t group_bytes(const struct group *g);

/* Per level class and hour: the stacked histogram at the top of the report. */
enum level_class {
    CLASS_TRACE,
    CLASS_DEBUG,
    CLASS_INFO,
    CLASS_WARN,
    CLASS_ERROR,
    CLASS_FATAL,
    CLASS_OTHER,
    CLASS_COUNT
};

/* One function (log group); integers only, so that sums do not depend on order.
 * Durations in microseconds. Timeouts and crashes are the alerts, whatever line
 * told of them; everything else is from REPORT lines. */
struct function_facts {
    struct view log_group;
    uint64_t invocations, cold_starts, timeouts, crashes;
    uint64_t duration_us_sum, duration_us_max;
    uint64_t init_us_sum, init_us_max;
    int64_t memory_mb, max_memory_mb; /* largest configured and used */
    uint64_t near_memory_limit;       /* reports with max memory used >= 90 % of its size */
};

struct table_row {
    struct view key; /* account, log group, or day */
    uint64_t events, alerts;
};

/* What is said about all rows, alert or not. Tables hold the MAP_KEYS_MAX keys
 * with the smallest hash, the rest under "(other)", rows without the key under
 * "(none)", sorted by key; `days` holds every day. */
struct summary {
    uint64_t events, alerts; /* alerts: one per request id and cause */
    bool has_time;           /* some event had a plausible timestamp (hours.h) */
    int64_t first_ms, last_ms;
    struct hours by_class[CLASS_COUNT];
    struct table_row *accounts, *log_groups, *days;
    size_t accounts_count, log_groups_count, days_count;
    struct function_facts *functions;
    size_t functions_count;
    struct distinct requests;
    uint64_t extracted_events; /* events with extractedFields: the filter of the article drops
                                  REPORT lines */
    uint64_t report_lines;
    uint64_t without_time;   /* no timestamp, or an implausible one */
    uint64_t unknown_levels; /* rows whose level has no severity number */
    uint64_t clock_skewed;   /* rows whose line says another time than CloudWatch: by more than
                                CLOCK_SKEW_MS */
    uint64_t clock_skew_ms_max; /* the largest difference among them */
    /* Hashes of the rules files the alerts were made with, 0 for none: different
     * ones are not comparable. min > max where nothing was counted at all. */
    uint64_t rules_hash_min, rules_hash_max;
};

#endif
