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

/* For struct job_hooks; context is the progress. */
bool progress_tell(void *context, const struct fanout_progress *done, uint64_t total_bytes);
void progress_notice(void *context, unsigned level, const char *text);
void progress_batches_begin(void *context);
void progress_batches_end(void *context);

#endif
