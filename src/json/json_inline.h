/* json_inline.h - the part of json.h that is compiled into its callers.
 *
 * Only for json.h to include: a member costs a few loads, so that a call and
 * values passed through memory would cost more than the work. */
#ifndef MILLRACE_JSON_INLINE_H
#define MILLRACE_JSON_INLINE_H

#include <assert.h>

/* Private but to the functions here and the module's own files. */
struct json_parser {
    struct view text;
    /* Of the tokens; the one behind the last is text.size. Borrowed. */
    uint32_t *positions;
    uint32_t count;
    /* For a token that opens a container the token that closes it. The entries
     * of all other tokens are free: json_keys.c keeps its lists in them. */
    uint32_t *closes;
    size_t closes_capacity;
    struct stage1 *stage1;
    bool (*escapes_are_valid)(struct view text);
    size_t bytes_max;
};

/* The slow half of json_string_equals(): `inside` is longer than `text`. */
bool json_inside_equals(struct view inside, struct view text);

static inline char json_token_byte(const struct json_parser *p, uint32_t token)
{
    return p->text.data[p->positions[token]];
}

/* The text of a token that is no bracket: it ends before the white space in
 * front of the next token. */
static inline struct view json_token_text(const struct json_parser *p, uint32_t token)
{
    size_t begin = p->positions[token];
    size_t end = p->positions[token + 1];
    while (byte_is_space(p->text.data[end - 1]))
        end--;
    return view_slice(p->text, begin, end);
}

static inline enum json_type json_type_of(char first)
{
    switch (first) {
    case '"':
        return JSON_STRING;
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    default:
        return JSON_NUMBER;
    }
}

/* The value that begins at `token`; *ret_last is its last token. */
static inline struct json_value json_value_at(const struct json_parser *p, uint32_t token,
                                              uint32_t *ret_last)
{
    enum json_type type = json_type_of(json_token_byte(p, token));
    *ret_last = token;
    if (type != JSON_OBJECT && type != JSON_ARRAY)
        return (struct json_value){.raw = json_token_text(p, token), .token = token, .type = type};
    *ret_last = p->closes[token]; /* NOLINT(*.uninitialized.Assign): a container's is set */
    size_t end = p->positions[*ret_last] + (size_t)1;
    return (struct json_value){
        .raw = view_slice(p->text, p->positions[token], end), .token = token, .type = type};
}

static inline struct json_cursor json_open(const struct json_parser *p, struct json_value container)
{
    assert(container.type == JSON_OBJECT || container.type == JSON_ARRAY);
    return (struct json_cursor){.token = container.token + 1, .close = p->closes[container.token]};
}

static inline bool json_next_element(const struct json_parser *p, struct json_cursor *c,
                                     struct json_value *ret_value)
{
    if (c->token == c->close)
        return false;
    uint32_t last;
    *ret_value = json_value_at(p, c->token, &last);
    /* Behind the comma that follows, if any. */
    c->token = last + 1 == c->close ? c->close : last + 2;
    return true;
}

static inline bool json_next_member(const struct json_parser *p, struct json_cursor *c,
                                    struct json_value *ret_key, struct json_value *ret_value)
{
    if (c->token == c->close)
        return false;
    *ret_key = (struct json_value){
        .raw = json_token_text(p, c->token), .token = c->token, .type = JSON_STRING};
    c->token += 2; /* the key and the colon */
    return json_next_element(p, c, ret_value);
}

static inline bool json_string_equals(struct json_value string, struct view text)
{
    assert(string.type == JSON_STRING);
    struct view inside = view_slice(string.raw, 1, string.raw.size - 1);
    /* An escape is longer than its text. */
    if (inside.size <= text.size)
        return view_equals(inside, text) && view_find_byte(text, '\\', 0) == text.size;
    /* NOLINTNEXTLINE(*.NullDereference): longer than a text, so it has bytes */
    if (inside.data[0] != '\\' && (text.size == 0 || inside.data[0] != text.data[0]))
        return false;
    return json_inside_equals(inside, text);
}

#endif
