#include "report/functions.h"
#include "report/html.h"

#include <inttypes.h>

/* Lambda's own figures, from REPORT lines: the sums in a sentence, who is
 * slowest and who is short of memory, then every function in trouble. */

enum { FUNCTION_ROWS_MAX = 30, SHORT_ROWS_MAX = 5 };

static void put_rest(struct page *p, size_t left_out)
{
    html_raw(p, "</tbody></table>");
    if (left_out > 0)
        buf_printf(p->out, "<p class=\"note\">%zu more in report.json.</p>", left_out);
    html_raw(p, "</div>\n");
}

static void begin_row(struct page *p, const struct function_facts *x)
{
    html_raw(p, "<tr><th scope=\"row\">");
    html_name(p, facts_function_name(x->log_group));
    html_raw(p, "</th>");
}

/* Most rows hold none of what is wrong: a zero steps back. */
static void put_trouble(struct page *p, uint64_t n)
{
    if (n == 0)
        html_raw(p, "<td class=\"n none\">0</td>");
    else
        html_number_cell(p, n);
}

static void put_durations(struct page *p, const struct function_facts *x)
{
    html_raw(p, "<td class=\"n\">");
    facts_span(p->out, functions_mean_us(x));
    html_raw(p, "</td><td class=\"n\">");
    facts_span(p->out, x->duration_us_max);
    html_raw(p, "</td>");
}

static void put_memory(struct page *p, const struct function_facts *x)
{
    buf_printf(p->out, "<td class=\"n\">%" PRId64 " of %" PRId64 " MB</td>", x->max_memory_mb,
               x->memory_mb);
}

static void put_slowest(struct page *p, struct functions_ranked *r)
{
    functions_rank(p->f->summary, FUNCTIONS_BY_MEAN, r);
    html_raw(p, "<div class=\"card scroll\"><table><caption>Slowest</caption><thead><tr>"
                "<th scope=\"col\">Function</th><th scope=\"col\" class=\"n\">Mean</th>"
                "<th scope=\"col\" class=\"n\">Longest</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < r->count && i < SHORT_ROWS_MAX; i++) {
        begin_row(p, r->at[i]);
        put_durations(p, r->at[i]);
        html_raw(p, "</tr>\n");
    }
    html_raw(p, "</tbody></table></div>\n");
}

static void put_fullest(struct page *p, struct functions_ranked *r)
{
    functions_rank(p->f->summary, FUNCTIONS_BY_MEMORY, r);
    html_raw(p, "<div class=\"card scroll\"><table><caption>Nearest to their memory limit</caption>"
                "<thead><tr><th scope=\"col\">Function</th>"
                "<th scope=\"col\" class=\"n\">At most</th>"
                "<th scope=\"col\" class=\"n\">Within 10 %</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < r->count && i < SHORT_ROWS_MAX; i++) {
        begin_row(p, r->at[i]);
        put_memory(p, r->at[i]);
        put_trouble(p, r->at[i]->near_memory_limit);
        html_raw(p, "</tr>\n");
    }
    html_raw(p, "</tbody></table></div>\n");
}

static void put_function(struct page *p, const struct function_facts *x)
{
    begin_row(p, x);
    put_trouble(p, x->invocations);
    put_trouble(p, x->timeouts);
    put_trouble(p, x->crashes);
    if (x->invocations == 0) {
        html_raw(p, "<td class=\"n none\" colspan=\"6\">no REPORT lines</td></tr>\n");
        return;
    }
    put_trouble(p, x->near_memory_limit);
    put_memory(p, x);
    put_durations(p, x);
    html_raw(p, "<td class=\"n\">");
    facts_number(p->out, x->cold_starts);
    html_raw(p, " <small>");
    html_share(p, x->cold_starts, x->invocations);
    html_raw(p, "</small></td><td class=\"n\">");
    facts_span(p->out, x->init_us_max);
    html_raw(p, "</td></tr>\n");
}

static void put_all(struct page *p, struct functions_ranked *r)
{
    functions_rank(p->f->summary, FUNCTIONS_BY_TROUBLE, r);
    html_raw(p, "<div class=\"card scroll whole\"><table><caption>Functions, those in trouble first"
                "</caption><thead><tr><th scope=\"col\">Function</th>"
                "<th scope=\"col\" class=\"n\">Invocations</th>"
                "<th scope=\"col\" class=\"n\">Timeouts</th>"
                "<th scope=\"col\" class=\"n\">Crashes</th>"
                "<th scope=\"col\" class=\"n\">Near memory limit</th>"
                "<th scope=\"col\" class=\"n\">Memory</th>"
                "<th scope=\"col\" class=\"n\">Mean</th>"
                "<th scope=\"col\" class=\"n\">Longest</th>"
                "<th scope=\"col\" class=\"n\">Cold starts</th>"
                "<th scope=\"col\" class=\"n\">Slowest init</th></tr></thead><tbody>\n");
    size_t shown = r->count < FUNCTION_ROWS_MAX ? r->count : FUNCTION_ROWS_MAX;
    for (size_t i = 0; i < shown; i++)
        put_function(p, r->at[i]);
    put_rest(p, r->count - shown);
}

enum rc html_lambda(struct page *p)
{
    const struct summary *s = p->f->summary;
    struct functions_ranked ranked;
    html_raw(p, "<section id=\"lambda\" aria-labelledby=\"lambda-h\">"
                "<h2 id=\"lambda-h\">Lambda functions</h2>\n<p>");
    functions_append_totals(p->out, s);
    html_raw(p, "</p>\n");
    if (functions_are_filtered(s))
        html_raw(p, "<p class=\"callout\">⚠ " FUNCTIONS_FILTERED_TEXT "</p>\n");
    if (s->functions_count > 0) {
        html_raw(p, "<div class=\"cards two\">\n");
        if (s->report_lines > 0) {
            put_slowest(p, &ranked);
            put_fullest(p, &ranked);
        }
        put_all(p, &ranked);
        html_raw(p, "</div>\n");
    }
    html_raw(p, "</section>\n");
    return RC_OK;
}
