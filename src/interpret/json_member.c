#include "interpret/json_member.h"

bool json_member_find(const struct json_parser *p, struct json_value object, struct view name,
                      struct json_value *ret)
{
    if (object.type != JSON_OBJECT)
        return false;
    bool is_found = false;
    struct json_value key, value;
    struct json_cursor c = json_open(p, object);
    while (json_next_member(p, &c, &key, &value)) {
        if (json_key_is(key, json_key_plain(key), name)) {
            *ret = value;
            is_found = true;
        }
    }
    return is_found;
}
