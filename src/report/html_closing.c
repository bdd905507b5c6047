#include "report/html.h"

#include <inttypes.h>
#include <stdlib.h>

/* The sections after the groups: tables over all events, and what was read and
 * what was not. Each has a bound, together with html_lambda.c they stay within
 * HTML_CLOSING_BYTES_MAX. */

enum { TABLE_ROWS_MAX = 25, DAY_ROWS_MAX = 62, DAY_ROWS_OPEN_MAX = 14, NAME_BYTES_MAX = 110 };

void html_name(struct page *p, struct view name)
{
    if (escape_html(p->out, name, HTML_TEXT, NAME_BYTES_MAX) < name.size)
        html_raw(p, "…");
    if (name.size == 0)
        html_raw(p, "(none)");
}

void html_number_cell(struct page *p, uint64_t n)
{
    html_raw(p, "<td class=\"n\">");
    facts_number(p->out, n);
    html_raw(p, "</td>");
}

/* The alerts of a row beside the most of any row. */
static void put_bar(struct page *p, uint64_t n, uint64_t most)
{
    enum { BAR_WIDTH = 60 };
    unsigned width = facts_per_mille(n, most) * BAR_WIDTH / 1000;
    buf_printf(p->out,
               "<td class=\"bar\"><svg width=\"%d\" height=\"8\" aria-hidden=\"true\">"
               "<rect class=\"c-error\" fill=\"#c8372d\" width=\"%u\" height=\"8\" rx=\"1\"/>"
               "</svg></td>",
               BAR_WIDTH, n > 0 && width == 0 ? 1 : width);
}

static void put_row(struct page *p, const struct table_row *row, uint64_t most)
{
    html_raw(p, "<tr><th scope=\"row\">");
    html_name(p, row->key);
    html_raw(p, "</th>");
    put_bar(p, row->alerts, most);
    html_number_cell(p, row->alerts);
    html_number_cell(p, row->events);
    html_raw(p, "<td class=\"n\">");
    html_share(p, row->alerts, row->events);
    html_raw(p, "</td></tr>\n");
}

static void begin_table(struct page *p, const char *name, bool is_folded)
{
    buf_printf(p->out,
               is_folded ? "<details class=\"card scroll\"><summary>By %s</summary><table>"
                         : "<div class=\"card scroll\"><table><caption>By %s</caption>",
               name);
    buf_printf(p->out,
               "<thead><tr>"
               "<th scope=\"col\">%c%s</th><td></td><th scope=\"col\" class=\"n\">Alerts</th>"
               "<th scope=\"col\" class=\"n\">Events</th><th scope=\"col\" class=\"n\">Rate</th>"
               "</tr></thead><tbody>\n",
               name[0] - 'a' + 'A', name + 1);
}

static void put_rest(struct page *p, size_t left_out, const struct table_row *other, bool is_folded)
{
    if (other != NULL) {
        html_raw(p, "<tr><th scope=\"row\">(other): more than the table holds</th><td></td>");
        html_number_cell(p, other->alerts);
        html_number_cell(p, other->events);
        html_raw(p, "<td></td></tr>");
    }
    html_raw(p, "</tbody></table>");
    if (left_out > 0)
        buf_printf(p->out, "<p class=\"note\">%zu more in report.json.</p>", left_out);
    html_raw(p, is_folded ? "</details>\n" : "</div>\n");
}

static void put_table(struct page *p, const char *name, const struct table_row *rows, size_t count)
{
    if (count == 0)
        return;
    struct rows_ranked ranked;
    facts_rank_rows(rows, count, &ranked);
    begin_table(p, name, false);
    size_t shown = ranked.count < TABLE_ROWS_MAX ? ranked.count : TABLE_ROWS_MAX;
    for (size_t i = 0; i < shown; i++)
        put_row(p, ranked.at[i], ranked.at[0]->alerts);
    put_rest(p, ranked.count - shown, ranked.other, false);
}

static int compare_keys(const void *a, const void *b)
{
    const struct table_row *const *x = a, *const *y = b;
    return view_compare((*x)->key, (*y)->key);
}

/* Days in their own order; of very many those with the most alerts. Folded up
 * where they are many: the chart above shows them too. */
static void put_days(struct page *p)
{
    const struct summary *s = p->f->summary;
    if (s->days_count == 0)
        return;
    struct rows_ranked ranked;
    facts_rank_rows(s->days, s->days_count, &ranked);
    size_t shown = ranked.count < DAY_ROWS_MAX ? ranked.count : DAY_ROWS_MAX;
    bool is_folded = shown > DAY_ROWS_OPEN_MAX;
    begin_table(p, "day", is_folded);
    uint64_t most = shown > 0 ? ranked.at[0]->alerts : 0;
    qsort(ranked.at, shown, sizeof(ranked.at[0]), compare_keys);
    for (size_t i = 0; i < shown; i++)
        put_row(p, ranked.at[i], most);
    put_rest(p, ranked.count - shown, ranked.other, is_folded);
}

static void put_where(struct page *p)
{
    const struct summary *s = p->f->summary;
    html_raw(p, "<section id=\"where\" aria-labelledby=\"where-h\">"
                "<h2 id=\"where-h\">Where</h2>\n<div class=\"where\"><div>\n");
    put_table(p, "account", s->accounts, s->accounts_count);
    put_days(p);
    html_raw(p, "</div><div>\n");
    put_table(p, "log group", s->log_groups, s->log_groups_count);
    html_raw(p, "</div></div></section>\n");
}

