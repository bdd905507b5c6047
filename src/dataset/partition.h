/* partition.h - the dataset's folders and file names.
 *
 * events/dt=<day>/part-<batch>-<seq>.parquet, where a day is YYYY-MM-DD or
 * what Hive calls a partition without a value. */
#ifndef MILLRACE_PARTITION_H
#define MILLRACE_PARTITION_H

#include "util/err.h"
#include "util/view.h"

#define PARTITION_FOLDER "events"
#define PARTITION_NO_DAY "__HIVE_DEFAULT_PARTITION__"

/* Whether `day` may name a folder: a date's form, or PARTITION_NO_DAY. */
bool partition_day_is_valid(struct view day);

/* The file's path below the tree; the day is valid. */
void partition_path(char *ret_path, size_t path_bytes, struct view day, uint32_t batch,
                    uint32_t seq);

/* Makes the folders of `path` (a file's path as above) below the open folder
 * `tree` as needed. */
NODISCARD enum rc partition_make(int tree, const char *path, struct err *err);

/* fsync of a file does not cover the folders that name it: the first makes the
 * entry of the file `path` durable, the second, called after it once for all
 * files, those of the day folders. */
NODISCARD enum rc partition_sync_day(int tree, const char *path, struct err *err);
NODISCARD enum rc partition_sync_tree(int tree, struct err *err);

#endif
