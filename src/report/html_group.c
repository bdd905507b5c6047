#include "report/html.h"

#include <inttypes.h>

/* One group of the list: a <tbody> of a row with the figures and, in a full
 * block, a row that opens to everything known. It is complete without script:
 * <details> opens by itself, data-k and data-t are only read by the script. */

enum {
    TITLE_BYTES_MAX = 300,
    ROW_TITLE_BYTES_MAX = 80,
    ROW_TOKENS_BYTES_MAX = 24,
    ROW_DATA_BYTES_MAX = 24,
    LEVEL_BYTES_MAX = 12,
    NAME_BYTES_MAX = 160,
    LIST_ROWS_MAX = 8,
    TOP_VALUES_MAX = 5,
    /* Samples of a block: the largest groups get more room, so that the many
     * after them still have one each. */
    GENEROUS_RANKS = 8,
    GENEROUS_BYTES = 40 * 1024,
    ORDINARY_RANKS = 40,
    ORDINARY_BYTES = 14 * 1024,
    SPARING_BYTES = 2 * 1024,
};

const char *html_level_class(struct view level)
{
    static const char *const known[] = {"FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"};
    static const char *const css[] = {"fatal", "error", "warn", "info", "debug", "trace"};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (view_equals(level, view_of_string(known[i])))
            return css[i];
    }
    return "other";
}

void html_level(struct page *p, struct view level)
{
    buf_printf(p->out, "<b class=\"lv %s\">", html_level_class(level));
    if (level.size == 0)
        html_raw(p, "no level");
    else
        escape_html(p->out, level, HTML_TEXT, LEVEL_BYTES_MAX);
    html_raw(p, "</b>");
}

void html_title(struct page *p, const struct group *g, size_t bytes_max)
{
    struct view title = form_title(p->f, g);
    size_t written = escape_html(p->out, title, HTML_TEXT, bytes_max);
    if (written < title.size)
        html_raw(p, "…");
    if (title.size == 0)
        html_raw(p, "(no title)");
}

static void put_tokens(struct page *p, char letter, const struct facet *facet,
                       const struct tally *t)
{
    bool has_more = t->is_sampled || t->other > 0;
    for (size_t i = 0; i < facet->ranked.count && t->count > 0; i++) {
        for (size_t k = 0; k < t->count; k++) {
            if (!view_equals(facet->ranked.at[i].key, t->entries[k].key))
                continue;
            buf_printf(p->out, " %c%zu", letter, i);
            break;
        }
    }
    /* Keys that were not held may be any: every choice of the filter fits. */
    if (has_more)
        buf_printf(p->out, " %c*", letter);
}

/* data-k: what the filters ask for; data-t: alerts per step of the time axis. */
static bool put_data(struct page *p, const struct group *g, size_t tokens_bytes_max,
                     size_t data_bytes_max)
{
    struct view level = view_is_null(g->level) ? VIEW("") : g->level;
    buf_printf(p->out, " data-k=\"v%zu k%d", html_facet_index(&p->levels, level), (int)g->kind);
    size_t begin = p->out->size;
    put_tokens(p, 'a', &p->accounts, &g->accounts);
    put_tokens(p, 'r', &p->regions, &g->regions);
    put_tokens(p, 'l', &p->log_groups, &g->log_groups);
    if (p->out->size - begin > tokens_bytes_max) {
        p->out->size = begin;
        html_raw(p, " a* r* l*");
    }
    html_raw(p, "\" data-t=\"");
    bool ok = html_chart_data(p, &g->hours, data_bytes_max);
    html_raw(p, "\"");
    return ok;
}

static void put_tags(struct page *p, size_t rank, const struct spike *spike)
{
    const char *change = change_name(form_change(p->f, rank));
    if (change != NULL)
        buf_printf(p->out, " <span class=\"tag\">%s</span>", change);
    if (spike->is_spiking)
        html_raw(p, " <span class=\"tag\">spiking</span>");
}

void html_where(struct page *p, const struct group *g)
{
    struct buf text = {0};
    facts_where(&text, g);
    html_text(p, buf_view(&text), 2 * NAME_BYTES_MAX);
    p->out->failed |= buf_failed(&text);
    buf_done(&text);
}

static void put_mostly(struct page *p, const struct tally *t, uint64_t total, const char *many)
{
    struct buf text = {0};
    facts_mostly(&text, t, total, many);
    html_text(p, buf_view(&text), NAME_BYTES_MAX);
    p->out->failed |= buf_failed(&text);
    buf_done(&text);
}

/* Where it happened in one line. */
static void put_where(struct page *p, const struct group *g)
{
    const struct {
        const struct tally *tally;
        const char *many;
    } maps[] = {
        {&g->log_groups, "log groups"}, {&g->accounts, "accounts"}, {&g->regions, "regions"}};
    size_t begin = p->out->size;
    for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
        if (maps[i].tally->count == 0)
            continue;
        html_raw(p, "<span>");
        put_mostly(p, maps[i].tally, g->count, maps[i].many);
        html_raw(p, "</span>");
    }
    if (distinct_count(&g->requests) > 0) {
        html_raw(p, "<span>");
        facts_distinct(p->out, &g->requests);
        html_raw(p, distinct_count(&g->requests) == 1 ? " request</span>" : " requests</span>");
    }
    if (p->out->size == begin)
        html_raw(p, "Where is not known");
}

