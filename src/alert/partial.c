#include "alert/partial.h"

#include "alert/spool.h"
#include "util/tasks.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static enum rc add_all(struct spool *inputs, const char *const *paths, size_t count,
                       struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        int fd = open(paths[i], O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return err_errno(err, "%s", paths[i]);
        TRY(spool_add(inputs, (struct merge_input){fd, paths[i]}, err));
    }
    return RC_OK;
}

static enum rc merge_to(struct spool *inputs, struct merge_input to, struct err *err)
{
    struct merge_input files[SPOOL_FILES_MAX];
    struct spool winners;
    spool_init(&winners, to.name);
    enum rc rc = merge_files(files, spool_list(inputs, files), to, &winners, err);
    spool_done(&winners);
    return rc;
}

/* ---- Shares ---- */

/* Fewer inputs take less than a thread and one more step. */
enum { SHARE_INPUTS_MIN = 8 };

struct shares {
    const struct partial_inputs *in;
    size_t count;
    const char *to;
    int *fds; /* what each was merged to, or -1 */
};

static enum rc merge_share(void *context, size_t index, unsigned thread, struct err *err)
{
    (void)thread;
    struct shares *s = context;
    struct merge_input files[SPOOL_FILES_MAX], merged;
    struct spool spool;
    char base[PATH_MAX]; /* shares make files at the same time */
    if (snprintf(base, sizeof(base), "%s.%zu", s->to, index) >= (int)sizeof(base))
        return err_set(err, RC_USAGE, "%s: the path is too long", s->to);
    size_t begin = s->in->count * index / s->count;
    size_t end = s->in->count * (index + 1) / s->count;
    spool_init(&spool, base);
    enum rc rc = add_all(&spool, s->in->paths + begin, end - begin, err);
    if (rc == RC_OK)
        rc = spool_make_file(&spool, &merged, err);
    if (rc == RC_OK) {
        s->fds[index] = merged.fd;
        rc = merge_files(files, spool_list(&spool, files), merged, NULL, err);
    }
    spool_done(&spool);
    return rc;
}

/* Merges each share, and adds what came of it. */
static enum rc add_shares(struct spool *inputs, struct shares *s, struct err *err)
{
    s->fds = malloc(s->count * sizeof(*s->fds));
    if (s->fds == NULL)
        return err_set(err, RC_NO_MEMORY, "%s: out of memory", s->to);
    for (size_t i = 0; i < s->count; i++)
        s->fds[i] = -1;
    enum rc rc = tasks_run(s->count, (unsigned)s->count, merge_share, s, err);
    for (size_t i = 0; i < s->count; i++) {
        if (rc == RC_OK)
            rc = spool_add(inputs, (struct merge_input){s->fds[i], s->to}, err);
        else if (s->fds[i] >= 0)
            close(s->fds[i]);
    }
    free(s->fds);
    return rc;
}

enum rc partial_merge(const char *const *paths, size_t paths_count, const char *to,
                      struct sync_queue *q, struct err *err)
{
    return partial_merge_shared(&(struct partial_inputs){paths, paths_count}, to, 1, q, err);
}

enum rc partial_merge_shared(const struct partial_inputs *in, const char *to, unsigned threads,
                             struct sync_queue *q, struct err *err)
{
    struct spool inputs;
    struct shares shares = {.in = in, .to = to, .count = in->count / SHARE_INPUTS_MIN};
    if (shares.count > threads)
        shares.count = threads;
    spool_init(&inputs, to);
    enum rc rc = shares.count > 1 ? add_shares(&inputs, &shares, err)
                                  : add_all(&inputs, in->paths, in->count, err);
    int fd = -1;
    if (rc == RC_OK) {
        fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        rc = fd < 0 ? err_errno(err, "%s", to)
                    : merge_to(&inputs, (struct merge_input){fd, to}, err);
    }
    spool_done(&inputs);
    if (fd < 0)
        return rc;
    if (rc == RC_OK)
        rc = sync_queue_add(q, fd, err);
    else
        close(fd);
    if (rc != RC_OK)
        unlink(to);
    return rc;
}
