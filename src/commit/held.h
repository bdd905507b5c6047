/* held.h - what a finished OUT already holds: its generations so far.
 *
 * A run over more objects than OUT holds is an incremental generation: only new
 * objects are planned, the earlier generations' dataset files are linked into
 * the next tree, and report, ledger and quarantine cover all. Names are kept as
 * their 128-bit hash, so ten million objects take a few hundred megabytes. */
#ifndef MILLRACE_HELD_H
#define MILLRACE_HELD_H

#include "commit/ledger.h"
#include "commit/objects.h"
#include "util/hash.h"

struct held_object {
    struct hash128 name;
    uint64_t size;
};

struct held {
    int folder;                  /* open OUT */
    struct objects_head head;    /* of its objects.ndjson */
    struct held_object *objects; /* sorted by name hash */
    size_t count;
    size_t capacity;
    struct ledger ledger;
    char success[33]; /* its manifest's checksum: names the generation */
};

/* Reads the finished run in the open folder `out`, which the held then owns.
 * RC_END where it is not millrace's (no _SUCCESS or no list of objects);
 * RC_FAILED where it is but cannot be read. */
NODISCARD enum rc held_read(int out, struct held *ret, struct err *err);
void held_done(struct held *h);

/* Only the list of objects, of a plan that is not finished: `path` is of its plan
 * file. Of `head` only the hashes. RC_END where there is none of this form. */
NODISCARD enum rc held_read_plan(const char *path, struct held *ret, struct err *err);

/* Whether an object of that name is held, and its size. */
bool held_find(const struct held *h, struct view name, uint64_t *ret_size);

#endif
