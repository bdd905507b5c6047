#include "report/escape.h"
#include "report/functions.h"
#include "report/picks.h"
#include "util/text.h"

#include <inttypes.h>

/* For a pull request or a chat: at most MARKDOWN_BYTES_MAX. Every part is
 * written and taken back where it would go past the bound of its section, so
 * a hostile title costs its own row and nothing else. */

enum {
    MARKDOWN_BYTES_MAX = 60 * 1000,
    TAIL_BYTES = 1000, /* the closing line, and a note per section */
    LARGEST_BYTES_MAX = 20 * 1000,
    WHERE_BYTES_MAX = 28 * 1000,
    DETAILS_BYTES_MAX = MARKDOWN_BYTES_MAX - TAIL_BYTES,
    LARGEST_ROWS_MAX = 30,
    CHANGES_ROWS_MAX = 10,
    WHERE_ROWS_MAX = 10,
    FUNCTIONS_ROWS_MAX = 10,
    TITLE_BYTES_MAX = 200,
    NAME_BYTES_MAX = 120,
    BLOCK_BYTES_MAX = 1500,
    LIST_KEYS_MAX = 4,
};

/* Keeps what was appended since `begin`, or takes it back where it goes past
 * bytes_max; false when taken back. */
static bool keep_within(struct buf *out, size_t begin, size_t bytes_max)
{
    if (out->size <= bytes_max)
        return true;
    out->size = begin;
    return false;
}

static void put_cut(struct buf *out, struct view v, size_t bytes_max)
{
    struct view cut = escape_cut(v, bytes_max);
    escape_markdown(out, cut);
    if (cut.size < v.size)
        buf_printf(out, "…");
}

static void put_title(struct form *f, const struct group *g)
{
    struct buf *out = &f->sink.buf;
    struct view title = form_title(f, g);
    if (title.size == 0)
        buf_printf(out, "(no title)");
    else
        put_cut(out, title, TITLE_BYTES_MAX);
}

static void put_minute(struct buf *out, const struct group *g, int64_t ms)
{
    if (g->has_time)
        facts_minute(out, ms);
    else
        buf_printf(out, "unknown");
}

/* "123456789012, 210987654321 and 3 more". */
static void put_list(struct buf *out, const struct tally *t)
{
    struct ranked ranked;
    facts_rank(t, &ranked);
    for (size_t i = 0; i < ranked.count && i < LIST_KEYS_MAX; i++) {
        buf_printf(out, "%s", i ? ", " : "");
        put_cut(out, ranked.at[i].key, NAME_BYTES_MAX);
    }
    if (ranked.count > LIST_KEYS_MAX)
        buf_printf(out, " and %zu more", ranked.count - LIST_KEYS_MAX);
    if (ranked.is_sampled)
        buf_printf(out, " (sampled: there are more)");
    if (ranked.count == 0 && !ranked.is_sampled)
        buf_printf(out, "unknown");
}

static void put_head(struct form *f)
{
    struct buf *out = &f->sink.buf;
    buf_printf(out, "# ");
    facts_verdict(out, f->summary, form_groups(f));
    buf_printf(out, "\n\n");
    facts_scope(out, f->summary);
    buf_printf(out, ".\n\n%s", ledger_is_damaged(f->ledger) ? "> ⚠ " : "");
    facts_unread(out, f->ledger);
    buf_printf(out, "\n");
}

/* The phrase holds names from logs: escaped as a whole. */
static void put_where_phrase(struct form *f, const struct group *g)
{
    struct buf text = {0};
    facts_where(&text, g);
    put_cut(&f->sink.buf, buf_view(&text), 2 * NAME_BYTES_MAX);
    f->sink.buf.failed |= buf_failed(&text);
    buf_done(&text);
}

static enum rc put_pick(struct form *f, const struct pick *pick)
{
    struct buf *out = &f->sink.buf;
    const struct group *g;
    TRY(report_group(f->report, pick->rank, &g, f->err));
    buf_printf(out, "- **");
    picks_append_reasons(out, pick->reasons);
    buf_printf(out, ":** ");
    put_title(f, g);
    buf_printf(out, ", ");
    facts_count(out, g->count, "alert", "alerts");
    struct spike spike;
    if (!facts_spike(&g->hours, &spike))
        return err_set(f->err, RC_NO_MEMORY, "no memory for the report");
    buf_printf(out, ", ");
    if (pick->reasons & PICK_SPIKING) {
        facts_spike_text(out, &spike);
    } else {
        buf_printf(out, "since ");
        put_minute(out, g, g->first_ms);
    }
    buf_printf(out, "; ");
    put_where_phrase(f, g);
    buf_append_byte(out, '\n');
    return RC_OK;
}

