#include "commit/field.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

bool field_u64(struct json_value v, uint64_t *ret)
{
    uint64_t value = 0;
    if (v.type != JSON_NUMBER)
        return false;
    for (size_t i = 0; i < v.raw.size; i++) {
        if (!byte_is_digit(v.raw.data[i]) || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(v.raw.data[i] - '0'), &value))
            return false;
    }
    *ret = value;
    return true;
}

bool field_text(struct json_value v, char *to, size_t capacity)
{
    if (v.type != JSON_STRING || v.raw.size - 2 >= capacity ||
        view_find_byte(v.raw, '\\', 0) < v.raw.size)
        return false;
    memcpy(to, v.raw.data + 1, v.raw.size - 2);
    to[v.raw.size - 2] = '\0';
    return true;
}

bool path_is_below(const char *path)
{
    for (const char *at = path;; at++) {
        size_t size = strcspn(at, "/");
        if (size == 0 || (size == 1 && at[0] == '.') || (size == 2 && memcmp(at, "..", 2) == 0))
            return false;
        at += size;
        if (*at == '\0')
            return true;
    }
}

bool field_path(struct json_value v, char *to, size_t capacity)
{
    /* No escape is longer than six bytes for one, so that nothing is allocated. */
    char space[6 * FIELD_PATH_BYTES_MAX + BUF_SLACK];
    struct buf text = {.data = space, .capacity = sizeof(space) - BUF_SLACK};
    assert(capacity <= FIELD_PATH_BYTES_MAX);
    if (v.type != JSON_STRING || v.raw.size > text.capacity)
        return false;
    struct view path = json_string_text(v, CPU_SCALAR, &text);
    bool fits = path.size > 0 && path.size < capacity && view_find_byte(path, '\0', 0) == path.size;
    if (fits) {
        memcpy(to, path.data, path.size);
        to[path.size] = '\0';
    }
    return fits && path_is_below(to);
}

bool hash128_read(struct view hex, struct hash128 *ret)
{
    char text[33] = "";
    if (hex.size != 32)
        return false;
    memcpy(text, hex.data, 32);
    return strspn(text, "0123456789abcdef") == 32 &&
           sscanf(text, "%16" SCNx64 "%16" SCNx64, &ret->high, &ret->low) == 2;
}

bool field_hash128(struct json_value v, struct hash128 *ret)
{
    return v.type == JSON_STRING && hash128_read(view_slice(v.raw, 1, v.raw.size - 1), ret);
}