static void put_quality_row(struct page *p, const char *name, uint64_t n, const char *what)
{
    buf_printf(p->out, "<tr><th scope=\"row\">%s</th>", name);
    html_number_cell(p, n);
    buf_printf(p->out, "<td>%s</td></tr>\n", what);
}

static void put_coverage(struct page *p)
{
    const struct ledger *l = p->f->ledger;
    const struct {
        const char *name;
        uint64_t total, read, quarantined;
    } rows[] = {
        {"Objects", l->objects.total, l->objects.clean, l->objects.damaged},
        {"Stored bytes", l->stored_bytes.total, l->stored_bytes.parsed,
         l->stored_bytes.quarantined},
        {"Decoded bytes", l->decoded_bytes.total, l->decoded_bytes.records,
         l->decoded_bytes.quarantined},
        {"Records", l->records.total, l->records.data, l->records.quarantined},
        {"Events", l->events.total, l->events.rows, l->events.quarantined},
    };
    html_raw(p, "<div class=\"card scroll whole\"><table><caption>Coverage</caption><thead><tr>"
                "<th scope=\"col\">What</th><th scope=\"col\" class=\"n\">Total</th>"
                "<th scope=\"col\" class=\"n\">Read as data</th>"
                "<th scope=\"col\" class=\"n\">Otherwise accounted for</th>"
                "<th scope=\"col\" class=\"n\">Not read</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t known = rows[i].read + rows[i].quarantined;
        buf_printf(p->out, "<tr><th scope=\"row\">%s</th>", rows[i].name);
        html_number_cell(p, rows[i].total);
        html_number_cell(p, rows[i].read);
        html_number_cell(p, rows[i].total > known ? rows[i].total - known : 0);
        html_number_cell(p, rows[i].quarantined);
        html_raw(p, "</tr>\n");
    }
    html_raw(p, "</tbody></table></div>\n");
}

static void put_clock_row(struct page *p)
{
    const struct summary *s = p->f->summary;
    html_raw(p, "<tr><th scope=\"row\">Clock skew</th>");
    html_number_cell(p, s->clock_skewed);
    html_raw(p, "<td>the line says another time than CloudWatch, by more than five minutes");
    if (s->clock_skewed > 0) {
        html_raw(p, "; at most ");
        facts_span(p->out, s->clock_skew_ms_max * 1000);
    }
    html_raw(p, "</td></tr>\n");
}

static void put_notes(struct page *p)
{
    const struct ledger *l = p->f->ledger;
    const struct summary *s = p->f->summary;
    html_raw(p, "<div class=\"card scroll\"><table><caption>What was noticed</caption><thead><tr>"
                "<th scope=\"col\">What</th><th scope=\"col\" class=\"n\">Count</th>"
                "<th scope=\"col\">Meaning</th></tr></thead><tbody>\n");
    put_quality_row(p, "Control records", l->records.control,
                    "sent by CloudWatch to try the destination; hold no events");
    put_quality_row(p, "Retries ignored", l->events.ignored,
                    "events that only ask for another try");
    put_quality_row(p, "Filtered", l->events.filtered, "left out by the options of the run");
    if (l->has_dedupe)
        put_quality_row(p, "Duplicates", l->events.duplicates,
                        "the same event delivered more than once, counted once");
    put_quality_row(p, "Repaired records", l->repaired_records,
                    "invalid UTF-8 or control characters replaced");
    put_quality_row(p, "Unverified records", l->records.unverified,
                    "read from compressed data that failed further on");
    put_quality_row(p, "Without a time", s->without_time, "events in no chart and in no period");
    put_quality_row(p, "Unknown levels", s->unknown_levels,
                    "a level that is no word known here; kept as it is");
    put_clock_row(p);
    put_quality_row(p, "Bytes skipped", l->stored_bytes.skipped,
                    "of objects outside the period asked for");
    html_raw(p, "</tbody></table></div>\n");
}

static void put_reasons(struct page *p)
{
    struct ranked ranked;
    facts_rank(&p->f->ledger->quarantine_reasons, &ranked);
    if (ranked.count == 0 && ranked.other == 0)
        return;
    html_raw(p, "<div class=\"card scroll\"><table><caption>Why something was not read</caption>"
                "<thead><tr><th scope=\"col\">Reason</th>"
                "<th scope=\"col\" class=\"n\">Spans</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < ranked.count && i < TABLE_ROWS_MAX; i++) {
        html_raw(p, "<tr><th scope=\"row\">");
        html_name(p, ranked.at[i].key);
        html_raw(p, "</th>");
        html_number_cell(p, ranked.at[i].count);
        html_raw(p, "</tr>\n");
    }
    html_raw(p, "</tbody></table><p class=\"note\">Each span with its place and an excerpt is in "
                "quarantine.ndjson; <code>millrace quarantine OUT extract</code> gives its "
                "bytes.</p></div>\n");
}

enum rc html_closing(struct page *p)
{
    put_where(p);
    TRY(html_lambda(p));
    html_raw(p, "<section id=\"quality\" aria-labelledby=\"quality-h\">"
                "<h2 id=\"quality-h\">What was read, and what was not</h2>\n<p>");
    facts_unread(p->out, p->f->ledger);
    html_raw(p, "</p>\n<div class=\"cards two\">\n");
    put_coverage(p);
    put_reasons(p);
    put_notes(p);
    html_raw(p, "</div></section>\n");
    return RC_OK;
}
