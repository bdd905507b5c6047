#include "report/html.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Charts as inline SVG, drawn with presentation attributes so that they stand
 * without the style sheet; classes let it follow the colour scheme. Bars are
 * in a nested <svg> that stretches, text beside it does not. */

struct class_look {
    enum level_class level_class;
    const char *css;
    const char *fill;
};

/* From the bottom of a bar to its top: the worst lies on the axis. */
static const struct class_look looks[CLASS_COUNT] = {
    {CLASS_FATAL, "fatal", "#8b1a6b"}, {CLASS_ERROR, "error", "#c8372d"},
    {CLASS_WARN, "warn", "#c98a00"},   {CLASS_INFO, "info", "#5b82ad"},
    {CLASS_DEBUG, "debug", "#93a1b1"}, {CLASS_TRACE, "trace", "#b5bfca"},
    {CLASS_OTHER, "other", "#8a8f98"},
};
enum { FAILURE_LOOKS = 2, BAR_UNITS = 10, BAR_GAP_UNITS = 1 };

/* One panel of the timeline: which looks it stacks, where it lies. */
struct panel {
    const char *name;
    size_t looks_count;
    unsigned top, height;
};
static const struct panel panels[] = {
    {"ERROR and FATAL", FAILURE_LOOKS, 22, 120},
    {"All events", CLASS_COUNT, 172, 64},
};
enum { CHART_HEIGHT = 262, AXIS_TOP = 256, TICKS_MAX = 5, TICKS_NARROW = 3 };

static uint64_t stack_of(const struct timeline *t, size_t bucket, size_t looks_count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < looks_count; i++)
        sum += t->counts[bucket][looks[i].level_class];
    return sum;
}

static uint64_t highest(const struct timeline *t, size_t looks_count)
{
    uint64_t most = 0;
    for (size_t i = 0; i < t->buckets.count; i++) {
        uint64_t sum = stack_of(t, i, looks_count);
        most = sum > most ? sum : most;
    }
    return most;
}

/* The first bucket of that height. */
static size_t highest_bucket(const struct timeline *t, size_t looks_count, uint64_t most)
{
    size_t at = 0;
    while (at + 1 < t->buckets.count && stack_of(t, at, looks_count) < most)
        at++;
    return at;
}

/* Height of a bar; what there is at all can be seen. */
static unsigned scale(uint64_t count, uint64_t most, unsigned height)
{
    if (count == 0 || most == 0)
        return 0;
    unsigned scaled = (unsigned)((unsigned __int128)count * height / most);
    return scaled > 1 ? scaled : 2;
}

/* One look of a panel: a path of a rectangle per bucket that has it. */
static void put_look(struct page *p, const struct panel *panel, size_t look, uint64_t most)
{
    const struct timeline *t = &p->timeline;
    bool is_open = false;
    for (size_t i = 0; i < t->buckets.count; i++) {
        uint64_t count = t->counts[i][looks[look].level_class];
        if (count == 0)
            continue;
        if (!is_open)
            buf_printf(p->out, "<path class=\"c-%s\" fill=\"%s\" d=\"", looks[look].css,
                       looks[look].fill);
        is_open = true;
        /* A class starts where those below it end, each rounded for itself. */
        unsigned below = 0;
        for (size_t k = 0; k < look; k++)
            below += scale(t->counts[i][looks[k].level_class], most, panel->height);
        unsigned height = scale(count, most, panel->height);
        if (below + height > panel->height)
            below = panel->height - (height < panel->height ? height : panel->height);
        buf_printf(p->out, "M%zu %uh%dv-%uh-%dz", i * BAR_UNITS, panel->height - below,
                   BAR_UNITS - BAR_GAP_UNITS, height, BAR_UNITS - BAR_GAP_UNITS);
    }
    if (is_open)
        html_raw(p, "\"/>");
}

/* "2023-01-05 12:00: 3 FATAL, 120 ERROR" */
static void put_bucket_text(struct page *p, size_t bucket)
{
    const struct timeline *t = &p->timeline;
    facts_bucket_time(p->out, &t->buckets, bucket);
    const char *before = ": ";
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        if (t->counts[bucket][looks[i].level_class] == 0)
            continue;
        html_raw(p, before);
        facts_number(p->out, t->counts[bucket][looks[i].level_class]);
        buf_printf(p->out, " %s", facts_class_name(looks[i].level_class));
        before = ", ";
    }
    if (before[0] == ':')
        html_raw(p, ": no events");
}

