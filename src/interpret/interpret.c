#include "interpret/interpret.h"

#include "interpret/interpreter.h"
#include "interpret/lambda_line.h"
#include "interpret/level.h"
#include "interpret/normalise.h"
#include "interpret/payload_count.h"
#include "interpret/plain_text.h"
#include "interpret/platform_json.h"
#include "interpret/system_line.h"
#include "limits.h"

#include <assert.h>
#include <stdlib.h>

/* Buffers that a giant message made larger than this are given back before the
 * next event: an own record never needs more. */
#define BUFFER_BYTES_KEPT (4 * (size_t)RECORD_BYTES_OWN)

struct interpreter *interpreter_new(enum cpu cpu, const struct interpret_options *options,
                                    size_t message_bytes_max)
{
    assert(options != NULL);
    struct interpreter *in = calloc(1, sizeof(*in));
    if (in == NULL)
        return NULL;
    in->cpu = in->members.cpu = cpu;
    in->options = options;
    json_glance_init(&in->glance, cpu);
    in->parser = json_parser_new(cpu, message_bytes_max);
    if (in->parser == NULL) {
        interpreter_free(in);
        return NULL;
    }
    return in;
}

void interpreter_free(struct interpreter *in)
{
    if (in == NULL)
        return;
    json_parser_free(in->parser);
    members_done(&in->members);
    buf_done(&in->text);
    buf_done(&in->level);
    buf_done(&in->attributes);
    free(in);
}

static void buffer_begin(struct buf *b)
{
    buf_clear(b);
    if (b->capacity > BUFFER_BYTES_KEPT)
        buf_done(b);
}

/* The cells that do not depend on the message. */
static void begin(const struct raw_event *raw, const struct event_context *context,
                  struct event *ret)
{
    bool is_of_record = view_is_null(raw->account_id) && view_is_null(raw->region);
    ret->present = 0;
    ret->record = is_of_record ? context->record : 0;
    ret->severity = SEVERITY_NONE;
    ret->failure = FAILURE_NONE;
    ret->is_ignored = false;
    ret->is_extracted = raw->is_extracted;
    ret->is_unverified = false;
    ret->is_cold_start = false;
    if (raw->has_timestamp)
        event_set_integer(ret, COL_TIMESTAMP, raw->timestamp_ms);
    event_set_text(ret, COL_EVENT_ID, raw->id);
    event_set_text(ret, COL_ACCOUNT_ID,
                   view_is_null(raw->account_id) ? context->account_id : raw->account_id);
    event_set_text(ret, COL_REGION, view_is_null(raw->region) ? context->region : raw->region);
    event_set_text(ret, COL_LOG_GROUP, context->log_group);
    event_set_text(ret, COL_LOG_STREAM, context->log_stream);
    event_set_text(ret, COL_SOURCE_OBJECT, context->source_object);
    event_set_integer(ret, COL_SOURCE_OFFSET, context->source_offset);
    event_set_integer(ret, COL_RECORD_INDEX, context->record_index);
    event_set_integer(ret, COL_EVENT_INDEX, context->event_index);
}

static bool is_missing(struct view extracted)
{
    return view_is_null(extracted) || !line_is_request_id(view_trim(extracted));
}

/* One event on its way into one row. */
struct story {
    struct interpreter *in;
    const struct raw_event *raw;
    struct event *event;
    struct line line;
    bool has_event;   /* a filter extracted the text */
    bool is_doubtful; /* the columns may say less, or something else, than the message */
};

/* What the filter did not extract is in the message's line. A level counts
 * only if the extracted event is what follows it. */
static void complete_from_message(struct view message, struct line *line)
{
    struct line whole;
    line_parse(message, &whole);
    if (view_is_null(line->request_id))
        line->request_id = whole.request_id;
    if (line->time.size == 0)
        line->time = whole.time;
    if (line->level == SEVERITY_NONE && !whole.is_bare &&
        view_equals(text_without_final_newlines(whole.text),
                    text_without_final_newlines(line->text)))
        line->level = whole.level;
}

/* What is known of a stamped event beforehand leaves only its level to look for: the
 * id is a UUID and never missing, the time is not doubtful. */
static void open_stamped(const struct raw_event *raw, struct line *line)
{
    line_parse_event(raw->extracted_event, line);
    line->request_id = raw->extracted_request_id;
    line->time = (struct time_text){
        .size = raw->extracted_timestamp.size, .ms = raw->stamp_ms, .is_valid = true};
    if (line->level == SEVERITY_NONE)
        complete_from_message(raw->message, line);
    line->is_bare = view_starts_with(raw->message, raw->extracted_event);
}

