#include "report/assets.h"
#include "report/html.h"

#include <inttypes.h>

/* report.html: one file that answers, from the top: what broke, since when, how
 * often, where, and what to look at next. */

/* The tab's icon, inside the page: a bar chart. */
static const char icon[] =
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Cpath fill='%23c8372d' d='M1 15V9h3v6zM6 15V1h4v14zM12 15V6h3v9z'/%3E%3C/svg%3E";

static void put_document_head(struct page *p)
{
    html_raw(p, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                "script-src 'sha256-");
    buf_append_view(p->out, asset_js.sha256_base64);
    html_raw(p, "'; style-src 'sha256-");
    buf_append_view(p->out, asset_css.sha256_base64);
    html_raw(p, "'; img-src data:; base-uri 'none'; form-action 'none'; "
                "require-trusted-types-for 'script'\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n"
                "<meta name=\"referrer\" content=\"no-referrer\">\n"
                "<meta name=\"generator\" content=\"millrace\">\n<link rel=\"icon\" href=\"");
    html_raw(p, icon);
    html_raw(p, "\">\n<title>");
    facts_verdict(p->out, p->f->summary, form_groups(p->f));
    html_raw(p, " · millrace</title>\n<style>");
    buf_append_view(p->out, asset_css.text);
    html_raw(p, "</style>\n</head>\n");
}

static bool is_ongoing(const struct summary *s, const struct group *g)
{
    /* The last fiftieth of the period: half a day of a month. */
    int64_t near_end = (s->last_ms / 50) - (s->first_ms / 50);
    return s->has_time && g->has_time && g->last_ms >= s->last_ms - near_end;
}

/* How often, since when, until when, where: parted by middle dots. Of a spike
 * (or NULL) the rise is when it began. */
static void put_since(struct page *p, const struct group *g, const struct spike *spike)
{
    facts_count(p->out, g->count, "alert", "alerts");
    html_raw(p, " (");
    html_share(p, g->count, p->f->summary->alerts);
    html_raw(p, ")");
    if (g->has_time) {
        html_raw(p, spike != NULL ? " · " : " · since ");
        if (spike != NULL)
            facts_spike_text(p->out, spike);
        else
            html_minute(p, true, g->first_ms);
        if (is_ongoing(p->f->summary, g)) {
            html_raw(p, ", still happening at the end");
        } else {
            html_raw(p, ", last ");
            html_minute(p, true, g->last_ms);
        }
    }
    html_raw(p, " · ");
    html_where(p, g);
}

static void put_link(struct page *p, const struct group *g, size_t bytes_max)
{
    buf_printf(p->out, "<a href=\"#fp1-%016" PRIx64 "\">", g->fingerprint);
    html_title(p, g, bytes_max);
    html_raw(p, "</a>");
}

static void put_scope(struct page *p)
{
    const struct summary *s = p->f->summary;
    html_raw(p, "<p class=\"scope\">");
    facts_count(p->out, s->events, "event", "events");
    if (distinct_count(&s->requests) > 0) {
        html_raw(p, " of ");
        facts_distinct(p->out, &s->requests);
        html_raw(p, distinct_count(&s->requests) == 1 ? " request" : " requests");
    }
    html_raw(p, " · ");
    facts_bytes(p->out, p->f->ledger->stored_bytes.parsed);
    html_raw(p, " read");
    if (p->shown > 0) {
        html_raw(p, " · alerts in ");
        facts_keys(p->out, &p->accounts.tally);
        html_raw(p, p->accounts.tally.count == 1 ? " account and " : " accounts and ");
        facts_keys(p->out, &p->log_groups.tally);
        html_raw(p, p->log_groups.tally.count == 1 ? " log group" : " log groups");
    }
    html_raw(p, "</p>\n");
}

