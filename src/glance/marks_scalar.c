#include "glance/marks_block.h"

size_t marks_scalar(const struct mark_tables *t, struct view text, uint8_t wanted, uint32_t *ret)
{
    size_t count = 0;
    for (size_t at = 0; at + 1 < text.size && count <= MARKS_MAX; at++) {
        unsigned char first = (unsigned char)text.data[at] & 127;
        unsigned char second = (unsigned char)text.data[at + 1] & 127;
        unsigned char third = at + 2 < text.size ? (unsigned char)text.data[at + 2] & 127 : 0;
        if ((wanted & t->whole[0][first] & t->whole[1][second] & t->whole[2][third]) != 0)
            ret[count++] = (uint32_t)at;
    }
    return count;
}
