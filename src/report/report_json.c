#include "report/form.h"
#include "util/text.h"

#include <inttypes.h>

/* report.json, version 1: the keys of the schema in its order, one group per
 * line. Everything else a reader may want stands behind `groups`. */

static void put_key(struct buf *out, const char *key)
{
    buf_printf(out, "\"%s\":", key);
}

static void put_text(struct buf *out, struct view v)
{
    if (view_is_null(v))
        buf_append_view(out, VIEW("null"));
    else
        text_json_string(out, v);
}

static void put_time(struct buf *out, bool has_time, int64_t ms)
{
    if (!has_time) {
        buf_append_view(out, VIEW("null"));
        return;
    }
    buf_append_byte(out, '"');
    text_time_ms(out, ms);
    buf_append_byte(out, '"');
}

static void put_bool(struct buf *out, bool value)
{
    buf_printf(out, "%s", value ? "true" : "false");
}

/* {"key":n,…,"(other)":n} */
static void put_ranked(struct buf *out, const struct ranked *r)
{
    const struct {
        const char *name;
        uint64_t count;
    } rests[] = {{"[redacted]", r->hidden}, {"(other)", r->other}};
    const char *between = "";
    buf_append_byte(out, '{');
    for (size_t i = 0; i < r->count; i++) {
        buf_printf(out, "%s", between);
        text_json_string(out, r->at[i].key);
        buf_printf(out, ":%" PRIu64, r->at[i].count);
        between = ",";
    }
    for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
        if (rests[i].count == 0)
            continue;
        buf_printf(out, "%s\"%s\":%" PRIu64, between, rests[i].name, rests[i].count);
        between = ",";
    }
    buf_append_byte(out, '}');
}

static void put_tally(struct buf *out, const struct tally *t)
{
    struct ranked ranked;
    facts_rank(t, &ranked);
    put_ranked(out, &ranked);
}

static void put_hours(struct buf *out, const struct hours *h)
{
    buf_append_byte(out, '[');
    for (size_t i = 0; i < h->count; i++) {
        buf_printf(out, "%s[\"", i ? "," : "");
        facts_hour(out, h->at[i].hour);
        buf_printf(out, "\",%" PRIu64 "]", h->at[i].count);
    }
    buf_append_byte(out, ']');
}

static void put_tops(struct form *f, const struct group *g)
{
    struct buf *out = &f->sink.buf;
    buf_append_byte(out, '{');
    for (size_t i = 0; i < g->tops_count; i++) {
        struct ranked ranked;
        form_rank_text(f, g->tops[i].name, &g->tops[i].values, &ranked);
        if (i > 0)
            buf_append_byte(out, ',');
        text_json_string(out, g->tops[i].name);
        buf_append_byte(out, ':');
        put_ranked(out, &ranked);
    }
    buf_append_byte(out, '}');
}

static void put_sample(struct form *f, const struct sample *s)
{
    struct buf *out = &f->sink.buf;
    const struct {
        const char *key;
        struct view text;
        bool is_log_text;
    } texts[] = {
        {"account_id", s->account_id, false},
        {"region", s->region, false},
        {"log_group", s->log_group, false},
        {"log_stream", s->log_stream, false},
        {"event_id", s->event_id, false},
        {"request_id", s->request_id, false},
        {"title", s->title, true},
        {"message", s->message, true},
        {"details", s->details, true},
        {"stack", s->stack, true},
        {"reason", s->reason, true},
        {"object", s->object, false},
    };
    buf_append_byte(out, '{');
    put_key(out, "timestamp");
    put_time(out, s->has_timestamp, s->timestamp_ms);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        buf_append_byte(out, ',');
        put_key(out, texts[i].key);
        put_text(out, texts[i].is_log_text ? form_text(f, texts[i].text) : texts[i].text);
    }
    buf_printf(out, ",\"offset\":%" PRId64 ",\"record_index\":%" PRId32 ",\"event_index\":%" PRId32,
               s->offset, s->record_index, s->event_index);
    buf_printf(out, ",\"level\":");
    put_text(out, s->level);
    buf_printf(out, ",\"error_type\":");
    put_text(out, form_text(f, s->error_type));
    buf_printf(out, ",\"error_message\":");
    put_text(out, form_text(f, s->error_message));
    buf_printf(out, ",\"is_cut\":");
    put_bool(out, s->is_cut);
    buf_append_byte(out, '}');
}

static enum rc put_spike(struct form *f, const struct hours *h)
{
    struct buf *out = &f->sink.buf;
    struct spike spike;
    if (!facts_spike(h, &spike))
        return err_set(f->err, RC_NO_MEMORY, "no memory for the report");
    buf_printf(out, ",\"spike\":");
    if (!spike.is_spiking) {
        buf_append_view(out, VIEW("null"));
        return RC_OK;
    }
    buf_printf(out, "{\"from\":\"");
    facts_hour(out, spike.from_hour);
    buf_printf(out, "\",\"at\":\"");
    facts_hour(out, spike.peak_hour);
    buf_printf(out, "\",\"hours\":%" PRId64 ",\"count\":%" PRIu64 ",\"median\":%" PRIu64,
               spike.step_hours, spike.peak, spike.median);
    buf_printf(out, ",\"most_before\":%" PRIu64 "}", spike.most_before);
    return RC_OK;
}

