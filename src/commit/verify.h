/* verify.h - reads a finished OUT again and finds what is not as it was written.
 *
 * Every file of the manifest must be there with its bytes and its XXH3-128,
 * _SUCCESS must hold the manifest's own, and nothing else may lie in the tree
 * (timing.json differs between runs and is in no checksum). Beyond that what the
 * files say must fit together: Parquet structure (parquet/check.h), the sums of
 * ledger.json, rows and objects and damaged spans counted in two places. */
#ifndef MILLRACE_VERIFY_H
#define MILLRACE_VERIFY_H

#include "commit/ledger.h"

/* A part of all names, by their hash; the parts 1/N to N/N are everything.
 * Zero-initialised is everything too. */
struct verify_part {
    uint32_t part, parts;
};
bool verify_part_takes(const struct verify_part *s, struct view name);

/* One line per problem; both texts may hold any bytes. `file` is a path below
 * OUT, or an object's name. */
typedef void verify_problem_fn(void *context, struct view file, const char *what);

struct verify {
    const char *out; /* the folder */
    struct verify_part sample;
    unsigned threads;
    verify_problem_fn *on_problem; /* called on the caller's thread, in a fixed order */
    void *context;
};

struct verify_summary {
    uint64_t problems;
    uint64_t files, bytes; /* read again, without manifest.jsonl and _SUCCESS */
    uint64_t rows;         /* of the Parquet files read again */
    uint64_t unread;       /* files that could not be read: nothing is known of them */
    struct err unread_why; /* of the first of these, with its path */
    bool has_ledger;
    struct ledger ledger; /* initialised and freed by the caller; valid with has_ledger */
};

/* With a sample, contents are read of its files alone; presence, the manifest
 * and the sums are checked for all. RC_OK whatever is wrong with the files:
 * that is told to on_problem, as are files that could not be read (RC_IO), which
 * are no problem of theirs and counted apart. RC_USAGE where OUT is no finished run,
 * RC_NO_MEMORY. */
NODISCARD enum rc verify_out(const struct verify *v, struct verify_summary *ret, struct err *err);

#endif
