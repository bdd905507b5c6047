#include "glance/body.h"

#include "alert/counts.h"
#include "glance/eight.h"
#include "interpret/level.h"
#include "limits.h"
#include "split/document_start.h"

/* A body on its way to be decided. */
struct look {
    struct glancer *g;
    const struct glimpse *glimpse;
    const struct head *head;
    struct view text; /* the body without white space at its end */
    uint8_t wanted;   /* classes of words */
    enum severity level;
};

/* ---- Words of a payload ---- */

/* Whether `word` stands in `text` with its byte number `offset` at text[at]. */
static bool stands(struct view text, size_t at, struct view word, size_t offset)
{
    return at >= offset && text.size - (at - offset) >= word.size &&
           memcmp(text.data + at - offset, word.data, word.size) == 0;
}

/* How the word at a mark is used. */
enum use {
    USE_NONE,    /* it is no key, or some other one */
    USE_KEY,     /* a key and its colon: *ret_value is where the value begins */
    USE_UNKNOWN, /* perhaps a key, oddly written */
};

/* `word` ends a string, if it is a key, at text[end]: `\":` follows as most
 * write it. A string that is followed by a comma or the end of its container is
 * a value. */
static enum use use_of(struct view text, size_t end, size_t *ret_value)
{
    struct view rest = view_from(text, end);
    if (rest.size < 3 || rest.data[0] != '\\' || rest.data[1] != '"')
        return USE_NONE;
    *ret_value = end + 3;
    switch (rest.data[2]) {
    case ':':
        return USE_KEY;
    case ',':
    case '}':
    case ']':
        return USE_NONE;
    default:
        return USE_UNKNOWN;
    }
}

/* The inside of a string value of plain bytes at text[at], null where another
 * value stands there. */
static struct view plain_string(struct view text, size_t at)
{
    if (text.size < at + 2 || text.data[at] != '\\' || text.data[at + 1] != '"')
        return VIEW_NULL;
    size_t end = eight_find(text, '\\', at + 2); /* ids, times and levels are short */
    if (end + 1 >= text.size || text.data[end + 1] != '"')
        return VIEW_NULL;
    return view_slice(text, at + 2, end);
}

static enum severity level_of_any_case(struct view word)
{
    enum { LEVEL_BYTES_MAX = 16 };
    char upper[LEVEL_BYTES_MAX];
    if (word.size == 0 || word.size > sizeof(upper))
        return SEVERITY_NONE;
    for (size_t i = 0; i < word.size; i++) {
        char byte = word.data[i];
        upper[i] = byte >= 'a' && byte <= 'z' ? (char)(byte - 'a' + 'A') : byte;
    }
    return level_of_word(view_of(upper, word.size));
}

/* A level word in any case, or a number of two digits. */
static enum severity level_value(struct view text, size_t at)
{
    struct view word = plain_string(text, at);
    if (!view_is_null(word))
        return level_of_any_case(word);
    if (text.size < at + 3 || (text.data[at + 2] != ',' && text.data[at + 2] != '}'))
        return SEVERITY_NONE;
    return level_of_number(view_slice(text, at, at + 2));
}

static bool is_harmless_level(struct view text, size_t at, enum severity line)
{
    struct view word = VIEW("level");
    size_t value;
    if (!stands(text, at, word, 2))
        return true;
    switch (use_of(text, at + 3, &value)) {
    case USE_NONE:
        return true;
    case USE_KEY:
        return level_value(text, value) == line;
    case USE_UNKNOWN:
        return false;
    }
    return false;
}

/* A retry code is a string. */
static bool is_harmless_code(struct view text, size_t at)
{
    size_t value;
    if (!stands(text, at, VIEW("\"code"), 1))
        return true;
    switch (use_of(text, at + 4, &value)) {
    case USE_NONE:
        return true;
    case USE_KEY:
        return value < text.size && byte_is_digit(text.data[value]);
    case USE_UNKNOWN:
        return false;
    }
    return false;
}

