/* manifest.h - what the files of OUT are, and that they are whole.
 *
 * manifest.jsonl has a line per file, sorted by path: {"path","bytes",
 * "checksum"} and for the dataset "rows","first","last" (times, where rows have
 * any). Checksums are XXH3-128 in hex. _SUCCESS holds the manifest's own
 * checksum and is written last. timing.json is in neither: it differs between
 * runs. */
#ifndef MILLRACE_MANIFEST_H
#define MILLRACE_MANIFEST_H

#include "dataset/rows.h"
#include "util/sync_queue.h"

struct manifest_entry {
    struct dataset_file file;
    bool is_dataset;
};

/* Zero-initialised is empty. Owns its entries' paths. */
struct manifest {
    struct manifest_entry *entries;
    size_t count;
    size_t capacity;
};

NODISCARD enum rc manifest_add_dataset(struct manifest *m, const struct dataset_file *file,
                                       struct err *err);
/* Adds a file below `folder` by reading it. */
NODISCARD enum rc manifest_add_file(struct manifest *m, int folder, const char *path,
                                    struct err *err);
/* Writes manifest.jsonl and then _SUCCESS below `folder`, durable once `q` says so,
 * or at once where that is NULL. */
NODISCARD enum rc manifest_write(struct manifest *m, int folder, struct sync_queue *q,
                                 struct err *err);
void manifest_done(struct manifest *m);

/* Adds a file that is known by heart. */
NODISCARD enum rc manifest_add_known(struct manifest *m, const struct dataset_file *file,
                                     struct err *err);

/* Adds the files that stay from an earlier generation (dataset, keys) from its
 * manifest.jsonl below `folder`, and calls `on_file` (which links each) in their
 * order. */
NODISCARD enum rc manifest_add_earlier(struct manifest *m, int folder, dataset_file_fn *on_file,
                                       void *context, struct err *err);

#endif
