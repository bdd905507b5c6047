#include "interpret/time_parse.h"

#include "interpret/number_parse.h"
#include "util/text.h"

/* `count` digits at `at` as a number, or -1. */
static int digits_at(struct view text, size_t at, size_t count)
{
    if (text.size < at + count)
        return -1;
    int value = 0;
    for (size_t i = at; i < at + count; i++) {
        if (!byte_is_digit(text.data[i]))
            return -1;
        value = value * 10 + (text.data[i] - '0');
    }
    return value;
}

static bool byte_at_is(struct view text, size_t at, char byte)
{
    return at < text.size && text.data[at] == byte;
}

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, HOUR_MS = 60 * MINUTE_MS };
#define DAY_MS (24 * (int64_t)HOUR_MS)

static void parse_fraction(struct view text, struct time_text *t)
{
    if (!byte_at_is(text, t->size, '.') && !byte_at_is(text, t->size, ','))
        return;
    size_t at = t->size + 1;
    while (at < text.size && byte_is_digit(text.data[at])) {
        if (t->fraction_digits < 9)
            t->fraction = t->fraction * 10 + (unsigned)(text.data[at] - '0');
        t->fraction_digits++;
        at++;
    }
    if (t->fraction_digits > 0)
        t->size = at;
}

/* Milliseconds that the fraction holds, the rest cut off. */
static unsigned fraction_ms(const struct time_text *t)
{
    unsigned digits = t->fraction_digits < 9 ? t->fraction_digits : 9;
    unsigned ms = t->fraction;
    for (; digits > 3; digits--)
        ms /= 10;
    for (; digits < 3; digits++)
        ms *= 10;
    return ms;
}

/* Reads the zone and gives its distance from UTC. */
static int64_t parse_zone(struct view text, struct time_text *t)
{
    if (byte_at_is(text, t->size, 'Z')) {
        t->has_zone = true;
        t->size++;
        return 0;
    }
    if (!byte_at_is(text, t->size, '+') && !byte_at_is(text, t->size, '-'))
        return 0;
    int hours = digits_at(text, t->size + 1, 2);
    size_t at = t->size + 3;
    at += byte_at_is(text, at, ':');
    int minutes = digits_at(text, at, 2);
    if (hours < 0 || minutes < 0 || hours > 23 || minutes > 59)
        return 0;
    int64_t ms = hours * (int64_t)HOUR_MS + minutes * (int64_t)MINUTE_MS;
    bool is_west = text.data[t->size] == '-';
    t->has_zone = true;
    t->size = at + 2;
    return is_west ? -ms : ms;
}

/* Two digits as a number; anything else makes *bad true. */
static unsigned pair_at(const char *text, bool *bad)
{
    unsigned tens = (unsigned char)text[0] - (unsigned)'0';
    unsigned ones = (unsigned char)text[1] - (unsigned)'0';
    *bad |= (tens > 9) | (ones > 9);
    return tens * 10 + ones;
}

/* `YYYY?MM?DD?hh:mm:ss` with `mark` in the date. *ret, all zeros, is filled in
 * place: a copy made right after would wait for each part to be written. */
static void parse(struct view text, char mark, struct time_text *ret)
{
    const char *p = text.data;
    if (text.size < 19 || p[4] != mark || p[7] != mark || p[13] != ':' || p[16] != ':')
        return;
    bool bad = false;
    unsigned century = pair_at(p, &bad);
    unsigned year = century * 100 + pair_at(p + 2, &bad);
    unsigned month = pair_at(p + 5, &bad);
    unsigned day = pair_at(p + 8, &bad);
    unsigned hour = pair_at(p + 11, &bad);
    unsigned minute = pair_at(p + 14, &bad);
    unsigned second = pair_at(p + 17, &bad);
    if (bad)
        return;

    ret->size = 19;
    ret->separator = p[10];
    parse_fraction(text, ret);
    int64_t zone_ms = parse_zone(text, ret);
    ret->is_valid = civil_is_valid(year, month, day) && hour < 24 && minute < 60 && second < 60;
    if (ret->is_valid) {
        ret->ms = days_from_civil(year, month, day) * DAY_MS + hour * (int64_t)HOUR_MS +
                  minute * (int64_t)MINUTE_MS + second * SECOND_MS + fraction_ms(ret) - zone_ms;
    }
    ret->is_doubtful = !ret->is_valid || !ret->has_zone || ret->fraction_digits > 3;
}

struct time_text time_parse_iso(struct view text)
{
    struct time_text t = {0};
    if (text.size >= 19 && (text.data[10] == 'T' || text.data[10] == ' '))
        parse(text, '-', &t);
    return t;
}

struct time_text time_parse_go(struct view text)
{
    struct time_text t = {0};
    if (text.size >= 19 && text.data[10] == ' ')
        parse(text, '/', &t);
    return t;
}

struct time_text time_parse_whole(struct view text)
{
    enum { MS_DIGITS_MIN = 12, MS_DIGITS_MAX = 14 }; /* 1973 to 5138 */
    struct time_text t = time_parse_iso(text);
    if (t.size != text.size)
        t = (struct time_text){0};
    if (t.size == 0 && text.size >= MS_DIGITS_MIN && text.size <= MS_DIGITS_MAX &&
        number_parse_integer(text, &t.ms)) {
        t.is_valid = t.has_zone = true;
        t.size = text.size;
    }
    return t;
}

void time_unpad_milliseconds(struct time_text *time)
{
    if (!time->is_valid || time->fraction_digits == 0 || time->fraction_digits >= 3)
        return;
    time->ms += (int64_t)time->fraction - fraction_ms(time);
}