static void open_extracted(const struct raw_event *raw, struct line *line)
{
    if (raw->is_stamped) {
        open_stamped(raw, line);
        return;
    }
    line_parse_event(raw->extracted_event, line);
    if (!is_missing(raw->extracted_request_id))
        line->request_id = view_trim(raw->extracted_request_id);
    if (!is_missing(raw->extracted_timestamp))
        line->time = time_parse_whole(view_trim(raw->extracted_timestamp));
    bool is_complete =
        !view_is_null(line->request_id) && line->time.size > 0 && line->level != SEVERITY_NONE;
    if (view_is_null(raw->message))
        return;
    if (!is_complete)
        complete_from_message(raw->message, line);
    /* A filter that extracts the whole line leaves it as bare as it was. */
    line->is_bare = view_starts_with(raw->message, raw->extracted_event);
}

/* Takes the event apart into text, level, request id and time. */
static struct line open_line(const struct raw_event *raw)
{
    struct line line;
    if (!view_is_null(raw->extracted_event)) {
        open_extracted(raw, &line);
        return line;
    }
    line_parse(view_is_null(raw->message) ? VIEW("") : raw->message, &line);
    if (!is_missing(raw->extracted_request_id))
        line.request_id = view_trim(raw->extracted_request_id);
    if (!is_missing(raw->extracted_timestamp)) {
        struct time_text time = time_parse_whole(view_trim(raw->extracted_timestamp));
        if (time.size > 0)
            line.time = time;
    }
    return line;
}

/* Of a record that needed repair only the events that show it. */
static bool is_repaired(const struct raw_event *raw)
{
    struct view replacement = VIEW("\xef\xbf\xbd");
    return raw->was_repaired && !view_is_null(raw->message) &&
           view_find(raw->message, replacement, 0) < raw->message.size;
}

static bool ends_with_event(const struct raw_event *raw)
{
    return raw->is_stamped || view_is_null(raw->extracted_event) || view_is_null(raw->message) ||
           view_ends_with(text_without_final_newlines(raw->message),
                          text_without_final_newlines(raw->extracted_event));
}

static void reserve_title(struct story *s)
{
    buf_reserve(&s->in->text,
                s->line.text.size + s->line.request_id.size + TITLE_SUFFIX_BYTES + KIB(1));
}

static void tell_timeout(struct story *s)
{
    reserve_title(s);
    event_set_kind(s->event, KIND_TIMEOUT);
    event_set_severity(s->event, SEVERITY_ERROR);
    s->event->failure = FAILURE_TIMEOUT;
    struct view text = view_trim(text_without_final_newlines_of_system(s->line.text));
    event_set_text(s->event, COL_TITLE, text_title(&s->in->text, text, s->line.request_id));
}

/* Lambda's own lines: true if this is one. */
static bool tell_system(struct story *s)
{
    struct facts facts;
    struct view text = s->line.text;
    if (system_line_is_timeout(&s->line, s->has_event)) {
        tell_timeout(s);
        return true;
    }
    if (!s->line.is_bare)
        return false;
    if (system_line_read(text, &facts)) {
        reserve_title(s);
        system_line_tell(&facts, &s->in->text, s->event);
    } else if (system_line_is_crash(text)) {
        reserve_title(s);
        system_line_tell_crash(text, true, &s->in->text, s->event);
    } else {
        return false;
    }
    event_set_text(s->event, COL_MESSAGE, text_without_final_newlines_of_system(text));
    return true;
}

/* The text is the message. */
static void tell_text(struct story *s, enum kind kind)
{
    event_set_text(s->event, COL_MESSAGE, text_without_final_newlines(s->line.text));
    event_set_kind(s->event, kind);
    enum severity level = s->line.level;
    if (level == SEVERITY_NONE)
        level = text_has_stack_frame(s->line.text) ? SEVERITY_ERROR : SEVERITY_INFO;
    event_set_severity(s->event, level);
}

static void tell_out_of_memory(struct story *s)
{
    reserve_title(s);
    system_line_tell_crash(s->line.text, false, &s->in->text, s->event);
    event_set_text(s->event, COL_MESSAGE, text_without_final_newlines(s->line.text));
}

static void tell_unsound(struct story *s)
{
    s->is_doubtful = true;
    tell_text(s, KIND_LOG);
    event_set_text(s->event, COL_ATTRIBUTES, VIEW("{\"payload_error\":\"invalid JSON\"}"));
}

