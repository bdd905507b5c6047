#include "json/json_number.h"

/* Whether eight bytes are all digits: each high nibble is 3, also after adding
 * 6, which carries `:` to `?` out of it. */
static bool are_digits(uint64_t bytes)
{
    const uint64_t high = 0xf0f0f0f0f0f0f0f0u;
    return ((bytes & high) | ((bytes + 0x0606060606060606u) & high) >> 4) == 0x3333333333333333u;
}

/* The end of the digits that begin at `at`. */
static size_t skip_digits(struct view v, size_t at)
{
    while (v.size - at >= 8) {
        uint64_t bytes;
        memcpy(&bytes, v.data + at, 8);
        if (!are_digits(bytes))
            break;
        at += 8;
    }
    while (at < v.size && byte_is_digit(v.data[at]))
        at++;
    return at;
}

/* The end of the fraction or exponent whose mark is at `mark`: its digits begin
 * at `digits`. Without digits the number ends before the mark. */
static size_t skip_part(struct view v, size_t mark, size_t digits)
{
    size_t end = skip_digits(v, digits);
    return end > digits ? end : mark;
}

size_t json_number_length(struct view v)
{
    size_t begin = v.size > 0 && v.data[0] == '-' ? 1 : 0;
    size_t at = skip_digits(v, begin);
    if (at == begin)
        return 0;
    if (v.data[begin] == '0')
        at = begin + 1;
    if (at < v.size && v.data[at] == '.')
        at = skip_part(v, at, at + 1);
    if (at < v.size && (v.data[at] | 0x20) == 'e') {
        size_t digits = at + 1;
        if (digits < v.size && (v.data[digits] == '+' || v.data[digits] == '-'))
            digits++;
        at = skip_part(v, at, digits);
    }
    return at;
}