static enum rc put_header(struct page *p)
{
    enum { TITLE_BYTES_MAX = 200 };
    const struct summary *s = p->f->summary;
    html_raw(p, "<body>\n<a class=\"skip\" href=\"#groups\">Skip to the groups</a>\n<header>"
                "<p class=\"eyebrow\"><span><b>millrace</b> alert report</span>");
    if (s->has_time) {
        html_raw(p, " <span>");
        facts_minute(p->out, s->first_ms);
        html_raw(p, " to ");
        facts_minute(p->out, s->last_ms);
        html_raw(p, " UTC</span>");
    }
    html_raw(p, "</p>\n<h1>");
    facts_verdict(p->out, s, form_groups(p->f));
    html_raw(p, "</h1>\n");
    if (p->shown > 0 && p->shown < PICKS_GROUPS_MIN) {
        const struct group *g;
        TRY(report_group(p->f->report, 0, &g, p->f->err));
        html_raw(p,
                 form_groups(p->f) == 1 ? "<p class=\"lead\">" : "<p class=\"lead\">The largest: ");
        put_link(p, g, TITLE_BYTES_MAX);
        html_raw(p, " <span>");
        put_since(p, g, NULL);
        html_raw(p, "</span></p>\n");
    }
    bool is_damaged = ledger_is_damaged(p->f->ledger);
    html_raw(p, is_damaged ? "<p class=\"coverage bad\">⚠ " : "<p class=\"coverage\">✓ ");
    facts_unread(p->out, p->f->ledger);
    html_raw(p, is_damaged ? " <a href=\"#quality\">What and why</a></p>\n" : "</p>\n");
    put_scope(p);
    html_raw(p, "</header>\n<main>\n");
    return RC_OK;
}

static enum rc put_picks(struct page *p)
{
    enum { TITLE_BYTES_MAX = 160 };
    if (p->shown < PICKS_GROUPS_MIN)
        return RC_OK;
    html_raw(p, "<section id=\"first\" aria-labelledby=\"first-h\">"
                "<h2 id=\"first-h\">Look at these first</h2>\n<ol class=\"picks card\">\n");
    for (size_t i = 0; i < p->picks.count; i++) {
        const struct pick *pick = &p->picks.at[i];
        const struct group *g;
        TRY(report_group(p->f->report, pick->rank, &g, p->f->err));
        buf_printf(p->out, "<li class=\"%s\"><p class=\"why\">", html_level_class(g->level));
        picks_append_reasons(p->out, pick->reasons);
        html_raw(p, "</p><div><p class=\"name\">");
        html_level(p, g->level);
        html_raw(p, " ");
        put_link(p, g, TITLE_BYTES_MAX);
        html_raw(p, "</p><p class=\"since\">");
        struct spike spike;
        if (!facts_spike(&g->hours, &spike))
            return err_set(p->f->err, RC_NO_MEMORY, "no memory for the report");
        put_since(p, g, pick->reasons & PICK_SPIKING ? &spike : NULL);
        html_raw(p, "</p></div>");
        if (!html_chart_spark(p, &g->hours))
            return err_set(p->f->err, RC_NO_MEMORY, "no memory for the report");
        html_raw(p, "</li>\n");
    }
    html_raw(p, "</ol></section>\n");
    return RC_OK;
}

enum { CHANGES_MAX = 20, CHANGE_TITLE_BYTES_MAX = 160 };

/* The largest of the groups that are new, or back. */
static enum rc put_changed(struct page *p, enum change change, size_t count, const char *name)
{
    size_t shown = 0;
    if (count == 0)
        return RC_OK;
    buf_printf(p->out, "<details class=\"changed\"><summary>%s</summary><ul>\n", name);
    for (size_t rank = 0; shown < count && shown < CHANGES_MAX; rank++) {
        if (form_change(p->f, rank) != change)
            continue;
        const struct group *g;
        TRY(report_group(p->f->report, rank, &g, p->f->err));
        html_raw(p, "<li>");
        put_link(p, g, CHANGE_TITLE_BYTES_MAX);
        html_raw(p, ", ");
        facts_count(p->out, g->count, "alert", "alerts");
        html_raw(p, "</li>\n");
        shown++;
    }
    html_raw(p, "</ul>");
    if (count > shown)
        buf_printf(p->out, "<p class=\"note\">%zu more in the list below.</p>", count - shown);
    html_raw(p, "</details>\n");
    return RC_OK;
}

static enum rc put_gone(struct page *p)
{
    const struct changes *c = p->f->changes;
    if (c->gone_count == 0)
        return RC_OK;
    html_raw(p, "<details class=\"changed\"><summary>Gone</summary><ul>\n");
    for (size_t i = 0; i < c->gone_count && i < CHANGES_MAX; i++) {
        const struct group *g;
        TRY(report_group(p->f->options->baseline, c->gone[i], &g, p->f->err));
        html_raw(p, "<li>");
        html_title(p, g, CHANGE_TITLE_BYTES_MAX);
        html_raw(p, ", last seen ");
        html_minute(p, g->has_time, g->last_ms);
        html_raw(p, "</li>\n");
    }
    html_raw(p, "</ul>");
    if (c->gone_count > CHANGES_MAX)
        buf_printf(p->out, "<p class=\"note\">%zu more in report.json.</p>",
                   c->gone_count - CHANGES_MAX);
    html_raw(p, "</details>\n");
    return RC_OK;
}

