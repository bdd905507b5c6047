#include "commit/commits.h"

#include <string.h>

void commits_init(struct commits *c, int work, struct sync_queue *sync)
{
    *c = (struct commits){.work = work, .sync = sync};
}

/* Forgets the first ones. */
static void drop(struct commits *c, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        batch_result_done(&c->pending[i].result);
    c->count -= count;
    memmove(&c->pending[0], &c->pending[count], c->count * sizeof(c->pending[0]));
}

void commits_done(struct commits *c)
{
    drop(c, c->count);
}

/* The first ones, whose files are durable. */
static enum rc commit(struct commits *c, unsigned count, struct err *err)
{
    if (count == 0)
        return RC_OK;
    enum rc rc = RC_OK;
    for (unsigned i = 0; i < count && rc == RC_OK; i++)
        rc = journal_commit(c->work, &c->pending[i].result, err);
    drop(c, count);
    return rc == RC_OK ? journal_sync(c->work, c->sync, err) : rc;
}

static enum rc commit_all(struct commits *c, struct err *err)
{
    if (c->count == 0)
        return RC_OK;
    TRY(sync_queue_wait(c->sync, c->pending[c->count - 1].mark, err));
    return commit(c, c->count, err);
}

static enum rc commit_durable(struct commits *c, struct err *err)
{
    unsigned count = 0;
    for (bool is_done = true; count < c->count; count++) {
        TRY(sync_queue_poll(c->sync, c->pending[count].mark, &is_done, err));
        if (!is_done)
            break;
        /* Ended is not well yet. */
        TRY(sync_queue_wait(c->sync, c->pending[count].mark, err));
    }
    return commit(c, count, err);
}

enum rc commits_add(struct commits *c, struct batch_result *r, struct err *err)
{
    if (c->count == COMMITS_PENDING_MAX)
        TRY(commit_all(c, err));
    TRY(journal_prepare(c->work, r, c->sync, err));
    c->pending[c->count].result = *r;
    c->pending[c->count++].mark = sync_queue_mark(c->sync);
    batch_result_init(r);
    return commit_durable(c, err);
}

enum rc commits_finish(struct commits *c, struct err *err)
{
    TRY(commit_all(c, err));
    return sync_queue_wait(c->sync, sync_queue_mark(c->sync), err);
}
