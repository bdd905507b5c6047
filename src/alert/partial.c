#include "alert/partial.h"

#include "alert/spool.h"

#include <fcntl.h>
#include <stdio.h>
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

enum rc partial_merge(const char *const *paths, size_t paths_count, const char *to,
                      struct sync_queue *q, struct err *err)
{
    struct spool inputs;
    spool_init(&inputs, to);
    enum rc rc = add_all(&inputs, paths, paths_count, err);
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
