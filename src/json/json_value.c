#include "json/json_parser.h"
#include "json/unescape.h"
#include "json/unescape_scalar.h"

bool json_inside_equals(struct view inside, struct view text)
{
    size_t matched = 0;
    for (size_t at = 0; at < inside.size;) {
        char unescaped[ESCAPE_TEXT_BYTES_MAX];
        unsigned length = 1;
        if (inside.data[at] == '\\')
            length = unescape_one(unescaped, inside, &at);
        else
            unescaped[0] = inside.data[at++];
        if (length > text.size - matched || memcmp(unescaped, text.data + matched, length) != 0)
            return false;
        matched += length;
    }
    return matched == text.size;
}

struct view json_string_text(struct json_value string, enum cpu cpu, struct buf *out)
{
    assert(string.type == JSON_STRING);
    return json_inside_text(view_slice(string.raw, 1, string.raw.size - 1), cpu, out);
}

struct view json_inside_text(struct view inside, enum cpu cpu, struct buf *out)
{
    size_t plain = view_find_byte(inside, '\\', 0);
    if (plain == inside.size)
        return inside;
    if (!buf_reserve(out, inside.size))
        return VIEW_NULL;
    unescape_fn *unescape = unescape_kernel(cpu);
    if (unescape == NULL)
        unescape = unescape_scalar;
    char *to = out->data + out->size;
    size_t size = unescape(to, inside);
    assert(size != UNESCAPE_INVALID); /* json_parse() has checked them all */
    out->size += size;
    return view_of(to, size);
}

bool json_append_compact(const struct json_parser *p, struct json_value value, struct buf *out)
{
    if (!buf_reserve(out, value.raw.size))
        return false;
    /* Tokens without white space between them are copied in one go. */
    const char *text = p->text.data;
    uint32_t last = token_last(p, value.token);
    size_t begin = p->positions[value.token];
    for (uint32_t token = value.token; token < last; token++) {
        size_t next = p->positions[token + 1];
        if (!byte_is_space(text[next - 1]))
            continue;
        size_t end = next - 1;
        while (byte_is_space(text[end - 1]))
            end--;
        buf_append(out, text + begin, end - begin);
        begin = next;
    }
    return buf_append(out, text + begin,
                      (size_t)(value.raw.data + value.raw.size - (text + begin)));
}
