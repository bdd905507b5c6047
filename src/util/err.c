#include "util/err.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct rc_info table[RC_COUNT] = {
    [RC_OK] = {"ok", RC_KIND_NONE, 0},
    [RC_END] = {"end", RC_KIND_NONE, 0},
    [RC_FULL] = {"full", RC_KIND_NONE, 0},
    [RC_BAD_INPUT] = {"bad input", RC_KIND_VERDICT, 3},
    [RC_TOO_BIG] = {"too big", RC_KIND_VERDICT, 3},
    [RC_UNSUPPORTED] = {"unsupported", RC_KIND_VERDICT, 3},
    [RC_IO] = {"input/output", RC_KIND_WORLD, 75},
    [RC_NO_MEMORY] = {"out of memory", RC_KIND_WORLD, 75},
    [RC_NO_SPACE] = {"no space", RC_KIND_WORLD, 75},
    [RC_FAILED] = {"failed", RC_KIND_WORLD, 1},
    [RC_USAGE] = {"usage", RC_KIND_USE, 2},
    [RC_LOCKED] = {"locked", RC_KIND_USE, 6},
    [RC_STOPPED] = {"stopped", RC_KIND_USE, 130},
    [RC_MISMATCH] = {"mismatch", RC_KIND_USE, 5},
};

const struct rc_info *rc_info(enum rc rc)
{
    assert(rc < RC_COUNT);
    return &table[rc];
}

/* Paths and log text reach these lines: whatever could steer a terminal is
 * made harmless here, once. */
static void make_printable(char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte == 0x7f)
            *text = '?';
    }
}

enum rc err_set(struct err *err, enum rc rc, const char *format, ...)
{
    if (err == NULL)
        return rc;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    make_printable(err->text);
    return rc;
}

static enum rc rc_of_errno(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
        return RC_NO_SPACE;
    case ENOMEM:
        return RC_NO_MEMORY;
    default:
        return RC_IO;
    }
}

enum rc err_errno(struct err *err, const char *format, ...)
{
    int number = errno;
    if (err == NULL)
        return rc_of_errno(number);
    va_list args;
    va_start(args, format);
    int used = vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    if (used >= 0 && (size_t)used < sizeof(err->text))
        snprintf(err->text + used, sizeof(err->text) - (size_t)used, ": %s", strerror(number));
    make_printable(err->text);
    return rc_of_errno(number);
}
