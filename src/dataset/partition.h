/* partition.h - the dataset's folders and file names.
 *
 * events/<column>=<value>/…/part-<batch>-<seq>.parquet, a folder per column of
 * --partition-by. `dt` is the UTC day YYYY-MM-DD; the others are columns of the
 * event, which the files hold as well. Values are escaped as Hive does: control
 * bytes, DEL and any of / : * = ? % # ^ [ ] { \ " ' as %XX, everything else as it
 * is; no value or an empty one is __HIVE_DEFAULT_PARTITION__. No value ever leads
 * out of its folder; one too long for a name of the filesystem is cut and ends in
 * ~ and the XXH3-128 of the whole. */
#ifndef MILLRACE_PARTITION_H
#define MILLRACE_PARTITION_H

#include "interpret/event.h"
#include "util/buf.h"
#include "util/err.h"

#define PARTITION_FOLDER "events"
#define PARTITION_NO_VALUE "__HIVE_DEFAULT_PARTITION__"

enum {
    /* The day, among enum column. */
    PARTITION_DAY = COLUMN_COUNT,
    /* dt, account_id, region, log_group, kind, level: columns with few values. */
    PARTITION_COLUMNS_MAX = 6,
    /* NAME_MAX of every filesystem millrace is run on. */
    PARTITION_NAME_BYTES = 255,
    /* Any dataset file's path below the tree, with a NUL. */
    PARTITION_PATH_BYTES = 2048,
};

/* Columns in the order of the folders; an unsigned per enum column or PARTITION_DAY. */
struct partition_by {
    unsigned columns[PARTITION_COLUMNS_MAX];
    size_t count;
};

/* The day alone. */
struct partition_by partition_by_day(void);
/* "dt,account_id": false for other columns, or one twice, or none. */
bool partition_by_parse(const char *text, struct partition_by *ret);
/* What partition_by_parse() reads. */
void partition_by_append(const struct partition_by *by, struct buf *out);

/* The folder of a row with these values, one per column, below events/:
 * "dt=2023-01-05/account_id=1". buf_failed() tells of memory. */
void partition_append(struct buf *out, const struct partition_by *by, const struct view *values);

/* Whether `folder` is one that partition_append() gives: names of a sound length
 * that stay below each other. */
bool partition_is_valid(struct view folder);

/* The file's path below the tree; the folder is valid. */
void partition_path(char ret_path[PARTITION_PATH_BYTES], struct view folder, uint32_t batch,
                    uint32_t seq);

/* Makes the folders of `path` (a file's path as above) below the open folder
 * `tree` as needed. They are for the caller to sync. */
NODISCARD enum rc partition_make(int tree, const char *path, struct err *err);

#endif
