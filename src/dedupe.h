/* dedupe.h - the part of a run that --dedupe adds: rows that stand elsewhere
 * too are found over the keys of all batches, and the batches that hold them
 * are read again without them. Can be killed and run again at any point: what
 * was read again already is committed as any batch is. */
#ifndef MILLRACE_DEDUPE_H
#define MILLRACE_DEDUPE_H

#include "commit/duplicates.h"

/* Batches to read again: marked[i] names the rows that batches[i] leaves out. */
struct dedupe_batches {
    struct batch *batches;
    struct marked_rows *marked;
    size_t count;
    uint64_t rows; /* marked in the whole run */
};

struct dedupe {
    int work; /* open OUT.work/<plan hash> */
    const struct plan *plan;
    const struct held *held; /* the earlier generations, or NULL */
    unsigned threads;
    /* Reads and commits these batches. Not called where there are none. */
    enum rc (*run)(void *context, const struct dedupe_batches *again, struct err *err);
    void *context;
};

/* Puts results without duplicates in the place of those with, and says what the
 * file of their keys is. Gives what duplicates_find(), reading the journal and
 * run() give. */
NODISCARD enum rc dedupe_results(const struct dedupe *d, struct results *results,
                                 struct new_keys *ret_keys, struct err *err);

#endif
