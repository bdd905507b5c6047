#include "alert/fingerprint.h"
#include "alert/groups.h"
#include "alert/rules.h"
#include "cli/read_file.h"
#include "cli/verbs.h"
#include "limits.h"
#include "report/facts.h"
#include "util/text.h"

#include <inttypes.h>
#include <stdio.h>

/* Says of each alert why it is in its group. */
struct explainer {
    const struct options *options;
    struct groups *groups;
    struct buf out;
    uint64_t alerts;
};

static struct view span_text(const struct fingerprint *f, size_t at)
{
    return view_slice(f->text, f->spans[at].begin, f->spans[at].end);
}

static int64_t integer_of(const struct event *e, enum column c)
{
    return event_has(e, c) ? e->cell[c].integer : 0;
}

/* ---- As text ---- */

static void put_line(struct buf *out, const char *name, struct view text)
{
    buf_printf(out, "  %-10s ", name);
    text_for_terminal(out, text);
    buf_append_byte(out, '\n');
}

static void put_where(struct explainer *x, const struct event *e)
{
    struct buf *out = &x->out;
    if (event_has(e, COL_TIMESTAMP)) {
        buf_printf(out, "  %-10s ", "when");
        text_time_ms(out, e->cell[COL_TIMESTAMP].integer);
        buf_append_byte(out, '\n');
    }
    if (event_has(e, COL_LOG_GROUP))
        put_line(out, "log group", event_text(e, COL_LOG_GROUP));
    buf_printf(out, "  %-10s ", "where");
    text_for_terminal(out, event_text(e, COL_SOURCE_OBJECT));
    buf_printf(out, " at %" PRId64 ", record %" PRId64 ", event %" PRId64 "\n",
               integer_of(e, COL_SOURCE_OFFSET), integer_of(e, COL_RECORD_INDEX),
               integer_of(e, COL_EVENT_INDEX));
}

static void put_block(struct explainer *x, const struct event *e, const struct fingerprint *f)
{
    struct buf *out = &x->out;
    char text[FINGERPRINT_TEXT_BYTES];
    fingerprint_text(f->value, text);
    if (x->alerts > 1)
        buf_append_byte(out, '\n');
    buf_printf(out, "%.*s\n", (int)sizeof(text), text);
    buf_printf(out, "  %-10s %s: %s\n", "rule", alert_rule_name(f->rule), facts_rule_text(f->rule));
    if (!view_is_null(f->group))
        put_line(out, "group", f->group);
    put_where(x, e);
    if (event_has(e, COL_LEVEL))
        put_line(out, "level", event_text(e, COL_LEVEL));
    if (event_has(e, COL_ERROR_TYPE))
        put_line(out, "error type", event_text(e, COL_ERROR_TYPE));
    else if (event_has(e, COL_CODE))
        put_line(out, "code", event_text(e, COL_CODE));
    put_line(out, "text", f->text);
    put_line(out, "masked", f->masked);
    for (size_t i = 0; i < f->spans_count; i++) {
        buf_printf(out, "  %-10s %s at %" PRIu32 ": ", i == 0 ? "spans" : "",
                   mask_label(f->spans[i].mask), f->spans[i].begin);
        text_for_terminal(out, span_text(f, i));
        buf_append_byte(out, '\n');
    }
    for (size_t i = 0; i < f->frames_count; i++) {
        buf_printf(out, "  %-10s ", i == 0 ? "frames" : "");
        text_for_terminal(out, f->frames[i].function);
        buf_printf(out, "%s", f->frames[i].function.size > 0 ? " in " : "");
        text_for_terminal(out, f->frames[i].file);
        buf_append_byte(out, '\n');
    }
}

/* ---- As NDJSON ---- */

static void put_member(struct buf *out, const char *key, struct view text)
{
    buf_printf(out, ",\"%s\":", key);
    if (view_is_null(text))
        buf_append_view(out, VIEW("null"));
    else
        text_json_string(out, text);
}

