#include "json/json_scan.h"

#include "util/text.h"
#include "json/json_number.h"

static bool scan_fail(struct json_scan *s, const char *fault)
{
    s->fault = fault;
    return false;
}

static bool scan_escape(struct json_scan *s)
{
    struct view rest = view_from(s->text, s->at);
    if (rest.size < 2)
        return scan_fail(s, "the text ends in a string");
    if (rest.data[1] != 'u') {
        if (rest.data[1] == '\0' || strchr("\"\\/bfnrt", rest.data[1]) == NULL)
            return scan_fail(s, "unknown escape");
        s->at += 2;
        return true;
    }
    for (size_t i = 2; i < 6; i++) {
        if (i == rest.size)
            return scan_fail(s, "the text ends in a string");
        char lower = (char)(rest.data[i] | 0x20);
        if (!byte_is_digit(rest.data[i]) && (lower < 'a' || lower > 'f'))
            return scan_fail(s, "incomplete \\u escape");
    }
    s->at += 6;
    return true;
}

static bool scan_string(struct json_scan *s)
{
    s->at++;
    while (!json_scan_is_done(s)) {
        unsigned char byte = (unsigned char)s->text.data[s->at];
        if (byte == '"') {
            s->at++;
            return true;
        }
        if (byte == '\\') {
            if (!scan_escape(s))
                return false;
            continue;
        }
        unsigned length = 1;
        if (s->checks_bytes && byte < 0x20)
            return scan_fail(s, "control character in a string");
        if (s->checks_bytes && byte >= 0x80)
            length = utf8_length(s->text, s->at);
        if (length == 0)
            return scan_fail(s, "invalid UTF-8");
        s->at += length;
    }
    return scan_fail(s, "the text ends in a string");
}

/* A literal or a number. */
static bool scan_scalar(struct json_scan *s)
{
    struct view rest = view_from(s->text, s->at);
    size_t length;
    if (view_starts_with(rest, VIEW("true")) || view_starts_with(rest, VIEW("null")))
        length = 4;
    else if (view_starts_with(rest, VIEW("false")))
        length = 5;
    else
        length = json_number_length(rest);
    if (length == 0)
        return scan_fail(s, "not a value");
    s->at += length;
    return true;
}

static bool scan_value(struct json_scan *s)
{
    char byte = s->text.data[s->at];
    s->wanted = JSON_WANTS_COMMA;
    if (byte == '"')
        return scan_string(s);
    if (byte != '{' && byte != '[')
        return scan_scalar(s);
    if (json_scan_is_full(s))
        return scan_fail(s, "nested too deep");
    s->opens[s->depth++] = byte;
    s->at++;
    s->wanted = byte == '{' ? JSON_WANTS_FIRST_KEY : JSON_WANTS_FIRST_ELEMENT;
    return true;
}

static bool scan_key(struct json_scan *s)
{
    if (s->text.data[s->at] != '"')
        return scan_fail(s, "not a key");
    if (!scan_string(s))
        return false;
    json_scan_space(s);
    if (json_scan_is_done(s) || s->text.data[s->at] != ':')
        return scan_fail(s, "no colon behind a key");
    s->at++;
    s->wanted = JSON_WANTS_VALUE;
    return true;
}

static bool scan_comma(struct json_scan *s)
{
    if (s->text.data[s->at] != ',')
        return scan_fail(s, "neither a comma nor the container's end behind a value");
    s->at++;
    s->wanted = s->opens[s->depth - 1] == '{' ? JSON_WANTS_KEY : JSON_WANTS_VALUE;
    return true;
}

/* Leaves the innermost container if it ends here and may. */
static bool scan_close(struct json_scan *s)
{
    bool may_close = s->wanted == JSON_WANTS_FIRST_ELEMENT || s->wanted == JSON_WANTS_FIRST_KEY ||
                     s->wanted == JSON_WANTS_COMMA;
    /* In ASCII `}` is `{` + 2 and `]` is `[` + 2. */
    if (s->depth == s->bottom || !may_close || s->text.data[s->at] != s->opens[s->depth - 1] + 2)
        return false;
    s->at++;
    s->depth--;
    s->wanted = JSON_WANTS_COMMA;
    return true;
}

bool json_scan_step(struct json_scan *s)
{
    json_scan_space(s);
    if (json_scan_is_done(s))
        return scan_fail(s, "the text ends too early");
    if (scan_close(s))
        return true;
    switch (s->wanted) {
    case JSON_WANTS_VALUE:
    case JSON_WANTS_FIRST_ELEMENT:
        return scan_value(s);
    case JSON_WANTS_KEY:
    case JSON_WANTS_FIRST_KEY:
        return scan_key(s);
    case JSON_WANTS_COMMA:
        return scan_comma(s);
    }
    return false;
}