static enum rc put_changes(struct page *p)
{
    const struct changes *c = p->f->changes;
    if (c == NULL)
        return RC_OK;
    html_raw(p, "<section id=\"changes\" aria-labelledby=\"changes-h\"><h2 id=\"changes-h\">Since "
                "the baseline</h2>\n<p>");
    facts_count(p->out, c->new_count, "group is", "groups are");
    html_raw(p, " new, ");
    facts_number(p->out, c->back_count);
    buf_printf(p->out, " back after %d days or more, ", BACK_AFTER_DAYS);
    if (c->has_gone)
        facts_number(p->out, c->gone_count);
    else
        html_raw(p, "and as this report does not keep every group, none can be called");
    html_raw(p, " gone.");
    if (!c->is_new_certain)
        html_raw(p, " The baseline did not keep every group: some new ones may have been there.");
    html_raw(p, "</p>\n");
    TRY(put_changed(p, CHANGE_NEW, c->new_count, "New"));
    TRY(put_changed(p, CHANGE_BACK, c->back_count, "Back"));
    TRY(put_gone(p));
    html_raw(p, "</section>\n");
    return RC_OK;
}

static void put_option(struct page *p, char letter, size_t index, struct view name, uint64_t count)
{
    enum { OPTION_BYTES_MAX = 90 };
    buf_printf(p->out, "<option value=\"%c%zu\">", letter, index);
    if (name.size == 0)
        html_raw(p, "(none)");
    html_text(p, name, OPTION_BYTES_MAX);
    html_raw(p, " (");
    facts_number(p->out, count);
    html_raw(p, ")</option>");
}

static void begin_select(struct page *p, char letter, const char *name)
{
    buf_printf(p->out, "<label>%s <select data-facet=\"%c\"><option value=\"\">All</option>", name,
               letter);
}

static void put_facet(struct page *p, char letter, const char *name, const struct facet *facet)
{
    if (facet->ranked.count < 2)
        return;
    begin_select(p, letter, name);
    for (size_t i = 0; i < facet->ranked.count; i++)
        put_option(p, letter, i, facet->ranked.at[i].key, facet->ranked.at[i].count);
    html_raw(p, "</select></label>\n");
}

static void put_kinds(struct page *p)
{
    unsigned present = 0;
    for (size_t i = 0; i < KIND_COUNT; i++)
        present += p->kinds[i] > 0;
    if (present < 2)
        return;
    begin_select(p, 'k', "Kind");
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (p->kinds[i] > 0)
            put_option(p, 'k', i, view_of_string(kind_name((enum kind)i)), p->kinds[i]);
    }
    html_raw(p, "</select></label>\n");
}

/* Hidden until the script that answers to them runs. */
static void put_controls(struct page *p)
{
    html_raw(p, "<form id=\"controls\" class=\"controls\" role=\"search\" hidden>\n"
                "<label class=\"search\">Search <input type=\"search\" id=\"q\" "
                "autocomplete=\"off\" spellcheck=\"false\" "
                "placeholder=\"title, message, stack, request id …\"></label>\n");
    put_facet(p, 'v', "Level", &p->levels);
    put_kinds(p);
    put_facet(p, 'a', "Account", &p->accounts);
    put_facet(p, 'r', "Region", &p->regions);
    put_facet(p, 'l', "Log group", &p->log_groups);
    html_raw(p, "<label>Sort <select id=\"sort\"><option value=\"count\">Most alerts</option>"
                "<option value=\"last\">Last seen</option><option value=\"first\">First seen"
                "</option><option value=\"level\">Level</option><option value=\"title\">Title"
                "</option></select></label>\n"
                "<p class=\"status\"><output id=\"status\" aria-live=\"polite\"></output> "
                "<button type=\"button\" id=\"clear\" hidden>Show all</button></p>\n</form>\n");
}

/* Whether the page as it is now leaves room for a row of every further group
 * and for what closes it. */
