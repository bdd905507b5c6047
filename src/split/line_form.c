#include "split/line_form.h"

#define BLOCK_BYTES 64

/* How many bytes of `text` agree with the pattern, at most all of it. */
static size_t export_time_prefix(struct view text)
{
    static const char pattern[EXPORT_TIME_BYTES + 1] = "0000-00-00T00:00:00.000Z ";
    size_t i = 0;
    while (i < EXPORT_TIME_BYTES && i < text.size &&
           (pattern[i] == '0' ? byte_is_digit(text.data[i]) : text.data[i] == pattern[i]))
        i++;
    return i;
}

bool line_has_export_time(struct view text)
{
    return export_time_prefix(text) == EXPORT_TIME_BYTES;
}

bool line_may_have_export_time(struct view text)
{
    return text.size < EXPORT_TIME_BYTES && export_time_prefix(text) == text.size;
}

static inline unsigned char byte_is_control(char byte)
{
    unsigned char b = (unsigned char)byte;
    return (b < 8) | ((unsigned char)(b - 14) < 13);
}

bool text_has_control(struct view text)
{
    size_t i = 0;
    /* Whole blocks without a branch inside: compilers turn them into vectors. */
    for (; text.size - i >= BLOCK_BYTES; i += BLOCK_BYTES) {
        unsigned char any = 0;
        for (size_t j = 0; j < BLOCK_BYTES; j++)
            any |= byte_is_control(text.data[i + j]);
        if (any)
            return true;
    }
    for (; i < text.size; i++) {
        if (byte_is_control(text.data[i]))
            return true;
    }
    return false;
}

bool line_is_blank(struct view text)
{
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (!byte_is_space(byte) && byte != '\v' && byte != '\f')
            return false;
    }
    return true;
}
