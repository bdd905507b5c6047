#include "glance/head.h"

#include "glance/eight.h"
#include "glance/glance.h"
#include "util/text.h"

/* Bytes whose places in `fixed` are not NUL must be those; the others become
 * what is left to look at, with zeros in place of the fixed ones. */
static bool fixed_are(const char *at, const char fixed[static 8], uint64_t *ret_rest)
{
    uint64_t wanted = eight_load(fixed), zeros = EIGHT('0');
    uint64_t places = eight_between(wanted, 1, 0x80);
    uint64_t mask = (places >> 7) * 0xff;
    uint64_t bytes = eight_load(at);
    *ret_rest = (bytes & ~mask) | (zeros & mask);
    return (bytes & mask) == wanted;
}

static bool digits_fit(const char *at, const char fixed[static 8])
{
    uint64_t rest;
    return fixed_are(at, fixed, &rest) && eight_are_digits(rest);
}

static bool hex_fits(const char *at, const char fixed[static 8])
{
    uint64_t rest;
    return fixed_are(at, fixed, &rest) && eight_are_hex(rest);
}

void stamps_init(struct stamps *ret, enum cpu cpu)
{
    *ret = (struct stamps){0};
    /* One byte after the other is slower than eight at once, below. */
    ret->fits = cpu != CPU_SCALAR ? mold_kernel(cpu) : NULL;
    mold_make(VIEW(MOLD_UUID), &ret->uuid);
    mold_make(VIEW(MOLD_TIME "\\t" MOLD_UUID "\\t"), &ret->line);
}

bool head_is_uuid(const struct stamps *stamps, struct view text)
{
    const char *p = text.data;
    if (text.size < UUID_BYTES)
        return false;
    if (stamps->fits != NULL)
        return stamps->fits(&stamps->uuid, p);
    return p[8] == '-' && eight_are_hex(eight_load(p)) && hex_fits(p + 9, "\0\0\0\0-\0\0") &&
           hex_fits(p + 17, "\0-\0\0\0\0-") && eight_are_hex(eight_load(p + 24)) &&
           eight_are_hex(eight_load(p + 28));
}

/* ---- Times ---- */

/* How a date and the clock behind it are written, up to the minute. */
struct time_form {
    char date[8], clock[8];
};
static const struct time_form iso_form = {"\0\0\0\0-\0\0-", "\0\0T\0\0:\0\0"};
static const struct time_form spaced_form = {"\0\0\0\0-\0\0-", "\0\0 \0\0:\0\0"};
static const struct time_form go_form = {"\0\0\0\0/\0\0/", "\0\0 \0\0:\0\0"};

/* `2023-01-05T11:00:05`, and with a fraction and a zone. */
enum { SECOND_BYTES = 19, TIME_BYTES = 24 };

static unsigned pair_at(const char *digits)
{
    return (unsigned)(digits[0] - '0') * 10 + (unsigned)(digits[1] - '0');
}

/* Makes the minute at `p`, of MINUTE_BYTES, the last one. */
__attribute__((always_inline)) static inline bool read_minute(struct stamps *stamps, const char *p,
                                                              const struct time_form *form)
{
    if (view_repeats(view_of(stamps->minute, MINUTE_BYTES), view_of(p, MINUTE_BYTES)))
        return p[4] == form->date[4] && p[10] == form->clock[2];
    if (!digits_fit(p, form->date) || !digits_fit(p + 8, form->clock))
        return false;
    unsigned year = pair_at(p) * 100 + pair_at(p + 2), month = pair_at(p + 5), day = pair_at(p + 8);
    unsigned hour = pair_at(p + 11), minute = pair_at(p + 14);
    if (!civil_is_valid(year, month, day) || hour >= 24 || minute >= 60)
        return false;
    memcpy(stamps->minute, p, MINUTE_BYTES);
    stamps->minute_ms = ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60 * 1000;
    return true;
}

/* The time at `p`, whose bytes have the form of one. */
__attribute__((always_inline)) static inline bool time_value(struct stamps *stamps, const char *p,
                                                             int64_t *ret_ms)
{
    if (!read_minute(stamps, p, &iso_form))
        return false;
    unsigned second = pair_at(p + 17), ms = pair_at(p + 20) * 10 + (unsigned)(p[22] - '0');
    *ret_ms = stamps->minute_ms + second * 1000 + ms;
    return second < 60;
}

