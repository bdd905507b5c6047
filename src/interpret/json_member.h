/* json_member.h - members of parsed objects by name. */
#ifndef MILLRACE_JSON_MEMBER_H
#define MILLRACE_JSON_MEMBER_H

#include "json/json.h"

/* A key as written, between its quotes; null where escapes make it longer than
 * it is: those keys go through json_key_is(). */
static inline struct view json_key_plain(struct json_value key)
{
    struct view inside = view_slice(key.raw, 1, key.raw.size - 1);
    return view_has_byte(inside, '\\') ? VIEW_NULL : inside;
}

/* Whether a member's key is `name`, which has no escapes. `plain` is
 * json_key_plain(key). */
static inline bool json_key_is(struct json_value key, struct view plain, struct view name)
{
    return view_is_null(plain) ? json_string_equals(key, name) : view_equals(plain, name);
}

/* The last member of that name, as in JSON.parse; false where `object` is none
 * or has none. */
bool json_member_find(const struct json_parser *p, struct json_value object, struct view name,
                      struct json_value *ret);

#endif
