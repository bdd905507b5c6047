#include "interpret/normalise.h"

#include "interpret/json_member.h"
#include "interpret/lambda_line.h"
#include "interpret/level.h"
#include "interpret/system_line.h"
#include "interpret/time_parse.h"
#include "util/copy.h"
#include "util/text.h"

/* One payload on its way into one event. */
struct work {
    struct interpreter *in;
    const struct message_payload *payload;
    struct event *event;
    bool *is_doubtful;
};

static struct member *data_at(const struct work *w, enum key key)
{
    return members_at(&w->in->members, &w->payload->data, key);
}

/* NULL also where the payload's own members are the data. */
static struct member *sibling_at(const struct work *w, enum key key)
{
    if (!w->payload->is_nested)
        return NULL;
    return members_at(&w->in->members, &w->payload->outer, key);
}

static bool is_container(struct json_value value)
{
    return value.type == JSON_ARRAY || value.type == JSON_OBJECT;
}

/* Strings as they are, numbers and booleans as written. */
static bool set_text(const struct work *w, enum column column, struct json_value value)
{
    if (value.type == JSON_NULL || is_container(value))
        return false;
    event_set_text(w->event, column, payload_text(w->in, value));
    return true;
}

static bool take_text(const struct work *w, enum column column, struct member *member)
{
    if (member == NULL || !set_text(w, column, member->value))
        return false;
    member->is_left_out = true;
    return true;
}

/* The same, and containers as their JSON text. */
static bool take_any(const struct work *w, enum column column, struct member *member)
{
    if (member == NULL || member->value.type == JSON_NULL)
        return false;
    event_set_text(w->event, column, payload_text(w->in, member->value));
    member->is_left_out = true;
    return true;
}

static void take_message(const struct work *w)
{
    struct member *member = data_at(w, KEY_MESSAGE);
    if (member != NULL && member->value.type != JSON_OBJECT)
        take_any(w, COL_MESSAGE, member);
}

static void take_details(const struct work *w)
{
    struct member *member = data_at(w, KEY_DETAILS);
    if (member == NULL || member->value.type == JSON_NULL)
        return;
    event_set_text(w->event, COL_DETAILS, member->value.raw);
    member->is_left_out = true;
}

/* `errorType`, or the member `name` of `error`, which stays in the attributes. */
static void take_error(const struct work *w, enum column column, enum key key, struct view name)
{
    const struct member *error = data_at(w, KEY_ERROR);
    struct json_value value;
    if (!take_text(w, column, data_at(w, key)) && error != NULL &&
        json_member_find(w->in->parser, error->value, name, &value))
        set_text(w, column, value);
}

/* An array of strings joined by newlines; null where another value is in it. */
static struct view join_strings(struct interpreter *in, struct json_value array)
{
    struct json_value element;
    struct json_cursor c = json_open(in->parser, array);
    while (json_next_element(in->parser, &c, &element)) {
        if (element.type != JSON_STRING)
            return VIEW_NULL;
    }
    struct buf *out = &in->text;
    size_t begin = out->size;
    c = json_open(in->parser, array);
    for (bool is_first = true; json_next_element(in->parser, &c, &element); is_first = false) {
        if (!is_first)
            buf_append_byte(out, '\n');
        size_t before = out->size;
        struct view line = json_string_text(element, in->cpu, out);
        if (out->size == before)
            buf_append_view(out, line);
    }
    return view_slice(buf_view(out), begin, out->size);
}

static bool set_stack(const struct work *w, struct json_value value)
{
    if (value.type == JSON_NULL)
        return false;
    struct view text = VIEW_NULL;
    if (value.type == JSON_ARRAY)
        text = join_strings(w->in, value);
    if (view_is_null(text))
        text = payload_text(w->in, value);
    event_set_text(w->event, COL_STACK, text);
    return true;
}

static bool take_stack(const struct work *w, struct member *member)
{
    if (member == NULL || !set_stack(w, member->value))
        return false;
    member->is_left_out = true;
    return true;
}

static bool take_error_stack(const struct work *w, const struct member *error)
{
    struct json_value value;
    return error != NULL && json_member_find(w->in->parser, error->value, VIEW("stack"), &value) &&
           set_stack(w, value);
}