/* Any document may lie in a bucket: one that names no level, type or error was
 * not written as a log event. */
static bool is_plain_foreign(const struct story *s, const struct message_payload *payload)
{
    const struct members *m = &s->in->members;
    return s->raw->is_foreign && members_at(m, &payload->outer, KEY_LEVEL) == NULL &&
           members_at(m, &payload->outer, KEY_TYPE) == NULL &&
           members_at(m, &payload->outer, KEY_ERROR_TYPE) == NULL;
}

static enum rc tell_payload(struct story *s, struct view words, struct view json)
{
    struct message_payload payload;
    if (s->in->options->counts_only && !s->raw->is_foreign &&
        payload_count(s->in, &s->line, json, s->event))
        return RC_OK;
    enum rc rc = payload_open(s->in, json, &payload);
    if (rc == RC_NO_MEMORY)
        return rc;
    if (rc != RC_OK) {
        tell_unsound(s);
        return RC_OK;
    }
    s->is_doubtful = s->is_doubtful || payload.has_duplicates;
    if (s->line.is_bare && s->line.level == SEVERITY_NONE && platform_json_is(s->in, &payload)) {
        event_set_text(s->event, COL_MESSAGE, text_without_final_newlines(s->line.text));
        platform_json_tell(s->in, &payload, s->event, &s->is_doubtful);
    } else if (is_plain_foreign(s, &payload)) {
        tell_text(s, KIND_TEXT);
    } else if (payload_is_ignored(s->in, &payload)) {
        event_set_kind(s->event, KIND_LOG);
        s->event->is_ignored = true;
    } else {
        normalise(s->in, &payload, words, s->line.level, s->event, &s->is_doubtful);
    }
    return RC_OK;
}

static enum rc tell(struct story *s)
{
    struct view words, json;
    if (view_is_null(s->raw->message) && !s->has_event) {
        event_set_kind(s->event, KIND_TEXT);
        event_set_severity(s->event, SEVERITY_INFO);
        return RC_OK;
    }
    if (tell_system(s))
        return RC_OK;
    if (payload_split(s->line.body, s->line.level != SEVERITY_NONE, &words, &json))
        return tell_payload(s, words, json);
    if (text_is_out_of_memory(s->line.text))
        tell_out_of_memory(s);
    else
        tell_text(s, KIND_TEXT);
    return RC_OK;
}

static void tell_raw(const struct story *s)
{
    switch (s->in->options->raw) {
    case RAW_AUTO:
        if (s->is_doubtful)
            event_set_text(s->event, COL_RAW_MESSAGE, s->raw->message);
        return;
    case RAW_ALWAYS:
        event_set_text(s->event, COL_RAW_MESSAGE, s->raw->message);
        return;
    case RAW_NEVER:
        return;
    }
}

enum rc interpret_event(struct interpreter *in, const struct raw_event *raw,
                        const struct event_context *context, struct event *ret)
{
    buffer_begin(&in->text);
    buffer_begin(&in->level);
    buffer_begin(&in->attributes);
    begin(raw, context, ret);
    struct story s = {.in = in,
                      .raw = raw,
                      .event = ret,
                      .line = open_line(raw),
                      .has_event = !view_is_null(raw->extracted_event)};
    s.is_doubtful = is_repaired(raw) || s.line.is_prefix_cut || s.line.time.is_doubtful ||
                    !ends_with_event(raw);
    event_set_text(ret, COL_REQUEST_ID, s.line.request_id);
    if (s.line.time.is_valid)
        event_set_integer(ret, COL_LOGGED_AT, s.line.time.ms);
    TRY(tell(&s));
    tell_raw(&s);
    bool has_failed =
        buf_failed(&in->text) || buf_failed(&in->level) || buf_failed(&in->attributes);
    return has_failed ? RC_NO_MEMORY : RC_OK;
}

bool export_line_split(struct view entry, int64_t *ret_ms, struct view *ret_message)
{
    enum { TIME_BYTES = 24 };
    if (entry.size <= TIME_BYTES || entry.data[TIME_BYTES] != ' ' || entry.data[10] != 'T')
        return false;
    struct time_text time = time_parse_iso(view_slice(entry, 0, TIME_BYTES));
    if (time.size != TIME_BYTES || !time.is_valid || time.fraction_digits != 3 ||
        entry.data[TIME_BYTES - 1] != 'Z')
        return false;
    *ret_ms = time.ms;
    *ret_message = view_from(entry, TIME_BYTES + 1);
    return true;
}
