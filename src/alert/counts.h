/* counts.h - counting every row, alert or not.
 *
 * One per worker or merge. Counting a row allocates only when it brings
 * something new. Functions that return bool give false when out of memory. */
#ifndef MILLRACE_COUNTS_H
#define MILLRACE_COUNTS_H

#include "alert/hours.h"
#include "alert/key_table.h"

/* Counters per account and log group. */
enum { ROW_EVENTS, ROW_ALERTS, ROW_COUNTERS };

/* Counters per function; those from FUNCTION_SUMS on keep the maximum. */
enum {
    FUNCTION_INVOCATIONS,
    FUNCTION_COLD_STARTS,
    FUNCTION_TIMEOUTS,
    FUNCTION_CRASHES,
    FUNCTION_DURATION_US,
    FUNCTION_INIT_US,
    FUNCTION_NEAR_LIMIT,
    FUNCTION_SUMS,
    FUNCTION_DURATION_US_MAX = FUNCTION_SUMS,
    FUNCTION_INIT_US_MAX,
    FUNCTION_MEMORY_MB,
    FUNCTION_MEMORY_USED_MB,
    FUNCTION_COUNTERS
};

/* A line is stamped when it is written, its event when CloudWatch takes it:
 * moments later, unless a clock is off or a frozen function's buffer was sent
 * with the next invocation. Five minutes is what AWS itself allows a request. */
#define CLOCK_SKEW_MS (5 * 60 * 1000)

/* Lambda's request ids are UUIDs. */
#define REQUEST_BYTES 36
#define REQUEST_KEPT_BYTES 40

/* The numbers of struct summary, and its tables as they grow. */
struct counts {
    struct summary totals; /* without tables */
    struct key_table accounts, log_groups, functions;
    struct hours alert_hours;
    /* The request id counted last; size 0: none, or one that is longer. */
    char last_request[REQUEST_KEPT_BYTES];
    size_t last_request_size;
};

void counts_init(struct counts *c, uint64_t rules_hash);
/* Nothing counted, with no rules file: what merging begins with. */
void counts_init_empty(struct counts *c);
void counts_done(struct counts *c);

/* Forgets all rows; the rules stay. */
void counts_clear(struct counts *c);

bool counts_add(struct counts *c, const struct event *e, enum level_class level);

/* The same in two steps, for many events of one account and log group: each
 * event, and once the number of all of them. */
bool counts_add_event(struct counts *c, const struct event *e, enum level_class level);
bool counts_add_rows(struct counts *c, struct view account_id, struct view log_group,
                     uint64_t events);

/* Whether a row with this request id was counted lately: another one then adds
 * no request. False where it is not known. */
bool counts_has_request(const struct counts *c, struct view request_id);

/* Counts one alert among rows counted before; `cause` where the platform tells
 * of a failed invocation. */
struct alert;
bool counts_add_alert(struct counts *c, const struct alert *a, enum failure cause);

bool counts_merge(struct counts *to, const struct counts *from);

/* Memory held. */
size_t counts_bytes(const struct counts *c);

/* Makes the tables of c->totals from all that was counted. */
bool counts_make_tables(struct counts *c);

#endif