static void put_panel(struct page *p, const struct panel *panel)
{
    const struct timeline *t = &p->timeline;
    uint64_t most = highest(t, panel->looks_count);
    buf_printf(p->out, "<text class=\"t\" x=\"0\" y=\"%u\" fill=\"currentColor\">%s</text>",
               panel->top - 7, panel->name);
    buf_printf(p->out,
               "<text class=\"t\" x=\"100%%\" y=\"%u\" text-anchor=\"end\" "
               "fill=\"currentColor\"><tspan class=\"wide\">at most </tspan>",
               panel->top - 7);
    facts_number(p->out, most);
    html_raw(p, " per ");
    facts_bucket_width(p->out, &t->buckets);
    if (most > 0) {
        html_raw(p, "<tspan class=\"wide\">, from ");
        facts_bucket_time(p->out, &t->buckets, highest_bucket(t, panel->looks_count, most));
        html_raw(p, "</tspan>");
    }
    html_raw(p, "</text>");
    const unsigned lines[] = {panel->top, panel->top + panel->height / 2,
                              panel->top + panel->height};
    for (size_t i = 0; i < 3; i++)
        buf_printf(p->out,
                   "<line class=\"grid\" x1=\"0\" x2=\"100%%\" y1=\"%u\" y2=\"%u\" "
                   "stroke=\"currentColor\" stroke-opacity=\"%s\"/>",
                   lines[i], lines[i], i == 2 ? ".45" : ".15");
    buf_printf(p->out,
               "<svg x=\"0\" y=\"%u\" width=\"100%%\" height=\"%u\" viewBox=\"0 0 %zu %u\" "
               "preserveAspectRatio=\"none\">",
               panel->top, panel->height, t->buckets.count * BAR_UNITS, panel->height);
    for (size_t i = 0; i < panel->looks_count; i++)
        put_look(p, panel, i, most);
    html_raw(p, "</svg>\n");
}

/* The step of the axis: few enough labels, on whole hours or days. */
static int64_t tick_hours(const struct buckets *b)
{
    static const int64_t steps[] = {1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 720, 1440, 4320, 8760};
    int64_t span = (int64_t)b->count * b->width_hours;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (span / steps[i] < TICKS_MAX)
            return steps[i];
    }
    return span;
}

/* "2023-01-05" at midnight, "12:00" at other hours, the first of a chart with its day. */
static void put_tick_time(struct page *p, int64_t hour, bool is_first)
{
    struct buckets tick = {.first_hour = hour, .width_hours = hour % 24 == 0 ? 24 : 1, .count = 1};
    size_t begin = p->out->size;
    facts_bucket_time(p->out, &tick, 0);
    size_t left_out = is_first ? strlen("2023-") : strlen("2023-01-05 ");
    if (p->out->size - begin != strlen("2023-01-05 12:00"))
        return;
    p->out->size -= left_out;
    memmove(p->out->data + begin, p->out->data + begin + left_out, p->out->size - begin);
}

/* A line through both panels and the time below it. Where it would stick out, the
 * time begins or ends at the line, on a narrow screen (by the style sheet) earlier;
 * that has room for every third. */
static void put_tick(struct page *p, int64_t hour, size_t index)
{
    const struct buckets *b = &p->timeline.buckets;
    int64_t span = (int64_t)b->count * b->width_hours;
    int64_t at = (hour - b->first_hour) * 10000 / span; /* hundredths of a percent */
    char x[24];
    snprintf(x, sizeof(x), "%" PRId64 ".%02" PRId64 "%%", at / 100, at % 100);
    const char *anchor = at < 600 ? "start" : at > 9400 ? "end" : "middle";
    const char *edge = at < 1400 ? " first" : at > 8600 ? " last" : "";
    buf_printf(p->out,
               "<line class=\"grid\" x1=\"%s\" x2=\"%s\" y1=\"%u\" y2=\"%u\" "
               "stroke=\"currentColor\" stroke-opacity=\".15\"/>"
               "<text class=\"t%s%s\" x=\"%s\" y=\"%d\" text-anchor=\"%s\" "
               "fill=\"currentColor\">",
               x, x, panels[0].top, panels[1].top + panels[1].height,
               edge, index % TICKS_NARROW == 0 ? "" : " wide", x, AXIS_TOP, anchor);
    put_tick_time(p, hour, index == 0);
    html_raw(p, "</text>");
}

static void put_ticks(struct page *p)
{
    const struct buckets *b = &p->timeline.buckets;
    int64_t step = tick_hours(b), end = b->first_hour + (int64_t)b->count * b->width_hours;
    int64_t hour = b->first_hour - b->first_hour % step;
    if (hour < b->first_hour)
        hour += step;
    for (size_t index = 0; hour < end; hour += step, index++)
        put_tick(p, hour, index);
}

