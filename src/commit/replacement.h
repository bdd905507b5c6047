/* replacement.h - a file that takes the place of another: readers see the old or the new.
 *
 * It is written under a name of its own beside the other, TO-<16 hex digits>.partial,
 * and renamed. A process that was killed on the way leaves it there; the next one that
 * replaces the same file takes it away. A live one is told from a dead one by a lock
 * on what it writes (fcntl(2)): where a filesystem has no locks, such files stay. */
#ifndef MILLRACE_REPLACEMENT_H
#define MILLRACE_REPLACEMENT_H

#include "commit/atomic_file.h"

#include <linux/limits.h>

struct replacement {
    const char *to;           /* borrowed */
    struct file_writer *file; /* to write to */
    char folder[PATH_MAX];    /* that both lie in */
    char aside[PATH_MAX];
    int lock; /* or -1 */
};

/* Creates the file aside. RC_USAGE where `to` cannot be a file's path, or lies in a
 * folder that is not there or not writable. */
NODISCARD enum rc replacement_begin(struct replacement *r, const char *to, struct err *err);

/* `rc`: what writing came to. RC_OK: the file is durable and takes its place; else
 * it goes. Gives what came first of all that failed. */
NODISCARD enum rc replacement_end(struct replacement *r, enum rc rc, struct err *err);

#endif
