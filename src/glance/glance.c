#include "glance/glance.h"

#include "glance/body.h"
#include "glance/head.h"
#include "glance/platform.h"
#include "glance/system.h"
#include "interpret/payload_count.h"
#include "interpret/system_line.h"
#include "limits.h"

void glancer_init(struct glancer *ret, enum cpu cpu)
{
    *ret = (struct glancer){.marks = marks_kernel(cpu), .cpu = cpu};
    if (ret->marks == NULL)
        ret->marks = marks_scalar;
    mark_tables_fill(&ret->tables);
    stamps_init(&ret->stamps, cpu);
}

void glancer_done(struct glancer *g)
{
    buf_done(&g->payload);
}

static void begin(const struct glimpse *glimpse, const struct event_context *context,
                  struct event *ret)
{
    ret->present = 0;
    ret->severity = SEVERITY_NONE;
    ret->failure = FAILURE_NONE;
    ret->is_ignored = false;
    ret->is_extracted = !view_is_null(glimpse->extracted_event);
    ret->is_unverified = false;
    ret->is_cold_start = false;
    if (glimpse->has_timestamp)
        event_set_integer(ret, COL_TIMESTAMP, glimpse->timestamp_ms);
    event_set_text(ret, COL_ACCOUNT_ID, context->account_id);
    event_set_text(ret, COL_LOG_GROUP, context->log_group);
}

/* ---- Lambda's own lines ---- */

/* Whether every escape is a tab, a newline or a carriage return. What reads
 * system lines takes these for what they stand for. */
static bool has_separators_only(struct view text)
{
    for (size_t at = view_find_byte(text, '\\', 0); at < text.size;
         at = view_find_byte(text, '\\', at + 2)) {
        char letter = text.data[at + 1]; /* an escape has one at least */
        if (letter != 't' && letter != 'n' && letter != 'r')
            return false;
    }
    return true;
}

/* None of the words that such a line begins with is a level or another head. A
 * status may make it an alert. */
static bool tell_system(const struct stamps *stamps, struct view message, struct event *ret)
{
    struct facts facts;
    bool is_known = system_glance(stamps, message, &facts) ||
                    (has_separators_only(message) && system_line_read(message, &facts));
    if (!is_known || facts.status.size > 0)
        return false;
    system_line_tell(&facts, NULL, ret); /* no title without a status */
    return true;
}

/* Ruby's lines begin with a letter and a comma. */
static bool may_be_system(struct view message)
{
    return message.size > 1 && message.data[0] >= 'A' && message.data[0] <= 'Z' &&
           message.data[1] != ',';
}

/* ---- Events ---- */

static bool read_head(struct stamps *stamps, const struct glimpse *glimpse, struct head *ret)
{
    if (view_is_null(glimpse->extracted_event))
        return head_read(stamps, glimpse->message, ret);
    return head_read_event(stamps, glimpse, ret);
}

/* A payload whose words alone do not decide: it is walked through. */
static bool count_payload(struct glancer *g, const struct head *head, struct view inside,
                          struct event *ret)
{
    struct line line = {.level = head->level, .is_bare = head->is_bare};
    buf_clear(&g->payload);
    if (g->interpreter == NULL || inside.size > JSON_GLANCE_BYTES_MAX ||
        !buf_reserve(&g->payload, inside.size))
        return false;
    struct view json = json_inside_text(inside, g->cpu, &g->payload);
    return !view_is_null(json) && payload_count(g->interpreter, &line, json, ret);
}

/* Its time is that of the line. */
static bool tell_platform(struct stamps *stamps, struct view message, struct event *ret)
{
    struct facts facts;
    int64_t ms;
    if (!platform_glance(stamps, message, &facts, &ms))
        return false;
    event_set_integer(ret, COL_LOGGED_AT, ms);
    system_line_tell(&facts, NULL, ret); /* no title without a status that is bad */
    return true;
}

/* Hot: what lies behind so many tests looks rare to the compiler, which then makes it
 * small instead of fast. */
__attribute__((hot)) bool glance_event(struct glancer *g, const struct glimpse *glimpse,
                                       const struct event_context *context, struct event *ret)
{
    struct head head;
    struct view payload;
    begin(glimpse, context, ret);
    if (view_is_null(glimpse->extracted_event)) {
        if (may_be_system(glimpse->message))
            return tell_system(&g->stamps, glimpse->message, ret);
        if (tell_platform(&g->stamps, glimpse->message, ret))
            return true;
    }
    if (!read_head(&g->stamps, glimpse, &head))
        return false;
    event_set_text(ret, COL_REQUEST_ID, head.request_id);
    if (head.has_time)
        event_set_integer(ret, COL_LOGGED_AT, head.time_ms);
    return body_read(g, glimpse, &head, ret, &payload) ||
           (!view_is_null(payload) && count_payload(g, &head, payload, ret));
}
