#include "report/escape.h"
#include "report/functions.h"
#include "report/picks.h"
#include "util/text.h"

#include <inttypes.h>

/* The first lines of the report: the verdict, a table of the largest groups, and
 * which to look at first, as wide as the terminal. Every line of log text is
 * escaped. */

enum {
    COLUMNS_DEFAULT = 80,
    COLUMNS_MIN = 40,
    COLUMNS_MAX = 1000,
    ROWS_MAX = 15,
    COUNT_COLUMNS = 9,
    LEVEL_COLUMNS = 5,
    TIME_COLUMNS = 16,      /* "2023-01-05 12:04" */
    SHORT_TIME_COLUMNS = 11, /* "01-05 12:04" */
    YEAR_BYTES = 5,
    ACCOUNTS_COLUMNS = 8,
    TREND_COLUMNS = 12,
    TITLE_COLUMNS_MIN = 34,
    TITLE_BYTES_MAX = 200, /* in a sentence */
};

/* The columns that this terminal has room for; title takes the rest. */
struct layout {
    bool has_last, has_first, has_accounts, has_trend;
    size_t time_columns; /* without the year where the period lies in one */
    size_t title_columns;
    struct buckets trend; /* count 0: no time is known */
};

static bool is_one_year(const struct summary *s)
{
    char first[11], last[11];
    return s->has_time && text_day(first, s->first_ms) && text_day(last, s->last_ms) &&
           memcmp(first, last, YEAR_BYTES) == 0;
}

/* Whether a column of that width fits beside a title; takes it off. */
static bool take(size_t *left, size_t columns)
{
    if (*left < TITLE_COLUMNS_MIN + columns + 2)
        return false;
    *left -= columns + 2;
    return true;
}

static struct layout layout_of(const struct report_options *options, const struct summary *s)
{
    size_t columns = options->terminal_columns ? options->terminal_columns : COLUMNS_DEFAULT;
    columns = columns < COLUMNS_MIN ? COLUMNS_MIN : columns > COLUMNS_MAX ? COLUMNS_MAX : columns;
    size_t left = columns - COUNT_COLUMNS - 2 - LEVEL_COLUMNS - 2;
    struct layout l = {.time_columns = is_one_year(s) ? SHORT_TIME_COLUMNS : TIME_COLUMNS};
    if (s->has_time)
        l.trend = facts_buckets(facts_hour_of(s->first_ms), facts_hour_of(s->last_ms), 1,
                                TREND_COLUMNS);
    l.has_first = take(&left, l.time_columns);
    l.has_last = take(&left, l.time_columns);
    l.has_trend = l.trend.count > 1 && take(&left, l.trend.count);
    l.has_accounts = take(&left, ACCOUNTS_COLUMNS);
    l.title_columns = left;
    return l;
}

/* SGR sequences of ECMA-48: bold, and the level's colour beside its name. */
static void put_style(struct form *f, const char *codes)
{
    if (f->options->color)
        buf_printf(&f->sink.buf, "\x1b[%sm", codes);
}

static const char *level_style(struct view level)
{
    if (view_equals(level, VIEW("FATAL")))
        return "1;35";
    if (view_equals(level, VIEW("ERROR")))
        return "31";
    return view_equals(level, VIEW("WARN")) ? "33" : "0";
}

static void put_spaces(struct buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_append_byte(out, ' ');
}

/* Log text in exactly `columns` (the last cell of a line: at most). */
static void put_cell(struct form *f, struct view text, size_t columns, bool is_last)
{
    struct buf *out = &f->sink.buf;
    struct buf shown = {0};
    text_for_terminal(&shown, text);
    struct view whole = buf_view(&shown);
    struct view cut = escape_cut_columns(whole, columns);
    if (cut.size < whole.size)
        cut = escape_cut_columns(whole, columns - 1);
    buf_append_view(out, cut);
    if (cut.size < whole.size)
        buf_printf(out, "…");
    if (!is_last)
        put_spaces(out, columns - escape_width(cut) - (cut.size < whole.size));
    out->failed |= buf_failed(&shown);
    buf_done(&shown);
}

static void put_right(struct buf *out, struct view text, size_t columns)
{
    size_t width = escape_width(text);
    put_spaces(out, width < columns ? columns - width : 0);
    buf_append_view(out, text);
}

