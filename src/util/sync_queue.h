/* sync_queue.h - files on their way to the disk, many at once.
 *
 * A disk makes many files durable in hardly more time than one. Whoever has
 * written a file hands it over here and goes on; what must not happen before it
 * is durable (a commit, a rename) waits for the queue. The work is done by an
 * engine that begins many and tells of each (the ring of a fan-out's worker, a ring
 * by itself, threads: src/input), or, without one, by plain calls, one file after
 * another.
 *
 * 300 files of 8 KiB on ext4 became durable one by one in 0.77 s (0.14 to 0.98), 64 at
 * a time in 0.04 s (0.03 to 0.06): medians of nine rounds in turns, a disk in use.
 * Bytes are written by write(2) all the same: that is a copy into the page cache, which
 * a ring hands to a thread of the kernel for any file of ext4 or tmpfs. bench/bench_write
 * compresses pages and writes them: a gigabyte took 1.40 s by write(2) and 1.35 through
 * the ring where another core was idle, but 0.68 and 0.71 where each core had its worker,
 * and 2 to 4 % more CPU (ext4; on tmpfs 1.41 and 1.41, 0.71 and 0.71, 1 to 7 % more CPU).
 *
 * One thread at a time. The first failure is kept and told by every
 * sync_queue_wait() from then on: a failed fsync is final, as the page cache may
 * have dropped the data. Where a queue may be NULL that means: now, by plain calls. */
#ifndef MILLRACE_SYNC_QUEUE_H
#define MILLRACE_SYNC_QUEUE_H

#include "util/err.h"

#include <stdbool.h>
#include <stdint.h>

struct sync_queue;

/* Who does the work. */
struct sync_engine {
    void *context;
    /* Queues fsync(fd), of which sync_queue_note() will tell with `slot` (below
     * SYNC_FILES_MAX). False where it cannot: it is done by a plain call then. */
    bool (*begin)(void *context, int fd, unsigned slot);
    /* Sends what is queued and takes in what has come; with is_waiting after
     * waiting for something, though it may be nothing of the queue's. */
    enum rc (*turn)(void *context, bool is_waiting, struct err *err);
};

/* `engine` is copied; NULL for plain calls. At most so many files are open at a time
 * (1 … SYNC_FILES_MAX). NULL when out of memory. */
struct sync_queue *sync_queue_new(const struct sync_engine *engine, unsigned files_max);
/* Waits for what is on its way. NULL is fine. */
void sync_queue_free(struct sync_queue *q);

/* Takes a written file: it is made durable and closed. May wait for an earlier
 * one. `fd` is gone whatever happens. */
NODISCARD enum rc sync_queue_add(struct sync_queue *q, int fd, struct err *err);
/* The same for a folder (its names become durable); filesystems that have
 * nothing to sync for one are fine. */
NODISCARD enum rc sync_queue_add_folder(struct sync_queue *q, int fd, struct err *err);

/* Lets the disk begin with what was added. */
NODISCARD enum rc sync_queue_start(struct sync_queue *q, struct err *err);

/* What has been added so far, as a mark to ask for. */
uint64_t sync_queue_mark(const struct sync_queue *q);
/* Whether everything up to a mark has ended, well or not; does not wait. Always
 * false by plain calls, until it was waited for. */
NODISCARD enum rc sync_queue_poll(struct sync_queue *q, uint64_t mark, bool *ret_is_done,
                                  struct err *err);
/* Everything up to a mark is durable. */
NODISCARD enum rc sync_queue_wait(struct sync_queue *q, uint64_t mark, struct err *err);

/* For engines: what came of a slot: 0, or an errno, negative. */
void sync_queue_note(struct sync_queue *q, unsigned slot, int result);

#endif
