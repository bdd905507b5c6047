#include "interpret/envelope.h"
#include "interpret/json_member.h"
#include "interpret/region.h"

/* The steps of a cursor, in order. */
enum { STEP_BEGIN, STEP_RAW_DATA, STEP_AWSLOGS, STEP_KINESIS, STEP_FIREHOSE, STEP_END };

/* The region of an ARN beside what the object carries. */
static struct view region_beside(const struct json_parser *p, struct json_value object)
{
    static const struct view cargo[] = {{"rawData", 7}, {"awslogs", 7}, {"Records", 7},
                                        {"records", 7}, {"kinesis", 7}, {"data", 4}};
    struct json_value key, value;
    struct json_cursor c = json_open(p, object);
    while (json_next_member(p, &c, &key, &value)) {
        struct view plain = json_key_plain(key);
        bool is_cargo = false;
        for (size_t i = 0; i < sizeof(cargo) / sizeof(cargo[0]); i++)
            is_cargo = is_cargo || json_key_is(key, plain, cargo[i]);
        struct view region = is_cargo ? VIEW_NULL : region_in_arns(value.raw);
        if (!view_is_null(region))
            return region;
    }
    return VIEW_NULL;
}

static bool take_data(const struct json_parser *p, struct json_value holder, enum cpu cpu,
                      struct buf *scratch, struct view *ret)
{
    struct json_value data;
    if (!json_member_find(p, holder, VIEW("data"), &data) || data.type != JSON_STRING)
        return false;
    *ret = json_string_text(data, cpu, scratch);
    return true;
}

/* The next element with data of the array that the cursor is in. */
static bool next_element(const struct json_parser *p, enum cpu cpu, struct buf *scratch,
                         struct payload_cursor *c, struct payload *ret)
{
    struct json_value element;
    while (c->is_open && json_next_element(p, &c->at, &element)) {
        struct json_value holder = element;
        if (c->step == STEP_KINESIS && !json_member_find(p, element, VIEW("kinesis"), &holder))
            continue;
        if (!take_data(p, holder, cpu, scratch, &ret->base64))
            continue;
        struct view region = region_beside(p, element);
        ret->region = view_is_null(region) ? c->region : region;
        return true;
    }
    return false;
}

/* Opens what the cursor's step iterates, if the document has it. */
static void open_step(const struct json_parser *p, struct json_value root, struct payload_cursor *c)
{
    struct json_value records;
    struct view name = c->step == STEP_KINESIS ? VIEW("Records") : VIEW("records");
    bool is_array_step = c->step == STEP_KINESIS || c->step == STEP_FIREHOSE;
    c->is_open =
        is_array_step && json_member_find(p, root, name, &records) && records.type == JSON_ARRAY;
    if (c->is_open)
        c->at = json_open(p, records);
}

bool record_next_payload(const struct json_parser *p, struct json_value root, enum cpu cpu,
                         struct buf *scratch, struct payload_cursor *c, struct payload *ret)
{
    if (root.type != JSON_OBJECT)
        return false;
    if (c->step == STEP_BEGIN)
        c->region = region_beside(p, root);
    struct json_value value;
    while (c->step < STEP_END) {
        if (next_element(p, cpu, scratch, c, ret))
            return true;
        c->step++;
        open_step(p, root, c);
        ret->region = c->region;
        if (c->step == STEP_RAW_DATA && json_member_find(p, root, VIEW("rawData"), &value) &&
            value.type == JSON_STRING) {
            ret->base64 = json_string_text(value, cpu, scratch);
            return true;
        }
        if (c->step == STEP_AWSLOGS && json_member_find(p, root, VIEW("awslogs"), &value) &&
            take_data(p, value, cpu, scratch, &ret->base64))
            return true;
    }
    return false;
}

static bool is_base64_byte(char byte)
{
    return byte_is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '+' || byte == '/' || byte == '=';
}

struct view raw_data_find(struct view text)
{
    struct view key = VIEW("\"rawData\"");
    for (size_t at = view_find(text, key, 0); at < text.size;
         at = view_find(text, key, at + key.size)) {
        size_t begin = at + key.size;
        while (begin < text.size && byte_is_space(text.data[begin]))
            begin++;
        if (begin == text.size || text.data[begin] != ':')
            continue;
        begin++;
        while (begin < text.size && byte_is_space(text.data[begin]))
            begin++;
        if (begin == text.size || text.data[begin] != '"')
            continue;
        size_t end = ++begin;
        while (end < text.size && is_base64_byte(text.data[end]))
            end++;
        if (end > begin)
            return view_slice(text, begin, end);
    }
    return VIEW_NULL;
}