/* Rectangles over whole buckets: they carry the figures as a tooltip. */
static void put_hits(struct page *p)
{
    const struct buckets *b = &p->timeline.buckets;
    buf_printf(p->out,
               "<svg id=\"hits\" x=\"0\" y=\"%u\" width=\"100%%\" height=\"%u\" "
               "viewBox=\"0 0 %zu 10\" preserveAspectRatio=\"none\" fill-opacity=\"0\">",
               panels[0].top, panels[1].top + panels[1].height - panels[0].top,
               b->count * BAR_UNITS);
    for (size_t i = 0; i < b->count; i++) {
        buf_printf(p->out, "<rect x=\"%zu\" width=\"%d\" height=\"10\"><title>", i * BAR_UNITS,
                   BAR_UNITS);
        put_bucket_text(p, i);
        html_raw(p, "</title></rect>");
    }
    html_raw(p, "</svg>");
}

static void put_legend(struct page *p)
{
    const struct timeline *t = &p->timeline;
    html_raw(p, "<ul class=\"legend\">");
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        uint64_t sum = 0;
        for (size_t k = 0; k < t->buckets.count; k++)
            sum += t->counts[k][looks[i].level_class];
        if (sum == 0)
            continue;
        buf_printf(p->out,
                   "<li><svg width=\"10\" height=\"10\" aria-hidden=\"true\"><rect class=\"c-%s\" "
                   "fill=\"%s\" width=\"10\" height=\"10\" rx=\"2\"/></svg> %s <b>",
                   looks[i].css, looks[i].fill, facts_class_name(looks[i].level_class));
        facts_number(p->out, sum);
        html_raw(p, "</b></li>");
    }
    html_raw(p, "</ul>\n");
}

static bool class_occurs(const struct timeline *t, enum level_class level_class)
{
    for (size_t i = 0; i < t->buckets.count; i++) {
        if (t->counts[i][level_class] > 0)
            return true;
    }
    return false;
}

static void put_numbers(struct page *p)
{
    const struct timeline *t = &p->timeline;
    html_raw(p, "<details class=\"numbers\"><summary>The same as numbers</summary>"
                "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">From (UTC)</th>");
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        if (class_occurs(t, looks[i].level_class))
            buf_printf(p->out, "<th scope=\"col\" class=\"n\">%s</th>",
                       facts_class_name(looks[i].level_class));
    }
    html_raw(p, "</tr></thead><tbody>\n");
    for (size_t k = 0; k < t->buckets.count; k++) {
        if (stack_of(t, k, CLASS_COUNT) == 0)
            continue;
        html_raw(p, "<tr><th scope=\"row\">");
        facts_bucket_time(p->out, &t->buckets, k);
        html_raw(p, "</th>");
        for (size_t i = 0; i < CLASS_COUNT; i++) {
            if (!class_occurs(t, looks[i].level_class))
                continue;
            html_raw(p, "<td class=\"n\">");
            facts_number(p->out, t->counts[k][looks[i].level_class]);
            html_raw(p, "</td>");
        }
        html_raw(p, "</tr>\n");
    }
    html_raw(p, "</tbody></table></div></details>\n");
}

void html_chart_timeline(struct page *p)
{
    const struct timeline *t = &p->timeline;
    const struct buckets *b = &t->buckets;
    html_raw(p, "<section id=\"when\" aria-labelledby=\"when-h\"><h2 id=\"when-h\">When</h2>\n");
    if (b->count == 0) {
        html_raw(p, "<p>No event has a timestamp.</p></section>\n");
        return;
    }
    buf_printf(p->out,
               "<figure class=\"card\"><svg id=\"timeline\" width=\"100%%\" height=\"%d\" "
               "font-size=\"12\" font-family=\"sans-serif\" role=\"img\" "
               "aria-label=\"Events per ",
               CHART_HEIGHT);
    facts_bucket_width(p->out, b);
    buf_printf(p->out,
               " by level\" data-first=\"%" PRId64 "\" data-width=\"%" PRId64
               "\" data-count=\"%zu\">\n",
               b->first_hour, b->width_hours, b->count);
    for (size_t i = 0; i < sizeof(panels) / sizeof(panels[0]); i++)
        put_panel(p, &panels[i]);
    put_ticks(p);
    put_hits(p);
    html_raw(p, "</svg>\n<div id=\"brush\" class=\"brush\" hidden></div><figcaption>");
    put_legend(p);
    if (t->outside > 0) {
        html_raw(p, "<p class=\"note\">Not drawn: ");
        facts_count(p->out, t->outside, "event", "events");
        html_raw(p, " with timestamps far outside this period.</p>");
    }
    put_numbers(p);
    html_raw(p, "</figcaption></figure></section>\n");
}