bool head_time(struct stamps *stamps, struct view text, int64_t *ret_ms)
{
    return text.size == TIME_BYTES && digits_fit(text.data + MINUTE_BYTES, ":\0\0.\0\0\0Z") &&
           time_value(stamps, text.data, ret_ms);
}

/* The time up to its seconds, SECOND_BYTES of `text`. */
__attribute__((always_inline)) static inline bool
seconds_fit(struct stamps *stamps, struct view text, const struct time_form *form, struct head *ret)
{
    const char *p = text.data;
    if (text.size < SECOND_BYTES || !read_minute(stamps, p, form) || p[16] != ':' ||
        !byte_is_digit(p[17]) || !byte_is_digit(p[18]))
        return false;
    unsigned second = pair_at(p + 17);
    ret->has_time = true;
    ret->time_ms = stamps->minute_ms + second * 1000;
    return second < 60;
}

/* ---- Words ---- */

static bool is_tab(struct view text, size_t at)
{
    return text.size >= at + 2 && text.data[at] == '\\' && text.data[at + 1] == 't';
}

/* With the words known where it is compiled into, a few loads. */
__attribute__((always_inline)) static inline size_t
level_if(struct view text, struct view words, enum severity level, enum severity *ret)
{
    if (!view_starts_with(text, words))
        return 0;
    *ret = level;
    return words.size;
}

/* A level and the tab behind it: its size, 0 where none that is known here
 * stands. What .NET writes begins with a small letter. */
static size_t level_and_tab(struct view text, enum severity *ret)
{
    size_t size;
    switch (text.size > 0 ? text.data[0] : '\0') {
    case 'I':
        return level_if(text, VIEW("INFO\\t"), SEVERITY_INFO, ret);
    case 'D':
        return level_if(text, VIEW("DEBUG\\t"), SEVERITY_DEBUG, ret);
    case 'T':
        return level_if(text, VIEW("TRACE\\t"), SEVERITY_TRACE, ret);
    case 'W':
        size = level_if(text, VIEW("WARN\\t"), SEVERITY_WARN, ret);
        return size > 0 ? size : level_if(text, VIEW("WARNING\\t"), SEVERITY_WARN, ret);
    case 'i':
        return level_if(text, VIEW("info\\t"), SEVERITY_INFO, ret);
    case 'd':
        return level_if(text, VIEW("dbug\\t"), SEVERITY_DEBUG, ret);
    case 'w':
        return level_if(text, VIEW("warn\\t"), SEVERITY_WARN, ret);
    case 't':
        return level_if(text, VIEW("trce\\t"), SEVERITY_TRACE, ret);
    default:
        return 0;
    }
}

/* The same for `[LEVEL]`, and for PowerShell's `[Level] -`. */
static size_t level_in_brackets(struct view text, enum severity *ret)
{
    size_t size = 0;
    switch (text.size > 1 ? text.data[1] : '\0') {
    case 'I':
        size = level_if(text, VIEW("[INFO]"), SEVERITY_INFO, ret);
        return size > 0 ? size : level_if(text, VIEW("[Information] -"), SEVERITY_INFO, ret);
    case 'D':
        size = level_if(text, VIEW("[DEBUG]"), SEVERITY_DEBUG, ret);
        return size > 0 ? size : level_if(text, VIEW("[Debug] -"), SEVERITY_DEBUG, ret);
    case 'T':
        size = level_if(text, VIEW("[TRACE]"), SEVERITY_TRACE, ret);
        return size > 0 ? size : level_if(text, VIEW("[Trace] -"), SEVERITY_TRACE, ret);
    case 'W':
        size = level_if(text, VIEW("[WARNING]"), SEVERITY_WARN, ret);
        if (size == 0)
            size = level_if(text, VIEW("[WARN]"), SEVERITY_WARN, ret);
        return size > 0 ? size : level_if(text, VIEW("[Warning] -"), SEVERITY_WARN, ret);
    default:
        return 0;
    }
}

/* A level and one space. */
static size_t level_and_space(struct view text, enum severity *ret)
{
    size_t size;
    switch (text.size > 0 ? text.data[0] : '\0') {
    case 'I':
        return level_if(text, VIEW("INFO "), SEVERITY_INFO, ret);
    case 'D':
        return level_if(text, VIEW("DEBUG "), SEVERITY_DEBUG, ret);
    case 'T':
        return level_if(text, VIEW("TRACE "), SEVERITY_TRACE, ret);
    case 'W':
        size = level_if(text, VIEW("WARN "), SEVERITY_WARN, ret);
        return size > 0 ? size : level_if(text, VIEW("WARNING "), SEVERITY_WARN, ret);
    default:
        return 0;
    }
}

