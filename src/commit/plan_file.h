/* plan_file.h - a plan on disk: what `plan` writes, and shards and merge read.
 *
 * A JSON line with what identifies the work, then entries that end in a NUL
 * byte: the sources, the options that decide output bytes, the rules, and the
 * objects in their order with sizes and times, as a listing has them. Batches
 * follow from the objects. The last 33 bytes are the XXH3-128 of all before, and
 * a newline. The texts are used where the mapped file has them: a plan of ten
 * million objects is read in seconds, and shards on one machine share its pages. */
#ifndef MILLRACE_PLAN_FILE_H
#define MILLRACE_PLAN_FILE_H

#include "commit/atomic_file.h"
#include "plan/discover.h"

struct plan_head {
    char plan[33];     /* the plan hash */
    char options[33];  /* of everything but the objects that decides bytes */
    char after[33];    /* _SUCCESS of the OUT that gets another generation, or "" */
    char program[128]; /* that made it */
    uint32_t shards;
    uint64_t generation;
    uint64_t number_base; /* batches of earlier generations */
    uint64_t objects, sources, arguments, rules_bytes, redact_bytes;
};

struct plan_contents {
    struct plan_head head; /* the counts are filled in */
    const struct discovery *objects;
    const char *const *arguments; /* name, value, name, value, … */
    size_t arguments_count;
    struct view rules, redact; /* texts of those files; null without --rules, --redact */
};

/* Into a new file, which stays the caller's to close. */
NODISCARD enum rc plan_file_write(struct file_writer *file, const struct plan_contents *c,
                                  struct err *err);

/* Zero-initialised is closed. */
struct plan_file {
    const char *path; /* borrowed */
    struct plan_head head;
    const char **arguments;    /* head.arguments of them */
    struct view rules, redact; /* texts; empty where there are none */
    char **roots;              /* head.sources of them */
    bool *is_walked;
    void *mapping;
    size_t mapping_bytes;
    struct view entries; /* of the objects */
};

/* RC_USAGE with one line where `path` is no whole plan of this version's form. */
NODISCARD enum rc plan_file_open(const char *path, struct plan_file *ret, struct err *err);
void plan_file_close(struct plan_file *f);

/* The objects, whose names lie in `f`: it outlives *ret. */
NODISCARD enum rc plan_file_objects(const struct plan_file *f,
                                    const struct discover_options *options, struct discovery *ret,
                                    struct err *err);

#endif
