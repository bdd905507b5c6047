#include "interpret/number_parse.h"

#include <math.h>
#include <stdlib.h>

/* A number taken apart: digits * 10^exponent. */
struct decimal {
    uint64_t digits;       /* the first 19 significant ones */
    unsigned digits_count; /* significant ones, leading zeros aside */
    int exponent;          /* of the last digit */
    bool is_negative;
    bool has_exponent;
    bool is_whole; /* nothing but zeros behind the point */
};

static void take_digit(struct decimal *d, char byte)
{
    if (d->digits_count == 0 && byte == '0')
        return;
    if (d->digits_count < 19)
        d->digits = d->digits * 10 + (unsigned)(byte - '0');
    d->digits_count++;
}

static size_t take_exponent(struct view text, size_t at, struct decimal *d)
{
    if (at == text.size || (text.data[at] != 'e' && text.data[at] != 'E'))
        return at;
    size_t begin = at + 1;
    bool is_negative = begin < text.size && text.data[begin] == '-';
    if (begin < text.size && (text.data[begin] == '-' || text.data[begin] == '+'))
        begin++;
    size_t end = begin;
    int exponent = 0;
    while (end < text.size && byte_is_digit(text.data[end])) {
        if (exponent < 10000)
            exponent = exponent * 10 + (text.data[end] - '0');
        end++;
    }
    if (end == begin)
        return at;
    d->has_exponent = true;
    d->exponent += is_negative ? -exponent : exponent;
    return end;
}

/* False where the whole text is no number. */
static bool take_apart(struct view text, struct decimal *d)
{
    *d = (struct decimal){.is_whole = true};
    if (text.size == 0 || text.size > NUMBER_BYTES_MAX)
        return false;
    size_t at = d->is_negative = text.data[0] == '-';
    size_t begin = at;
    while (at < text.size && byte_is_digit(text.data[at]))
        take_digit(d, text.data[at++]);
    if (at == begin)
        return false;
    if (at + 1 < text.size && text.data[at] == '.' && byte_is_digit(text.data[at + 1])) {
        for (at++; at < text.size && byte_is_digit(text.data[at]); at++) {
            d->is_whole = d->is_whole && text.data[at] == '0';
            d->exponent--;
            take_digit(d, text.data[at]);
        }
    }
    return take_exponent(text, at, d) == text.size;
}

bool number_parse_double(struct view text, double *ret)
{
    /* Exact doubles: their product and quotient are rounded once, so correctly
     * (W. D. Clinger, How to read floating point numbers accurately, 1990). */
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    struct decimal d;
    if (!take_apart(text, &d))
        return false;
    double value;
    if (d.digits_count <= 15 && d.exponent >= -22 && d.exponent <= 22) {
        value = (double)d.digits;
        value = d.exponent < 0 ? value / powers[-d.exponent] : value * powers[d.exponent];
        value = d.is_negative ? -value : value;
    } else {
        char copy[NUMBER_BYTES_MAX + 1];
        memcpy(copy, text.data, text.size);
        copy[text.size] = '\0';
        value = strtod(copy, NULL);
    }
    if (!isfinite(value))
        return false;
    *ret = value;
    return true;
}

/* Eight digits as a number, pairs of pairs of pairs; false where one is none. */
static bool parse_eight(const char *digits, int64_t *ret)
{
    uint64_t v;
    memcpy(&v, digits, sizeof(v));
    /* A byte of '0' to '9' has a 3 as its upper half, also with 6 added. */
    if (((v & UINT64_C(0xf0f0f0f0f0f0f0f0)) |
         ((v + UINT64_C(0x0606060606060606)) & UINT64_C(0xf0f0f0f0f0f0f0f0)) >> 4) !=
        UINT64_C(0x3333333333333333))
        return false;
    v &= UINT64_C(0x0f0f0f0f0f0f0f0f);
    v = (v * (1 + (10 << 8))) >> 8 & UINT64_C(0x00ff00ff00ff00ff);
    v = (v * (1 + (100 << 16))) >> 16 & UINT64_C(0x0000ffff0000ffff);
    v = (v * (1 + (UINT64_C(10000) << 32))) >> 32;
    *ret = (int64_t)v;
    return true;
}

/* Plain digits that fit whatever they are: nearly every number is such. */
static bool parse_plain(struct view text, int64_t *ret)
{
    enum { DIGITS_MAX = 18 };
    if (text.size == 0 || text.size > DIGITS_MAX)
        return false;
    int64_t value = 0;
    size_t i = 0;
    if (text.size >= 8) {
        if (!parse_eight(text.data, &value))
            return false;
        i = 8;
    }
    for (; i < text.size; i++) {
        if (!byte_is_digit(text.data[i]))
            return false;
        value = value * 10 + (text.data[i] - '0');
    }
    *ret = value;
    return true;
}

bool number_parse_integer(struct view text, int64_t *ret)
{
    struct decimal d;
    if (parse_plain(text, ret))
        return true;
    if (!take_apart(text, &d) || d.has_exponent || !d.is_whole)
        return false;
    struct view whole = view_slice(text, 0, view_find_byte(text, '.', 0));
    uint64_t magnitude = 0;
    for (size_t i = d.is_negative; i < whole.size; i++) {
        if (__builtin_mul_overflow(magnitude, 10u, &magnitude) ||
            __builtin_add_overflow(magnitude, (unsigned)(whole.data[i] - '0'), &magnitude))
            return false;
    }
    if (magnitude > INT64_MAX)
        return false;
    *ret = d.is_negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
}

bool number_parse_floor(struct view text, int64_t *ret)
{
    enum { DIGITS_MAX = 18 };
    struct decimal d;
    if (!take_apart(text, &d) || d.is_negative || d.digits_count > DIGITS_MAX)
        return false;
    uint64_t value = d.digits;
    int exponent = d.exponent;
    for (; exponent < 0 && value > 0; exponent++)
        value /= 10;
    if (value > 0 && (int)d.digits_count + d.exponent > DIGITS_MAX)
        return false;
    for (; exponent > 0 && value > 0; exponent--)
        value *= 10;
    *ret = (int64_t)value;
    return true;
}