static void put_head(struct form *f)
{
    struct buf *out = &f->sink.buf;
    put_style(f, "1");
    facts_verdict(out, f->summary, form_groups(f));
    put_style(f, "0");
    buf_append_byte(out, '\n');
    facts_scope(out, f->summary);
    buf_append_byte(out, '\n');
    bool is_damaged = ledger_is_damaged(f->ledger);
    put_style(f, is_damaged ? "1;33" : "0");
    facts_unread(out, f->ledger);
    put_style(f, "0");
    buf_append_byte(out, '\n');
    functions_append_totals(out, f->summary);
    buf_append_byte(out, '\n');
    if (functions_are_filtered(f->summary)) {
        put_style(f, "1;33");
        buf_printf(out, FUNCTIONS_FILTERED_TEXT);
        put_style(f, "0");
        buf_append_byte(out, '\n');
    }
    if (f->changes != NULL) {
        facts_count(out, f->changes->new_count, "group is", "groups are");
        buf_printf(out, " new, ");
        facts_number(out, f->changes->back_count);
        buf_printf(out, " back, ");
        if (f->changes->has_gone)
            facts_number(out, f->changes->gone_count);
        else
            buf_printf(out, "unknown");
        buf_printf(out, " gone since the baseline\n");
    }
}

static void put_titles(struct form *f, const struct layout *l)
{
    struct buf *out = &f->sink.buf;
    int time_columns = (int)l->time_columns;
    buf_append_byte(out, '\n');
    put_style(f, "2");
    buf_printf(out, "%*s  %-*s  ", COUNT_COLUMNS, "ALERTS", LEVEL_COLUMNS, "LEVEL");
    if (l->has_first)
        buf_printf(out, "%-*s  ", time_columns, "FIRST (UTC)");
    if (l->has_last)
        buf_printf(out, "%-*s  ", time_columns, "LAST");
    if (l->has_trend)
        buf_printf(out, "%-*s  ", (int)l->trend.count, "TREND");
    if (l->has_accounts)
        buf_printf(out, "%*s  ", ACCOUNTS_COLUMNS, "ACCOUNTS");
    buf_printf(out, "TITLE");
    put_style(f, "0");
    buf_append_byte(out, '\n');
}

static void put_time(struct form *f, const struct layout *l, const struct group *g, int64_t ms)
{
    struct buf *text = &f->redacted;
    buf_clear(text);
    if (g->has_time)
        facts_minute(text, ms);
    struct view shown = buf_view(text);
    if (shown.size > l->time_columns)
        shown = view_from(shown, shown.size - l->time_columns);
    put_cell(f, shown, l->time_columns, false);
    put_spaces(&f->sink.buf, 2);
}