static enum rc put_picks(struct form *f)
{
    struct picks picks;
    if (report_group_count(f->report) < PICKS_GROUPS_MIN)
        return RC_OK;
    TRY(picks_find(f, PICKS_GROUPS_MAX, &picks));
    buf_printf(&f->sink.buf, "\n## Look at these first\n\n");
    for (size_t i = 0; i < picks.count; i++)
        TRY(put_pick(f, &picks.at[i]));
    return RC_OK;
}

static enum rc put_changed(struct form *f, enum change change, size_t count)
{
    struct buf *out = &f->sink.buf;
    size_t shown = 0;
    if (count == 0)
        return RC_OK;
    buf_printf(out, "\n**%s:**\n\n", change == CHANGE_NEW ? "New" : "Back");
    for (size_t rank = 0; rank < report_group_count(f->report); rank++) {
        if (form_change(f, rank) != change || shown == CHANGES_ROWS_MAX)
            continue;
        const struct group *g;
        TRY(report_group(f->report, rank, &g, f->err));
        size_t begin = out->size;
        buf_printf(out, "- ");
        put_title(f, g);
        buf_printf(out, ", ");
        facts_count(out, g->count, "alert", "alerts");
        buf_printf(out, " since ");
        put_minute(out, g, g->first_ms);
        buf_append_byte(out, '\n');
        shown += keep_within(out, begin, LARGEST_BYTES_MAX);
    }
    if (count > shown)
        buf_printf(out, "- and %zu more\n", count - shown);
    return RC_OK;
}

static enum rc put_gone(struct form *f)
{
    struct buf *out = &f->sink.buf;
    const struct changes *c = f->changes;
    size_t shown = 0;
    if (c->gone_count == 0)
        return RC_OK;
    buf_printf(out, "\n**Gone:**\n\n");
    for (size_t i = 0; i < c->gone_count && i < CHANGES_ROWS_MAX; i++) {
        const struct group *g;
        TRY(report_group(f->options->baseline, c->gone[i], &g, f->err));
        size_t begin = out->size;
        buf_printf(out, "- ");
        put_title(f, g);
        buf_printf(out, ", last seen ");
        put_minute(out, g, g->last_ms);
        buf_append_byte(out, '\n');
        shown += keep_within(out, begin, LARGEST_BYTES_MAX);
    }
    if (c->gone_count > shown)
        buf_printf(out, "- and %zu more\n", c->gone_count - shown);
    return RC_OK;
}

static enum rc put_changes(struct form *f)
{
    if (f->changes == NULL)
        return RC_OK;
    struct buf *out = &f->sink.buf;
    buf_printf(out, "\n## Since the baseline\n\n%zu new, %zu back, ", f->changes->new_count,
               f->changes->back_count);
    if (f->changes->has_gone)
        buf_printf(out, "%zu gone.\n", f->changes->gone_count);
    else
        buf_printf(out, "gone unknown: this report does not keep every group.\n");
    TRY(put_changed(f, CHANGE_NEW, f->changes->new_count));
    TRY(put_changed(f, CHANGE_BACK, f->changes->back_count));
    return put_gone(f);
}

static void put_row(struct form *f, const struct group *g)
{
    struct buf *out = &f->sink.buf;
    buf_printf(out, "| ");
    facts_number(out, g->count);
    buf_printf(out, " | ");
    facts_share(out, g->count, f->summary->alerts);
    buf_printf(out, " | ");
    put_cut(out, g->level, LIST_KEYS_MAX * 4);
    buf_printf(out, " | ");
    put_title(f, g);
    buf_printf(out, " | ");
    put_minute(out, g, g->first_ms);
    buf_printf(out, " | ");
    put_minute(out, g, g->last_ms);
    buf_printf(out, " | ");
    facts_keys(out, &g->accounts);
    buf_printf(out, " |\n");
}

