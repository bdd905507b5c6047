#include "json/json_document.h"

#include "limits.h"
#include "util/text.h"
#include "json/json.h"
#include "json/json_number.h"

/* What may stand at the next byte that is no white space. */
enum expected { VALUE, FIRST_ELEMENT, KEY, FIRST_KEY, COMMA };

struct scan {
    struct view text;
    size_t at;
    const char *fault; /* why it stopped at `at` */
    bool checks_bytes; /* in strings: UTF-8 and control characters */
    enum expected expected;
    unsigned depth;
    char opens[JSON_DEPTH_MAX];
};

static bool scan_fail(struct scan *s, const char *fault)
{
    s->fault = fault;
    return false;
}

static bool scan_is_done(const struct scan *s)
{
    return s->at == s->text.size;
}

static void scan_space(struct scan *s)
{
    while (!scan_is_done(s) && byte_is_space(s->text.data[s->at]))
        s->at++;
}

static bool scan_escape(struct scan *s)
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

static bool scan_string(struct scan *s)
{
    s->at++;
    while (!scan_is_done(s)) {
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
static bool scan_scalar(struct scan *s)
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

static bool scan_value(struct scan *s)
{
    char byte = s->text.data[s->at];
    s->expected = COMMA;
    if (byte == '"')
        return scan_string(s);
    if (byte != '{' && byte != '[')
        return scan_scalar(s);
    if (s->depth == JSON_DEPTH_MAX)
        return scan_fail(s, "nested too deep");
    s->opens[s->depth++] = byte;
    s->at++;
    s->expected = byte == '{' ? FIRST_KEY : FIRST_ELEMENT;
    return true;
}

static bool scan_key(struct scan *s)
{
    if (s->text.data[s->at] != '"')
        return scan_fail(s, "not a key");
    if (!scan_string(s))
        return false;
    scan_space(s);
    if (scan_is_done(s) || s->text.data[s->at] != ':')
        return scan_fail(s, "no colon behind a key");
    s->at++;
    s->expected = VALUE;
    return true;
}

static bool scan_comma(struct scan *s)
{
    if (s->text.data[s->at] != ',')
        return scan_fail(s, "neither a comma nor the container's end behind a value");
    s->at++;
    s->expected = s->opens[s->depth - 1] == '{' ? KEY : VALUE;
    return true;
}

/* Leaves the innermost container if it ends here and may. */
static bool scan_close(struct scan *s)
{
    bool may_close =
        s->expected == FIRST_ELEMENT || s->expected == FIRST_KEY || s->expected == COMMA;
    /* In ASCII `}` is `{` + 2 and `]` is `[` + 2. */
    if (s->depth == 0 || !may_close || s->text.data[s->at] != s->opens[s->depth - 1] + 2)
        return false;
    s->at++;
    s->depth--;
    s->expected = COMMA;
    return true;
}

static bool scan_step(struct scan *s)
{
    scan_space(s);
    if (scan_is_done(s))
        return scan_fail(s, "the text ends too early");
    if (scan_close(s))
        return true;
    switch (s->expected) {
    case VALUE:
    case FIRST_ELEMENT:
        return scan_value(s);
    case KEY:
    case FIRST_KEY:
        return scan_key(s);
    case COMMA:
        return scan_comma(s);
    }
    return false;
}

/* From the first byte of a value, or white space before it, to behind it. */
static bool scan_document(struct scan *s)
{
    s->expected = VALUE;
    s->depth = 0;
    do {
        if (!scan_step(s))
            return false;
    } while (s->depth > 0);
    return true;
}

size_t json_document_end(struct view text, size_t *ret_looked)
{
    *ret_looked = 0;
    if (text.size == 0 || (text.data[0] != '{' && text.data[0] != '['))
        return 0;
    struct scan s = {.text = text, .checks_bytes = false};
    bool is_sound = scan_document(&s);
    *ret_looked = is_sound || scan_is_done(&s) ? s.at : s.at + 1;
    return is_sound ? s.at : 0;
}

enum rc json_document_explain(struct view text, struct err *err)
{
    if (err == NULL)
        return RC_BAD_INPUT;
    struct scan s = {.text = text, .checks_bytes = true};
    if (scan_document(&s)) {
        scan_space(&s);
        s.fault = "something behind the document";
    }
    return err_set(err, RC_BAD_INPUT, "JSON: %s at byte %zu", s.fault, s.at);
}
