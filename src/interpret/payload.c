#include "interpret/payload.h"

#include "limits.h"

#include <strings.h>

bool payload_split(struct view body, bool has_level, struct view *ret_words, struct view *ret_json)
{
    size_t end = body.size;
    while (end > 0 && byte_is_space(body.data[end - 1]))
        end--;
    if (end == 0 || body.data[end - 1] != '}')
        return false;
    size_t open = view_find_byte(body, '{', 0);
    if (open >= end)
        return false;
    struct view words = view_trim(view_slice(body, 0, open));
    if (words.size > (has_level ? PREFIX_BYTES_MAX : 0) ||
        view_find_byte(words, '}', 0) < words.size)
        return false;
    *ret_words = words;
    *ret_json = view_slice(body, open, end);
    return true;
}

/* Whether an object inside the values has a key twice. */
static bool has_inner_duplicates(const struct interpreter *in)
{
    const struct members *m = &in->members;
    for (size_t i = 0; i < m->count; i++) {
        struct json_value value = m->items[i].value;
        bool is_container = value.type == JSON_OBJECT || value.type == JSON_ARRAY;
        if (is_container && json_has_duplicate_keys(in->parser, value))
            return true;
    }
    return false;
}

/* Reads the message's members behind the payload's own, which become its
 * siblings. */
static bool open_nested(struct interpreter *in, struct json_value message,
                        struct message_payload *ret, bool *ret_is_too_many)
{
    struct members *m = &in->members;
    ret->is_nested = true;
    ret->siblings_count = m->count;
    for (size_t i = 0; i < m->count; i++)
        m->items[i].is_sibling = true;
    members_at(m, &ret->outer, KEY_MESSAGE)->is_left_out = true;
    uint64_t siblings_seen = m->seen;
    if (!members_read(m, in->parser, message, &in->text, ret_is_too_many))
        return false;
    if (m->may_repeat)
        members_drop_duplicates(m);
    else if ((m->seen & siblings_seen) != 0)
        members_drop_shadowed(m, ret->siblings_count);
    members_find(m, ret->siblings_count, m->count, &ret->data);
    return true;
}

enum rc payload_open(struct interpreter *in, struct view json, struct message_payload *ret)
{
    /* Each string is unescaped twice at most. */
    if (!buf_reserve(&in->text, 2 * json.size + KIB(4)))
        return RC_NO_MEMORY;
    TRY(json_parse(in->parser, json, &ret->root, NULL));
    ret->is_nested = false;
    ret->siblings_count = 0;

    struct members *m = &in->members;
    m->count = 0;
    bool is_too_many;
    if (!members_read(m, in->parser, ret->root, &in->text, &is_too_many))
        return RC_NO_MEMORY;
    /* Only the raw message depends on duplicates in values. */
    ret->has_duplicates = !in->options->counts_only && has_inner_duplicates(in);
    if (m->may_repeat && members_drop_duplicates(m))
        ret->has_duplicates = true;
    members_find(m, 0, m->count, &ret->outer);
    const struct member *message = members_at(m, &ret->outer, KEY_MESSAGE);
    if (is_too_many || message == NULL || message->value.type != JSON_OBJECT)
        ret->data = ret->outer;
    else if (!open_nested(in, message->value, ret, &is_too_many))
        return RC_NO_MEMORY;
    return is_too_many ? RC_TOO_BIG : RC_OK;
}

static bool is_ignored_code(struct interpreter *in, const struct member *code)
{
    if (code == NULL || code->value.type != JSON_STRING)
        return false;
    struct view text = payload_text(in, code->value);
    for (size_t i = 0; i < in->options->ignore_codes_count; i++) {
        struct view ignored = in->options->ignore_codes[i];
        if (text.size == ignored.size && strncasecmp(text.data, ignored.data, text.size) == 0)
            return true;
    }
    return false;
}

bool payload_is_ignored(struct interpreter *in, const struct message_payload *payload)
{
    return is_ignored_code(in, members_at(&in->members, &payload->outer, KEY_CODE)) ||
           (payload->is_nested &&
            is_ignored_code(in, members_at(&in->members, &payload->data, KEY_CODE)));
}

struct view payload_text(struct interpreter *in, struct json_value value)
{
    if (value.type != JSON_STRING)
        return value.raw;
    return json_string_text(value, in->cpu, &in->text);
}

struct view trace_root(struct view header)
{
    struct view key = VIEW("Root=");
    for (size_t at = 0; at < header.size;) {
        size_t end = view_find_byte(header, ';', at);
        struct view part = view_trim(view_slice(header, at, end));
        if (part.size > key.size && view_starts_with(part, key))
            return view_from(part, key.size);
        at = end + 1;
    }
    return VIEW_NULL;
}
