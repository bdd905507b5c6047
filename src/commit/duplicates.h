/* duplicates.h - finds the rows that stand elsewhere too.
 *
 * Over the key files of all batches (event_keys.h) and the keys of earlier
 * generations (known_keys.h): of rows with the same key the one of the earliest
 * generation stays, in it the one in the object with the smallest name, in that
 * object the first. The others are marked in one file of the work folder,
 * `duplicates`, a bit per row of every batch, and their batches are read again
 * without them. The keys that are new go, sorted, to the file `new-keys` there.
 * The range of keys is cut into parts that fit memory, one thread each at a time;
 * a part that turns out too full is halved. Both files are made anew on every
 * run: they follow from the key files alone. */
#ifndef MILLRACE_DUPLICATES_H
#define MILLRACE_DUPLICATES_H

#include "commit/merge.h"

#define NEW_KEYS_FILE "new-keys"

/* The rows of one batch that are marked. */
struct marked_rows {
    uint64_t rows;  /* of the batch, marked or not */
    uint64_t begin; /* its first bit in the file */
    uint64_t count; /* marked ones */
};

struct duplicates_options {
    int work;                      /* open OUT.work/<plan hash> */
    const struct results *results; /* every batch, read with its duplicates */
    int held;                      /* open OUT with the earlier generations' keys */
    uint64_t held_generations;     /* 0: none */
    unsigned threads;
    size_t keys_max; /* in memory per thread; DUPLICATE_KEYS_MAX outside tests */
};

/* Fills ret[results->count], and says what the file of new keys is. RC_FAILED
 * where a key file is not what its batch committed, or where earlier keys are
 * gone; RC_NO_SPACE, RC_IO, RC_NO_MEMORY. */
NODISCARD enum rc duplicates_find(const struct duplicates_options *options, struct marked_rows *ret,
                                  struct new_keys *ret_keys, struct err *err);

/* Tells a worker, row after row, which ones are marked. Reads a window at a
 * time. Not open when zero-initialised. */
struct duplicates_reader {
    bool is_open;
    int file;
    struct marked_rows rows;
    uint64_t window_begin; /* bits of the batch */
    unsigned char window[4096];
};

NODISCARD enum rc duplicates_open(int work, const struct marked_rows *rows,
                                  struct duplicates_reader *ret, struct err *err);
/* RC_FAILED for a row the batch did not have: its objects have changed. */
NODISCARD enum rc duplicates_ask(struct duplicates_reader *r, uint64_t row, bool *ret_is_marked,
                                 struct err *err);
void duplicates_close(struct duplicates_reader *r);

#endif