static void put_group_head(struct form *f, const struct group *g)
{
    struct buf *out = &f->sink.buf;
    buf_printf(out, "{\"fingerprint\":\"fp1-%016" PRIx64 "\",\"rule\":\"%s\",\"kind\":\"%s\"",
               g->fingerprint, alert_rule_name(g->rule), kind_name(g->kind));
    buf_printf(out, ",\"level\":");
    put_text(out, g->level);
    buf_printf(out, ",\"title\":");
    put_text(out, form_text(f, g->title));
    buf_printf(out, ",\"template\":");
    put_text(out, form_text(f, g->masked));
    buf_printf(out, ",\"count\":%" PRIu64 ",\"first_seen\":", g->count);
    put_time(out, g->has_time, g->first_ms);
    buf_printf(out, ",\"last_seen\":");
    put_time(out, g->has_time, g->last_ms);
}

static void put_group_maps(struct form *f, const struct group *g)
{
    struct buf *out = &f->sink.buf;
    buf_printf(out, ",\"accounts\":");
    put_tally(out, &g->accounts);
    buf_printf(out, ",\"regions\":");
    put_tally(out, &g->regions);
    buf_printf(out, ",\"log_groups\":");
    put_tally(out, &g->log_groups);
    buf_printf(out, ",\"requests\":%" PRIu64 ",\"by_hour\":", distinct_count(&g->requests));
    put_hours(out, &g->hours);
    buf_printf(out, ",\"top\":");
    put_tops(f, g);
}

/* What the documented keys cannot say: which of them are not exact. */
static void put_group_notes(struct form *f, const struct group *g)
{
    struct buf *out = &f->sink.buf;
    const struct {
        const char *name;
        const struct tally *tally;
    } maps[] = {
        {"accounts", &g->accounts}, {"regions", &g->regions}, {"log_groups", &g->log_groups}};
    const char *between = "";
    buf_printf(out, ",\"owner\":");
    put_text(out, g->owner);
    buf_printf(out, ",\"streams\":%" PRIu64 ",\"estimated\":[", distinct_count(&g->streams));
    if (!distinct_is_exact(&g->requests)) {
        buf_printf(out, "\"requests\"");
        between = ",";
    }
    if (!distinct_is_exact(&g->streams))
        buf_printf(out, "%s\"streams\"", between);
    between = "";
    buf_printf(out, "],\"sampled\":[");
    for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
        if (!maps[i].tally->is_sampled && maps[i].tally->other == 0)
            continue;
        buf_printf(out, "%s\"%s\"", between, maps[i].name);
        between = ",";
    }
    for (size_t i = 0; i < g->tops_count; i++) {
        if (!g->tops[i].values.is_sampled && g->tops[i].values.other == 0)
            continue;
        buf_printf(out, "%s", between);
        buf_printf(out, "\"top\"");
        break;
    }
    buf_append_byte(out, ']');
}

static enum rc put_group(struct form *f, const struct group *g, enum change change)
{
    struct buf *out = &f->sink.buf;
    put_group_head(f, g);
    put_group_maps(f, g);
    buf_printf(out, ",\"samples\":[");
    for (unsigned i = 0; i < g->samples_count; i++) {
        if (i > 0)
            buf_append_byte(out, ',');
        put_sample(f, &g->samples[i]);
    }
    buf_append_byte(out, ']');
    put_group_notes(f, g);
    TRY(put_spike(f, &g->hours));
    if (change_name(change) != NULL)
        buf_printf(out, ",\"change\":\"%s\"", change_name(change));
    buf_append_byte(out, '}');
    return sink_drain(&f->sink, f->err);
}

static void put_rows(struct buf *out, const char *key, const struct table_row *rows, size_t count)
{
    buf_append_byte(out, '[');
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "%s{\"%s\":", i ? "," : "", key);
        text_json_string(out, rows[i].key);
        buf_printf(out, ",\"events\":%" PRIu64 ",\"alerts\":%" PRIu64 "}", rows[i].events,
                   rows[i].alerts);
    }
    buf_append_byte(out, ']');
}

static void put_tables(struct form *f)
{
    struct buf *out = &f->sink.buf;
    const struct summary *s = f->summary;
    buf_printf(out, ",\n\"accounts\":");
    put_rows(out, "account_id", s->accounts, s->accounts_count);
    buf_printf(out, ",\n\"log_groups\":");
    put_rows(out, "log_group", s->log_groups, s->log_groups_count);
    buf_printf(out, ",\n\"days\":");
    put_rows(out, "day", s->days, s->days_count);
    buf_printf(out, ",\n\"by_level\":{");
    for (int i = 0; i < CLASS_COUNT; i++) {
        buf_printf(out, "%s\"%s\":", i ? "," : "", facts_class_name((enum level_class)i));
        put_hours(out, &s->by_class[i]);
    }
    buf_append_byte(out, '}');
}