static enum rc put_largest(struct form *f)
{
    struct buf *out = &f->sink.buf;
    size_t count = report_group_count(f->report), shown = 0;
    uint64_t shown_alerts = 0;
    buf_printf(out, "\n## Largest groups\n\n"
                    "| alerts | share | level | title | first seen (UTC) | last seen (UTC) | "
                    "accounts |\n|---:|---:|---|---|---|---|---:|\n");
    for (size_t rank = 0; rank < count && rank < LARGEST_ROWS_MAX; rank++) {
        const struct group *g;
        TRY(report_group(f->report, rank, &g, f->err));
        size_t begin = out->size;
        put_row(f, g);
        if (!keep_within(out, begin, LARGEST_BYTES_MAX))
            break;
        shown++;
        shown_alerts += g->count;
    }
    if (form_groups(f) > shown) {
        buf_printf(out, "\nAnd ");
        facts_count(out, form_groups(f) - shown, "more group with ", "more groups with ");
        facts_count(out, f->summary->alerts > shown_alerts ? f->summary->alerts - shown_alerts : 0,
                    "alert", "alerts");
        buf_printf(out, ".\n");
    }
    if (report_other_groups(f->report) > 0) {
        buf_printf(out, "\nUnder (other), too many to keep apart: ");
        facts_count(out, report_other_groups(f->report), "group", "groups");
        buf_printf(out, " with ");
        facts_count(out, report_other_alerts(f->report), "alert", "alerts");
        buf_printf(out, ".\n");
    }
    return RC_OK;
}

static void put_where(struct form *f, const char *name, const struct table_row *rows, size_t count)
{
    struct buf *out = &f->sink.buf;
    size_t begin = out->size;
    struct rows_ranked ranked;
    facts_rank_rows(rows, count, &ranked);
    buf_printf(out, "\n## By %s\n\n| %s | alerts | events |\n|---|---:|---:|\n", name, name);
    bool is_kept = keep_within(out, begin, WHERE_BYTES_MAX);
    for (size_t i = 0; i < ranked.count && i < WHERE_ROWS_MAX && is_kept; i++) {
        begin = out->size;
        buf_printf(out, "| ");
        put_cut(out, ranked.at[i]->key, NAME_BYTES_MAX);
        buf_printf(out, " | ");
        facts_number(out, ranked.at[i]->alerts);
        buf_printf(out, " | ");
        facts_number(out, ranked.at[i]->events);
        buf_printf(out, " |\n");
        is_kept = keep_within(out, begin, WHERE_BYTES_MAX);
    }
    if (ranked.count > WHERE_ROWS_MAX && is_kept)
        buf_printf(out, "\nAnd %zu more.\n", ranked.count - WHERE_ROWS_MAX);
}

/* The sums, and the few functions in most trouble. */
static void put_functions(struct form *f)
{
    struct buf *out = &f->sink.buf;
    struct functions_ranked ranked;
    functions_rank(f->summary, FUNCTIONS_BY_TROUBLE, &ranked);
    buf_printf(out, "\n## Lambda functions\n\n");
    functions_append_totals(out, f->summary);
    buf_printf(out, "\n");
    if (functions_are_filtered(f->summary))
        buf_printf(out, "\n> ⚠ " FUNCTIONS_FILTERED_TEXT "\n");
    for (size_t i = 0; i < ranked.count && i < FUNCTIONS_ROWS_MAX; i++) {
        const struct function_facts *x = ranked.at[i];
        if (x->timeouts + x->crashes + x->near_memory_limit == 0)
            break;
        buf_printf(out, "%s| ",
                   i ? ""
                     : "\n| function | timeouts | crashes | near memory limit | mean | longest "
                       "|\n|---|---:|---:|---:|---:|---:|\n");
        put_cut(out, facts_function_name(x->log_group), NAME_BYTES_MAX);
        buf_printf(out, " | %" PRIu64 " | %" PRIu64 " | ", x->timeouts, x->crashes);
        if (x->invocations == 0) { /* no REPORT line that says more */
            buf_printf(out, "– | – | – |\n");
            continue;
        }
        buf_printf(out, "%" PRIu64 " | ", x->near_memory_limit);
        facts_span(out, functions_mean_us(x));
        buf_printf(out, " | ");
        facts_span(out, x->duration_us_max);
        buf_printf(out, " |\n");
    }
}

