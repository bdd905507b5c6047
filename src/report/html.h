/* html.h - the parts of report.html. Internal to the report.
 *
 * Everything that comes from logs goes through html_text(), html_log_text() or
 * escape_html(); html_raw() takes markup written here. No log text stands in a
 * link, a script, a style, an id or a class. */
#ifndef MILLRACE_HTML_H
#define MILLRACE_HTML_H

#include "report/escape.h"
#include "report/form.h"
#include "report/picks.h"

/* 1 MB for the page, whatever it holds: full blocks until 700 KB or until the
 * rest is needed for a row of every further group and the closing sections. */
#define HTML_BYTES_MAX 1000000
#define HTML_BLOCKS_BYTES_MAX 700000
#define HTML_CLOSING_BYTES_MAX 70000 /* tables, Lambda, quality */
#define HTML_ROW_BYTES_MAX 360
#define HTML_GROUPS_MAX 1000 /* listed at all: more is for report.json */
#define HTML_OPTIONS_MAX 40  /* values that one filter offers */

/* The values of a filter, by alerts; tokens in data-k are letter and index. */
struct facet {
    struct tally tally;
    struct ranked ranked; /* count at most HTML_OPTIONS_MAX */
};

/* Counts of every level class per bucket of the page's time axis. */
struct timeline {
    struct buckets buckets; /* count 0: no event has a time */
    uint64_t (*counts)[CLASS_COUNT];
    uint64_t outside; /* events left out: stray timestamps */
};

struct page {
    struct form *f;
    struct buf *out; /* the form's sink */
    size_t shown;    /* groups that the page lists */
    struct timeline timeline;
    struct facet levels, accounts, regions, log_groups;
    uint64_t kinds[KIND_COUNT];
    struct picks picks;
};

/* html_overview.c: what has to be known before the first byte. */
NODISCARD enum rc html_overview_init(struct page *p, struct form *f);
void html_overview_done(struct page *p);
/* Index among the facet's options, or HTML_OPTIONS_MAX for another value. */
size_t html_facet_index(const struct facet *facet, struct view key);

/* html_chart.c */
void html_chart_timeline(struct page *p);
/* A group over the page's time axis; false when out of memory. */
bool html_chart_spark(struct page *p, const struct hours *h);
/* A group over its own time, by hour or day. */
bool html_chart_group(struct page *p, const struct group *g, const struct spike *spike);
/* The group's counts per bucket of the page, "3.12 7.1", in at most bytes_max;
 * appends nothing where they would take more. False when out of memory. */
bool html_chart_data(struct page *p, const struct hours *h, size_t bytes_max);

/* html_group.c: one group of the list. */
NODISCARD enum rc html_group_full(struct page *p, const struct group *g, size_t rank);
NODISCARD enum rc html_group_row(struct page *p, const struct group *g, size_t rank);

/* html_sample.c */
void html_samples(struct page *p, const struct group *g, size_t bytes_max);

/* html_closing.c: where, Lambda, what was and was not read. */
NODISCARD enum rc html_closing(struct page *p);
/* A name, cut by what it takes once escaped: that is what has a bound. */
void html_name(struct page *p, struct view name);
void html_number_cell(struct page *p, uint64_t n);

/* html_lambda.c: what the REPORT lines say of functions. */
NODISCARD enum rc html_lambda(struct page *p);

static inline void html_raw(struct page *p, const char *markup)
{
    buf_append(p->out, markup, strlen(markup));
}

/* Text that is no secret: names of accounts, log groups, objects. */
static inline void html_text(struct page *p, struct view v, size_t bytes_max)
{
    struct view cut = escape_cut(v, bytes_max);
    escape_html(p->out, cut, HTML_TEXT, SIZE_MAX);
    if (cut.size < v.size)
        html_raw(p, "…");
}

static inline void html_log_text(struct page *p, struct view v, size_t bytes_max)
{
    html_text(p, form_text(p->f, v), bytes_max);
}

/* facts_share() with its `<` and `>` as entities. */
static inline void html_share(struct page *p, uint64_t part, uint64_t total)
{
    char text[32];
    struct buf share = {.data = text, .capacity = sizeof(text) - 1};
    facts_share(&share, part, total);
    escape_html(p->out, buf_view(&share), HTML_TEXT, SIZE_MAX);
}

static inline void html_minute(struct page *p, bool has_time, int64_t ms)
{
    if (!has_time) {
        html_raw(p, "unknown");
        return;
    }
    html_raw(p, "<time>");
    facts_minute(p->out, ms);
    html_raw(p, "</time>");
}

/* The group's level as a word with its class; its colour says nothing more. */
void html_level(struct page *p, struct view level);
/* "error", "fatal", …: a class name of the style sheet. */
const char *html_level_class(struct view level);
/* facts_where(). */
void html_where(struct page *p, const struct group *g);
/* The title, or what to call a group without one. */
void html_title(struct page *p, const struct group *g, size_t bytes_max);

#endif
