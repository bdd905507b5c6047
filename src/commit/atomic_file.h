/* atomic_file.h - files that are whole or not there.
 *
 * Everything is written under a private folder first, fsynced, and becomes
 * visible by one link(2) or rename(2) followed by an fsync of its folder. A
 * failed fsync is final: the page cache may have dropped the data. Paths are
 * relative to an open folder, which outlives a writer; errors name the whole path. */
#ifndef MILLRACE_ATOMIC_FILE_H
#define MILLRACE_ATOMIC_FILE_H

#include "util/buf.h"
#include "util/err.h"
#include "util/hash.h"
#include "util/sync_queue.h"

/* A file under construction: buffered, hashed as it is written. */
struct file_writer;

/* Creates `path` (it must not exist, mode 0600 less the umask: log text is its owner's). */
NODISCARD enum rc file_writer_open(int folder, const char *path, struct file_writer **ret,
                                   struct err *err);
NODISCARD enum rc file_writer_write(struct file_writer *w, struct view bytes, struct err *err);
/* Locks the file, so that others can tell that somebody lives who writes it. *ret holds
 * the lock, which outlives the writer, until close(2); -1: there are no locks here.
 * False where another process has locked or removed the file meanwhile. */
NODISCARD bool file_writer_lock(const struct file_writer *w, int *ret);
/* From now on its close does not wait: the file is durable once `q` says so. */
void file_writer_sync_by(struct file_writer *w, struct sync_queue *q);
/* Flushes, fsyncs and closes; frees `w` whatever happens. Outputs may be NULL. */
NODISCARD enum rc file_writer_close(struct file_writer *w, uint64_t *ret_bytes,
                                    struct hash128 *ret_checksum, struct err *err);
/* Closes without a promise, after another failure. NULL is fine. */
void file_writer_abandon(struct file_writer *w);

/* The three in one. */
NODISCARD enum rc file_write(int folder, const char *path, struct view bytes, struct err *err);
/* The same, durable once `q` says so, or at once where that is NULL. */
NODISCARD enum rc file_write_by(struct sync_queue *q, int folder, const char *path,
                                struct view bytes, struct err *err);

/* Reads a whole file of at most bytes_max bytes into `out`. RC_END when it is
 * not there. */
NODISCARD enum rc file_read(int folder, const char *path, size_t bytes_max, struct buf *out,
                            struct err *err);

/* XXH3-128 of a file's bytes. */
NODISCARD enum rc file_checksum(int folder, const char *path, uint64_t *ret_bytes,
                                struct hash128 *ret, struct err *err);

/* Whether anything is at `path`, a link's end included: what cannot be asked is
 * an error, and not a file that is missing. */
NODISCARD enum rc path_exists(int folder, const char *path, bool *ret, struct err *err);
/* mkdir that may find it there already; parents are not made. */
NODISCARD enum rc folder_make(int folder, const char *path, struct err *err);
/* Opens a folder. RC_END when it is not there. */
NODISCARD enum rc folder_open(int folder, const char *path, int *ret, struct err *err);
/* One that this process made or found: RC_IO where somebody took it away meanwhile. */
NODISCARD enum rc folder_open_made(int folder, const char *path, int *ret, struct err *err);
/* Whether the open folder holds nothing. */
NODISCARD enum rc folder_is_empty(int folder, bool *ret, struct err *err);
/* At once, or by a queue that is not NULL. */
NODISCARD enum rc folder_sync(int folder, const char *path, struct err *err);
NODISCARD enum rc folder_sync_by(struct sync_queue *q, int folder, const char *path,
                                 struct err *err);
/* fsyncs the folder that holds the absolute `path`. */
NODISCARD enum rc folder_sync_above(const char *path, struct err *err);
/* fsyncs every folder of a tree, leaves first, by `q` or at once where it is NULL. */
NODISCARD enum rc tree_sync(int folder, const char *path, struct sync_queue *q, struct err *err);
/* Removes a tree without following links; not being there is fine. */
NODISCARD enum rc tree_remove(int folder, const char *path, struct err *err);
/* The same of a folder with many trees in it, by up to so many threads. */
NODISCARD enum rc tree_remove_many(int folder, const char *path, unsigned threads, struct err *err);

/* Visits every regular file below `path` in sorted order; paths are given
 * relative to it. */
typedef enum rc tree_file_fn(void *context, const char *path, uint64_t bytes, struct err *err);
NODISCARD enum rc tree_walk(int folder, const char *path, tree_file_fn *on_file, void *context,
                            struct err *err);

#endif
