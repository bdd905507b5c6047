/* write_dataset.c - writes a dataset of invented events and the same events as
 * NDJSON, for readers to compare.
 *
 *     write_dataset FOLDER NDJSON lambda|mixed ROWS SEED default|modern
 *
 * FOLDER and FOLDER.staged are made as needed. Rows are flushed every 40 MiB
 * (mixed: 8 MiB) and then gathered, so that files with several row groups are
 * among those that are read. */
#include "dataset/rows.h"
#include "sample_events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 4096, STAGED_BYTES = 40 << 20, MIXED_STAGED_BYTES = 8 << 20 };

struct files {
    struct dataset_file list[FILES_MAX];
    char paths[FILES_MAX][PARTITION_PATH_BYTES];
    size_t count;
};

static enum rc keep(void *context, const struct dataset_file *file, struct err *err)
{
    struct files *files = context;
    if (files->count == FILES_MAX)
        return err_set(err, RC_FAILED, "too many files");
    snprintf(files->paths[files->count], PARTITION_PATH_BYTES, "%s", file->path);
    files->list[files->count] = *file;
    files->list[files->count].path = files->paths[files->count];
    files->count++;
    return RC_OK;
}

struct job {
    struct rows *rows;
    struct sample sample;
    struct files *files;
    FILE *ndjson;
    int staged;
    uint32_t seq;
};

static enum rc add(struct job *job, struct err *err)
{
    struct event e;
    char folder[32];
    sample_next(&job->sample, &e, folder);
    enum rc rc = rows_add(job->rows, &e, view_of_string(folder));
    if (rc == RC_FULL) {
        TRY(rows_flush(job->rows, job->staged, 0, job->seq++, keep, job->files, err));
        rc = rows_add(job->rows, &e, view_of_string(folder));
    }
    if (rc != RC_OK)
        return err_set(err, rc, "cannot stage a row");
    struct buf line = {0};
    event_append_json(&e, &line);
    bool is_written = fwrite(line.data, 1, line.size, job->ndjson) == line.size;
    buf_done(&line);
    return is_written ? RC_OK : err_errno(err, "cannot write the NDJSON file");
}

static int by_folder(const void *left, const void *right)
{
    return strcmp(((const struct dataset_file *)left)->path,
                  ((const struct dataset_file *)right)->path);
}

/* Day by day, as a merge does. */
static enum rc gather(const struct job *job, int to, struct err *err)
{
    struct dataset_file *list = job->files->list;
    size_t count = job->files->count;
    int *from = malloc((count + 1) * sizeof(*from));
    struct files *gathered = calloc(1, sizeof(*gathered));
    enum rc rc = from && gathered ? RC_OK : RC_NO_MEMORY;
    for (size_t i = 0; from != NULL && i < count; i++)
        from[i] = job->staged;
    qsort(list, count, sizeof(*list), by_folder);
    for (size_t begin = 0, end; rc == RC_OK && begin < count; begin = end) {
        size_t folder = (size_t)(strrchr(list[begin].path, '/') - list[begin].path);
        for (end = begin + 1; end < count; end++) {
            if (strncmp(list[end].path, list[begin].path, folder + 1) != 0)
                break;
        }
        const struct dataset_parts parts = {from, list + begin, end - begin, to, NULL};
        rc = dataset_gather(&parts, keep, gathered, err);
    }
    free(from);
    free(gathered);
    return rc;
}

static enum rc write_all(struct job *job, long rows, int to, struct err *err)
{
    for (long i = 0; i < rows; i++)
        TRY(add(job, err));
    TRY(rows_flush(job->rows, job->staged, 0, job->seq, keep, job->files, err));
    return gather(job, to, err);
}

static int open_folder(int parent, const char *name)
{
    if (mkdirat(parent, name, 0777) != 0 && errno != EEXIST)
        return -1;
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "usage: write_dataset FOLDER NDJSON lambda|mixed ROWS SEED profile\n");
        return 2;
    }
    enum sample_kind kind = strcmp(argv[3], "mixed") == 0 ? SAMPLE_MIXED : SAMPLE_LAMBDA;
    struct rows_options options = {
        .bytes_max = kind == SAMPLE_MIXED ? MIXED_STAGED_BYTES : STAGED_BYTES,
        .profile = strcmp(argv[6], "modern") == 0 ? PROFILE_MODERN : PROFILE_DEFAULT,
        .created_by = "millrace version 0.0.0 (build sample)",
        .plan_hash = "0123456789abcdef0123456789abcdef",
    };
    struct err err = {"cannot start"};
    char staged[4096];
    snprintf(staged, sizeof(staged), "%s.staged", argv[1]);
    struct job job = {.rows = rows_new(&options),
                      .files = calloc(1, sizeof(struct files)),
                      .ndjson = fopen(argv[2], "w"),
                      .staged = open_folder(AT_FDCWD, staged)};
    int to = open_folder(AT_FDCWD, argv[1]);
    sample_init(&job.sample, strtoull(argv[5], NULL, 10), kind);
    enum rc rc = RC_FAILED;
    if (job.rows && job.files && job.ndjson && job.staged >= 0 && to >= 0)
        rc = write_all(&job, atol(argv[4]), to, &err);
    if (job.ndjson && fclose(job.ndjson) != 0)
        rc = RC_IO;
    if (rc != RC_OK)
        fprintf(stderr, "write_dataset: %s\n", err.text);
    rows_free(job.rows);
    sample_done(&job.sample);
    free(job.files);
    close(job.staged);
    close(to);
    return rc == RC_OK ? 0 : 1;
}
