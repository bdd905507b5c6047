#include "glance/mold.h"

#include <assert.h>

CPU_DEFINE_KERNEL(mold);

enum { LETTERS = 6 }; /* a to f */

void mold_make(struct view pattern, struct mold *ret)
{
    assert(pattern.size >= MOLD_BYTES_MIN && pattern.size <= MOLD_BYTES_MAX);
    *ret = (struct mold){.size = pattern.size};
    for (size_t i = 0; i < pattern.size; i++) {
        char byte = pattern.data[i];
        bool is_digit = byte == MOLD_DIGIT[0] || byte == MOLD_HEX[0];
        bool is_first = byte == MOLD_FIRST_DIGIT[0];
        ret->base[i] = (uint8_t)(is_digit ? '0' : is_first ? '1' : byte);
        ret->span[i] = is_digit ? 9 : is_first ? 8 : 0;
        ret->letter[i] = byte == MOLD_HEX[0] ? 'a' : 0;
    }
}

bool mold_scalar(const struct mold *mold, const char *at)
{
    bool fits = true;
    for (size_t i = 0; i < mold->size; i++) {
        uint8_t byte = (uint8_t)at[i];
        uint8_t above = (uint8_t)(byte - mold->base[i]);
        uint8_t letter = (uint8_t)((byte | 0x20) - mold->letter[i]);
        fits &= above <= mold->span[i] || letter < LETTERS;
    }
    return fits;
}