static void put_functions(struct form *f)
{
    struct buf *out = &f->sink.buf;
    buf_printf(out, ",\n\"functions\":[");
    for (size_t i = 0; i < f->summary->functions_count; i++) {
        const struct function_facts *x = &f->summary->functions[i];
        buf_printf(out, "%s\n{\"log_group\":", i ? "," : "");
        text_json_string(out, x->log_group);
        buf_printf(out, ",\"invocations\":%" PRIu64 ",\"cold_starts\":%" PRIu64, x->invocations,
                   x->cold_starts);
        buf_printf(out, ",\"timeouts\":%" PRIu64 ",\"crashes\":%" PRIu64, x->timeouts, x->crashes);
        buf_printf(out, ",\"duration_us_sum\":%" PRIu64 ",\"duration_us_max\":%" PRIu64,
                   x->duration_us_sum, x->duration_us_max);
        buf_printf(out, ",\"init_us_sum\":%" PRIu64 ",\"init_us_max\":%" PRIu64, x->init_us_sum,
                   x->init_us_max);
        buf_printf(out, ",\"memory_mb\":%" PRId64 ",\"max_memory_mb\":%" PRId64, x->memory_mb,
                   x->max_memory_mb);
        buf_printf(out, ",\"near_memory_limit\":%" PRIu64 "}", x->near_memory_limit);
    }
    buf_append_byte(out, ']');
}

static void put_quality(struct form *f)
{
    struct buf *out = &f->sink.buf;
    const struct summary *s = f->summary;
    buf_printf(out, ",\n\"quality\":{\"quarantine_reasons\":");
    put_tally(out, &f->ledger->quarantine_reasons);
    buf_printf(out, ",\"repaired_records\":%" PRIu64 ",\"without_time\":%" PRIu64,
               f->ledger->repaired_records, s->without_time);
    buf_printf(out, ",\"unknown_levels\":%" PRIu64 ",\"clock_skewed\":%" PRIu64,
               s->unknown_levels, s->clock_skewed);
    buf_printf(out, ",\"clock_skew_ms_max\":%" PRIu64 ",\"extracted_events\":%" PRIu64,
               s->clock_skew_ms_max, s->extracted_events);
    buf_printf(out, ",\"report_lines\":%" PRIu64 ",\"requests_are_estimated\":", s->report_lines);
    put_bool(out, !distinct_is_exact(&s->requests));
    buf_append_byte(out, '}');
}

static enum rc put_baseline(struct form *f)
{
    struct buf *out = &f->sink.buf;
    const struct changes *c = f->changes;
    buf_printf(out, ",\n\"baseline\":{\"new\":%zu,\"back\":%zu,\"gone\":", c->new_count,
               c->back_count);
    if (!c->has_gone)
        buf_printf(out, "null");
    for (size_t i = 0; c->has_gone && i < c->gone_count; i++) {
        const struct group *g;
        TRY(report_group(f->options->baseline, c->gone[i], &g, f->err));
        buf_printf(out, "%s\n{\"fingerprint\":\"fp1-%016" PRIx64 "\",\"title\":", i ? "," : "[",
                   g->fingerprint);
        put_text(out, form_text(f, g->title));
        buf_printf(out, ",\"count\":%" PRIu64 ",\"last_seen\":", g->count);
        put_time(out, g->has_time, g->last_ms);
        buf_append_byte(out, '}');
        TRY(sink_drain(&f->sink, f->err));
    }
    if (c->has_gone)
        buf_printf(out, c->gone_count ? "]" : "[]");
    buf_append_byte(out, '}');
    return RC_OK;
}

static void put_head(struct form *f)
{
    struct buf *out = &f->sink.buf;
    const struct summary *s = f->summary;
    buf_printf(out, "{\"version\":1,\n\"period\":{\"first\":");
    put_time(out, s->has_time, s->first_ms);
    buf_printf(out, ",\"last\":");
    put_time(out, s->has_time, s->last_ms);
    buf_printf(out, "},\n\"totals\":{\"events\":%" PRIu64 ",\"alerts\":%" PRIu64, s->events,
               s->alerts);
    buf_printf(out,
               ",\"groups\":%" PRIu64 ",\"requests\":%" PRIu64 "},\n\"coverage\":", form_groups(f),
               distinct_count(&s->requests));
    ledger_append_json(f->ledger, out);
    buf_printf(out, ",\n\"groups\":[");
}

enum rc report_json_write(struct form *f)
{
    struct buf *out = &f->sink.buf;
    put_head(f);
    for (size_t rank = 0; rank < report_group_count(f->report); rank++) {
        const struct group *g;
        TRY(report_group(f->report, rank, &g, f->err));
        buf_printf(out, "%s\n", rank ? "," : "");
        TRY(put_group(f, g, form_change(f, rank)));
    }
    buf_printf(out, "],\n\"other\":{\"groups\":%" PRIu64 ",\"alerts\":%" PRIu64 "}",
               report_other_groups(f->report), report_other_alerts(f->report));
    put_tables(f);
    put_functions(f);
    put_quality(f);
    if (f->changes != NULL)
        TRY(put_baseline(f));
    buf_printf(out, "}\n");
    return RC_OK;
}
