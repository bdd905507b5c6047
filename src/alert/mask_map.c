#include "alert/mask_map.h"

#include "alert/mask_map_tables.h"

#include <string.h>

CPU_DEFINE_KERNEL(mask_map);

const uint8_t mask_classes[256] = {
    ['0' ... '9'] = MASK_WORD | MASK_DIGIT | MASK_HEX_DIGIT,
    ['A' ... 'F'] = MASK_WORD | MASK_HEX_DIGIT,
    ['a' ... 'f'] = MASK_WORD | MASK_HEX_DIGIT,
    ['G' ... 'Z'] = MASK_WORD,
    ['g' ... 'z'] = MASK_WORD,
    [0x80 ... 0xff] = MASK_WORD,
    ['!'] = MASK_JOINT,
    ['$'] = MASK_JOINT,
    ['%'] = MASK_JOINT,
    ['&'] = MASK_JOINT,
    ['+'] = MASK_JOINT,
    ['-'] = MASK_JOINT,
    ['.'] = MASK_JOINT,
    ['='] = MASK_JOINT,
    ['@'] = MASK_JOINT,
    ['_'] = MASK_JOINT,
    ['~'] = MASK_JOINT,
    ['/'] = MASK_JOINT | MASK_MARK,
    [':'] = MASK_JOINT | MASK_MARK,
    [' '] = MASK_GAP,
    [','] = MASK_GAP,
};

/* Upper half 2 is bit 2, 0x04: `!` to `/`; 3 is 0x08: digits, `:`, `=`; 4 and 5 are 0x10
 * and 0x20: `@`, capitals, `_`; 6 and 7 are 0x40 and 0x80: small letters, `~`. */
const uint8_t mask_class_rows[MASK_CLASSES][16] = {
    {0xa8, 0xf8, 0xf8, 0xf8, 0xf8, 0xf8, 0xf8, 0xf8, 0xf8, 0xf8, 0xf0, 0x50, 0x50, 0x50, 0x50,
     0x50},
    {0x08, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08},
    {0x08, 0x58, 0x58, 0x58, 0x58, 0x58, 0x58, 0x08, 0x08, 0x08},
    {0x10, 0x04, 0, 0, 0x04, 0x04, 0x04, 0, 0, 0, 0x08, 0x04, 0, 0x0c, 0x84, 0x24},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 0, 0, 0, 0, 0x04},
    {0x04, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x04},
};

/* The bits of one class of eight bytes, side by side. */
static uint64_t class_bits(uint64_t classes, unsigned class)
{
    return ((classes >> class & UINT64_C(0x0101010101010101)) * UINT64_C(0x0102040810204080)) >> 56;
}

void mask_map_scalar(struct view text, struct mask_block *ret)
{
    for (size_t block = 0; block < MASK_BLOCKS(text.size); block++) {
        ret[block] = (struct mask_block){0};
        for (unsigned i = 0; i < MASK_BLOCK_BYTES; i += 8) {
            size_t at = block * MASK_BLOCK_BYTES + i;
            uint64_t classes = 0;
            for (unsigned k = 0; k < 8 && at + k < text.size; k++)
                classes |= (uint64_t)mask_classes[(unsigned char)text.data[at + k]] << 8 * k;
            ret[block].words |= class_bits(classes, 0) << i;
            ret[block].digits |= class_bits(classes, 1) << i;
            ret[block].hex |= class_bits(classes, 2) << i;
            ret[block].joints |= class_bits(classes, 3) << i;
            ret[block].marks |= class_bits(classes, 4) << i;
            ret[block].gaps |= class_bits(classes, 5) << i;
        }
    }
}