/* `requestId`, `AWSRequestId`, `function_request_id`: where one is a key, its
 * value must have been counted. Other words go on otherwise. */
static bool is_harmless_request(const struct look *l, size_t at)
{
    struct view text = l->text;
    size_t value;
    enum use use;
    if (!stands(text, at, VIEW("equest"), 1))
        return true;
    if (stands(text, at, VIEW("questId"), 0))
        use = use_of(text, at + 7, &value);
    else if (stands(text, at, VIEW("quest_id"), 0))
        use = use_of(text, at + 8, &value);
    else
        return true;
    switch (use) {
    case USE_NONE:
        return true;
    case USE_KEY: {
        struct view id = plain_string(text, value);
        return !view_is_null(id) && l->g->request_is_counted != NULL &&
               l->g->request_is_counted(l->g->context, id);
    }
    case USE_UNKNOWN:
        return false;
    }
    return false;
}

/* A time is counted only where it is far from the event's own. */
static bool is_harmless_time(const struct look *l, size_t at)
{
    size_t value;
    int64_t ms;
    if (l->head->has_time || !stands(l->text, at, VIEW("timestamp"), 7))
        return true;
    switch (use_of(l->text, at + 2, &value)) {
    case USE_NONE:
        return true;
    case USE_KEY: {
        struct view time = plain_string(l->text, value);
        if (!l->glimpse->has_timestamp || view_is_null(time) ||
            !head_time(&l->g->stamps, time, &ms))
            return false;
        int64_t skew_ms = ms - l->glimpse->timestamp_ms;
        return skew_ms <= CLOCK_SKEW_MS && skew_ms >= -CLOCK_SKEW_MS;
    }
    case USE_UNKNOWN:
        return false;
    }
    return false;
}

static unsigned hex_value(char digit)
{
    if (byte_is_digit(digit))
        return (unsigned)(digit - '0');
    char small = digit | 0x20;
    return small >= 'a' && small <= 'f' ? (unsigned)(small - 'a') + 10 : 0x10000;
}

/* `\uXXXX` of a string, or `\\uXXXX` for that of a payload in it, where it is
 * no byte that any word or form is made of: no ASCII but control characters that
 * are no white space. */
static bool is_harmless_unit(struct view text, size_t at)
{
    enum { UNIT_BYTES = 6 };
    bool is_inner = at > 0 && text.data[at - 1] == '\\';
    if ((is_inner && at > 1 && text.data[at - 2] == '\\') || text.size - at < UNIT_BYTES)
        return false;
    unsigned value = 0;
    for (size_t i = 2; i < UNIT_BYTES; i++) {
        unsigned digit = hex_value(text.data[at + i]);
        if (digit > 15)
            return false;
        value = value * 16 + digit;
    }
    return value >= 0x80 || (value < ' ' && !byte_is_space((char)value));
}

/* An escape that may hide a letter, or a newline where only one line is known. */
static bool is_harmless_escape(const struct look *l, size_t at)
{
    if (at + 1 == l->text.size)
        return true;
    char letter = l->text.data[at + 1];
    if (letter == 'u')
        return is_harmless_unit(l->text, at);
    return (letter != 'n' && letter != 'r') || (l->wanted & MARK_NEWLINE) == 0;
}

static bool is_harmless(const struct look *l, size_t at)
{
    struct view text = l->text;
    switch (text.data[at]) {
    case 'v':
        return is_harmless_level(text, at, l->level);
    case '_':
        return !stands(text, at, VIEW("_aws\\\""), 0);
    case 'c':
        return is_harmless_code(text, at);
    case '[':
        return !stands(text, at, VIEW("[Action Required]"), 0);
    case 'e':
        return !stands(text, at, VIEW("emory"), 0);
    case '\\':
        return is_harmless_escape(l, at);
    case 'q':
        return is_harmless_request(l, at);
    case 'm':
        return is_harmless_time(l, at);
    case 't':
        return !stands(text, at, VIEW("stack"), 1);
    case 'p':
        return !stands(text, at, VIEW("platform."), 0);
    default:
        return true;
    }
}

