#include "interpret/members.h"

#include "interpret/json_member.h"

#include <assert.h>
#include <stdlib.h>
#include <strings.h>

/* Up to this many pairs are compared, beyond it the members are sorted. */
#define PAIRS_MAX 512

void members_done(struct members *m)
{
    free(m->items);
    free(m->order);
    *m = (struct members){.cpu = m->cpu};
}

static bool grow(struct members *m)
{
    size_t capacity = m->capacity ? m->capacity * 2 : 64;
    struct member *items = realloc(m->items, capacity * sizeof(*items));
    if (items == NULL)
        return false;
    m->items = items;
    uint32_t *order = realloc(m->order, capacity * sizeof(*order));
    if (order == NULL)
        return false;
    m->order = order;
    m->capacity = capacity;
    return true;
}

static enum key key_if(struct view name, const char *key, enum key id)
{
    return memcmp(name.data, key, name.size) == 0 ? id : KEY_OTHER;
}

static enum key key_of_short(struct view name)
{
    switch (name.size) {
    case 4:
        switch (name.data[0]) {
        case '_':
            return key_if(name, "_aws", KEY_AWS);
        case 'c':
            return key_if(name, "code", KEY_CODE);
        case 't':
            return name.data[1] == 'y' ? key_if(name, "type", KEY_TYPE)
                                       : key_if(name, "time", KEY_TIME);
        }
        return KEY_OTHER;
    case 5:
        switch (name.data[0]) {
        case 'e':
            return key_if(name, "error", KEY_ERROR);
        case 'l':
            return key_if(name, "level", KEY_LEVEL);
        case 's':
            return key_if(name, "stack", KEY_STACK);
        case 't':
            return key_if(name, "title", KEY_TITLE);
        }
        return KEY_OTHER;
    case 6:
        if (name.data[0] == 'p')
            return key_if(name, "prefix", KEY_PREFIX);
        return name.data[2] == 'a' ? key_if(name, "reason", KEY_REASON)
                                   : key_if(name, "record", KEY_RECORD);
    case 7:
        switch (name.data[0]) {
        case 'd':
            return key_if(name, "details", KEY_DETAILS);
        case 'm':
            return key_if(name, "message", KEY_MESSAGE);
        case 'p':
            return key_if(name, "promise", KEY_PROMISE);
        case 't':
            return key_if(name, "traceId", KEY_TRACE_ID_CAMEL);
        }
        return KEY_OTHER;
    case 8:
        return key_if(name, "trace_id", KEY_TRACE_ID);
    }
    return KEY_OTHER;
}

static enum key key_of_long(struct view name)
{
    switch (name.size) {
    case 9:
        switch (name.data[0]) {
        case 'e':
            return key_if(name, "errorType", KEY_ERROR_TYPE);
        case 'l':
            return key_if(name, "log_level", KEY_LOG_LEVEL);
        case 'r':
            return key_if(name, "requestId", KEY_REQUEST_ID);
        case 't':
            return key_if(name, "timestamp", KEY_TIMESTAMP);
        }
        return KEY_OTHER;
    case 10:
        return key_if(name, "stackTrace", KEY_STACK_TRACE);
    case 12:
        return name.data[0] == 'A' ? key_if(name, "AWSRequestId", KEY_AWS_REQUEST_ID)
                                   : key_if(name, "errorMessage", KEY_ERROR_MESSAGE);
    case 13:
        return key_if(name, "xray_trace_id", KEY_XRAY_TRACE_ID);
    case 15:
        return strncasecmp(name.data, "X-Amzn-Trace-Id", name.size) == 0 ? KEY_TRACE_HEADER
                                                                         : KEY_OTHER;
    case 16:
        return key_if(name, "_X_AMZN_TRACE_ID", KEY_TRACE_HEADER);
    case 19:
        return key_if(name, "function_request_id", KEY_FUNCTION_REQUEST_ID);
    }
    return KEY_OTHER;
}

enum key members_key_of(struct view name)
{
    return name.size <= 8 ? key_of_short(name) : key_of_long(name);
}

