#include "util/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_done(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}

bool buf_reserve(struct buf *b, size_t more)
{
    if (b->failed)
        return false;
    if (more <= b->capacity - b->size && b->data != NULL)
        return true;
    if (more > SIZE_MAX / 4 - b->size) {
        b->failed = true;
        return false;
    }
    size_t wanted = b->capacity ? b->capacity : 256;
    while (wanted < b->size + more)
        wanted *= 2;
    char *data = realloc(b->data, wanted + BUF_SLACK);
    if (data == NULL) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->capacity = wanted;
    return true;
}

bool buf_append(struct buf *b, const void *data, size_t size)
{
    if (!buf_reserve(b, size))
        return false;
    if (size > 0)
        memcpy(b->data + b->size, data, size);
    b->size += size;
    return true;
}

bool buf_append_view(struct buf *b, struct view v)
{
    return buf_append(b, v.data, v.size);
}

bool buf_append_byte(struct buf *b, char byte)
{
    return buf_append(b, &byte, 1);
}

bool buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    char small[256];
    int used = vsnprintf(small, sizeof(small), format, args);
    va_end(args);
    bool ok = used >= 0 && buf_reserve(b, (size_t)used + 1);
    if (ok) {
        if ((size_t)used < sizeof(small))
            memcpy(b->data + b->size, small, (size_t)used);
        else
            vsnprintf(b->data + b->size, (size_t)used + 1, format, again);
        b->size += (size_t)used;
    }
    va_end(again);
    return ok;
}