/* Whether what stands behind one space begins there: more white space would be
 * passed over too. */
static bool begins_plainly(struct view body)
{
    return body.size > 0 && body.data[0] != ' ' && body.data[0] != '\\';
}

/* ---- Forms ---- */

/* A time, a tab, a UUID or `undefined`, a tab: the size of all that, or 0. */
static size_t stamp_size(struct stamps *stamps, struct view text, struct head *ret)
{
    const struct view none = VIEW("undefined\\t");
    enum { ID_AT = TIME_BYTES + 2, ID_END = ID_AT + UUID_BYTES };
    if (text.size >= ID_END + 2 && stamps->fits != NULL && stamps->fits(&stamps->line, text.data)) {
        ret->has_time = true;
        ret->request_id = view_slice(text, ID_AT, ID_END);
        return time_value(stamps, text.data, &ret->time_ms) ? ID_END + 2 : 0;
    }
    if (text.size < ID_END + 2 || !is_tab(text, TIME_BYTES) ||
        !head_time(stamps, view_slice(text, 0, TIME_BYTES), &ret->time_ms))
        return 0;
    ret->has_time = true;
    if (view_starts_with(view_from(text, ID_AT), none))
        return ID_AT + none.size;
    if (!is_tab(text, ID_END) || !head_is_uuid(stamps, view_from(text, ID_AT)))
        return 0;
    ret->request_id = view_slice(text, ID_AT, ID_END);
    return ID_END + 2;
}

/* Whether a text that begins with none of the levels above begins with none at
 * all. Tokens are four small letters, which an escape may stand for, and white
 * space; no level's word begins with the other capitals. */
static bool has_no_level(struct view body)
{
    enum { TOKEN_BYTES = 4 };
    if (body.size <= TOKEN_BYTES)
        return false;
    char first = body.data[0];
    if (first >= 'a' && first <= 'z')
        return body.data[TOKEN_BYTES] != ' ' &&
               !view_has_byte(view_slice(body, 0, TOKEN_BYTES + 1), '\\');
    return first != '[' && first != ' ' && first != '\\' && strchr("CDEFILTW", first) == NULL;
}

/* `<time>⇥<id>⇥LEVEL⇥body`, and Node.js 8's without the level. */
static bool read_timed(struct stamps *stamps, struct view message, struct head *ret)
{
    size_t at = stamp_size(stamps, message, ret);
    if (at == 0)
        return false;
    ret->body = view_from(message, at);
    size_t level = level_and_tab(ret->body, &ret->level);
    ret->body = view_from(ret->body, level);
    return level > 0 || has_no_level(ret->body);
}

/* log4j's `2023-01-05 11:00:05 <id> LEVEL body`. */
static bool read_spaced(struct stamps *stamps, struct view message, struct head *ret)
{
    enum { ID_AT = SECOND_BYTES + 1, ID_END = ID_AT + UUID_BYTES };
    if (message.size <= ID_END || !seconds_fit(stamps, message, &spaced_form, ret) ||
        message.data[SECOND_BYTES] != ' ' || message.data[ID_END] != ' ' ||
        !head_is_uuid(stamps, view_from(message, ID_AT)))
        return false;
    ret->request_id = view_slice(message, ID_AT, ID_END);
    ret->body = view_from(message, ID_END + 1);
    size_t level = level_and_space(ret->body, &ret->level);
    ret->body = view_from(ret->body, level);
    return level > 0 && begins_plainly(ret->body);
}

/* Go's `2023/01/05 11:00:05 body`; a level would begin with a capital or a
 * bracket. */
static bool read_go(struct stamps *stamps, struct view message, struct head *ret)
{
    if (!seconds_fit(stamps, message, &go_form, ret) || message.size <= SECOND_BYTES ||
        message.data[SECOND_BYTES] != ' ')
        return false;
    ret->body = view_from(message, SECOND_BYTES + 1);
    return begins_plainly(ret->body) && ret->body.data[0] != '[' &&
           (ret->body.data[0] < 'A' || ret->body.data[0] > 'Z');
}

