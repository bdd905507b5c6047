/* progress.h - what a run says on stderr while it works.
 *
 * One line redrawn in place on a terminal; a line every --stats seconds
 * elsewhere; nothing with -q. Also takes SIGINT and SIGTERM: while batches run
 * they are blocked and asked for, so that a run stops between records; at other
 * times a handler ends the process at once, which a run survives anywhere. */
#ifndef MILLRACE_PROGRESS_H
#define MILLRACE_PROGRESS_H

#include "job.h"

#include <time.h>

struct progress {
    bool is_terminal;
    bool is_quiet;
    unsigned verbose;
    unsigned stats_s;
    bool is_drawn; /* a line stands on the terminal */
    int signal;    /* that asked the run to stop, or 0 */
    struct timespec began, last;
};

/* Until progress_end() the signals are taken. */
void progress_begin(struct progress *p, const struct options *o);
void progress_end(struct progress *p);

/* What a job calls; they go to `p`. */
struct job_hooks progress_hooks(struct progress *p);
/* One of them, for the verbs too: `context` is the progress. */
void progress_notice(void *context, unsigned level, const char *text);
/* A failure that does not end the process is said with -q too. */
void progress_failure(struct progress *p, const char *text);

#endif
