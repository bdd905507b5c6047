#include "report/html.h"
#include "util/text.h"

#include <inttypes.h>

/* Samples of a group: what was logged, where it lies, how to get at it. */

/* Indentation stops here: deeper nesting costs no more than its own bytes. */
enum { INDENT_DEPTH_MAX = 8 };

static void put_indent(struct buf *out, size_t depth)
{
    buf_append_byte(out, '\n');
    for (size_t i = 0; i < depth && i < INDENT_DEPTH_MAX; i++)
        buf_append(out, "  ", 2);
}

/* JSON text laid out over lines. Follows quotes and brackets only, so text
 * that is not sound JSON, or was cut, comes out with the same characters. */
static void pretty_json(struct buf *out, struct view v)
{
    bool in_string = false;
    size_t depth = 0;
    for (size_t i = 0; i < v.size; i++) {
        char byte = v.data[i];
        if (in_string) {
            buf_append_byte(out, byte);
            if (byte == '\\' && i + 1 < v.size)
                buf_append_byte(out, v.data[++i]);
            in_string = byte != '"';
            continue;
        }
        in_string = byte == '"';
        bool is_empty = i + 1 < v.size && (v.data[i + 1] == '}' || v.data[i + 1] == ']');
        if (byte == '}' || byte == ']') {
            bool was_empty = i > 0 && (v.data[i - 1] == '{' || v.data[i - 1] == '[');
            depth -= depth > 0;
            if (!was_empty)
                put_indent(out, depth);
        }
        buf_append_byte(out, byte);
        if (byte == '{' || byte == '[') {
            depth++;
            if (!is_empty)
                put_indent(out, depth);
        } else if (byte == ',') {
            put_indent(out, depth);
        } else if (byte == ':') {
            buf_append_byte(out, ' ');
        }
    }
}

static bool looks_like_json(struct view v)
{
    return v.size > 1 && (v.data[0] == '{' || v.data[0] == '[');
}

/* A text under its own heading; is_json: laid out where it looks like it. */
static void put_block(struct page *p, const char *name, struct view text, bool is_json,
                      size_t bytes_max)
{
    if (text.size == 0)
        return;
    struct view shown = form_text(p->f, text);
    struct buf pretty = {0};
    if (is_json && looks_like_json(shown)) {
        pretty_json(&pretty, shown);
        shown = buf_view(&pretty);
    }
    struct view cut = escape_cut(shown, bytes_max);
    buf_printf(p->out, "<h5>%s</h5><pre>", name);
    escape_html(p->out, cut, HTML_BLOCK, SIZE_MAX);
    html_raw(p, cut.size < shown.size ? "… (cut: whole in report.json)</pre>\n" : "</pre>\n");
    p->out->failed |= buf_failed(&pretty);
    buf_done(&pretty);
}

static void put_fact(struct page *p, const char *name, struct view value)
{
    enum { FACT_BYTES_MAX = 600 };
    if (value.size == 0)
        return;
    buf_printf(p->out, "<dt>%s</dt><dd>", name);
    html_text(p, value, FACT_BYTES_MAX);
    html_raw(p, "</dd>\n");
}

static void put_command(struct page *p, const char *name, const struct buf *command)
{
    buf_printf(p->out, "<h5>%s</h5><pre class=\"cmd\">", name);
    escape_html(p->out, buf_view(command), HTML_BLOCK, SIZE_MAX);
    html_raw(p, "</pre>\n");
    p->out->failed |= buf_failed(command);
}

/* The event by its id where it has one, else by where it lies. */
static void put_query(struct page *p, const struct sample *s)
{
    enum { EVENT_ID_BYTES_MAX = 80 };
    struct buf query = {0};
    buf_printf(&query, "SELECT * FROM 'events/*/*.parquet' WHERE ");
    if (s->event_id.size > 0 && s->event_id.size <= EVENT_ID_BYTES_MAX) {
        buf_printf(&query, "event_id = ");
        escape_sql(&query, s->event_id);
    } else {
        buf_printf(&query, "source_object = ");
        escape_sql(&query, s->object);
        buf_printf(&query,
                   " AND source_offset = %" PRId64 " AND record_index = %" PRId32
                   " AND event_index = %" PRId32,
                   s->offset, s->record_index, s->event_index);
    }
    buf_printf(&query, ";");
    put_command(p, "The event in DuckDB", &query);
    buf_done(&query);
}

