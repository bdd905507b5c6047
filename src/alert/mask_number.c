#include "alert/mask_match.h"

/* `digits` hex digits with no word byte behind them. */
static size_t hex_group(struct view text, size_t at, size_t digits)
{
    return mask_hex_digits(text, at, digits + 1) == digits ? at + digits : 0;
}

/* W3C Trace Context, section 3.2: version, trace id, parent id, flags. */
static size_t match_traceparent(struct view text, size_t begin)
{
    static const unsigned char sizes[] = {2, 32, 16, 2};
    size_t at = begin;
    for (unsigned i = 0; i < 4; i++) {
        at = hex_group(text, at, sizes[i]);
        if (at == 0 || (i < 3 && mask_byte(text, at++) != '-'))
            return 0;
    }
    return mask_is_word(mask_byte(text, at)) ? 0 : at;
}

/* `1-<8 hex>-<24 hex>`: version, seconds, random. */
static size_t match_xray(struct view text, size_t begin)
{
    if (text.data[begin] != '1' || mask_byte(text, begin + 1) != '-')
        return 0;
    size_t at = hex_group(text, begin + 2, 8);
    if (at == 0 || mask_byte(text, at) != '-')
        return 0;
    at = hex_group(text, at + 1, 24);
    return at == 0 || mask_is_word(mask_byte(text, at)) ? 0 : at;
}

size_t mask_match_trace(struct view text, size_t begin)
{
    size_t end = match_xray(text, begin);
    return end != 0 ? end : match_traceparent(text, begin);
}

/* RFC 9562, section 4. */
size_t mask_match_uuid(struct view text, size_t begin)
{
    static const unsigned char sizes[] = {8, 4, 4, 4, 12};
    size_t at = begin;
    for (unsigned i = 0; i < 5; i++) {
        at = hex_group(text, at, sizes[i]);
        if (at == 0 || (i < 4 && mask_byte(text, at++) != '-'))
            return 0;
    }
    return mask_is_word(mask_byte(text, at)) ? 0 : at;
}

/* Digits with `,` between thousands, then `.` and digits any number of times,
 * then an exponent. */
static size_t number_end(struct view text, size_t begin, bool *ret_is_float)
{
    size_t at = begin + mask_digits(text, begin, text.size);
    *ret_is_float = false;
    if (at - begin <= 3) {
        while (mask_byte(text, at) == ',' && mask_digits(text, at + 1, 4) == 3)
            at += 4;
    }
    while (mask_byte(text, at) == '.' && byte_is_digit(mask_byte(text, at + 1))) {
        *ret_is_float = true;
        at += 1 + mask_digits(text, at + 1, text.size);
    }
    if ((mask_byte(text, at) | 0x20) == 'e') {
        size_t digits = at + 1;
        digits += mask_byte(text, digits) == '-' || mask_byte(text, digits) == '+';
        size_t end = digits + mask_digits(text, digits, 4);
        if (end > digits && !mask_is_word(mask_byte(text, end))) {
            *ret_is_float = true;
            at = end;
        }
    }
    return at;
}

/* Whether one of the units below may begin with that byte: most numbers have none. */
static bool may_begin_unit(char byte)
{
    switch (byte | 0x20) {
    case 'd':
    case 'h':
    case 'm':
    case 'n':
    case 's':
    case 'u':
        return true;
    default:
        return (unsigned char)byte >= 0x80;
    }
}

