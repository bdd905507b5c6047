/* file_sink.h - one file being written: buffered, counted, hashed, made durable.
 *
 * Bytes only go to the end, so the checksum is that of the finished file. One
 * sink per worker, reused file after file. */
#ifndef MILLRACE_FILE_SINK_H
#define MILLRACE_FILE_SINK_H

#include "parquet/steps.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/hash.h"
#include "util/sync_queue.h"

struct file_sink;

struct file_sink *file_sink_new(void); /* NULL when out of memory */
/* Closes a file that was not ended; what was written of it stays behind. */
void file_sink_free(struct file_sink *s);

/* From now on files that end are durable once `q` says so. */
void file_sink_sync_by(struct file_sink *s, struct sync_queue *q);

/* From now on `steps` are told what is done for its files; NULL: no more. */
void file_sink_watch(struct file_sink *s, struct steps *steps);
/* For those who write into it, to end their own steps. */
struct steps *file_sink_steps(const struct file_sink *s);

/* Makes `path` below `folder`, in place of a file of that name: by a new file,
 * never through an old one, which may have other links. RC_IO, RC_NO_SPACE. */
NODISCARD enum rc file_sink_begin(struct file_sink *s, int folder, const char *path,
                                  struct err *err);
NODISCARD enum rc file_sink_write(struct file_sink *s, struct view bytes, struct err *err);
/* Bytes written so far: the offset of the next one. */
uint64_t file_sink_offset(const struct file_sink *s);
/* Writes what is buffered, fsyncs and closes, or leaves these two to the queue. */
NODISCARD enum rc file_sink_end(struct file_sink *s, struct hash128 *ret_checksum, struct err *err);
/* Closes and removes the file. */
void file_sink_abandon(struct file_sink *s);

#endif