/* Ruby's `I, [2023-01-05T11:00:05.689856 #8]  INFO <id> -- : body`. */
static bool read_ruby(struct stamps *stamps, struct view message, struct head *ret)
{
    enum { TIME_AT = 4, FRACTION_AT = TIME_AT + SECOND_BYTES, PROCESS_AT = FRACTION_AT + 9 };
    const char *p = message.data;
    if (message.size <= PROCESS_AT || p[1] != ',' || p[2] != ' ' || p[3] != '[' ||
        !seconds_fit(stamps, view_from(message, TIME_AT), &iso_form, ret) ||
        !digits_fit(p + FRACTION_AT - 1, "\0.\0\0\0\0\0\0") || p[PROCESS_AT - 2] != ' ' ||
        p[PROCESS_AT - 1] != '#')
        return false;
    ret->time_ms += pair_at(p + FRACTION_AT + 1) * 10 + (unsigned)(p[FRACTION_AT + 3] - '0');
    size_t at = PROCESS_AT;
    while (at < message.size && byte_is_digit(p[at]))
        at++;
    struct view rest = view_from(message, at);
    size_t word = view_starts_with(rest, VIEW("]  ")) ? 3 : 2;
    if (!view_starts_with(rest, VIEW("] ")) || rest.size <= word || rest.data[word] != p[0])
        return false;
    rest = view_from(rest, word);
    size_t level = level_and_space(rest, &ret->level);
    rest = view_from(rest, level);
    if (level == 0 || !head_is_uuid(stamps, rest) ||
        !view_starts_with(view_from(rest, UUID_BYTES), VIEW(" -- : ")))
        return false;
    ret->request_id = view_slice(rest, 0, UUID_BYTES);
    ret->body = view_from(rest, UUID_BYTES + VIEW(" -- : ").size);
    return begins_plainly(ret->body);
}

/* `[LEVEL]⇥<time>⇥<id>⇥body` and `[LEVEL] body`. */
static bool read_bracketed(struct stamps *stamps, struct view message, struct head *ret)
{
    size_t at = level_in_brackets(message, &ret->level);
    if (at == 0)
        return false;
    if (is_tab(message, at)) {
        size_t stamp = stamp_size(stamps, view_from(message, at + 2), ret);
        ret->body = view_from(message, at + 2 + stamp);
        return stamp > 0;
    }
    /* One space, and what follows cannot be a time. */
    if (message.size < at + 2 || message.data[at] != ' ')
        return false;
    ret->body = view_from(message, at + 1);
    return begins_plainly(ret->body) && !byte_is_digit(ret->body.data[0]);
}

/* The forms that begin with a time are told apart by what separates its parts. */
static bool read_dated(struct stamps *stamps, struct view message, struct head *ret)
{
    if (message.size <= SECOND_BYTES)
        return false;
    if (message.data[4] == '/')
        return read_go(stamps, message, ret);
    return message.data[10] == ' ' ? read_spaced(stamps, message, ret)
                                   : read_timed(stamps, message, ret);
}

bool head_read(struct stamps *stamps, struct view message, struct head *ret)
{
    *ret = (struct head){.level = SEVERITY_NONE, .body = message};
    if (message.size == 0)
        return false;
    char first = message.data[0];
    if (byte_is_digit(first))
        return read_dated(stamps, message, ret);
    if (first == '[')
        return read_bracketed(stamps, message, ret);
    if (first == 'I' || first == 'D' || first == 'W')
        return read_ruby(stamps, message, ret);
    /* No form of lines begins with these. */
    ret->is_bare = true;
    return first == '{' || (first >= 'a' && first <= 'z');
}

bool head_read_event(struct stamps *stamps, const struct glimpse *glimpse, struct head *ret)
{
    struct view event = glimpse->extracted_event, message = glimpse->message;
    *ret = (struct head){.request_id = glimpse->extracted_request_id, .has_time = true};
    if (glimpse->is_stamped) {
        if (!time_value(stamps, glimpse->extracted_timestamp.data, &ret->time_ms))
            return false;
    } else if (ret->request_id.size != UUID_BYTES || !head_is_uuid(stamps, ret->request_id) ||
               !head_time(stamps, glimpse->extracted_timestamp, &ret->time_ms)) {
        return false;
    }
    size_t level = level_and_tab(event, &ret->level);
    ret->body = view_from(event, level);
    /* The event is not all of the message, where the message begins with a time
     * and the event does not. */
    if (message.size == 0 || !byte_is_digit(message.data[0]) || event.size == 0 ||
        byte_is_digit(event.data[0]))
        return false;
    if (level > 0)
        return true;
    /* A level in the message alone would count. */
    struct head whole = {.level = SEVERITY_NONE};
    return has_no_level(event) && read_timed(stamps, message, &whole) &&
           whole.level == SEVERITY_NONE;
}