static void put_list(struct page *p, const char *name, const struct ranked *r, uint64_t total)
{
    if (r->count == 0 && r->other == 0 && r->hidden == 0)
        return;
    html_raw(p, "<table class=\"list\"><thead><tr><th scope=\"col\">");
    escape_html(p->out, view_of_string(name), HTML_TEXT, NAME_BYTES_MAX);
    html_raw(p, "</th><th scope=\"col\" class=\"n\">alerts</th></tr></thead><tbody>");
    uint64_t rest = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (i >= LIST_ROWS_MAX) {
            rest += r->at[i].count;
            continue;
        }
        html_raw(p, "<tr><td>");
        html_text(p, r->at[i].key, NAME_BYTES_MAX);
        html_raw(p, "</td><td class=\"n\">");
        facts_number(p->out, r->at[i].count);
        html_raw(p, " <small>");
        html_share(p, r->at[i].count, total);
        html_raw(p, "</small></td></tr>");
    }
    const struct {
        const char *name;
        uint64_t count;
    } rests[] = {{"the rest", rest},
                 {"(other): keys not kept; those above are a sample", r->other},
                 {"[redacted]", r->hidden}};
    for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
        if (rests[i].count == 0)
            continue;
        buf_printf(p->out, "<tr><td>%s</td><td class=\"n\">", rests[i].name);
        facts_number(p->out, rests[i].count);
        html_raw(p, "</td></tr>");
    }
    html_raw(p, "</tbody></table>\n");
}

static void put_lists(struct page *p, const struct group *g)
{
    const struct {
        const char *name;
        const struct tally *tally;
    } lists[] = {{"Account", &g->accounts}, {"Region", &g->regions}, {"Log group", &g->log_groups}};
    struct ranked ranked;
    if (g->accounts.count + g->regions.count + g->log_groups.count == 0)
        return;
    html_raw(p, "<h4>Where</h4>\n<div class=\"lists\">");
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        facts_rank(lists[i].tally, &ranked);
        put_list(p, lists[i].name, &ranked, g->count);
    }
    html_raw(p, "</div>\n");
}

static void put_tops(struct page *p, const struct group *g)
{
    if (g->tops_count == 0)
        return;
    html_raw(p, "<h4>Values that vary</h4>\n<div class=\"scroll\"><table class=\"tops\"><thead><tr>"
                "<th scope=\"col\">Key</th><th scope=\"col\">Most frequent values</th></tr>"
                "</thead><tbody>");
    for (size_t i = 0; i < g->tops_count; i++) {
        struct ranked ranked;
        form_rank_text(p->f, g->tops[i].name, &g->tops[i].values, &ranked);
        html_raw(p, "<tr><th scope=\"row\">");
        html_text(p, g->tops[i].name, NAME_BYTES_MAX);
        html_raw(p, "</th><td>");
        for (size_t k = 0; k < ranked.count && k < TOP_VALUES_MAX; k++) {
            html_raw(p, "<span class=\"val\">");
            html_text(p, ranked.at[k].key, NAME_BYTES_MAX);
            html_raw(p, " <b>");
            facts_number(p->out, ranked.at[k].count);
            html_raw(p, "</b></span> ");
        }
        if (ranked.hidden > 0) {
            html_raw(p, "<span class=\"val\">[redacted] <b>");
            facts_number(p->out, ranked.hidden);
            html_raw(p, "</b></span> ");
        }
        if (ranked.count > TOP_VALUES_MAX)
            buf_printf(p->out, "<span class=\"note\">and %zu more</span> ",
                       ranked.count - TOP_VALUES_MAX);
        if (ranked.is_sampled)
            html_raw(p, "<span class=\"note\">(sampled: not every value was kept)</span>");
        html_raw(p, "</td></tr>\n");
    }
    html_raw(p, "</tbody></table></div>\n");
}

