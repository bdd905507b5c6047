#include "interpret/envelope.h"

#include "interpret/json_member.h"
#include "interpret/number_parse.h"
#include "interpret/region.h"

/* A string that is not empty, a number as written; null for anything else. */
static struct view name_text(struct json_value value, enum cpu cpu, struct buf *scratch)
{
    if (value.type == JSON_NUMBER)
        return value.raw;
    if (value.type != JSON_STRING)
        return VIEW_NULL;
    struct view text = json_string_text(value, cpu, scratch);
    return text.size > 0 ? text : VIEW_NULL;
}

static bool is_string(struct json_value value, struct view text)
{
    return value.type == JSON_STRING && json_string_equals(value, text);
}

/* The top-level members of a document; type JSON_NULL where one is missing. */
struct top {
    struct json_value message_type, owner, log_group, log_stream, events;
    struct json_value region, account_id;
    struct json_value raw_data, awslogs, kinesis_records, firehose_records;
    struct view arn_region;
};

static struct json_value *top_slot(struct top *top, struct json_value key)
{
    const struct {
        struct view name;
        struct json_value *slot;
    } slots[] = {
        {VIEW("messageType"), &top->message_type}, {VIEW("owner"), &top->owner},
        {VIEW("logGroup"), &top->log_group},       {VIEW("logStream"), &top->log_stream},
        {VIEW("logEvents"), &top->events},         {VIEW("@aws.region"), &top->region},
        {VIEW("@aws.account"), &top->account_id},  {VIEW("rawData"), &top->raw_data},
        {VIEW("awslogs"), &top->awslogs},          {VIEW("Records"), &top->kinesis_records},
        {VIEW("records"), &top->firehose_records},
    };
    struct view plain = json_key_plain(key);
    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        if (json_key_is(key, plain, slots[i].name))
            return slots[i].slot;
    }
    return NULL;
}

/* ARNs count wherever they stand in the record, but not in what it carries. */
static bool is_cargo(const struct top *top, const struct json_value *slot)
{
    return slot == &top->events || slot == &top->raw_data || slot == &top->awslogs ||
           slot == &top->kinesis_records || slot == &top->firehose_records;
}

static struct top read_top(const struct json_parser *p, struct json_value root)
{
    struct top top = {0};
    if (root.type != JSON_OBJECT)
        return top;
    struct json_value key, value;
    struct json_cursor c = json_open(p, root);
    while (json_next_member(p, &c, &key, &value)) {
        struct json_value *slot = top_slot(&top, key);
        if (slot != NULL)
            *slot = value;
        if (!is_cargo(&top, slot) && view_is_null(top.arn_region))
            top.arn_region = region_in_arns(value.raw);
    }
    return top;
}

/* A control record of old writers says so only in its texts. */
static bool is_control_text(const struct json_parser *p, struct json_value events)
{
    struct json_value entry, message;
    struct json_cursor c = json_open(p, events);
    bool has_events = false;
    while (json_next_element(p, &c, &entry)) {
        has_events = true;
        if (!json_member_find(p, entry, VIEW("message"), &message) || message.type != JSON_STRING ||
            !view_starts_with(message.raw, VIEW("\"CWL CONTROL MESSAGE")))
            return false;
    }
    return has_events;
}

/* Whether any element has data: `Records` is also what S3 and CloudTrail call
 * theirs. */
static bool has_data(const struct json_parser *p, struct json_value records, bool is_kinesis)
{
    if (records.type != JSON_ARRAY)
        return false;
    struct json_value element, data;
    struct json_cursor c = json_open(p, records);
    while (json_next_element(p, &c, &element)) {
        if (is_kinesis && !json_member_find(p, element, VIEW("kinesis"), &element))
            continue;
        if (json_member_find(p, element, VIEW("data"), &data) && data.type == JSON_STRING)
            return true;
    }
    return false;
}

static bool has_payloads(const struct json_parser *p, const struct top *top)
{
    struct json_value data;
    return top->raw_data.type == JSON_STRING ||
           (json_member_find(p, top->awslogs, VIEW("data"), &data) && data.type == JSON_STRING) ||
           has_data(p, top->kinesis_records, true) || has_data(p, top->firehose_records, false);
}

static enum document_kind kind_of(const struct json_parser *p, const struct top *top)
{
    if (is_string(top->message_type, VIEW("CONTROL_MESSAGE")))
        return DOCUMENT_CONTROL;
    if (top->events.type == JSON_ARRAY) {
        bool is_untyped = top->message_type.type != JSON_STRING;
        return is_untyped && is_control_text(p, top->events) ? DOCUMENT_CONTROL : DOCUMENT_RECORD;
    }
    return has_payloads(p, top) ? DOCUMENT_PAYLOADS : DOCUMENT_FOREIGN;
}