/* Which of 64 bits stands for a key: few payloads have keys that share one. */
static unsigned bit_of(struct view name)
{
    if (name.size == 0)
        return 0;
    unsigned first = (unsigned char)name.data[0];
    unsigned middle = (unsigned char)name.data[name.size / 2];
    unsigned last = (unsigned char)name.data[name.size - 1];
    return (unsigned)(name.size * 5 + first * 3 + middle * 7 + last * 13) % 64;
}

bool members_read(struct members *m, const struct json_parser *p, struct json_value object,
                  struct buf *text, bool *ret_is_too_many)
{
    *ret_is_too_many = false;
    m->seen = 0;
    m->may_repeat = false;
    struct json_value key, value;
    struct json_cursor c = json_open(p, object);
    while (json_next_member(p, &c, &key, &value)) {
        if (m->count == MEMBERS_MAX) {
            *ret_is_too_many = true;
            return true;
        }
        if (m->count == m->capacity && !grow(m))
            return false;
        struct view name = json_key_plain(key);
        if (view_is_null(name))
            name = json_string_text(key, m->cpu, text);
        if (view_is_null(name))
            return false;
        uint64_t bit = UINT64_C(1) << bit_of(name);
        m->may_repeat = m->may_repeat || (m->seen & bit) != 0;
        m->seen |= bit;
        m->items[m->count++] = (struct member){
            .name = name,
            .key = key,
            .value = value,
            .id = members_key_of(name),
        };
    }
    return true;
}

/* `later` has the key of `first`, which stands before it. */
static void drop_one(struct member *first, struct member *later)
{
    if (first->is_sibling && !later->is_sibling) {
        first->is_left_out = true;
        return;
    }
    later->is_left_out = true;
    if (first->is_sibling == later->is_sibling)
        first->value = later->value;
}

/* Compares the members before `end` with all from `begin` on behind them. */
static bool drop_in_pairs(struct members *m, size_t end, size_t begin)
{
    bool has_dropped = false;
    for (size_t i = 0; i < end; i++) {
        struct member *first = &m->items[i];
        for (size_t j = i < begin ? begin : i + 1; j < m->count && !first->is_left_out; j++) {
            struct member *later = &m->items[j];
            if (later->is_left_out || !view_equals(first->name, later->name))
                continue;
            drop_one(first, later);
            has_dropped = true;
        }
    }
    return has_dropped;
}

/* By key, then data before siblings, then by place. */
static int member_compare(const void *a, const void *b, void *items)
{
    const struct member *first = (const struct member *)items + *(const uint32_t *)a;
    const struct member *second = (const struct member *)items + *(const uint32_t *)b;
    int order = view_compare(first->name, second->name);
    if (order != 0)
        return order;
    if (first->is_sibling != second->is_sibling)
        return first->is_sibling ? 1 : -1;
    return first < second ? -1 : 1;
}

static bool drop_sorted(struct members *m)
{
    bool has_dropped = false;
    for (size_t i = 0; i < m->count; i++)
        m->order[i] = (uint32_t)i;
    qsort_r(m->order, m->count, sizeof(*m->order), member_compare, m->items);
    struct member *first = NULL;
    for (size_t i = 0; i < m->count; i++) {
        struct member *later = &m->items[m->order[i]];
        if (later->is_left_out)
            continue;
        if (first == NULL || !view_equals(first->name, later->name)) {
            first = later;
            continue;
        }
        drop_one(first, later);
        has_dropped = true;
    }
    return has_dropped;
}

bool members_drop_duplicates(struct members *m)
{
    if (m->count * m->count / 2 <= PAIRS_MAX)
        return drop_in_pairs(m, m->count, 0);
    return drop_sorted(m);
}

void members_drop_shadowed(struct members *m, size_t siblings_count)
{
    assert(siblings_count <= m->count);
    if (siblings_count * (m->count - siblings_count) <= PAIRS_MAX)
        drop_in_pairs(m, siblings_count, siblings_count);
    else
        drop_sorted(m);
}

void members_find(const struct members *m, size_t begin, size_t end, struct scope *ret)
{
    *ret = (struct scope){0};
    for (size_t i = begin; i < end; i++) {
        enum key id = m->items[i].id;
        if (id != KEY_OTHER && ret->slots[id] == 0)
            ret->slots[id] = (uint32_t)i + 1;
    }
}
