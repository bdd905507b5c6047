#include "input/lost_page.h"

#include "util/err.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A line of /proc/self/maps, whose path escapes newlines. */
enum { LINE_BYTES = 4 * PATH_MAX + 256 };

/* "7f00-7f20 r--p 00000000 fd:00 1234    /path": its path where it covers `at`, else NULL. */
static const char *path_of(const char *line, uintptr_t at)
{
    char *end;
    uintptr_t from = strtoull(line, &end, 16);
    uintptr_t to = *end == '-' ? strtoull(end + 1, &end, 16) : 0;
    return from <= at && at < to ? strchr(end, '/') : NULL;
}

/* Looks through the complete lines of `text`, of which the rest moves to its start. */
static bool find_in(char text[LINE_BYTES], size_t *size, uintptr_t at, char ret[LINE_BYTES])
{
    char *line = text, *end;
    const char *path = NULL;
    while (path == NULL && (end = memchr(line, '\n', *size - (size_t)(line - text))) != NULL) {
        *end = '\0';
        path = path_of(line, at);
        line = end + 1;
    }
    if (path != NULL)
        strcpy(ret, path);
    *size -= (size_t)(line - text);
    memmove(text, line, *size);
    return path != NULL;
}

static bool find_file(uintptr_t at, char ret[LINE_BYTES])
{
    char text[LINE_BYTES];
    size_t size = 0;
    ssize_t got = 1;
    bool is_found = false;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && !is_found && got > 0 && size < sizeof(text)) {
        got = read(fd, text + size, sizeof(text) - size);
        size += got > 0 ? (size_t)got : 0;
        is_found = find_in(text, &size, at, ret);
    }
    if (fd >= 0)
        close(fd);
    return is_found;
}

/* The handler runs where this thread touched the page, which holds none of the locks
 * that what is called here could want. */
void lost_page_end(const void *at)
{
    static const char who[] = "millrace: ", newline[] = "\n";
    char path[LINE_BYTES];
    struct err err;
    if (!find_file((uintptr_t)at, path))
        return;
    enum rc rc = err_set(&err, RC_IO,
                         "%.*s: cannot be read any more: it was cut short, or its disk failed; "
                         "run the same command again",
                         PATH_MAX, path);
    /* Where that cannot be said, the status does. */
    (void)!write(STDERR_FILENO, who, sizeof(who) - 1);
    (void)!write(STDERR_FILENO, err.text, strlen(err.text));
    (void)!write(STDERR_FILENO, newline, sizeof(newline) - 1);
    _exit(rc_info(rc)->exit_status);
}