/* Whether no word of the wanted classes makes a difference to an event that
 * counts with that level. */
static bool are_harmless(const struct look *l)
{
    uint32_t at[MARKS_MAX + MARKS_SPARE];
    size_t count = l->g->marks(&l->g->tables, l->text, l->wanted, at);
    if (count > MARKS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_harmless(l, at[i]))
            return false;
    }
    return true;
}

/* ---- Forms ---- */

/* The text without the white space at its end. Null where it ends in an escaped
 * backslash and a letter, which look like a newline. */
static struct view without_final_space(struct view text)
{
    while (text.size > 0) {
        char last = text.data[text.size - 1];
        char before = text.size > 1 ? text.data[text.size - 2] : '\0';
        bool is_escape = before == '\\' && (last == 'n' || last == 'r' || last == 't');
        if (last != ' ' && !is_escape)
            break;
        if (is_escape && text.size > 2 && text.data[text.size - 3] == '\\')
            return VIEW_NULL;
        text.size -= is_escape ? 2 : 1;
    }
    return text;
}

static bool is_text(struct look *l)
{
    l->wanted = MARK_MEMORY | MARK_UNIT;
    if (l->head->level == SEVERITY_NONE)
        l->wanted |= MARK_NEWLINE;
    return are_harmless(l);
}

static bool is_payload(struct look *l)
{
    l->wanted = MARK_LEVEL | MARK_KIND | MARK_CODE | MARK_UNIT;
    if (view_is_null(l->head->request_id) || !l->head->has_time)
        l->wanted |= MARK_MISSING;
    if (l->head->level == SEVERITY_NONE)
        l->wanted |= MARK_BARE | MARK_NEWLINE;
    return are_harmless(l);
}

/* Whether the body has the form of a payload, whose brace is at *ret_open:
 * ANSWER_UNKNOWN where its escapes would have to be undone. */
static enum answer has_payload_form(const struct head *head, struct view text, size_t *ret_open)
{
    *ret_open = 0;
    if (text.size == 0 || text.data[text.size - 1] != '}')
        return ANSWER_NO;
    if (text.data[0] == '{')
        return ANSWER_YES;
    size_t open = view_find_byte(text, '{', 0);
    /* Words make it a text where there is no level, white space alone does not. */
    if (head->level == SEVERITY_NONE)
        return text.data[0] == ' ' || text.data[0] == '\\' ? ANSWER_UNKNOWN : ANSWER_NO;
    if (open == text.size || view_find_byte(text, '}', 0) < open)
        return ANSWER_NO;
    *ret_open = open;
    /* Escapes make words longer than they are. */
    return open <= PREFIX_BYTES_MAX ? ANSWER_YES : ANSWER_UNKNOWN;
}

bool body_read(struct glancer *g, const struct glimpse *glimpse, const struct head *head,
               struct event *event, struct view *ret_payload)
{
    struct look look = {.g = g, .glimpse = glimpse, .head = head};
    size_t open;
    *ret_payload = VIEW_NULL;
    look.level = head->level != SEVERITY_NONE ? head->level : SEVERITY_INFO;
    look.text = without_final_space(head->body);
    if (view_is_null(look.text))
        return false;
    event->severity = look.level;
    switch (has_payload_form(head, look.text, &open)) {
    case ANSWER_YES:
        event->kind = KIND_LOG;
        /* A brace may be hidden in the words before it. */
        if (view_find(view_slice(look.text, 0, open), VIEW("\\u"), 0) == open)
            *ret_payload = view_from(look.text, open);
        return is_payload(&look);
    case ANSWER_NO:
        event->kind = KIND_TEXT;
        return is_text(&look);
    case ANSWER_UNKNOWN:
        return false;
    }
    return false;
}