/* A bar per step of the period, in eighths of the highest. */
static void put_trend(struct form *f, const struct layout *l, const struct group *g)
{
    static const char *const bars[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    uint64_t counts[TREND_COLUMNS] = {0}, most = 0;
    for (size_t i = 0; i < g->hours.count; i++) {
        size_t at;
        if (!facts_bucket_find(&l->trend, g->hours.at[i].hour, &at))
            continue;
        counts[at] += g->hours.at[i].count;
        most = counts[at] > most ? counts[at] : most;
    }
    for (size_t i = 0; i < l->trend.count; i++) {
        unsigned eighths = facts_per_mille(counts[i], most) * 8 / 1000;
        buf_printf(&f->sink.buf, "%s", bars[counts[i] > 0 && eighths == 0 ? 1 : eighths]);
    }
    put_spaces(&f->sink.buf, 2);
}

static void put_group(struct form *f, const struct layout *l, const struct group *g,
                      enum change change)
{
    struct buf *out = &f->sink.buf;
    struct buf *text = &f->redacted;
    buf_clear(text);
    facts_number(text, g->count);
    put_right(out, buf_view(text), COUNT_COLUMNS);
    put_spaces(out, 2);
    put_style(f, level_style(g->level));
    put_cell(f, view_is_null(g->level) ? VIEW("-") : g->level, LEVEL_COLUMNS, false);
    put_style(f, "0");
    put_spaces(out, 2);
    if (l->has_first)
        put_time(f, l, g, g->first_ms);
    if (l->has_last)
        put_time(f, l, g, g->last_ms);
    if (l->has_trend)
        put_trend(f, l, g);
    if (l->has_accounts) {
        buf_clear(text);
        facts_keys(text, &g->accounts);
        put_right(out, buf_view(text), ACCOUNTS_COLUMNS);
        put_spaces(out, 2);
    }
    size_t columns = l->title_columns;
    if (change_name(change) != NULL) {
        buf_printf(out, "%s: ", change == CHANGE_NEW ? "NEW" : "BACK");
        columns -= change == CHANGE_NEW ? 5 : 6;
    }
    put_cell(f, form_title(f, g), columns, true);
    buf_append_byte(out, '\n');
}

/* What the table does not show. */
static void put_rest(struct form *f, size_t shown, uint64_t shown_alerts)
{
    struct buf *out = &f->sink.buf;
    uint64_t rest = form_groups(f) - shown;
    if (rest > 0) {
        put_spaces(out, 2);
        buf_printf(out, "and ");
        facts_count(out, rest, "more group with ", "more groups with ");
        uint64_t alerts = f->summary->alerts;
        facts_count(out, alerts > shown_alerts ? alerts - shown_alerts : 0, "alert", "alerts");
        buf_append_byte(out, '\n');
    }
    if (report_other_groups(f->report) > 0) {
        put_spaces(out, 2);
        facts_number(out, report_other_groups(f->report));
        buf_printf(out, " of them were too many to keep apart: see --max-groups\n");
    }
}

/* Why and what in one line; since when and where in the next. */
static enum rc put_pick(struct form *f, const struct pick *pick, size_t columns)
{
    struct buf *out = &f->sink.buf;
    struct buf line = {0};
    const struct group *g;
    TRY(report_group(f->report, pick->rank, &g, f->err));
    picks_append_reasons(&line, pick->reasons);
    buf_printf(&line, ": ");
    buf_append_view(&line, escape_cut(form_title(f, g), TITLE_BYTES_MAX));
    put_spaces(out, 2);
    put_cell(f, buf_view(&line), columns - 2, true);

    struct spike spike;
    bool is_known = facts_spike(&g->hours, &spike);
    buf_clear(&line);
    if (is_known && (pick->reasons & PICK_SPIKING)) {
        facts_spike_text(&line, &spike);
        buf_printf(&line, "; ");
    } else if (g->has_time) {
        buf_printf(&line, "since ");
        facts_minute(&line, g->first_ms);
        buf_printf(&line, "; ");
    }
    facts_where(&line, g);
    buf_printf(out, "\n    ");
    put_cell(f, buf_view(&line), columns - 4, true);
    buf_append_byte(out, '\n');
    out->failed |= buf_failed(&line) || !is_known;
    buf_done(&line);
    return RC_OK;
}

static enum rc put_picks(struct form *f)
{
    struct picks picks;
    size_t columns = f->options->terminal_columns;
    columns = columns == 0 ? COLUMNS_DEFAULT : columns < COLUMNS_MIN ? COLUMNS_MIN : columns;
    TRY(picks_find(f, PICKS_GROUPS_MAX, &picks));
    put_style(f, "1");
    buf_printf(&f->sink.buf, "\nLook at these first");
    put_style(f, "0");
    buf_append_byte(&f->sink.buf, '\n');
    for (size_t i = 0; i < picks.count; i++)
        TRY(put_pick(f, &picks.at[i], columns));
    return RC_OK;
}

enum rc report_terminal_write(struct form *f)
{
    put_head(f);
    size_t count = report_group_count(f->report);
    if (count == 0)
        return RC_OK;
    struct layout layout = layout_of(f->options, f->summary);
    put_titles(f, &layout);
    uint64_t shown_alerts = 0;
    size_t rank = 0;
    for (; rank < count && rank < ROWS_MAX; rank++) {
        const struct group *g;
        TRY(report_group(f->report, rank, &g, f->err));
        put_group(f, &layout, g, form_change(f, rank));
        shown_alerts += g->count;
    }
    put_rest(f, rank, shown_alerts);
    return count >= PICKS_GROUPS_MIN ? put_picks(f) : RC_OK;
}
