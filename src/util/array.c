#include "util/array.h"

#include <stdlib.h>
#include <string.h>

bool array_grow(void *pointer, size_t item_bytes, size_t *capacity, size_t first)
{
    /* By memcpy(): a pointer to some type is no object of type void *. */
    void *items;
    memcpy(&items, pointer, sizeof(items));
    size_t wanted = *capacity > 0 ? *capacity * 2 : first, bytes;
    if (__builtin_mul_overflow(wanted, item_bytes, &bytes))
        return false;
    void *grown = realloc(items, bytes);
    if (grown == NULL)
        return false;
    memcpy(pointer, &grown, sizeof(grown));
    *capacity = wanted;
    return true;
}
