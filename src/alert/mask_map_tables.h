/* mask_map_tables.h - what the kernels of mask_map.h, and the matchers, look bytes up in. */
#ifndef MILLRACE_MASK_MAP_TABLES_H
#define MILLRACE_MASK_MAP_TABLES_H

#include "alert/mask_map.h"

/* The classes of a byte, a bit each, in the order of struct mask_block. */
enum {
    MASK_WORD = 1 << 0,
    MASK_DIGIT = 1 << 1,
    MASK_HEX_DIGIT = 1 << 2,
    MASK_JOINT = 1 << 3,
    MASK_MARK = 1 << 4,
    MASK_GAP = 1 << 5,
    MASK_CLASSES = 6,
};

extern const uint8_t mask_classes[256];

/* Of ASCII: in a class are the bytes whose upper half is a bit of what their lower half
 * finds in that class's table. */
extern const uint8_t mask_class_rows[MASK_CLASSES][16];

#endif