static void put_inspect(struct page *p, const struct sample *s)
{
    struct buf command = {0};
    buf_printf(&command, "millrace inspect ");
    escape_shell(&command, s->object);
    buf_printf(&command, " --at %" PRId64, s->offset);
    put_command(p, "The bytes it came from", &command);
    buf_done(&command);
}

static void put_summary(struct page *p, const struct sample *s)
{
    enum { NAME_BYTES_MAX = 100 };
    html_raw(p, "<summary>");
    if (s->has_timestamp)
        text_time_ms(p->out, s->timestamp_ms);
    else
        html_raw(p, "no timestamp");
    if (s->log_group.size > 0) {
        html_raw(p, " <span>");
        html_text(p, s->log_group, NAME_BYTES_MAX);
        html_raw(p, "</span>");
    }
    html_raw(p, "</summary>\n");
}

/* `title` is the group's: a sample repeats it only where its own differs. */
static void put_sample(struct page *p, const struct sample *s, struct view title, bool is_open,
                       size_t bytes_max)
{
    struct buf place = {0};
    buf_append_view(&place, s->object);
    buf_printf(&place, ", offset %" PRId64, s->offset);
    html_raw(p, is_open ? "<details class=\"sample\" open>" : "<details class=\"sample\">");
    put_summary(p, s);
    if (!view_equals(s->title, title))
        put_block(p, "Title", s->title, false, bytes_max);
    put_block(p, "Message", s->message, true, bytes_max);
    put_block(p, "Error type", s->error_type, false, bytes_max);
    put_block(p, "Error", s->error_message, true, bytes_max);
    put_block(p, "Details", s->details, true, bytes_max);
    put_block(p, "Reason", s->reason, true, bytes_max);
    put_block(p, "Stack", s->stack, false, bytes_max);
    if (s->is_cut)
        html_raw(p, "<p class=\"note\">Longer in the event itself: only its beginning is kept as a "
                    "sample.</p>");
    html_raw(p, "<dl class=\"place\">");
    put_fact(p, "Account", s->account_id);
    put_fact(p, "Region", s->region);
    put_fact(p, "Log group", s->log_group);
    put_fact(p, "Log stream", s->log_stream);
    put_fact(p, "Request", s->request_id);
    put_fact(p, "Event", s->event_id);
    put_fact(p, "Object", buf_view(&place));
    html_raw(p, "</dl>\n");
    put_inspect(p, s);
    put_query(p, s);
    html_raw(p, "</details>\n");
    p->out->failed |= buf_failed(&place);
    buf_done(&place);
}

/* The first sample is always there, its texts shorter if need be. */
static bool put_within(struct page *p, const struct group *g, unsigned sample, size_t bytes_max)
{
    static const size_t text_bytes_max[] = {16 * 1024, 3000, 500};
    size_t tries = sizeof(text_bytes_max) / sizeof(text_bytes_max[0]);
    size_t begin = p->out->size;
    bool is_first = sample == 0;
    for (size_t i = 0; i < tries; i++) {
        p->out->size = begin;
        put_sample(p, &g->samples[sample], g->title, is_first, text_bytes_max[i]);
        if (p->out->size - begin <= bytes_max || (is_first && i + 1 == tries))
            return true;
    }
    p->out->size = begin;
    return false;
}

void html_samples(struct page *p, const struct group *g, size_t bytes_max)
{
    size_t begin = p->out->size;
    unsigned shown = 0;
    for (; shown < g->samples_count; shown++) {
        size_t used = p->out->size - begin;
        size_t left = used < bytes_max ? bytes_max - used : 0;
        if (!put_within(p, g, shown, left))
            break;
    }
    if (shown < g->samples_count)
        buf_printf(p->out, "<p class=\"note\">%u more in report.json.</p>\n",
                   g->samples_count - shown);
}
