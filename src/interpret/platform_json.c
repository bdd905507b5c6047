#include "interpret/platform_json.h"

#include "interpret/json_member.h"
#include "interpret/time_parse.h"

bool platform_json_is(struct interpreter *in, const struct message_payload *payload)
{
    const struct member *type = members_at(&in->members, &payload->outer, KEY_TYPE);
    return type != NULL && type->value.type == JSON_STRING &&
           members_at(&in->members, &payload->outer, KEY_RECORD) != NULL &&
           view_starts_with(payload_text(in, type->value), VIEW("platform."));
}

/* A string or a number of `object`; null for other values, empty ones too. */
static struct view fact(struct interpreter *in, struct json_value object, struct view key)
{
    struct json_value value;
    if (!json_member_find(in->parser, object, key, &value) ||
        (value.type != JSON_STRING && value.type != JSON_NUMBER))
        return VIEW_NULL;
    struct view text = payload_text(in, value);
    return text.size > 0 ? text : VIEW_NULL;
}

enum kind platform_json_kind(struct view type)
{
    struct view name = view_from(type, strlen("platform."));
    if (view_equals(name, VIEW("start")))
        return KIND_START;
    if (view_equals(name, VIEW("end")))
        return KIND_END;
    if (view_equals(name, VIEW("report")))
        return KIND_REPORT;
    if (view_starts_with(name, VIEW("init")))
        return KIND_INIT;
    return KIND_PLATFORM;
}

static void read_metrics(struct interpreter *in, struct json_value metrics, bool is_init_report,
                         struct facts *facts)
{
    struct view duration = fact(in, metrics, VIEW("durationMs"));
    facts->duration_ms = duration;
    facts->init_ms = fact(in, metrics, VIEW("initDurationMs"));
    facts->billed_ms = fact(in, metrics, VIEW("billedDurationMs"));
    facts->memory_mb = fact(in, metrics, VIEW("memorySizeMB"));
    facts->max_memory_mb = fact(in, metrics, VIEW("maxMemoryUsedMB"));
    if (is_init_report)
        facts->init_ms = duration;
}

static void read_record(struct interpreter *in, struct json_value record, struct view type,
                        struct facts *facts)
{
    facts->request_id = fact(in, record, VIEW("requestId"));
    facts->status = fact(in, record, VIEW("status"));
    facts->error_type = fact(in, record, VIEW("errorType"));
    struct json_value inner;
    if (json_member_find(in->parser, record, VIEW("tracing"), &inner)) {
        struct view header = fact(in, inner, VIEW("value"));
        if (!view_is_null(header))
            facts->trace_id = trace_root(header);
    }
    if (json_member_find(in->parser, record, VIEW("metrics"), &inner))
        read_metrics(in, inner, view_equals(type, VIEW("platform.initReport")), facts);
}

static void take_time(struct interpreter *in, const struct member *member, struct event *event,
                      bool *is_doubtful)
{
    if (member == NULL || member->value.type != JSON_STRING || event_has(event, COL_LOGGED_AT))
        return;
    struct time_text time = time_parse_whole(payload_text(in, member->value));
    *is_doubtful = *is_doubtful || time.is_doubtful;
    if (time.is_valid)
        event_set_integer(event, COL_LOGGED_AT, time.ms);
}

void platform_json_tell(struct interpreter *in, const struct message_payload *payload,
                        struct event *event, bool *is_doubtful)
{
    const struct scope *scope = &payload->outer;
    take_time(in, members_at(&in->members, scope, KEY_TIME), event, is_doubtful);
    struct json_value record = members_at(&in->members, scope, KEY_RECORD)->value;
    struct view type = payload_text(in, members_at(&in->members, scope, KEY_TYPE)->value);
    if (view_equals(type, VIEW("platform.fault")) && record.type == JSON_STRING) {
        system_line_tell_crash(payload_text(in, record), false, &in->text, event);
        return;
    }
    struct facts facts = {.kind = platform_json_kind(type)};
    if (record.type == JSON_OBJECT)
        read_record(in, record, type, &facts);
    system_line_tell(&facts, &in->text, event);
}
