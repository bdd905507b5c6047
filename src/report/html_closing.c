#include "report/html.h"

#include <inttypes.h>
#include <stdlib.h>

/* The sections after the groups: tables over all events, Lambda's own figures,
 * and what was read and what was not. Each has a bound, together they stay
 * within HTML_CLOSING_BYTES_MAX. */

enum { TABLE_ROWS_MAX = 25, DAY_ROWS_MAX = 62, FUNCTION_ROWS_MAX = 30, NAME_BYTES_MAX = 110 };

/* Names are cut by what they take once escaped: that is what has a bound. */
static void put_name(struct page *p, struct view name)
{
    if (escape_html(p->out, name, HTML_TEXT, NAME_BYTES_MAX) < name.size)
        html_raw(p, "…");
    if (name.size == 0)
        html_raw(p, "(none)");
}

static void put_number_cell(struct page *p, uint64_t n)
{
    html_raw(p, "<td class=\"n\">");
    facts_number(p->out, n);
    html_raw(p, "</td>");
}

static void put_row(struct page *p, const struct table_row *row)
{
    html_raw(p, "<tr><th scope=\"row\">");
    put_name(p, row->key);
    html_raw(p, "</th>");
    put_number_cell(p, row->alerts);
    put_number_cell(p, row->events);
    html_raw(p, "<td class=\"n\">");
    html_share(p, row->alerts, row->events);
    html_raw(p, "</td></tr>\n");
}

static void begin_table(struct page *p, const char *name)
{
    buf_printf(p->out,
               "<div class=\"card scroll\"><table><caption>By %s</caption><thead><tr>"
               "<th scope=\"col\">%c%s</th><th scope=\"col\" class=\"n\">Alerts</th>"
               "<th scope=\"col\" class=\"n\">Events</th><th scope=\"col\" class=\"n\">Rate</th>"
               "</tr></thead><tbody>\n",
               name, name[0] - 'a' + 'A', name + 1);
}

static void put_rest(struct page *p, size_t left_out, const struct table_row *other)
{
    if (other != NULL) {
        html_raw(p, "<tr><th scope=\"row\">(other): more than the table holds</th>");
        put_number_cell(p, other->alerts);
        put_number_cell(p, other->events);
        html_raw(p, "<td></td></tr>");
    }
    html_raw(p, "</tbody></table>");
    if (left_out > 0)
        buf_printf(p->out, "<p class=\"note\">%zu more in report.json.</p>", left_out);
    html_raw(p, "</div>\n");
}

static void put_table(struct page *p, const char *name, const struct table_row *rows, size_t count)
{
    if (count == 0)
        return;
    struct rows_ranked ranked;
    facts_rank_rows(rows, count, &ranked);
    begin_table(p, name);
    size_t shown = ranked.count < TABLE_ROWS_MAX ? ranked.count : TABLE_ROWS_MAX;
    for (size_t i = 0; i < shown; i++)
        put_row(p, ranked.at[i]);
    put_rest(p, ranked.count - shown, ranked.other);
}

static int compare_keys(const void *a, const void *b)
{
    const struct table_row *const *x = a, *const *y = b;
    return view_compare((*x)->key, (*y)->key);
}

/* Days in their own order; of very many those with the most alerts. */
static void put_days(struct page *p)
{
    const struct summary *s = p->f->summary;
    if (s->days_count == 0)
        return;
    struct rows_ranked ranked;
    facts_rank_rows(s->days, s->days_count, &ranked);
    begin_table(p, "day");
    size_t shown = ranked.count < DAY_ROWS_MAX ? ranked.count : DAY_ROWS_MAX;
    qsort(ranked.at, shown, sizeof(ranked.at[0]), compare_keys);
    for (size_t i = 0; i < shown; i++)
        put_row(p, ranked.at[i]);
    put_rest(p, ranked.count - shown, ranked.other);
}

static void put_where(struct page *p)
{
    const struct summary *s = p->f->summary;
    html_raw(p, "<section id=\"where\" aria-labelledby=\"where-h\">"
                "<h2 id=\"where-h\">Where</h2>\n<div class=\"cards\">\n");
    put_table(p, "account", s->accounts, s->accounts_count);
    put_table(p, "log group", s->log_groups, s->log_groups_count);
    put_days(p);
    html_raw(p, "</div></section>\n");
}

/* The ones in trouble first. */
static int compare_functions(const void *a, const void *b)
{
    const struct function_facts *x = *(const struct function_facts *const *)a;
    const struct function_facts *y = *(const struct function_facts *const *)b;
    uint64_t x_failed = x->timeouts + x->crashes, y_failed = y->timeouts + y->crashes;
    if (x_failed != y_failed)
        return x_failed > y_failed ? -1 : 1;
    if (x->near_memory_limit != y->near_memory_limit)
        return x->near_memory_limit > y->near_memory_limit ? -1 : 1;
    if (x->invocations != y->invocations)
        return x->invocations > y->invocations ? -1 : 1;
    return view_compare(x->log_group, y->log_group);
}

