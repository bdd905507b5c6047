#include "alert/mask_match.h"

/* A place in the text and whether all went well so far. */
struct cursor {
    struct view text;
    size_t at;
};

static bool eat(struct cursor *c, char byte)
{
    if (mask_byte(c->text, c->at) != byte)
        return false;
    c->at++;
    return true;
}

/* A number of `least` to `most` digits and at most `limit`. */
static bool eat_number(struct cursor *c, size_t least, size_t most, unsigned limit)
{
    size_t digits = mask_digits(c->text, c->at, most + 1);
    if (digits < least || digits > most)
        return false;
    unsigned value = 0;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (unsigned)(c->text.data[c->at + i] - '0');
    if (value > limit)
        return false;
    c->at += digits;
    return true;
}

static bool eat_word(struct cursor *c, const struct view *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (mask_has_word(c->text, c->at, words[i])) {
            c->at += words[i].size;
            return true;
        }
    }
    return false;
}

struct name {
    uint32_t start; /* the first three letters */
    struct view word;
};

/* The month's or weekday's name, whole or its first three letters. */
static bool eat_name(struct cursor *c, const struct name *names, size_t count)
{
    if (c->text.size - c->at < 3)
        return false;
    const unsigned char *p = (const unsigned char *)c->text.data + c->at;
    uint32_t start = (p[0] | 0x20u) << 16 | (p[1] | 0x20u) << 8 | (p[2] | 0x20u);
    for (size_t i = 0; i < count; i++) {
        if (start != names[i].start)
            continue;
        size_t size = mask_has_word(c->text, c->at, names[i].word) ? names[i].word.size : 3;
        if (mask_is_word(mask_byte(c->text, c->at + size)))
            return false;
        c->at += size;
        return true;
    }
    return false;
}

static bool eat_month(struct cursor *c)
{
    static const struct name names[] = {
        {'j' << 16 | 'a' << 8 | 'n', VIEW("january")},
        {'f' << 16 | 'e' << 8 | 'b', VIEW("february")},
        {'m' << 16 | 'a' << 8 | 'r', VIEW("march")},
        {'a' << 16 | 'p' << 8 | 'r', VIEW("april")},
        {'m' << 16 | 'a' << 8 | 'y', VIEW("may")},
        {'j' << 16 | 'u' << 8 | 'n', VIEW("june")},
        {'j' << 16 | 'u' << 8 | 'l', VIEW("july")},
        {'a' << 16 | 'u' << 8 | 'g', VIEW("august")},
        {'s' << 16 | 'e' << 8 | 'p', VIEW("september")},
        {'o' << 16 | 'c' << 8 | 't', VIEW("october")},
        {'n' << 16 | 'o' << 8 | 'v', VIEW("november")},
        {'d' << 16 | 'e' << 8 | 'c', VIEW("december")},
    };
    return eat_name(c, names, sizeof(names) / sizeof(names[0]));
}

static bool eat_weekday(struct cursor *c)
{
    static const struct name names[] = {
        {'m' << 16 | 'o' << 8 | 'n', VIEW("monday")},
        {'t' << 16 | 'u' << 8 | 'e', VIEW("tuesday")},
        {'w' << 16 | 'e' << 8 | 'd', VIEW("wednesday")},
        {'t' << 16 | 'h' << 8 | 'u', VIEW("thursday")},
        {'f' << 16 | 'r' << 8 | 'i', VIEW("friday")},
        {'s' << 16 | 'a' << 8 | 't', VIEW("saturday")},
        {'s' << 16 | 'u' << 8 | 'n', VIEW("sunday")},
    };
    return eat_name(c, names, sizeof(names) / sizeof(names[0]));
}

/* ` UTC`, ` GMT+0000 (Coordinated Universal Time)`, `+01:00`, `Z`, `-0500`. */
static void eat_zone(struct cursor *c)
{
    static const struct view names[] = {VIEW("utc"), VIEW("gmt")};
    if (eat(c, 'Z'))
        return;
    struct cursor ahead = *c;
    eat(&ahead, ' ');
    bool is_named = eat_word(&ahead, names, 2);
    if (is_named)
        *c = ahead;
    if (eat(&ahead, '+') || eat(&ahead, '-')) {
        struct cursor plain = ahead;
        if (eat_number(&plain, 4, 4, 1400)) {
            *c = ahead = plain;
        } else if (eat_number(&ahead, 2, 2, 14) && eat(&ahead, ':') &&
                   eat_number(&ahead, 2, 2, 59)) {
            *c = ahead;
        }
    }
    ahead = *c;
    if (is_named && eat(&ahead, ' ') && eat(&ahead, '(')) {
        size_t close = ahead.at;
        while (close - ahead.at < 48 && mask_byte(c->text, close) != ')' && close < c->text.size)
            close++;
        if (mask_byte(c->text, close) == ')')
            c->at = close + 1;
    } else if (!is_named && eat(&ahead, ' ') && eat_word(&ahead, names, 2)) {
        *c = ahead; /* Go prints `+0000 UTC`. */
    }
}

static void eat_half_of_day(struct cursor *c)
{
    static const struct view halves[] = {VIEW("am"), VIEW("pm")};
    struct cursor ahead = *c;
    eat(&ahead, ' ');
    if (eat_word(&ahead, halves, 2) && !mask_is_word(mask_byte(ahead.text, ahead.at)))
        *c = ahead;
}

