/* copy.h - memcpy() where most of what is copied is short.
 *
 * A call takes about as long as copying a request id does. */
#ifndef MILLRACE_COPY_H
#define MILLRACE_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Copies exactly `size` bytes that do not overlap; none: the pointers may be NULL. */
static inline void copy_short(char *to, const char *from, size_t size)
{
    enum { STEP = 16, SHORT_MAX = 8 * STEP, HALF = STEP / 2 };
    if (size > SHORT_MAX) {
        memcpy(to, from, size);
    } else if (size > STEP) {
        /* Steps from the start, and one that ends where the text does. */
        for (size_t at = 0; at < size - STEP; at += STEP)
            memcpy(to + at, from + at, STEP);
        memcpy(to + size - STEP, from + size - STEP, STEP);
    } else if (size >= HALF) {
        memcpy(to, from, HALF);
        memcpy(to + size - HALF, from + size - HALF, HALF);
    } else {
        for (size_t i = 0; i < size; i++)
            to[i] = from[i];
    }
}

#endif