/* A unit of time at `at`: its end, or 0. Only words and `s` may stand apart. */
static size_t unit_end(struct view text, size_t at, bool is_apart)
{
    static const struct view words[] = {
        VIEW("nanoseconds"),  VIEW("microseconds"),
        VIEW("milliseconds"), VIEW("millis"),
        VIEW("msecs"),        VIEW("msec"),
        VIEW("ms"),           VIEW("ns"),
        VIEW("us"),           VIEW("seconds"),
        VIEW("second"),       VIEW("secs"),
        VIEW("sec"),          VIEW("s"),
        VIEW("minutes"),      VIEW("minute"),
        VIEW("mins"),         VIEW("min"),
        VIEW("hours"),        VIEW("hour"),
        VIEW("hrs"),          VIEW("days"),
        VIEW("day"),          VIEW("\xc2\xb5s"),
        VIEW("\xce\xbcs"),
    };
    static const char letters[] = {'m', 'h', 'd'};
    if (!may_begin_unit(mask_byte(text, at)))
        return 0;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t end = at + words[i].size;
        bool is_unit = (unsigned char)words[i].data[0] < 0x80
                           ? mask_has_word(text, at, words[i])
                           : at < text.size && view_starts_with(view_from(text, at), words[i]);
        if (is_unit && !mask_is_letter(mask_byte(text, end)))
            return end;
    }
    for (size_t i = 0; i < sizeof(letters) && !is_apart; i++) {
        if (mask_byte(text, at) == letters[i] && !mask_is_letter(mask_byte(text, at + 1)))
            return at + 1;
    }
    return 0;
}

size_t mask_match_duration(struct view text, size_t begin)
{
    enum { PARTS_MAX = 4 };
    size_t at = begin, end = 0;
    /* Several parts, as Go prints them: `1h2m3.5s`. */
    for (unsigned part = 0; part < PARTS_MAX && byte_is_digit(mask_byte(text, at)); part++) {
        bool is_float;
        at = number_end(text, at, &is_float);
        bool is_apart = end == 0 && mask_byte(text, at) == ' ';
        size_t unit = unit_end(text, at + is_apart, is_apart);
        if (unit == 0)
            return 0;
        end = at = unit;
        if (is_apart)
            break;
    }
    return end != 0 && !mask_is_word(mask_byte(text, end)) ? end : 0;
}

/* Letters that may follow a number as its unit: `128MB`, `10px`; not the class
 * of a status (`5xx`). */
static bool is_unit_like(struct view text, size_t at)
{
    enum { UNIT_BYTES_MAX = 4 };
    size_t letters = 0;
    while (letters <= UNIT_BYTES_MAX && mask_is_letter(mask_byte(text, at + letters)))
        letters++;
    return letters <= UNIT_BYTES_MAX && !byte_is_digit(mask_byte(text, at + letters)) &&
           !(letters == 2 && mask_has_word(text, at, VIEW("xx")));
}

size_t mask_match_number(struct view text, size_t begin, enum mask *ret_mask)
{
    enum { SURE_DIGITS_MIN = 4 };
    bool is_float;
    size_t end = number_end(text, begin, &is_float);
    if (mask_is_letter(mask_byte(text, end)) && end - begin < SURE_DIGITS_MIN &&
        !is_unit_like(text, end))
        return 0;
    *ret_mask = is_float ? MASK_FLOAT : MASK_INT;
    return end;
}

/* The place behind the word before `begin`, over a few marks; 0 for none. */
static size_t word_before(struct view text, size_t begin)
{
    enum { MARKS_MAX = 4 };
    size_t at = begin;
    for (unsigned i = 0; i < MARKS_MAX && at > 0; i++) {
        if (memchr(" \t:=\"'([", text.data[at - 1], 8) == NULL)
            break;
        at--;
    }
    return at < begin ? at : 0;
}

static bool has_word_before(struct view text, size_t end, struct view word)
{
    return end >= word.size && mask_has_word(text, end - word.size, word);
}

bool mask_is_status_code(struct view text, size_t begin, size_t end)
{
    if (end - begin != 3 || text.data[begin] < '1' || text.data[begin] > '5')
        return false;
    size_t at = word_before(text, begin);
    return has_word_before(text, at, VIEW("status")) || has_word_before(text, at, VIEW("code"));
}

bool mask_is_after_request_id(struct view text, size_t begin)
{
    size_t at = word_before(text, begin);
    if (!has_word_before(text, at, VIEW("id")))
        return false;
    at -= 2;
    if (at > 0 &&
        (text.data[at - 1] == ' ' || text.data[at - 1] == '-' || text.data[at - 1] == '_'))
        at--;
    return has_word_before(text, at, VIEW("request"));
}