void record_open(const struct json_parser *p, struct json_value root, enum cpu cpu,
                 struct buf *scratch, struct record *ret)
{
    struct top top = read_top(p, root);
    *ret = (struct record){
        .kind = kind_of(p, &top),
        .account_id = name_text(top.account_id, cpu, scratch),
        .region = name_text(top.region, cpu, scratch),
        .log_group = name_text(top.log_group, cpu, scratch),
        .log_stream = name_text(top.log_stream, cpu, scratch),
        .events = top.events,
    };
    if (view_is_null(ret->account_id))
        ret->account_id = name_text(top.owner, cpu, scratch);
    if (view_is_null(ret->region))
        ret->region = top.arn_region;
}

/* Milliseconds, as a number or as a string of digits. */
static void read_timestamp(struct json_value value, enum cpu cpu, struct buf *scratch,
                           struct raw_event *ret)
{
    struct view text = name_text(value, cpu, scratch);
    ret->has_timestamp = !view_is_null(text) && number_parse_integer(text, &ret->timestamp_ms);
}

static void read_message(struct json_value value, enum cpu cpu, struct buf *scratch,
                         struct raw_event *ret)
{
    ret->is_message_json = value.type != JSON_STRING && value.type != JSON_NULL;
    ret->message = VIEW_NULL;
    if (value.type == JSON_STRING)
        ret->message = json_string_text(value, cpu, scratch);
    else if (ret->is_message_json)
        ret->message = value.raw;
}

static void read_extracted(const struct json_parser *p, struct json_value fields, enum cpu cpu,
                           struct buf *scratch, struct raw_event *ret)
{
    if (fields.type != JSON_OBJECT)
        return;
    struct json_value key, value;
    struct json_cursor c = json_open(p, fields);
    while (json_next_member(p, &c, &key, &value)) {
        struct view plain = json_key_plain(key);
        bool is_system = view_starts_with(key.raw, VIEW("\"@"));
        ret->is_extracted = ret->is_extracted || !is_system;
        if (value.type != JSON_STRING)
            continue;
        if (json_key_is(key, plain, VIEW("timestamp")))
            ret->extracted_timestamp = json_string_text(value, cpu, scratch);
        else if (json_key_is(key, plain, VIEW("request_id")))
            ret->extracted_request_id = json_string_text(value, cpu, scratch);
        else if (json_key_is(key, plain, VIEW("event")))
            ret->extracted_event = json_string_text(value, cpu, scratch);
        else if (json_key_is(key, plain, VIEW("@aws.account")))
            ret->account_id = name_text(value, cpu, scratch);
        else if (json_key_is(key, plain, VIEW("@aws.region")))
            ret->region = name_text(value, cpu, scratch);
    }
}

/* An event's members, found before their strings are unescaped: of duplicates
 * only the last is. */
struct entry {
    struct json_value id, timestamp, message, extracted, account_id, region;
};

static void read_entry(const struct json_parser *p, struct json_value object, struct entry *ret)
{
    struct json_value key, value;
    struct json_cursor c = json_open(p, object);
    while (json_next_member(p, &c, &key, &value)) {
        /* Nearly all are these three, as written here. */
        if (view_equals(key.raw, VIEW("\"id\""))) {
            ret->id = value;
            continue;
        }
        if (view_equals(key.raw, VIEW("\"timestamp\""))) {
            ret->timestamp = value;
            continue;
        }
        if (view_equals(key.raw, VIEW("\"message\""))) {
            ret->message = value;
            continue;
        }
        struct view plain = json_key_plain(key);
        if (json_key_is(key, plain, VIEW("id")))
            ret->id = value;
        else if (json_key_is(key, plain, VIEW("timestamp")))
            ret->timestamp = value;
        else if (json_key_is(key, plain, VIEW("message")))
            ret->message = value;
        else if (json_key_is(key, plain, VIEW("extractedFields")))
            ret->extracted = value;
        else if (json_key_is(key, plain, VIEW("@aws.account")))
            ret->account_id = value;
        else if (json_key_is(key, plain, VIEW("@aws.region")))
            ret->region = value;
    }
}

bool record_event(const struct json_parser *p, const struct json_value *entry, enum cpu cpu,
                  struct buf *scratch, struct raw_event *ret)
{
    if (entry->type != JSON_OBJECT)
        return false;
    struct entry e = {0};
    read_entry(p, *entry, &e);
    *ret = (struct raw_event){0};
    ret->id = name_text(e.id, cpu, scratch);
    ret->account_id = name_text(e.account_id, cpu, scratch);
    ret->region = name_text(e.region, cpu, scratch);
    read_timestamp(e.timestamp, cpu, scratch, ret);
    read_message(e.message, cpu, scratch, ret);
    read_extracted(p, e.extracted, cpu, scratch, ret);
    return true;
}
