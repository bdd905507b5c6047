#include "util/err.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WHOLE_BYTES = 2 * PATH_MAX };

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
    [RC_CHANGED] = {"changed", RC_KIND_USE, 2},
    [RC_LOCKED] = {"locked", RC_KIND_USE, 6},
    [RC_STOPPED] = {"stopped", RC_KIND_USE, 130},
    [RC_MISMATCH] = {"mismatch", RC_KIND_USE, 5},
};

const struct rc_info *rc_info(enum rc rc)
{
    assert(rc < RC_COUNT);
    return &table[rc];
}

/* Bytes of the UTF-8 sequence at `text` that steers a terminal: a control
 * character of C0 or C1, or one that turns the direction of writing. */
static unsigned steering_bytes(const unsigned char *text)
{
    if (text[0] < 0x20 || text[0] == 0x7f)
        return 1;
    if (text[0] == 0xc2 && text[1] >= 0x80 && text[1] <= 0x9f)
        return 2;
    if (text[0] != 0xe2)
        return 0;
    bool is_mark = text[1] == 0x80 && (text[2] == 0x8e || text[2] == 0x8f);
    bool is_override = text[1] == 0x80 && text[2] >= 0xaa && text[2] <= 0xae;
    bool is_isolate = text[1] == 0x81 && text[2] >= 0xa6 && text[2] <= 0xa9;
    return is_mark || is_override || is_isolate ? 3 : 0;
}

/* Paths and log text reach these lines: whatever could steer a terminal is
 * made harmless here, once. */
static void make_printable(char *text)
{
    while (*text != '\0') {
        unsigned bytes = steering_bytes((const unsigned char *)text);
        memset(text, '?', bytes);
        text += bytes > 0 ? bytes : 1;
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

__attribute__((format(printf, 3, 0))) static enum rc set_errno(struct err *err, int number,
                                                              const char *format, va_list args)
{
    enum rc rc = rc_of_errno(number);
    if (err == NULL)
        return rc;
    int used = vsnprintf(err->text, sizeof(err->text), format, args);
    if (used >= 0 && (size_t)used < sizeof(err->text))
        snprintf(err->text + used, sizeof(err->text) - (size_t)used, ": %s%s", strerror(number),
                 rc == RC_NO_SPACE ? "; make room and run the same command again" : "");
    make_printable(err->text);
    return rc;
}

enum rc err_errno(struct err *err, const char *format, ...)
{
    int number = errno;
    va_list args;
    va_start(args, format);
    enum rc rc = set_errno(err, number, format, args);
    va_end(args);
    return rc;
}

/* The whole path of `path` below `folder`. errno stays. */
static void whole_path(char ret[WHOLE_BYTES], int folder, const char *path)
{
    int number = errno;
    char link[64], above[PATH_MAX];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", folder);
    ssize_t size =
        folder == AT_FDCWD || path[0] == '/' ? -1 : readlink(link, above, sizeof(above) - 1);
    above[size < 0 ? 0 : size] = '\0';
    bool is_itself = strcmp(path, ".") == 0 && size > 0;
    snprintf(ret, WHOLE_BYTES, "%s%s%s", above, size > 0 && !is_itself ? "/" : "",
             is_itself ? "" : path);
    errno = number;
}

enum rc err_errno_at(struct err *err, int folder, const char *path, const char *what)
{
    char whole[WHOLE_BYTES];
    whole_path(whole, folder, path);
    return err_errno(err, "%s: %s", whole, what);
}

enum rc err_set_at(struct err *err, enum rc rc, int folder, const char *path, const char *what)
{
    char whole[WHOLE_BYTES];
    whole_path(whole, folder, path);
    return err_set(err, rc, "%s: %s", whole, what);
}

static bool is_wrong_path(int number)
{
    return number == ENOENT || number == ENOTDIR || number == EACCES || number == EPERM ||
           number == EROFS || number == ELOOP || number == ENAMETOOLONG ||
           number == EEXIST || number == EISDIR;
}

enum rc err_errno_named(struct err *err, const char *format, ...)
{
    int number = errno;
    va_list args;
    va_start(args, format);
    enum rc rc = set_errno(err, number, format, args);
    va_end(args);
    return is_wrong_path(number) ? RC_USAGE : rc;
}
