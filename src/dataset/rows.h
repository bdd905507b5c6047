/* rows.h - interpreted events staged column-wise, then written as Parquet.
 *
 * A worker adds rows until RC_FULL, flushes, and goes on. A flush sorts by
 * (folder, log_group, log_stream, timestamp, event_id, source position) and
 * writes one file per folder with one row group: events/dt=…/part-<batch>-<seq>.parquet
 * below the attempt's folder. One per worker; memory bounded by bytes_max and
 * one row group's encoding. */
#ifndef MILLRACE_ROWS_H
#define MILLRACE_ROWS_H

#include "dataset/partition.h"
#include "parquet/steps.h"
#include "util/cpu.h"
#include "util/err.h"
#include "util/hash.h"
#include "util/sync_queue.h"

struct rows;

enum parquet_profile { PROFILE_DEFAULT, PROFILE_MODERN };

struct rows_options {
    size_t bytes_max;
    enum parquet_profile profile;
    const char *created_by; /* "millrace version X.Y.Z (build …)" */
    const char *plan_hash;  /* hex, for the key-value metadata */
    struct sync_queue *sync; /* by which files become durable; NULL: at once */
    enum cpu cpu;            /* one that can run here; no byte depends on it */
};

/* NULL when out of memory. */
struct rows *rows_new(const struct rows_options *options);
void rows_free(struct rows *r);

/* From now on `steps` are told what flushing takes; NULL: no more. */
void rows_watch(struct rows *r, struct steps *steps);

/* Copies the event's cells. `folder` is one that partition_append() gives.
 * RC_FULL: flush and add again (an empty table takes a row of any size);
 * RC_TOO_BIG: a text of 2 GiB or a row of 4 GiB,
 * which no file of this format can hold; RC_NO_MEMORY. A number past 32 bits in
 * a column of that type becomes the nearest one: a line count of billions. */
NODISCARD enum rc rows_add(struct rows *r, const struct event *e, struct view folder);
bool rows_is_empty(const struct rows *r);

/* One finished file of the dataset. */
struct dataset_file {
    const char *path; /* below the tree: events/dt=2023-01-05/part-000001-0001.parquet */
    uint64_t rows, bytes;
    struct hash128 checksum; /* XXH3-128 of its bytes */
    bool has_time;
    int64_t first_ms, last_ms; /* of timestamp */
};

/* Called for each file once it is written, and fsynced or handed to the queue. The path lasts for the
 * call: whoever keeps it copies it. */
typedef enum rc dataset_file_fn(void *context, const struct dataset_file *file, struct err *err);

/* Writes what is staged below `tree` (an open directory; events/dt=… is made as
 * needed) and empties the table, also where it fails. `batch` and `seq` name the
 * files; every folder's file has the same seq. Folders are for the caller to
 * sync. RC_IO, RC_NO_SPACE, RC_NO_MEMORY, and whatever on_file gave. */
NODISCARD enum rc rows_flush(struct rows *r, int tree, uint32_t batch, uint32_t seq,
                             dataset_file_fn *on_file, void *context, struct err *err);

/* Small files of one folder, in order. */
struct dataset_parts {
    const int *from; /* file i is files[i].path below the open folder from[i] */
    const struct dataset_file *files;
    size_t count;
    int to;                  /* another tree, open */
    struct sync_queue *sync; /* by which results become durable; NULL: at once */
};

/* Gathers the row groups of the parts into files of DATASET_FILE_BYTES and more
 * by copying their bytes and rewriting footers; a file that is large enough alone
 * is hard-linked. Results are written below `to`, each named as the first file in
 * it, folders made (for the caller to sync). Large files come out as they are met,
 * so on_file sees the results in the order in which they were finished. The result
 * does not depend on anything but the files' bytes and order. RC_MISMATCH: a file is not the one
 * that was committed, or is gone; the text names its whole path. */
NODISCARD enum rc dataset_gather(const struct dataset_parts *parts, dataset_file_fn *on_file,
                                 void *context, struct err *err);

#endif
