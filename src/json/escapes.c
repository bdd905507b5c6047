#include "json/escapes.h"

CPU_DEFINE_KERNEL(escapes);

static bool is_hex(char byte)
{
    char lower = (char)(byte | 0x20);
    return byte_is_digit(byte) || (lower >= 'a' && lower <= 'f');
}

static bool is_short(char byte)
{
    switch (byte) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return true;
    default:
        return false;
    }
}

/* Length of the escape at text[at], 0 where there is none. */
static size_t escape_length(struct view text, size_t at)
{
    size_t left = text.size - at;
    const char *p = text.data + at;
    if (left >= 2 && is_short(p[1]))
        return 2;
    if (left < 6 || p[1] != 'u')
        return 0;
    return is_hex(p[2]) && is_hex(p[3]) && is_hex(p[4]) && is_hex(p[5]) ? 6 : 0;
}

bool escapes_scalar(struct view text)
{
    size_t at = 0;
    while (at < text.size) {
        if (text.data[at] != '\\') {
            at++;
            continue;
        }
        size_t length = escape_length(text, at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}
