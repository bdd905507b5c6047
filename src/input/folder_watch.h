/* folder_watch.h - tells when something below folders changed.
 *
 * inotify on every folder below the roots, folders made later included. It says
 * that something happened, never what: whoever waits looks at everything again,
 * so that nothing depends on events that were lost or came twice. Where the
 * kernel gives no watches (their number is limited), waiting ends at its time
 * and says that something may have changed.
 *
 * One thread. Source: inotify(7). */
#ifndef MILLRACE_FOLDER_WATCH_H
#define MILLRACE_FOLDER_WATCH_H

#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct folder_watch;

/* Watches what lies below `roots` (folders, or files: then their folder). RC_USAGE
 * for one that is not there, RC_IO, RC_NO_MEMORY. */
NODISCARD enum rc folder_watch_new(const char *const *roots, size_t roots_count,
                                   struct folder_watch **ret, struct err *err);
void folder_watch_free(struct folder_watch *w); /* NULL is fine */

/* False where not every folder could be watched: waiting is then guessing. */
bool folder_watch_is_complete(const struct folder_watch *w);

/* Waits up to `wait_ms` for a change; one that came before counts. Returns true
 * at once when there was one, with a guess after wait_ms. */
bool folder_watch_wait(struct folder_watch *w, int64_t wait_ms);

#endif
