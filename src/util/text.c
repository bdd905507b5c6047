#include "util/text.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

unsigned utf8_length(struct view v, size_t at)
{
    const unsigned char *p = (const unsigned char *)v.data + at;
    size_t left = v.size - at;
    if (left == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    unsigned length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || left < length)
        return 0;
    for (unsigned i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return length;
}

static uint32_t utf8_code_point(struct view v, size_t at, unsigned length)
{
    const unsigned char *p = (const unsigned char *)v.data + at;
    if (length == 1)
        return p[0];
    uint32_t code = p[0] & (0xffu >> (length + 1));
    for (unsigned i = 1; i < length; i++)
        code = code << 6 | (p[i] & 0x3fu);
    return code;
}

/* Length of the run at `at` that needs no escape in any of our forms. */
static size_t plain_run(struct view v, size_t at)
{
    size_t end = at;
    while (end < v.size) {
        unsigned char byte = (unsigned char)v.data[end];
        if (byte < 0x20 || byte == '"' || byte == '\\' || byte >= 0x7f)
            break;
        end++;
    }
    return end - at;
}

static void json_ascii(struct buf *out, unsigned char byte)
{
    switch (byte) {
    case '"':
        buf_append(out, "\\\"", 2);
        return;
    case '\\':
        buf_append(out, "\\\\", 2);
        return;
    case '\n':
        buf_append(out, "\\n", 2);
        return;
    case '\r':
        buf_append(out, "\\r", 2);
        return;
    case '\t':
        buf_append(out, "\\t", 2);
        return;
    default:
        buf_printf(out, "\\u%04x", byte);
        return;
    }
}

void text_json_string(struct buf *out, struct view v)
{
    buf_append_byte(out, '"');
    for (size_t at = 0; at < v.size;) {
        size_t run = plain_run(v, at);
        buf_append(out, v.data + at, run);
        at += run;
        if (at == v.size)
            break;
        unsigned length = utf8_length(v, at);
        if (length == 0) {
            buf_append(out, "\xef\xbf\xbd", 3);
            at++;
            continue;
        }
        uint32_t code = utf8_code_point(v, at, length);
        if (code < 0x80)
            json_ascii(out, (unsigned char)code);
        else if (code < 0xa0 || code == 0x2028 || code == 0x2029)
            buf_printf(out, "\\u%04x", code);
        else
            buf_append(out, v.data + at, length);
        at += length;
    }
    buf_append_byte(out, '"');
}

static bool is_bidi(uint32_t code)
{
    return code == 0x061c || code == 0x200e || code == 0x200f ||
           (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

void text_for_terminal(struct buf *out, struct view v)
{
    for (size_t at = 0; at < v.size;) {
        unsigned length = utf8_length(v, at);
        if (length == 0) {
            buf_printf(out, "\\x%02x", (unsigned char)v.data[at]);
            at++;
            continue;
        }
        uint32_t code = utf8_code_point(v, at, length);
        if (code < 0x20 || code == 0x7f)
            buf_printf(out, "\\x%02x", code);
        else if ((code >= 0x80 && code < 0xa0) || code == 0x2028 || code == 0x2029 || is_bidi(code))
            buf_printf(out, "\\u%04x", code);
        else
            buf_append(out, v.data + at, length);
        at += length;
    }
}

/* digits * 10^(point - count), ECMAScript Number::toString (ECMA-262 6.1.6.1.20). */
static void write_decimal(struct buf *out, const char *digits, int count, int point)
{
    if (count <= point && point <= 15) {
        buf_append(out, digits, (size_t)count);
        for (int i = count; i < point; i++)
            buf_append_byte(out, '0');
    } else if (point > 0 && point <= 15) {
        buf_append(out, digits, (size_t)point);
        buf_append_byte(out, '.');
        buf_append(out, digits + point, (size_t)(count - point));
    } else if (point > -5 && point <= 0) {
        buf_append(out, "0.", 2);
        for (int i = point; i < 0; i++)
            buf_append_byte(out, '0');
        buf_append(out, digits, (size_t)count);
    } else {
        buf_append(out, digits, 1);
        if (count > 1) {
            buf_append_byte(out, '.');
            buf_append(out, digits + 1, (size_t)(count - 1));
        }
        buf_printf(out, "e%+d", point - 1);
    }
}

void text_double(struct buf *out, double value)
{
    assert(isfinite(value));
    if (value == 0) {
        buf_append_byte(out, '0');
        return;
    }
    if (value < 0) {
        buf_append_byte(out, '-');
        value = -value;
    }
    char form[40];
    int precision = 1;
    /* 17 significant digits always read back (IEEE 754); fewer often do. */
    do {
        snprintf(form, sizeof(form), "%.*e", precision - 1, value);
    } while (strtod(form, NULL) != value && precision++ < 17);

    char digits[20];
    int count = 0;
    char *p = form;
    for (; *p != 'e'; p++) {
        if (byte_is_digit(*p))
            digits[count++] = *p;
    }
    int exponent = atoi(p + 1);
    while (count > 1 && digits[count - 1] == '0')
        count--;
    write_decimal(out, digits, count, exponent + 1);
}

int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    unsigned yoe = (unsigned)(year - era * 400);
    unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + (int64_t)doe - 719468;
}

bool civil_is_valid(int64_t year, unsigned month, unsigned day)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

static void civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    unsigned doe = (unsigned)(days - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;
    *day = doy - (153 * mp + 2) / 5 + 1;
    *month = mp < 10 ? mp + 3 : mp - 9;
    *year = (int64_t)yoe + era * 400 + (*month <= 2);
}

enum { DAY_MS = 24 * 60 * 60 * 1000 };

static int64_t floor_day(int64_t ms)
{
    return ms / DAY_MS - (ms % DAY_MS < 0);
}

bool text_day(char ret_day[11], int64_t ms)
{
    int64_t year;
    unsigned month, day;
    civil_from_days(floor_day(ms), &year, &month, &day);
    if (year < 0 || year > 9999)
        return false;
    ret_day[0] = (char)('0' + year / 1000);
    ret_day[1] = (char)('0' + year / 100 % 10);
    ret_day[2] = (char)('0' + year / 10 % 10);
    ret_day[3] = (char)('0' + year % 10);
    ret_day[4] = ret_day[7] = '-';
    ret_day[5] = (char)('0' + month / 10);
    ret_day[6] = (char)('0' + month % 10);
    ret_day[8] = (char)('0' + day / 10);
    ret_day[9] = (char)('0' + day % 10);
    ret_day[10] = '\0';
    return true;
}

void text_time_ms(struct buf *out, int64_t ms)
{
    char day[11];
    if (!text_day(day, ms)) {
        buf_printf(out, "%" PRId64, ms);
        return;
    }
    unsigned rest = (unsigned)(ms - floor_day(ms) * DAY_MS);
    buf_printf(out, "%sT%02u:%02u:%02u.%03uZ", day, rest / 3600000, rest / 60000 % 60,
               rest / 1000 % 60, rest % 1000);
}

bool text_read_time_ms(struct view text, int64_t *ret)
{
    static const char form[] = "0000-00-00T00:00:00.000Z";
    unsigned field[7] = {0};
    size_t which = 0;
    if (text.size != sizeof(form) - 1)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (form[i] != '0' && text.data[i] != form[i])
            return false;
        if (form[i] != '0')
            which++;
        else if (!byte_is_digit(text.data[i]))
            return false;
        else
            field[which] = field[which] * 10 + (unsigned)(text.data[i] - '0');
    }
    if (!civil_is_valid(field[0], field[1], field[2]) || field[3] > 23 || field[4] > 59 ||
        field[5] > 59)
        return false;
    int64_t hours = days_from_civil(field[0], field[1], field[2]) * 24 + field[3];
    *ret = ((hours * 60 + field[4]) * 60 + field[5]) * 1000 + field[6];
    return true;
}
