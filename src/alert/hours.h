/* hours.h - counts per hour, mergeable in any order.
 *
 * Zero-initialised is empty. Up to HOURS_MAX different hours are told apart;
 * more than that, and everything is counted by day: `hour` is then the first
 * of its day and is_by_day is set. Which of the two it is depends only on the
 * set of hours. Functions that return bool give false when out of memory. */
#ifndef MILLRACE_HOURS_H
#define MILLRACE_HOURS_H

#include "alert/group.h"

/* Two years by hour. By day the century of plausible times fits in
 * HOURS_DAYS_MAX, so a table never holds more than 1 MiB. */
#define HOURS_MAX (2 * 366 * 24)
#define HOURS_DAYS_MAX (100 * 366)

#define HOUR_MS (60 * 60 * 1000LL)

/* Times from 2000-01-01 to 2099-12-31: what a log can mean. Others come from
 * damage or attacks and would stretch every chart; they count as no time. */
#define TIME_FIRST_MS 946684800000LL
#define TIME_END_MS 4102444800000LL

static inline bool time_is_plausible(int64_t ms)
{
    return ms >= TIME_FIRST_MS && ms < TIME_END_MS;
}

void hours_done(struct hours *h);

/* Forgets all counts and keeps the memory. */
void hours_clear(struct hours *h);

bool hours_add_slowly(struct hours *h, int64_t hour, uint64_t count);

/* `hour` is that of a plausible time. */
static inline bool hours_add(struct hours *h, int64_t hour, uint64_t count)
{
    if (h->last >= h->count || h->at[h->last].hour != hour)
        return hours_add_slowly(h, hour, count);
    h->at[h->last].count += count;
    return true;
}

bool hours_merge(struct hours *to, const struct hours *from);

/* Memory held. */
size_t hours_bytes(const struct hours *h);

#endif