static void put_parts_json(struct explainer *x, const struct fingerprint *f)
{
    struct buf *out = &x->out;
    buf_printf(out, ",\"spans\":[");
    for (size_t i = 0; i < f->spans_count; i++) {
        buf_printf(out, "%s{\"mask\":\"%s\",\"begin\":%" PRIu32 ",\"end\":%" PRIu32, i ? "," : "",
                   mask_label(f->spans[i].mask), f->spans[i].begin, f->spans[i].end);
        put_member(out, "text", span_text(f, i));
        buf_append_byte(out, '}');
    }
    buf_printf(out, "],\"frames\":[");
    for (size_t i = 0; i < f->frames_count; i++) {
        buf_printf(out, "%s{\"function\":", i ? "," : "");
        text_json_string(out, f->frames[i].function);
        put_member(out, "file", f->frames[i].file);
        buf_append_byte(out, '}');
    }
    buf_append_byte(out, ']');
}

static void put_json(struct explainer *x, const struct event *e, const struct fingerprint *f)
{
    struct buf *out = &x->out;
    char text[FINGERPRINT_TEXT_BYTES];
    fingerprint_text(f->value, text);
    buf_printf(out, "{\"fingerprint\":\"%.*s\",\"rule\":\"%s\"", (int)sizeof(text), text,
               alert_rule_name(f->rule));
    put_member(out, "compares", view_of_string(facts_rule_text(f->rule)));
    put_member(out, "group", f->group);
    put_member(out, "level", event_text(e, COL_LEVEL));
    put_member(out, "log_group", event_text(e, COL_LOG_GROUP));
    put_member(out, "error_type", event_text(e, COL_ERROR_TYPE));
    put_member(out, "code", event_text(e, COL_CODE));
    put_member(out, "text", f->text);
    put_member(out, "masked", f->masked);
    put_parts_json(x, f);
    put_member(out, "object", event_text(e, COL_SOURCE_OBJECT));
    buf_printf(
        out, ",\"offset\":%" PRId64 ",\"record_index\":%" PRId64 ",\"event_index\":%" PRId64 "}\n",
        integer_of(e, COL_SOURCE_OFFSET), integer_of(e, COL_RECORD_INDEX),
        integer_of(e, COL_EVENT_INDEX));
}

static enum rc on_event(void *context, struct event *event, struct err *err)
{
    struct explainer *x = context;
    struct fingerprint f;
    bool is_alert;
    if (!groups_explain(x->groups, event, &f, &is_alert))
        return err_set(err, RC_NO_MEMORY, "no memory to explain an event");
    if (!is_alert)
        return RC_OK;
    x->alerts++;
    buf_clear(&x->out);
    if (x->options->is_json)
        put_json(x, event, &f);
    else
        put_block(x, event, &f);
    if (buf_failed(&x->out))
        return err_set(err, RC_NO_MEMORY, "no memory to explain an event");
    return print(buf_view(&x->out), err);
}

static enum rc explain_files(const struct options *o, struct explainer *x, int *ret_status,
                             struct err *err)
{
    struct object_sink sink = {.context = x, .on_event = on_event};
    struct file_reader reader;
    enum rc rc = file_reader_init(&reader, o, &sink, err);
    for (size_t i = 0; i < o->sources_count && rc == RC_OK; i++)
        rc = file_reader_read(&reader, o->sources[i], err);
    *ret_status = ledger_is_damaged(&reader.ledger) ? 3 : 0;
    if (rc == RC_OK && x->alerts == 0 && !o->is_quiet)
        fprintf(stderr, "millrace: no alerts among %" PRIu64 " event%s\n",
                reader.ledger.events.total, reader.ledger.events.total == 1 ? "" : "s");
    file_reader_done(&reader);
    return rc;
}

enum rc verb_explain(const struct options *o, int *ret_status, struct err *err)
{
    struct rules *rules = NULL;
    if (o->rules_path != NULL)
        TRY(rules_load(o->rules_path, &rules, err));
    enum cpu cpu;
    cpu_choose(&cpu); /* the reader tells of one that cannot run here */
    struct explainer x = {.options = o, .groups = groups_new(cpu, rules, GROUPS_BYTES_MAX)};
    enum rc rc = x.groups == NULL ? err_set(err, RC_NO_MEMORY, "no memory to begin")
                                  : explain_files(o, &x, ret_status, err);
    groups_free(x.groups);
    rules_free(rules);
    buf_done(&x.out);
    return rc;
}
