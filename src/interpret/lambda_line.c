#include "interpret/lambda_line.h"

#include "interpret/level.h"

/* Request ids are UUIDs of 36 bytes; test tools write other words. */
#define ID_BYTES_MAX 128
#define UUID_BYTES 36

static bool byte_at_is(struct view text, size_t at, char byte)
{
    return at < text.size && text.data[at] == byte;
}

static bool is_hex(char byte)
{
    static const bool table[256] = {
        ['0'] = true, ['1'] = true, ['2'] = true, ['3'] = true, ['4'] = true, ['5'] = true,
        ['6'] = true, ['7'] = true, ['8'] = true, ['9'] = true, ['a'] = true, ['b'] = true,
        ['c'] = true, ['d'] = true, ['e'] = true, ['f'] = true, ['A'] = true, ['B'] = true,
        ['C'] = true, ['D'] = true, ['E'] = true, ['F'] = true,
    };
    return table[(unsigned char)byte];
}

static bool are_hex(const char *bytes, size_t count)
{
    bool all = true;
    for (size_t i = 0; i < count; i++)
        all &= is_hex(bytes[i]);
    return all;
}

bool line_is_request_id(struct view id)
{
    return id.size > 0 && !view_equals(id, VIEW("undefined"));
}

/* Skips what separates two parts: a tab, or the run of spaces that copies have
 * instead. Gives `at` itself where nothing separates. */
static size_t skip_separator(struct view text, size_t at)
{
    if (byte_at_is(text, at, '\t'))
        return at + 1;
    while (byte_at_is(text, at, ' '))
        at++;
    return at;
}

static size_t uuid_size(struct view text, size_t at)
{
    if (text.size < at + UUID_BYTES)
        return 0;
    const char *p = text.data + at;
    if (p[8] != '-' || p[13] != '-' || p[18] != '-' || p[23] != '-')
        return 0;
    if (!are_hex(p, 8) || !are_hex(p + 9, 4) || !are_hex(p + 14, 4) || !are_hex(p + 19, 4) ||
        !are_hex(p + 24, 12))
        return 0;
    bool ends = at + UUID_BYTES == text.size || byte_is_space(p[UUID_BYTES]);
    return ends ? UUID_BYTES : 0;
}

/* A word with a hyphen, as the article's filter asks for an id. */
static size_t loose_id_size(struct view text, size_t at)
{
    bool has_hyphen = false;
    size_t end = at;
    while (end < text.size && end - at <= ID_BYTES_MAX && !byte_is_space(text.data[end])) {
        has_hyphen = has_hyphen || text.data[end] == '-';
        end++;
    }
    return has_hyphen && end < text.size && end - at <= ID_BYTES_MAX ? end - at : 0;
}

/* The id at `at`; between tabs and in a timeout's line it need not be a UUID. */
static size_t id_size(struct view text, size_t at)
{
    size_t size = uuid_size(text, at);
    if (size > 0)
        return size;
    struct view undefined = VIEW("undefined");
    if (view_starts_with(view_from(text, at), undefined) &&
        (at + undefined.size == text.size || byte_is_space(text.data[at + undefined.size])))
        return undefined.size;
    size = loose_id_size(text, at);
    if (size == 0)
        return 0;
    if (text.data[at - 1] == '\t' && text.data[at + size] == '\t')
        return size;
    struct view behind = view_from(text, skip_separator(text, at + size));
    return view_starts_with(behind, VIEW("Task timed out after ")) ? size : 0;
}

/* Cuts the level that stands at `at`, or keeps it where it stays. */
static bool take_level(struct line *line, size_t at, struct level_mark mark)
{
    if (mark.severity == SEVERITY_NONE)
        return false;
    line->level = mark.severity;
    size_t end = skip_separator(line->text, at + mark.size);
    line->body = view_from(line->text, end);
    line->text = mark.stays ? view_from(line->text, at) : line->body;
    return true;
}

static struct level_mark mark_of(struct view text, bool tokens_allowed)
{
    struct level_mark mark = level_mark_word(text);
    if (mark.severity == SEVERITY_NONE)
        mark = level_mark_bracket(text);
    if (mark.severity == SEVERITY_NONE && tokens_allowed)
        mark = level_mark_token(text);
    return mark;
}

static void cut(struct line *line, size_t at)
{
    line->text = line->body = view_from(line->text, at);
    line->is_bare = false;
}

/* `<id><separator>` or, where the id is missing between two tabs, the second
 * tab. Gives where the rest begins, `at` itself without an id. */
static size_t take_id(struct line *line, size_t at)
{
    struct view text = line->text;
    if (byte_at_is(text, at, '\t') && text.data[at - 1] == '\t')
        return at + 1;
    size_t size = id_size(text, at);
    if (size == 0)
        return at;
    struct view id = view_slice(text, at, at + size);
    if (line_is_request_id(id))
        line->request_id = id;
    return skip_separator(text, at + size);
}

/* `<ISO>⇥<id>⇥LEVEL⇥text` and what is left of it in older runtimes, in Java's
 * loggers and in Lambda's timeouts. The time alone is not enough: any text may
 * begin with a time. */
