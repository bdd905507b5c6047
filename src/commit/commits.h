/* commits.h - batches that are written, each committed once its files are durable.
 *
 * A worker goes on with its next batch while the disk takes the last one's files.
 * Commits come in the order of the batches, several at a time where the disk is
 * slower than the worker: then the folder of commits is synced once for them.
 * One per worker. */
#ifndef MILLRACE_COMMITS_H
#define MILLRACE_COMMITS_H

#include "commit/journal.h"
#include "limits.h"

struct commits {
    int work; /* open OUT.work/<plan hash> */
    struct sync_queue *sync;
    struct {
        struct batch_result result;
        uint64_t mark; /* its files lie before it */
    } pending[COMMITS_PENDING_MAX];
    unsigned count;
};

void commits_init(struct commits *c, int work, struct sync_queue *sync);
/* What was not committed is left to a later run. */
void commits_done(struct commits *c);

/* Takes *r, which is emptied, of a batch whose other files were given to `sync`;
 * it is committed now or later. Failures may be an earlier batch's. */
NODISCARD enum rc commits_add(struct commits *c, struct batch_result *r, struct err *err);

/* Commits all; they are durable then. */
NODISCARD enum rc commits_finish(struct commits *c, struct err *err);

#endif