static void take_stacks(const struct work *w)
{
    (void)(take_stack(w, data_at(w, KEY_STACK)) || take_stack(w, data_at(w, KEY_STACK_TRACE)) ||
           take_error_stack(w, data_at(w, KEY_ERROR)) || take_stack(w, sibling_at(w, KEY_STACK)) ||
           take_stack(w, sibling_at(w, KEY_STACK_TRACE)) ||
           take_error_stack(w, sibling_at(w, KEY_ERROR)));
}

static bool take_request_id(const struct work *w, struct member *member)
{
    if (member == NULL || (member->value.type != JSON_STRING && member->value.type != JSON_NUMBER))
        return false;
    struct view id = payload_text(w->in, member->value);
    if (!line_is_request_id(id))
        return false;
    event_set_text(w->event, COL_REQUEST_ID, id);
    member->is_left_out = true;
    return true;
}

static void take_request_ids(const struct work *w)
{
    static const enum key keys[] = {KEY_REQUEST_ID, KEY_AWS_REQUEST_ID, KEY_FUNCTION_REQUEST_ID};
    const size_t count = sizeof(keys) / sizeof(keys[0]);
    bool is_found = event_has(w->event, COL_REQUEST_ID);
    for (size_t i = 0; i < count && !is_found; i++)
        is_found = take_request_id(w, data_at(w, keys[i]));
    for (size_t i = 0; i < count && !is_found; i++)
        is_found = take_request_id(w, sibling_at(w, keys[i]));
}

/* A tracing header gives its root and stays in the attributes: it says more. */
static bool take_trace_id(const struct work *w, struct member *member)
{
    if (member == NULL || (member->value.type != JSON_STRING && member->value.type != JSON_NUMBER))
        return false;
    struct view id = payload_text(w->in, member->value);
    struct view root = trace_root(id);
    if (id.size == 0 || (view_is_null(root) && member->id == KEY_TRACE_HEADER))
        return false;
    event_set_text(w->event, COL_TRACE_ID, view_is_null(root) ? id : root);
    member->is_left_out = member->is_left_out || view_is_null(root);
    return true;
}

static void take_trace_ids(const struct work *w)
{
    static const enum key keys[] = {KEY_TRACE_ID, KEY_TRACE_ID_CAMEL, KEY_XRAY_TRACE_ID,
                                    KEY_TRACE_HEADER};
    const size_t count = sizeof(keys) / sizeof(keys[0]);
    bool is_found = false;
    for (size_t i = 0; i < count && !is_found; i++)
        is_found = take_trace_id(w, data_at(w, keys[i]));
    for (size_t i = 0; i < count && !is_found; i++)
        is_found = take_trace_id(w, sibling_at(w, keys[i]));
}

static bool take_time(const struct work *w, struct member *member)
{
    if (member == NULL || (member->value.type != JSON_STRING && member->value.type != JSON_NUMBER))
        return false;
    struct time_text time = time_parse_whole(view_trim(payload_text(w->in, member->value)));
    *w->is_doubtful = *w->is_doubtful || time.is_doubtful;
    if (!time.is_valid)
        return false;
    event_set_integer(w->event, COL_LOGGED_AT, time.ms);
    member->is_left_out = true;
    return true;
}

static bool take_level(const struct work *w, struct member *member)
{
    if (member == NULL || (member->value.type != JSON_STRING && member->value.type != JSON_NUMBER))
        return false;
    struct view text = view_trim(payload_text(w->in, member->value));
    if (text.size == 0)
        return false;
    member->is_left_out = true;
    enum severity severity;
    if (member->value.type == JSON_NUMBER) {
        severity = level_of_number(text);
    } else {
        severity = level_of_word(text);
        if (severity == SEVERITY_NONE) {
            text = level_in_upper_case(text, &w->in->level);
            severity = level_of_word(text);
        }
    }
    if (severity != SEVERITY_NONE)
        event_set_severity(w->event, severity);
    else
        event_set_text(w->event, COL_LEVEL, text);
    return true;
}

static bool take_levels(const struct work *w)
{
    return take_level(w, data_at(w, KEY_LEVEL)) || take_level(w, data_at(w, KEY_LOG_LEVEL)) ||
           take_level(w, sibling_at(w, KEY_LEVEL)) || take_level(w, sibling_at(w, KEY_LOG_LEVEL));
}