static bool take_timed(struct line *line)
{
    struct time_text time = time_parse_iso(line->text);
    size_t begin = skip_separator(line->text, time.size);
    if (time.size == 0 || begin == time.size)
        return false;
    size_t at = take_id(line, begin);
    bool has_id = at != begin;
    struct level_mark mark = mark_of(view_from(line->text, at), has_id);
    /* Java's layout puts no T into the time, and always has a level. */
    if (mark.severity == SEVERITY_NONE && (!has_id || time.separator == ' ')) {
        line->request_id = VIEW_NULL;
        return false;
    }
    line->time = time;
    line->is_spaced = byte_at_is(line->text, time.size, ' ') && line->text.data[at - 1] == ' ';
    if (!take_level(line, at, mark))
        cut(line, at);
    line->is_bare = false;
    return true;
}

/* `2020/03/27 03:40:05 text` */
static bool take_go(struct line *line)
{
    struct time_text time = time_parse_go(line->text);
    size_t at = skip_separator(line->text, time.size);
    if (time.size == 0 || at == time.size)
        return false;
    line->time = time;
    line->is_bare = false;
    if (!take_level(line, at, mark_of(view_from(line->text, at), false)))
        cut(line, at);
    return true;
}

/* `[LEVEL] text`, `[LEVEL]⇥<ISO>⇥<id>⇥text` */
static bool take_bracketed(struct line *line)
{
    if (!take_level(line, 0, level_mark_bracket(line->text)))
        return false;
    line->is_bare = false;
    struct time_text time = time_parse_iso(line->text);
    size_t begin = skip_separator(line->text, time.size);
    if (time.size == 0 || begin == time.size || time.separator != 'T')
        return true;
    size_t at = take_id(line, begin);
    if (at == begin)
        return true;
    time_unpad_milliseconds(&time);
    line->time = time;
    cut(line, at);
    return true;
}

/* `I, [2019-10-26T10:04:01.689856 #8]  INFO <id> -- : text` */
static bool take_ruby(struct line *line)
{
    struct view text = line->text;
    if (text.size < 4 || text.data[1] != ',' || text.data[2] != ' ' || text.data[3] != '[')
        return false;
    struct time_text time = time_parse_iso(view_from(text, 4));
    size_t at = 4 + time.size;
    if (time.size == 0 || !view_starts_with(view_from(text, at), VIEW(" #")))
        return false;
    at += 2;
    while (at < text.size && byte_is_digit(text.data[at]))
        at++;
    if (!byte_at_is(text, at, ']'))
        return false;
    at = skip_separator(text, at + 1);
    struct level_mark mark = level_mark_word(view_from(text, at));
    if (mark.severity == SEVERITY_NONE || mark.stays || text.data[0] != text.data[at])
        return false;
    at = skip_separator(text, at + mark.size);
    size_t rest = take_id(line, at);
    if (!view_starts_with(view_from(text, rest), VIEW("-- "))) {
        line->request_id = VIEW_NULL;
        return false;
    }
    rest += 3;
    if (view_starts_with(view_from(text, rest), VIEW(": ")))
        rest += 2;
    line->level = mark.severity;
    line->time = time;
    cut(line, rest);
    return true;
}

/* `2020/03/05/[$LATEST]<32 hex> <ISO> `: what consoles and tools put before
 * the line. Gives its size, or 0. */
static size_t copy_prefix_size(struct view text)
{
    enum { DATE_BYTES = 11, VERSION_BYTES_MAX = 64, INSTANCE_BYTES = 32 };
    if (text.size < DATE_BYTES + 1 || text.data[DATE_BYTES] != '[')
        return 0;
    for (size_t i = 0; i < DATE_BYTES; i++) {
        bool is_slash = i == 4 || i == 7 || i == 10;
        if (is_slash ? text.data[i] != '/' : !byte_is_digit(text.data[i]))
            return 0;
    }
    size_t at = DATE_BYTES + 1;
    while (at < text.size && at <= DATE_BYTES + VERSION_BYTES_MAX && text.data[at] != ']')
        at++;
    if (!byte_at_is(text, at, ']') || text.size < at + 1 + INSTANCE_BYTES)
        return 0;
    at++;
    if (!are_hex(text.data + at, INSTANCE_BYTES))
        return 0;
    at += INSTANCE_BYTES;
    size_t begin = skip_separator(text, at);
    struct time_text time = time_parse_iso(view_from(text, begin));
    size_t end = skip_separator(text, begin + time.size);
    bool fits = begin != at && time.size > 0 && time.separator == 'T' && time.has_zone;
    return fits && end != begin + time.size ? end : 0;
}

/* The form is told by the first byte; a form that does not fit leaves the line
 * as it was. */
static bool take_head(struct line *line)
{
    if (line->text.size == 0)
        return false;
    switch (line->text.data[0]) {
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return take_timed(line) || take_go(line);
    case '[':
        return take_bracketed(line);
    case 'D':
    case 'I':
    case 'W':
    case 'E':
    case 'F':
        return take_ruby(line);
    default:
        return false;
    }
}

void line_parse(struct view message, struct line *ret)
{
    *ret = (struct line){.text = message, .body = message, .is_bare = true};
    size_t prefix = copy_prefix_size(message);
    if (prefix > 0) {
        ret->text = ret->body = view_from(message, prefix);
        ret->is_prefix_cut = true;
    }
    if (take_head(ret))
        return;
    /* After nothing but a level word the level counts and the word stays. */
    struct level_mark mark = level_mark_word(ret->text);
    mark.stays = true;
    take_level(ret, 0, mark);
}

void line_parse_event(struct view event, struct line *ret)
{
    *ret = (struct line){.text = event, .body = event};
    take_level(ret, 0, mark_of(event, true));
}
