#include "json/json_glance.h"

#include "json/json_number.h"

#include <assert.h>

void json_glance_init(struct json_glance *ret, enum cpu cpu)
{
    ret->map = string_map_kernel(cpu);
    ret->escapes_are_valid = escapes_kernel(cpu);
    if (ret->map == NULL)
        ret->map = string_map_scalar;
    if (ret->escapes_are_valid == NULL)
        ret->escapes_are_valid = escapes_scalar;
    ret->text = VIEW_NULL;
    ret->at = 0;
}

bool json_glance_begin(struct json_glance *g, struct view text)
{
    struct string_map map = {.ends = g->ends, .blocks = g->blocks};
    if (text.size == 0 || text.size > JSON_GLANCE_BYTES_MAX)
        return false;
    g->text = text;
    g->at = 0;
    size_t blocks_count = (text.size + STRING_BLOCK_BYTES - 1) / STRING_BLOCK_BYTES;
    size_t count = g->map(text.data, blocks_count, &map);
    /* Whatever lies behind the text is no part of it. */
    while (count > 0 && g->ends[count - 1] >= text.size)
        count--;
    g->has_doubts = map.doubts != 0 && string_map_has_doubts(g->blocks, 0, text.size);
    /* A string whose quote is the last one ends with the text. */
    g->ends[count] = (uint32_t)text.size;
    g->quote = 0;
    return true;
}

/* ---- Tokens ---- */

/* The next byte that is no white space, NUL at the end: no token begins so. */
static inline char next_byte(struct json_glance *g)
{
    while (g->at < g->text.size && byte_is_space(g->text.data[g->at]))
        g->at++;
    return g->at < g->text.size ? g->text.data[g->at] : '\0';
}

static bool inside_is_sound(const struct json_glance *g, struct view inside)
{
    bool has_control = false;
    for (size_t i = 0; i < inside.size; i++)
        has_control |= (unsigned char)inside.data[i] < ' ';
    return !has_control && g->escapes_are_valid(inside);
}

/* The string at g->at, a quote. All quotes before it belong to strings that were
 * taken: a backslash outside of strings has ended the walk. */
static inline bool take_string(struct json_glance *g, struct view *ret)
{
    assert(g->ends[g->quote] == g->at);
    size_t begin = g->at + 1, end = g->ends[g->quote + 1];
    if (end == g->text.size)
        return false;
    *ret = view_slice(g->text, begin, end);
    g->at = end + 1;
    g->quote += 2;
    return !g->has_doubts || !string_map_has_doubts(g->blocks, begin, end) ||
           inside_is_sound(g, *ret);
}

static bool take_scalar(struct json_glance *g, struct json_part *ret)
{
    struct view rest = view_from(g->text, g->at);
    size_t size = 4;
    if (view_starts_with(rest, VIEW("true"))) {
        ret->type = JSON_TRUE;
    } else if (view_starts_with(rest, VIEW("null"))) {
        ret->type = JSON_NULL;
    } else if (view_starts_with(rest, VIEW("false"))) {
        ret->type = JSON_FALSE;
        size = 5;
    } else {
        ret->type = JSON_NUMBER;
        size = json_number_length(rest);
    }
    ret->text = view_slice(rest, 0, size);
    g->at += size;
    return size > 0;
}

/* A key and its colon. */
static bool take_key(struct json_glance *g, struct view *ret)
{
    if (next_byte(g) != '"' || !take_string(g, ret) || next_byte(g) != ':')
        return false;
    g->at++;
    return true;
}

/* ---- Containers ---- */

/* The container at g->at. Each step takes the beginning of a value, and the ends
 * of all containers that end behind it. */
static bool take_container(struct json_glance *g)
{
    uint64_t are_objects = 0; /* a bit per level, the innermost lowest */
    unsigned depth = 0;
    struct json_part part;
    struct view key;
    do {
        char byte = next_byte(g);
        bool is_entered = false;
        if (byte == '{' || byte == '[') {
            if (depth++ == JSON_GLANCE_DEPTH_MAX)
                return false;
            are_objects = are_objects << 1 | (byte == '{');
            g->at++;
            /* In ASCII `}` is `{` + 2 and `]` is `[` + 2. */
            is_entered = next_byte(g) != byte + 2;
        } else if (byte == '"' ? !take_string(g, &part.text) : !take_scalar(g, &part)) {
            return false;
        }
        if (!is_entered) {
            while (depth > 0 && next_byte(g) == ((are_objects & 1) != 0 ? '}' : ']')) {
                g->at++;
                are_objects >>= 1;
                depth--;
            }
            if (depth == 0)
                return true;
            if (next_byte(g) != ',')
                return false;
            g->at++;
        }
    } while ((are_objects & 1) == 0 || take_key(g, &key));
    return false;
}

bool json_glance_value(struct json_glance *g, struct json_part *ret)
{
    char byte = next_byte(g);
    if (byte == '"') {
        ret->type = JSON_STRING;
        return take_string(g, &ret->text);
    }
    if (byte != '{' && byte != '[')
        return take_scalar(g, ret);
    size_t begin = g->at;
    if (!take_container(g))
        return false;
    *ret = (struct json_part){byte == '{' ? JSON_OBJECT : JSON_ARRAY,
                              view_slice(g->text, begin, g->at)};
    return true;
}

bool json_glance_is_object(struct json_glance *g)
{
    return next_byte(g) == '{';
}

bool json_glance_enter(struct json_glance *g)
{
    if (next_byte(g) != '{')
        return false;
    g->at++;
    return true;
}

enum json_glance_step json_glance_member(struct json_glance *g, bool is_first, struct view *ret_key)
{
    char byte = next_byte(g);
    if (byte == '}') {
        g->at++;
        return JSON_GLANCE_END;
    }
    if (!is_first) {
        if (byte != ',')
            return JSON_GLANCE_FAULT;
        g->at++;
    }
    return take_key(g, ret_key) ? JSON_GLANCE_MEMBER : JSON_GLANCE_FAULT;
}

bool json_glance_is_over(struct json_glance *g)
{
    return next_byte(g) == '\0' && g->at == g->text.size;
}
