#include "json/unescape.h"

#include "json/unescape_scalar.h"

#define REPLACEMENT 0xfffdu
#define NO_CODE UINT32_MAX

CPU_DEFINE_KERNEL(unescape);

static int hex_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    char lower = (char)(byte | 0x20);
    if (lower >= 'a' && lower <= 'f')
        return lower - 'a' + 10;
    return -1;
}

/* The code unit of a `\uXXXX` at `at`, NO_CODE where there is none. */
static uint32_t code_unit(struct view inside, size_t at)
{
    if (inside.size < 6 || at > inside.size - 6)
        return NO_CODE;
    const char *p = inside.data + at;
    if (p[0] != '\\' || p[1] != 'u')
        return NO_CODE;
    uint32_t unit = 0;
    for (unsigned i = 2; i < 6; i++) {
        int value = hex_value(p[i]);
        if (value < 0)
            return NO_CODE;
        unit = unit << 4 | (uint32_t)value;
    }
    return unit;
}

static unsigned utf8_encode(char *to, uint32_t code)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xe0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 0x3f));
        to[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 0x3f));
    to[2] = (char)(0x80 | (code >> 6 & 0x3f));
    to[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

static bool is_surrogate(uint32_t unit)
{
    return (unit & 0xfffff800u) == 0xd800;
}

static unsigned unescape_unit(char *to, struct view inside, size_t *at)
{
    uint32_t unit = code_unit(inside, *at);
    if (unit == NO_CODE)
        return 0;
    *at += 6;
    if (!is_surrogate(unit))
        return utf8_encode(to, unit);
    if (unit >= 0xdc00)
        return utf8_encode(to, REPLACEMENT);
    uint32_t low = code_unit(inside, *at);
    if (low == NO_CODE || low < 0xdc00 || low > 0xdfff)
        return utf8_encode(to, REPLACEMENT);
    *at += 6;
    return utf8_encode(to, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
}

/* The byte that a two-byte escape stands for; 0 for `u` and for no escape. */
static char short_escape(char byte)
{
    switch (byte) {
    case '"':
    case '\\':
    case '/':
        return byte;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return 0;
    }
}

unsigned unescape_one(char *to, struct view inside, size_t *at)
{
    if (inside.size < 2 || *at > inside.size - 2)
        return 0;
    char byte = short_escape(inside.data[*at + 1]);
    if (byte == 0)
        return unescape_unit(to, inside, at);
    to[0] = byte;
    *at += 2;
    return 1;
}

/* Escapes stand close together in logged JSON: a call for the bytes between two
 * would cost more than copying them one by one. */
size_t unescape_scalar(char *to, struct view inside)
{
    size_t size = 0;
    size_t at = 0;
    while (at < inside.size) {
        char byte = inside.data[at];
        if (byte != '\\') {
            to[size++] = byte;
            at++;
            continue;
        }
        unsigned length = unescape_one(to + size, inside, &at);
        if (length == 0)
            return UNESCAPE_INVALID;
        size += length;
    }
    return size;
}

bool unescape_units(char *to, size_t *size, struct view inside, size_t *at)
{
    do {
        unsigned length = unescape_one(to + *size, inside, at);
        if (length == 0)
            return false;
        *size += length;
    } while (inside.size - *at >= 2 && memcmp(inside.data + *at, "\\u", 2) == 0);
    return true;
}
