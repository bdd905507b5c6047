#include "json/json.h"

#include "limits.h"
#include "json/escapes.h"
#include "json/json_document.h"
#include "json/json_number.h"
#include "json/json_shim.h"

#include <stdlib.h>

struct json_parser *json_parser_new(enum cpu cpu, size_t bytes_max)
{
    struct json_parser *p = calloc(1, sizeof(*p));
    if (p == NULL)
        return NULL;
    p->stage1 = stage1_new(cpu);
    if (p->stage1 == NULL) {
        free(p);
        return NULL;
    }
    p->escapes_are_valid = escapes_kernel(cpu);
    if (p->escapes_are_valid == NULL)
        p->escapes_are_valid = escapes_scalar;
    p->bytes_max = bytes_max < STAGE1_BYTES_MAX ? bytes_max : STAGE1_BYTES_MAX;
    return p;
}

void json_parser_free(struct json_parser *p)
{
    if (p == NULL)
        return;
    stage1_free(p->stage1);
    free(p->closes);
    free(p);
}

static bool reserve_closes(struct json_parser *p)
{
    if (p->count <= p->closes_capacity)
        return true;
    size_t wanted = 1024;
    while (wanted < p->count)
        wanted *= 2;
    if (wanted > p->bytes_max) /* a token has at least one byte */
        wanted = p->bytes_max;
    /* What the old ones said is of no use any more. */
    free(p->closes);
    p->closes = malloc(wanted * sizeof(*p->closes));
    p->closes_capacity = p->closes ? wanted : 0;
    return p->closes != NULL;
}

/* Length of the number or literal at the start of `v`, 0 where none is. */
static size_t scalar_length(struct view v)
{
    if (view_starts_with(v, VIEW("true")) || view_starts_with(v, VIEW("null")))
        return 4;
    if (view_starts_with(v, VIEW("false")))
        return 5;
    return json_number_length(v);
}

/* Whether a token is a number or a literal with nothing but white space behind
 * it. */
static bool is_scalar(const struct json_parser *p, uint32_t token)
{
    char byte = json_token_byte(p, token);
    /* Neither can the last token be one, while a container is open, nor does it
     * have a sound end then. */
    if (byte == '}' || byte == ']')
        return false;
    struct view v = view_slice(p->text, p->positions[token], p->positions[token + 1]);
    size_t length = scalar_length(v);
    if (length == 0)
        return false;
    while (length < v.size && byte_is_space(v.data[length]))
        length++;
    return length == v.size;
}

static inline char close_of(char open)
{
    return (char)(open + 2); /* in ASCII, for both `{` and `[` */
}

/* Checks the grammar from the first token on and notes where containers close.
 * The root is a container and the last token a closing one. */
static bool walk_tokens(struct json_parser *p)
{
    uint32_t opens[JSON_DEPTH_MAX]; /* the containers around, innermost last */
    uint32_t depth = 0;
    uint32_t at = 0;
    char close = '\0'; /* what ends the innermost */

    for (;;) {
        /* A value begins here. */
        char byte = json_token_byte(p, at);
        bool is_entered = false;
        if (byte == '{' || byte == '[') {
            if (depth == JSON_DEPTH_MAX)
                return false;
            opens[depth++] = at;
            close = close_of(byte);
            is_entered = json_token_byte(p, at + 1) != close;
        } else if (byte != '"' && !is_scalar(p, at)) {
            return false;
        }
        at++;

        if (!is_entered) {
            while (json_token_byte(p, at) == close) {
                /* NOLINTNEXTLINE(*.ArraySubscript): the first token enters or ends the walk */
                p->closes[opens[--depth]] = at++;
                if (depth == 0)
                    return at == p->count;
                close = close_of(json_token_byte(p, opens[depth - 1]));
            }
            if (json_token_byte(p, at++) != ',')
                return false;
        }
        if (close == '}') {
            if (json_token_byte(p, at) != '"' || json_token_byte(p, at + 1) != ':')
                return false;
            at += 2;
        }
    }
}

static bool root_is_sound(struct json_parser *p)
{
    char first = json_token_byte(p, 0);
    p->positions[p->count] = (uint32_t)p->text.size;
    if (first != '{' && first != '[')
        return p->count == 1 && (first == '"' || is_scalar(p, 0));
    /* A document that ends early must not lead the walk past the last token:
     * that one closes something, and what the walk finds behind it, the root's
     * opening bracket once more, cannot stand there. */
    if (json_token_byte(p, p->count - 1) != close_of(first))
        return false;
    p->positions[p->count] = p->positions[0];
    bool is_sound = walk_tokens(p);
    p->positions[p->count] = (uint32_t)p->text.size;
    return is_sound;
}

enum rc json_parse(struct json_parser *p, struct view text, struct json_value *ret_root,
                   struct err *err)
{
    if (text.size > p->bytes_max)
        return err_set(err, RC_TOO_BIG, "JSON: %zu bytes, at most %zu are read", text.size,
                       p->bytes_max);
    struct stage1_tokens tokens;
    switch (stage1_run(p->stage1, text.data, text.size, p->bytes_max, &tokens)) {
    case STAGE1_OK:
        break;
    case STAGE1_UNSOUND:
        return json_document_explain(text, err);
    case STAGE1_NO_MEMORY:
        return err_set(err, RC_NO_MEMORY, "JSON: no memory for %zu bytes", text.size);
    }
    p->text = text;
    p->positions = tokens.positions;
    p->count = tokens.count;
    if (!reserve_closes(p))
        return err_set(err, RC_NO_MEMORY, "JSON: no memory for %u tokens", p->count);
    if (!root_is_sound(p) || !p->escapes_are_valid(text))
        return json_document_explain(text, err);
    uint32_t last;
    *ret_root = json_value_at(p, 0, &last);
    return RC_OK;
}
