/* manifest.h - what the files of OUT are, and which objects they came from.
 *
 * manifest.jsonl has a line per file, sorted by path: {"path","bytes",
 * "checksum"} and for the dataset "rows","first","last" (times, where rows have
 * any). Checksums are XXH3-128 in hex. _SUCCESS holds the manifest's own
 * checksum and is written last. timing.json is in neither: it differs between
 * runs. objects.ndjson has a first line that names the plan, then a line per
 * object: {"name","size"}. */
#ifndef MILLRACE_MANIFEST_H
#define MILLRACE_MANIFEST_H

#include "dataset/rows.h"
#include "plan/plan.h"

struct manifest_entry {
    struct dataset_file file;
    bool is_dataset;
};

/* Zero-initialised is empty. */
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
/* Writes manifest.jsonl and then _SUCCESS below `folder`. */
NODISCARD enum rc manifest_write(struct manifest *m, int folder, struct err *err);
void manifest_done(struct manifest *m);

/* Writes objects.ndjson. `version_text` names version and build. */
NODISCARD enum rc objects_write(int folder, const struct plan *plan, const char *version_text,
                                struct err *err);

/* Reads the plan's hash from the first line of objects.ndjson. RC_END where
 * there is no such file, RC_FAILED where it has another form. */
NODISCARD enum rc objects_read_plan(int folder, char ret_plan_hash[33], struct err *err);

#endif
