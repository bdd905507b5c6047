/* fake_report.h - a report in memory, for tests of the report's forms.
 *
 * Implements the reading half of alert/partial.h (report_summary() and the
 * functions after it), so a program that links this must not link partial.c.
 * Groups, samples and rows are added in any order and ranked by
 * fake_report_rank(). Out of memory aborts: these are tests. */
#ifndef MILLRACE_FAKE_REPORT_H
#define MILLRACE_FAKE_REPORT_H

#include "alert/partial.h"
#include "commit/ledger.h"

struct report *fake_report_new(void);
void fake_report_free(struct report *r);

/* The summary, to be filled in. */
struct summary *fake_report_summary(struct report *r);
/* What is said to lie under (other). */
void fake_report_set_other(struct report *r, uint64_t groups, uint64_t alerts);

/* A group with empty maps and no samples; stays valid until the next one. */
struct group *fake_report_add(struct report *r, uint64_t fingerprint, uint64_t count);
/* Sorts by (count descending, fingerprint); call once after the last group. */
void fake_report_rank(struct report *r);

/* Texts are kept until the report is freed; a NUL follows them. */
struct view fake_text(struct report *r, struct view v);
struct view fake_format(struct report *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void fake_tally(struct tally *t, const char *key, uint64_t count);
void fake_distinct(struct distinct *d, uint64_t count);
/* Counts an hour; hours come in any order. */
void fake_hour(struct hours *h, int64_t hour, uint64_t count);
/* Values of one masked span or details key. */
struct tally *fake_top(struct report *r, struct group *g, const char *name);
struct sample *fake_sample(struct group *g);
/* Appends to one of the summary's three tables. */
void fake_row(struct table_row **rows, size_t *count, struct view key, uint64_t events,
              uint64_t alerts);
struct function_facts *fake_function(struct report *r, struct view log_group);

#endif
