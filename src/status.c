#include "status.h"

#include "commit/atomic_file.h"
#include "plan/shards.h"
#include "planning.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct survey {
    struct job job;
    int work;        /* open OUT.work/<plan hash> */
    uint32_t *shard; /* of each batch */
    time_t *begun;   /* the newest attempt at each batch, or 0 */
};

/* The index of the batch that an attempt's folder is named after. */
static bool batch_of_attempt(const struct survey *s, const char *name, size_t *ret)
{
    char *end;
    unsigned long number = strtoul(name, &end, 10);
    uint32_t base = s->job.plan.number_base;
    if (end == name || *end != '-' || number < base || number - base >= s->job.plan.count)
        return false;
    *ret = number - base;
    return true;
}

/* A batch that another process commits meanwhile may lose its attempt's folder. */
static enum rc note_attempt(struct survey *s, int folder, const char *name, struct err *err)
{
    struct stat st;
    size_t index;
    if (!batch_of_attempt(s, name, &index))
        return RC_OK;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? RC_OK : err_errno_at(err, folder, name, "cannot look at it");
    if (st.st_mtime > s->begun[index])
        s->begun[index] = st.st_mtime;
    return RC_OK;
}

static enum rc find_attempts(struct survey *s, struct err *err)
{
    int fd = openat(s->work, "attempt", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        enum rc rc = err_errno_at(err, s->work, "attempt", "cannot list it");
        if (fd >= 0)
            close(fd);
        return rc;
    }
    struct dirent *entry;
    enum rc rc = RC_OK;
    while (rc == RC_OK && (errno = 0, entry = readdir(dir)) != NULL)
        rc = note_attempt(s, fd, entry->d_name, err);
    if (rc == RC_OK && errno != 0)
        rc = err_errno_at(err, s->work, "attempt", "cannot list it");
    closedir(dir);
    return rc;
}

static void print_missing(const struct survey *s, size_t i, time_t now)
{
    const struct batch *b = &s->job.plan.batches[i];
    printf("missing   shard %" PRIu32 ", batch %06" PRIu32 ", %" PRIu64 " bytes, ", s->shard[i],
           b->number, b->bytes);
    if (s->begun[i] == 0)
        printf("not begun\n");
    else
        printf("begun %lld s ago\n", (long long)(now > s->begun[i] ? now - s->begun[i] : 0));
}

static enum rc print_survey(const struct survey *s, struct status *ret, struct err *err)
{
    const struct plan *plan = &s->job.plan;
    uint64_t missing_bytes = 0, bytes = 0;
    *ret = (struct status){.batches = plan->count};
    time_t now = time(NULL);
    for (size_t i = 0; i < plan->count; i++) {
        bool is_done;
        bytes += plan->batches[i].bytes;
        TRY(journal_is_committed(s->work, plan->batches[i].number, REVISION_PLANNED, &is_done,
                                 err));
        if (is_done)
            continue;
        ret->missing++;
        missing_bytes += plan->batches[i].bytes;
        print_missing(s, i, now);
    }
    printf("plan      %s, %" PRIu32 " shards\ndone      %" PRIu64 " of %" PRIu64
           " batches, %" PRIu64 " of %" PRIu64 " bytes\n",
           plan->hash, s->job.file->head.shards, ret->batches - ret->missing, ret->batches,
           bytes - missing_bytes, bytes);
    return RC_OK;
}

static enum rc survey(struct survey *s, struct status *ret, struct err *err)
{
    struct job *j = &s->job;
    char path[PATH_MAX];
    TRY(job_prepare(j, err));
    TRY(planning_load(j, err));
    if (snprintf(path, sizeof(path), "%s/%s", j->place.root_path, j->plan.hash) >=
        (int)sizeof(path))
        return err_set(err, RC_USAGE, "%s: the path is too long", j->place.root_path);
    enum rc rc = folder_open(AT_FDCWD, path, &s->work, err);
    if (rc == RC_END)
        return err_set(err, RC_FAILED, "%s: is gone; was it merged meanwhile?", path);
    TRY(rc);
    s->shard = calloc(j->plan.count + 1, sizeof(*s->shard));
    s->begun = calloc(j->plan.count + 1, sizeof(*s->begun));
    if (s->shard == NULL || s->begun == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory for the list of batches");
    TRY(shards_assign(&j->plan, j->file->head.shards, s->shard, err));
    TRY(find_attempts(s, err));
    return print_survey(s, ret, err);
}

enum rc status_print(const struct planned *p, const struct job_hooks *hooks, struct status *ret,
                     struct err *err)
{
    struct job_outcome outcome = {0};
    struct survey s = {.work = -1};
    job_init(&s.job, p->options, hooks, &outcome);
    s.job.file = p->file;
    enum rc rc = survey(&s, ret, err);
    if (s.work >= 0)
        close(s.work);
    free(s.shard);
    free(s.begun);
    job_done(&s.job);
    return rc;
}