/* Sums of the hours per bucket; NULL when out of memory. */
static uint64_t *fill(const struct buckets *b, const struct hours *h, uint64_t *ret_most)
{
    uint64_t *counts = calloc(b->count + 1, sizeof(*counts));
    *ret_most = 0;
    for (size_t i = 0; counts != NULL && i < h->count; i++) {
        size_t at;
        if (!facts_bucket_find(b, h->at[i].hour, &at))
            continue;
        counts[at] += h->at[i].count;
        *ret_most = counts[at] > *ret_most ? counts[at] : *ret_most;
    }
    return counts;
}

static void put_bars(struct page *p, const uint64_t *counts, size_t count, uint64_t most,
                     unsigned height)
{
    for (size_t i = 0; i < count; i++) {
        unsigned bar = scale(counts[i], most, height);
        if (bar > 0)
            buf_printf(p->out, "M%zu %uv-%u", i * 3 + 1, height, bar);
    }
}

bool html_chart_spark(struct page *p, const struct hours *h)
{
    enum { SPARK_BUCKETS_MAX = 40, SPARK_HEIGHT = 26 };
    const struct buckets *page = &p->timeline.buckets;
    if (page->count == 0 || h->count == 0)
        return true;
    struct buckets b = facts_buckets(
        page->first_hour, page->first_hour + (int64_t)page->count * page->width_hours - 1,
        page->width_hours, SPARK_BUCKETS_MAX);
    uint64_t most;
    uint64_t *counts = fill(&b, h, &most);
    if (counts == NULL)
        return false;
    size_t width = b.count * 3;
    buf_printf(p->out,
               "<svg class=\"spark\" width=\"%zu\" height=\"%d\" viewBox=\"0 0 %zu %d\" "
               "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"at most ",
               width, SPARK_HEIGHT, width, SPARK_HEIGHT);
    facts_number(p->out, most);
    html_raw(p, " per ");
    facts_bucket_width(p->out, &b);
    buf_printf(p->out,
               "\"><path class=\"base\" stroke=\"#999\" stroke-opacity=\".5\" d=\"M0 %d.5h%zu\"/>"
               "<path class=\"bars\" stroke=\"#c8372d\" stroke-width=\"2\" d=\"",
               SPARK_HEIGHT - 1, width);
    put_bars(p, counts, b.count, most, SPARK_HEIGHT);
    html_raw(p, "\"/></svg>");
    free(counts);
    return true;
}

bool html_chart_group(struct page *p, const struct group *g, const struct spike *spike)
{
    enum { GROUP_BUCKETS_MAX = 180, GROUP_HEIGHT = 70 };
    const struct hours *h = &g->hours;
    if (h->count == 0)
        return true;
    struct buckets b = facts_buckets(h->at[0].hour, h->at[h->count - 1].hour, spike->step_hours,
                                     GROUP_BUCKETS_MAX);
    uint64_t most;
    uint64_t *counts = fill(&b, h, &most);
    if (counts == NULL)
        return false;
    /* A short life is not stretched to bars as wide as the page. */
    size_t width = b.count * 3 < 72 ? 72 : b.count * 3;
    buf_printf(p->out,
               "<figure class=\"own\"><svg width=\"100%%\" height=\"%d\" viewBox=\"0 0 %zu %d\" "
               "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Alerts per ",
               GROUP_HEIGHT, width, GROUP_HEIGHT);
    facts_bucket_width(p->out, &b);
    buf_printf(p->out,
               "\"><path class=\"base\" stroke=\"#999\" stroke-opacity=\".5\" d=\"M0 %d.5h%zu\"/>"
               "<path class=\"bars\" stroke=\"#c8372d\" stroke-width=\"2\" d=\"",
               GROUP_HEIGHT - 1, width);
    put_bars(p, counts, b.count, most, GROUP_HEIGHT);
    html_raw(p, "\"/></svg><figcaption>Alerts per ");
    facts_bucket_width(p->out, &b);
    html_raw(p, ", ");
    facts_bucket_time(p->out, &b, 0);
    html_raw(p, " to ");
    facts_hour_minute(p->out, b.first_hour + (int64_t)b.count * b.width_hours);
    html_raw(p, "; at most ");
    facts_number(p->out, most);
    html_raw(p, "</figcaption></figure>\n");
    free(counts);
    return true;
}

bool html_chart_data(struct page *p, const struct hours *h, size_t bytes_max)
{
    uint64_t most;
    uint64_t *counts = fill(&p->timeline.buckets, h, &most);
    if (counts == NULL)
        return false;
    size_t begin = p->out->size;
    const char *before = "";
    for (size_t i = 0; i < p->timeline.buckets.count; i++) {
        if (counts[i] == 0)
            continue;
        buf_printf(p->out, "%s%zu.%" PRIu64, before, i, counts[i]);
        before = " ";
    }
    if (p->out->size - begin > bytes_max)
        p->out->size = begin;
    free(counts);
    return true;
}