static bool has_room(const struct page *p, size_t rank)
{
    uint64_t size = sink_size(&p->f->sink);
    uint64_t reserved =
        (p->shown - rank - 1) * HTML_ROW_BYTES_MAX + HTML_CLOSING_BYTES_MAX + asset_js.text.size;
    return size <= HTML_BLOCKS_BYTES_MAX && size + reserved <= HTML_BYTES_MAX;
}

static enum rc put_group_list(struct page *p)
{
    bool is_full = true;
    for (size_t rank = 0; rank < p->shown; rank++) {
        const struct group *g;
        TRY(report_group(p->f->report, rank, &g, p->f->err));
        size_t begin = p->out->size;
        if (is_full) {
            TRY(html_group_full(p, g, rank));
            is_full = has_room(p, rank);
            if (!is_full) {
                p->out->size = begin;
                html_raw(p, "<tbody id=\"rows\"><tr><td><td colspan=5>From here on a row per "
                            "group: all about them is in report.json.</tbody>\n");
            }
        }
        if (!is_full)
            TRY(html_group_row(p, g, rank));
        TRY(sink_drain(&p->f->sink, p->f->err));
    }
    return RC_OK;
}

static void put_groups_rest(struct page *p)
{
    size_t kept = report_group_count(p->f->report);
    if (kept > p->shown) {
        html_raw(p, "<p class=\"callout\">");
        facts_count(p->out, kept - p->shown, "smaller group is", "smaller groups are");
        html_raw(p, " not in this page: report.json and report.csv hold them.</p>\n");
    }
    if (report_other_groups(p->f->report) > 0) {
        html_raw(p, "<p class=\"callout\">(other): ");
        facts_count(p->out, report_other_groups(p->f->report), "more group", "more groups");
        html_raw(p, " with ");
        facts_count(p->out, report_other_alerts(p->f->report), "alert", "alerts");
        html_raw(p, " were too many to keep apart; <code>--max-groups</code> sets how many are."
                    "</p>\n");
    }
}

static enum rc put_groups(struct page *p)
{
    html_raw(p, "<section id=\"groups\" aria-labelledby=\"groups-h\" tabindex=\"-1\">"
                "<h2 id=\"groups-h\">What broke</h2>\n");
    if (p->shown == 0) {
        html_raw(p, "<p>Nothing that counts as an alert.</p></section>\n");
        return RC_OK;
    }
    put_controls(p);
    html_raw(p, "<table class=\"groups\" id=\"list\"><thead><tr>"
                "<th scope=\"col\" data-sort=\"level\">Level</th>"
                "<th scope=\"col\" data-sort=\"title\">Problem</th>"
                "<th scope=\"col\" class=\"n\" data-sort=\"count\">Alerts</th>"
                "<th scope=\"col\">Over the period</th>"
                "<th scope=\"col\" data-sort=\"first\">First seen (UTC)</th>"
                "<th scope=\"col\" data-sort=\"last\">Last seen (UTC)</th></tr></thead>\n");
    TRY(put_group_list(p));
    html_raw(p, "</table>\n<p id=\"none\" hidden>No group fits.</p>\n");
    put_groups_rest(p);
    html_raw(p, "</section>\n");
    return RC_OK;
}

static enum rc put_page(struct page *p)
{
    put_document_head(p);
    TRY(put_header(p));
    TRY(put_changes(p));
    TRY(put_picks(p));
    html_chart_timeline(p);
    TRY(sink_drain(&p->f->sink, p->f->err));
    TRY(put_groups(p));
    TRY(html_closing(p));
    html_raw(p, "</main>\n<footer><p>Times are UTC. ≈ marks an estimate of distinct values. Groups "
                "are told apart by fingerprint fp1. Keys, tokens and passwords that are "
                "recognised are ");
    html_raw(p, p->f->options->redact ? "redacted" : "shown: redaction was turned off");
    if (p->f->options->redact_rules != NULL)
        html_raw(p, "; so is what the expressions of --redact match");
    html_raw(p, ".</p></footer>\n<script>");
    buf_append_view(p->out, asset_js.text);
    html_raw(p, "</script>\n</body>\n</html>\n");
    return RC_OK;
}

enum rc report_html_write(struct form *f)
{
    struct page page;
    TRY(html_overview_init(&page, f));
    enum rc rc = put_page(&page);
    html_overview_done(&page);
    return rc;
}