static void put_fence(struct buf *out, size_t size)
{
    for (size_t i = 0; i < size; i++)
        buf_append_byte(out, '`');
}

static void put_block(struct form *f, const char *name, struct view text)
{
    if (text.size == 0)
        return;
    struct buf *out = &f->sink.buf;
    struct view whole = form_text(f, text);
    struct view cut = escape_cut(whole, BLOCK_BYTES_MAX);
    size_t fence = escape_fence_size(cut);
    buf_printf(out, "\n%s:\n\n", name);
    put_fence(out, fence);
    buf_printf(out, "text\n");
    escape_markdown_block(out, cut);
    buf_printf(out, "%s\n", cut.size < whole.size ? "…" : "");
    put_fence(out, fence);
    buf_append_byte(out, '\n');
}

static void put_sample(struct form *f, const struct sample *s)
{
    struct buf *out = &f->sink.buf;
    buf_printf(out, "\nA sample");
    if (s->has_timestamp) {
        buf_printf(out, " of ");
        text_time_ms(out, s->timestamp_ms);
    }
    if (s->request_id.size > 0) {
        buf_printf(out, ", request ");
        put_cut(out, s->request_id, NAME_BYTES_MAX);
    }
    buf_printf(out, ":\n");
    put_block(f, "Message", s->message);
    put_block(f, "Error", s->error_message);
    put_block(f, "Details", s->details);
    put_block(f, "Reason", s->reason);
    put_block(f, "Stack", s->stack);
    struct buf command = {0};
    buf_printf(&command, "millrace inspect ");
    escape_shell(&command, s->object);
    buf_printf(&command, " --at %" PRId64, s->offset);
    put_block(f, "Where it lies", buf_view(&command));
    out->failed |= buf_failed(&command);
    buf_done(&command);
}

static enum rc put_details(struct form *f, const struct group *g, size_t rank)
{
    struct buf *out = &f->sink.buf;
    struct spike spike;
    if (!facts_spike(&g->hours, &spike))
        return err_set(f->err, RC_NO_MEMORY, "no memory for the report");
    buf_printf(out, "\n### %zu. ", rank + 1);
    put_title(f, g);
    buf_printf(out, "\n\n- ");
    facts_count(out, g->count, "alert", "alerts");
    buf_printf(out, ", from ");
    put_minute(out, g, g->first_ms);
    buf_printf(out, " to ");
    put_minute(out, g, g->last_ms);
    buf_printf(out, " UTC, ");
    facts_distinct(out, &g->requests);
    buf_printf(out, " requests\n");
    if (spike.is_spiking) {
        buf_printf(out, "- spiking: ");
        facts_spike_text(out, &spike);
        buf_append_byte(out, '\n');
    }
    buf_printf(out, "- accounts: ");
    put_list(out, &g->accounts);
    buf_printf(out, "\n- regions: ");
    put_list(out, &g->regions);
    buf_printf(out, "\n- log groups: ");
    put_list(out, &g->log_groups);
    buf_printf(out, "\n- `fp1-%016" PRIx64 "`, kind %s, grouped by %s\n", g->fingerprint,
               kind_name(g->kind), facts_rule_text(g->rule));
    if (g->samples_count > 0)
        put_sample(f, &g->samples[0]);
    return RC_OK;
}

enum rc report_markdown_write(struct form *f)
{
    struct buf *out = &f->sink.buf;
    const struct summary *s = f->summary;
    put_head(f);
    TRY(put_changes(f));
    TRY(put_picks(f));
    size_t count = report_group_count(f->report), shown = 0;
    if (count > 0)
        TRY(put_largest(f));
    put_where(f, "account", s->accounts, s->accounts_count);
    put_where(f, "log group", s->log_groups, s->log_groups_count);
    put_functions(f);
    if (count > 0)
        buf_printf(out, "\n## Details\n");
    for (; shown < count; shown++) {
        const struct group *g;
        TRY(report_group(f->report, shown, &g, f->err));
        size_t begin = out->size;
        TRY(put_details(f, g, shown));
        if (!keep_within(out, begin, DETAILS_BYTES_MAX))
            break;
    }
    if (shown < count)
        buf_printf(out, "\nEvery group with every sample is in report.json and report.html.\n");
    return RC_OK;
}
