/* journal.h - what a finished batch leaves behind, and the commit of it.
 *
 *     OUT.work/<plan hash>/attempt/<batch>-<128 random bits>/   private files
 *     OUT.work/<plan hash>/done/<batch>.json                    the commit
 *
 * An attempt writes its files, writes its result aside, and once all of it is
 * durable links that to done/: the link is the commit. The first committer of a batch wins;
 * contents depend only on plan, batch and version, so it does not matter who
 * did. A loser's files are litter that is removed with the work folder. */
#ifndef MILLRACE_JOURNAL_H
#define MILLRACE_JOURNAL_H

#include "commit/ledger.h"
#include "dataset/rows.h"
#include "util/sync_queue.h"

/* How a result came about, as bits of its revision. The first are made from
 * the plan alone, the second from the keys of all that are not deduped. */
enum {
    REVISION_PLANNED = 0,
    REVISION_WHOLE = 1,   /* the whole object, as its slices did not meet */
    REVISION_DEDUPED = 2, /* without rows that stand elsewhere too */
};

struct batch_chain {
    uint64_t begin, end;
    bool begins_clean, ends_clean;
};

/* A file of an attempt besides those of the dataset; 0 bytes: there is none. */
struct attempt_file {
    uint64_t bytes;
    struct hash128 checksum;
};

struct batch_result {
    uint32_t batch;
    uint32_t revision; /* REVISION_… */
    char attempt[48];  /* name of the attempt's folder */
    struct ledger ledger;
    struct batch_chain chain; /* of a slice */
    bool is_damaged;
    struct attempt_file quarantine; /* quarantine.ndjson */
    uint64_t keys;                /* in the attempt's key file (--dedupe) */
    struct hash128 keys_checksum; /* of that file, where it has any */
    struct dataset_file *files;   /* paths below the attempt */
    size_t files_count;
    size_t files_capacity;
};

void batch_result_init(struct batch_result *r);
void batch_result_done(struct batch_result *r);
/* Copies its path too. False when out of memory. */
bool batch_result_add_file(struct batch_result *r, const struct dataset_file *file);

/* Makes a new attempt folder below `work` (an open OUT.work/<plan hash>) and
 * puts its name into r->attempt. */
NODISCARD enum rc journal_attempt(int work, struct batch_result *r, struct err *err);

/* A name below `work` that no other process uses, for something like `what`. */
#define JOURNAL_NAME_BYTES 64
NODISCARD enum rc journal_name_aside(char ret[JOURNAL_NAME_BYTES], const char *what,
                                     struct err *err);

/* Writes `r` aside. It can be committed once `q` says that all up to now is durable
 * (the attempt's other files were given to it before); at once where `q` is NULL. */
NODISCARD enum rc journal_prepare(int work, const struct batch_result *r, struct sync_queue *q,
                                  struct err *err);
/* Commits what was prepared. RC_OK also when another attempt had won: then this
 * one's files are removed. RC_FAILED where the winner has other contents, RC_USAGE
 * where the filesystem has no hard links. */
NODISCARD enum rc journal_commit(int work, const struct batch_result *r, struct err *err);
/* Commits up to now survive a power cut once `q` says so, at once where it is NULL. */
NODISCARD enum rc journal_sync(int work, struct sync_queue *q, struct err *err);

/* Whether a batch is committed. */
NODISCARD enum rc journal_is_committed(int work, uint32_t batch, uint32_t revision, bool *ret,
                                       struct err *err);

/* Reads a committed batch. RC_END when it is not committed; RC_FAILED when the
 * file is not what a commit writes. */
NODISCARD enum rc journal_read(int work, uint32_t batch, uint32_t revision,
                               struct batch_result *ret, struct err *err);

#endif