/* The level where neither the payload nor its line names one. */
static enum severity level_of_error(const struct event *event)
{
    bool is_error = event_has(event, COL_ERROR_TYPE) && event_has(event, COL_STACK);
    return is_error ? SEVERITY_ERROR : SEVERITY_INFO;
}

static char *put(char *to, struct view v)
{
    copy_short(to, v.data, v.size);
    return to + v.size;
}

/* Members are never longer here than in the payload: there is room. */
static void append_members(const struct members *m, size_t begin, size_t end, struct buf *out)
{
    char *to = out->data + out->size;
    for (size_t i = begin; i < end; i++) {
        const struct member *member = &m->items[i];
        if (member->is_left_out)
            continue;
        *to = to == out->data ? '{' : ',';
        to = put(to + 1, member->key.raw);
        *to = ':';
        to = put(to + 1, member->value.raw);
    }
    out->size = (size_t)(to - out->data);
}

/* What Lambda's runtimes themselves put before an error says nothing new. */
static bool is_runtime_words(struct view words)
{
    return view_equals(words, VIEW("Invoke Error")) ||
           view_equals(words, VIEW("Uncaught Exception")) ||
           view_equals(words, VIEW("Unhandled Promise Rejection"));
}

static void compose_attributes(const struct work *w, struct view words)
{
    const struct members *m = &w->in->members;
    struct buf *out = &w->in->attributes;
    buf_clear(out);
    if (!buf_reserve(out, w->payload->root.raw.size))
        return;
    append_members(m, w->payload->siblings_count, m->count, out);
    append_members(m, 0, w->payload->siblings_count, out);
    if (words.size > 0 && !is_runtime_words(words) && data_at(w, KEY_PREFIX) == NULL &&
        sibling_at(w, KEY_PREFIX) == NULL) {
        buf_append_byte(out, out->size == 0 ? '{' : ',');
        buf_append(out, "\"prefix\":", 9);
        text_json_string(out, words);
    }
    if (out->size == 0)
        return;
    buf_append_byte(out, '}');
    event_set_text(w->event, COL_ATTRIBUTES, buf_view(out));
}

/* CloudWatch's embedded metric format. */
static bool is_metric(const struct work *w)
{
    const struct member *aws = members_at(&w->in->members, &w->payload->outer, KEY_AWS);
    struct json_value metrics;
    return aws != NULL &&
           json_member_find(w->in->parser, aws->value, VIEW("CloudWatchMetrics"), &metrics);
}

/* A payload becomes an alert by its level or its title. */
static bool is_no_alert(const struct event *event)
{
    return event->severity < SEVERITY_ERROR && !event_asks_for_action(event);
}

void normalise(struct interpreter *in, const struct message_payload *payload, struct view words,
               enum severity fallback, struct event *event, bool *is_doubtful)
{
    const struct work work = {in, payload, event, is_doubtful};
    const struct work *w = &work;
    event_set_kind(event, is_metric(w) ? KIND_METRIC : KIND_LOG);
    take_text(w, COL_TITLE, data_at(w, KEY_TITLE));
    take_request_ids(w);
    if (!event_has(event, COL_LOGGED_AT))
        (void)(take_time(w, data_at(w, KEY_TIMESTAMP)) ||
               take_time(w, sibling_at(w, KEY_TIMESTAMP)));
    bool has_level = take_levels(w);
    if (!has_level && fallback != SEVERITY_NONE) {
        event_set_severity(event, fallback);
        has_level = true;
    }
    if (in->options->counts_only && has_level && is_no_alert(event))
        return;
    take_message(w);
    take_text(w, COL_CODE, data_at(w, KEY_CODE));
    take_error(w, COL_ERROR_TYPE, KEY_ERROR_TYPE, VIEW("name"));
    take_error(w, COL_ERROR_MESSAGE, KEY_ERROR_MESSAGE, VIEW("message"));
    take_stacks(w);
    (void)(take_any(w, COL_REASON, data_at(w, KEY_REASON)) ||
           take_any(w, COL_REASON, sibling_at(w, KEY_REASON)));
    (void)(take_any(w, COL_PROMISE, data_at(w, KEY_PROMISE)) ||
           take_any(w, COL_PROMISE, sibling_at(w, KEY_PROMISE)));
    take_details(w);
    take_trace_ids(w);
    if (!has_level)
        event_set_severity(event, level_of_error(event));
    compose_attributes(w, words);
}