static void put_facts(struct page *p, const struct group *g, const struct spike *spike)
{
    html_raw(p, "<h4>How it was grouped</h4>\n<dl class=\"place\">");
    if (g->masked.size > 0) {
        html_raw(p, "<dt>Template</dt><dd><code>");
        html_log_text(p, g->masked, 2 * TITLE_BYTES_MAX);
        html_raw(p, "</code></dd>");
    }
    buf_printf(p->out,
               "<dt>Grouped by</dt><dd>%s</dd><dt>Fingerprint</dt><dd><code class=\"fp\">"
               "fp1-%016" PRIx64 "</code></dd><dt>Kind</dt><dd>%s</dd>",
               facts_rule_text(g->rule), g->fingerprint, kind_name(g->kind));
    if (g->owner.size > 0) {
        html_raw(p, "<dt>Owner</dt><dd>");
        html_text(p, g->owner, NAME_BYTES_MAX);
        html_raw(p, "</dd>");
    }
    html_raw(p, "<dt>Requests</dt><dd>");
    facts_distinct(p->out, &g->requests);
    html_raw(p, "</dd><dt>Log streams</dt><dd>");
    facts_distinct(p->out, &g->streams);
    html_raw(p, "</dd>");
    if (spike->is_spiking) {
        html_raw(p, "<dt>Spike</dt><dd>");
        facts_spike_text(p->out, spike);
        html_raw(p, "</dd>");
    }
    html_raw(p, "</dl>\n");
}

static enum rc put_inside(struct page *p, const struct group *g, size_t rank,
                          const struct spike *spike)
{
    if (!html_chart_group(p, g, spike))
        return err_set(p->f->err, RC_NO_MEMORY, "no memory for the report");
    if (g->samples_count > 0)
        html_raw(p, "<h4>Samples</h4>\n");
    html_samples(p, g,
                 rank < GENEROUS_RANKS   ? GENEROUS_BYTES
                 : rank < ORDINARY_RANKS ? ORDINARY_BYTES
                                         : SPARING_BYTES);
    put_lists(p, g);
    put_tops(p, g);
    put_facts(p, g, spike);
    buf_printf(
        p->out,
        "<h5>All of them in DuckDB</h5><pre class=\"cmd\">SELECT timestamp, account_id, log_group, "
        "title, message, details FROM 'events/*/*.parquet' WHERE fingerprint = "
        "'fp1-%016" PRIx64 "' ORDER BY timestamp;</pre>\n",
        g->fingerprint);
    return RC_OK;
}

enum rc html_group_full(struct page *p, const struct group *g, size_t rank)
{
    struct spike spike;
    if (!facts_spike(&g->hours, &spike))
        return err_set(p->f->err, RC_NO_MEMORY, "no memory for the report");
    buf_printf(p->out, "<tbody class=\"g %s\" id=\"fp1-%016" PRIx64 "\"",
               html_level_class(g->level), g->fingerprint);
    bool ok = put_data(p, g, SIZE_MAX, SIZE_MAX);
    html_raw(p, "><tr><td>");
    html_level(p, g->level);
    buf_printf(p->out, "</td><th scope=\"row\"><a href=\"#fp1-%016" PRIx64 "\">", g->fingerprint);
    html_title(p, g, TITLE_BYTES_MAX);
    html_raw(p, "</a>");
    put_tags(p, rank, &spike);
    html_raw(p, "</th><td class=\"n\"><b>");
    facts_number(p->out, g->count);
    html_raw(p, "</b> <small>");
    html_share(p, g->count, p->f->summary->alerts);
    html_raw(p, "</small></td><td>");
    ok = ok && html_chart_spark(p, &g->hours);
    html_raw(p, "</td><td>");
    html_minute(p, g->has_time, g->first_ms);
    html_raw(p, "</td><td>");
    html_minute(p, g->has_time, g->last_ms);
    html_raw(p, "</td></tr>\n<tr class=\"m\"><td></td><td colspan=\"5\"><details><summary>");
    put_where(p, g);
    html_raw(p, "</summary>\n<div class=\"in\">");
    if (!ok)
        return err_set(p->f->err, RC_NO_MEMORY, "no memory for the report");
    TRY(put_inside(p, g, rank, &spike));
    html_raw(p, "</div></details></td></tr></tbody>\n");
    return RC_OK;
}

/* Without a tag around it: rows are many. */
static void put_plain_minute(struct page *p, bool has_time, int64_t ms)
{
    if (has_time)
        facts_minute(p->out, ms);
    else
        html_raw(p, "unknown");
}

enum rc html_group_row(struct page *p, const struct group *g, size_t rank)
{
    const char *change = change_name(form_change(p->f, rank));
    buf_printf(p->out, "<tbody class=g id=fp1-%016" PRIx64, g->fingerprint);
    bool ok = put_data(p, g, ROW_TOKENS_BYTES_MAX, ROW_DATA_BYTES_MAX);
    html_raw(p, "><tr><td>");
    html_level(p, g->level);
    html_raw(p, "<th scope=row>");
    html_title(p, g, ROW_TITLE_BYTES_MAX);
    if (change != NULL)
        buf_printf(p->out, " <span class=tag>%s</span>", change);
    html_raw(p, "<td class=n>");
    facts_number(p->out, g->count);
    html_raw(p, "<td><td>");
    put_plain_minute(p, g->has_time, g->first_ms);
    html_raw(p, "<td>");
    put_plain_minute(p, g->has_time, g->last_ms);
    html_raw(p, "</tbody>\n");
    return ok ? RC_OK : err_set(p->f->err, RC_NO_MEMORY, "no memory for the report");
}