static void put_function(struct page *p, const struct function_facts *x)
{
    html_raw(p, "<tr><th scope=\"row\">");
    put_name(p, x->log_group);
    html_raw(p, "</th>");
    put_number_cell(p, x->invocations);
    put_number_cell(p, x->timeouts);
    put_number_cell(p, x->crashes);
    html_raw(p, "<td class=\"n\">");
    facts_number(p->out, x->cold_starts);
    html_raw(p, " <small>");
    html_share(p, x->cold_starts, x->invocations);
    html_raw(p, "</small></td><td class=\"n\">");
    facts_span(p->out, x->invocations ? x->duration_us_sum / x->invocations : 0);
    html_raw(p, " <small>max ");
    facts_span(p->out, x->duration_us_max);
    html_raw(p, "</small></td><td class=\"n\">");
    facts_span(p->out, x->init_us_max);
    buf_printf(p->out, "</td><td class=\"n\">%" PRId64 " of %" PRId64 " MB</td>", x->max_memory_mb,
               x->memory_mb);
    put_number_cell(p, x->near_memory_limit);
    html_raw(p, "</tr>\n");
}

static enum rc put_functions(struct page *p)
{
    const struct summary *s = p->f->summary;
    const struct function_facts **sorted = calloc(s->functions_count + 1, sizeof(*sorted));
    if (sorted == NULL)
        return err_set(p->f->err, RC_NO_MEMORY, "no memory for the report");
    for (size_t i = 0; i < s->functions_count; i++)
        sorted[i] = &s->functions[i];
    qsort(sorted, s->functions_count, sizeof(*sorted), compare_functions);
    html_raw(p, "<div class=\"card scroll\"><table><thead><tr><th scope=\"col\">Log group</th>"
                "<th scope=\"col\" class=\"n\">Invocations</th>"
                "<th scope=\"col\" class=\"n\">Timeouts</th>"
                "<th scope=\"col\" class=\"n\">Crashes</th>"
                "<th scope=\"col\" class=\"n\">Cold starts</th>"
                "<th scope=\"col\" class=\"n\">Mean duration</th>"
                "<th scope=\"col\" class=\"n\">Slowest init</th>"
                "<th scope=\"col\" class=\"n\">Memory</th>"
                "<th scope=\"col\" class=\"n\">Over 90 % of it</th></tr></thead><tbody>\n");
    size_t shown = s->functions_count < FUNCTION_ROWS_MAX ? s->functions_count : FUNCTION_ROWS_MAX;
    for (size_t i = 0; i < shown; i++)
        put_function(p, sorted[i]);
    put_rest(p, s->functions_count - shown, NULL);
    free(sorted);
    return RC_OK;
}

static enum rc put_lambda(struct page *p)
{
    const struct summary *s = p->f->summary;
    html_raw(p, "<section id=\"lambda\" aria-labelledby=\"lambda-h\">"
                "<h2 id=\"lambda-h\">Lambda functions</h2>\n");
    if (s->extracted_events > 0 && s->report_lines == 0)
        html_raw(p, "<p class=\"callout\">⚠ The subscription filter of this archive lets no REPORT "
                    "line through. Timeouts and crashes that only a REPORT line tells of have left "
                    "no trace here.</p>\n");
    if (s->functions_count == 0)
        html_raw(p, "<p>No REPORT lines: nothing is known of durations, memory and cold "
                    "starts.</p>\n");
    else
        TRY(put_functions(p));
    html_raw(p, "</section>\n");
    return RC_OK;
}

static void put_quality_row(struct page *p, const char *name, uint64_t n, const char *what)
{
    buf_printf(p->out, "<tr><th scope=\"row\">%s</th>", name);
    put_number_cell(p, n);
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
        put_number_cell(p, rows[i].total);
        put_number_cell(p, rows[i].read);
        put_number_cell(p, rows[i].total > known ? rows[i].total - known : 0);
        put_number_cell(p, rows[i].quarantined);
        html_raw(p, "</tr>\n");
    }
    html_raw(p, "</tbody></table></div>\n");
}

static void put_clock_row(struct page *p)
{
    const struct summary *s = p->f->summary;
    html_raw(p, "<tr><th scope=\"row\">Clock skew</th>");
    put_number_cell(p, s->clock_skewed);
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
        put_name(p, ranked.at[i].key);
        html_raw(p, "</th>");
        put_number_cell(p, ranked.at[i].count);
        html_raw(p, "</tr>\n");
    }
    html_raw(p, "</tbody></table><p class=\"note\">Each span with its place and an excerpt is in "
                "quarantine.ndjson; <code>millrace quarantine OUT extract</code> gives its "
                "bytes.</p></div>\n");
}

enum rc html_closing(struct page *p)
{
    put_where(p);
    TRY(put_lambda(p));
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