/* hh:mm[:ss[.fraction]] and what may follow; seconds are asked for where no
 * date stands before. */
static bool eat_time(struct cursor *c, bool needs_seconds)
{
    struct cursor ahead = *c;
    if (!eat_number(&ahead, 1, 2, 24) || !eat(&ahead, ':') || !eat_number(&ahead, 2, 2, 59))
        return false;
    struct cursor seconds = ahead;
    if (eat(&seconds, ':') && eat_number(&seconds, 2, 2, 60)) {
        ahead = seconds;
        if (eat(&seconds, '.') || eat(&seconds, ',')) {
            size_t digits = mask_digits(seconds.text, seconds.at, 10);
            if (digits > 0 && digits < 10)
                ahead.at = seconds.at + digits;
        }
    } else if (needs_seconds) {
        return false;
    }
    if (mask_byte(ahead.text, ahead.at) == ':' &&
        byte_is_digit(mask_byte(ahead.text, ahead.at + 1)))
        return false;
    eat_half_of_day(&ahead);
    eat_zone(&ahead);
    if (mask_is_word(mask_byte(ahead.text, ahead.at)))
        return false;
    *c = ahead;
    return true;
}

/* A time behind a date, over `T`, a space, a colon, or a comma and a space. */
static void eat_time_of_day(struct cursor *c)
{
    struct cursor ahead = *c;
    if (!eat(&ahead, 'T') && !eat(&ahead, ':')) {
        eat(&ahead, ',');
        if (!eat(&ahead, ' '))
            return;
        eat(&ahead, ' ');
    }
    if (eat_time(&ahead, false))
        *c = ahead;
}

/* YYYY-MM-DD, YYYY/MM/DD, YYYY.MM.DD */
static bool eat_year_first(struct cursor *c)
{
    struct cursor ahead = *c;
    if (!eat_number(&ahead, 4, 4, 2999))
        return false;
    char mark = mask_byte(ahead.text, ahead.at);
    if ((mark != '-' && mark != '/' && mark != '.') || !eat(&ahead, mark))
        return false;
    if (!eat_number(&ahead, 1, 2, 12) || !eat(&ahead, mark) || !eat_number(&ahead, 1, 2, 31))
        return false;
    *c = ahead;
    return true;
}

/* DD/Mon/YYYY, DD Mon YYYY, DD-Mon-YYYY, DD/MM/YYYY, MM/DD/YYYY, DD.MM.YYYY */
static bool eat_day_first(struct cursor *c)
{
    struct cursor ahead = *c;
    if (!eat_number(&ahead, 1, 2, 31))
        return false;
    char mark = mask_byte(ahead.text, ahead.at);
    if ((mark != '-' && mark != '/' && mark != '.' && mark != ' ') || !eat(&ahead, mark))
        return false;
    struct cursor numbered = ahead;
    if (!eat_month(&ahead)) {
        ahead = numbered;
        if (mark == ' ' || !eat_number(&ahead, 1, 2, 31))
            return false;
    }
    if (!eat(&ahead, mark) || !eat_number(&ahead, 4, 4, 2999))
        return false;
    *c = ahead;
    return true;
}

/* Mon DD[,] YYYY and, where a time follows, Mon DD. */
static bool eat_month_first(struct cursor *c)
{
    struct cursor ahead = *c;
    if (!eat_month(&ahead) || !eat(&ahead, ' '))
        return false;
    eat(&ahead, ' ');
    if (!eat_number(&ahead, 1, 2, 31))
        return false;
    struct cursor year = ahead;
    eat(&year, ',');
    if (eat(&year, ' ') && eat_number(&year, 4, 4, 2999) &&
        !mask_is_word(mask_byte(year.text, year.at))) {
        *c = year;
        return true;
    }
    struct cursor time = ahead;
    if (!eat(&time, ' ') || !eat_time(&time, true))
        return false;
    *c = ahead;
    return true;
}

/* YYYYMMDDThhmmss[Z] */
static bool eat_basic(struct cursor *c)
{
    struct cursor ahead = *c;
    if (mask_digits(ahead.text, ahead.at, 9) != 8)
        return false;
    ahead.at += 8;
    if (!eat(&ahead, 'T') || mask_digits(ahead.text, ahead.at, 7) != 6)
        return false;
    ahead.at += 6;
    eat(&ahead, 'Z');
    *c = ahead;
    return true;
}

static bool eat_date(struct cursor *c)
{
    if (!byte_is_digit(mask_byte(c->text, c->at)))
        return eat_month_first(c);
    return eat_year_first(c) || eat_basic(c) || eat_day_first(c);
}

/* The day's name, then a date. */
static bool eat_named_date(struct cursor *c)
{
    struct cursor ahead = *c;
    if (!eat_weekday(&ahead))
        return false;
    eat(&ahead, ',');
    if (!eat(&ahead, ' ') || !eat_date(&ahead))
        return false;
    *c = ahead;
    return true;
}

size_t mask_match_date(struct view text, size_t begin)
{
    struct cursor c = {text, begin};
    bool is_digit = byte_is_digit(text.data[begin]);
    bool found = is_digit ? eat_date(&c) : eat_named_date(&c) || eat_month_first(&c);
    if (found) {
        eat_time_of_day(&c);
        return mask_is_word(mask_byte(text, c.at)) ? 0 : c.at;
    }
    bool is_part = begin > 0 && text.data[begin - 1] == ':';
    return is_digit && !is_part && eat_time(&c, true) ? c.at : 0;
}
