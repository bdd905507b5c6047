/* read_ahead.h - small files, read through a ring before they are asked for.
 *
 * Each file is one linked chain: open into the ring's own table, read, close; a
 * few are on the way at a time, so that a cold disk sees a queue of requests. A
 * file that cannot be read so, or does not have the listed size, is left to
 * source_open_rest(), which knows what to make of it. One thread: the ring's. */
#ifndef MILLRACE_READ_AHEAD_H
#define MILLRACE_READ_AHEAD_H

#include "input/ring.h"
#include "input/source.h"

/* Kinds of the ring's own completions (ring_message.kind). */
#define READ_AHEAD_OPENED 32
#define READ_AHEAD_READ 33
#define READ_AHEAD_CLOSED 34

/* Files on the way: where a queue of one read 15,000 files of 4 KB in a second,
 * this many read 82,000. */
#define READ_AHEAD_FILES 16
/* Larger files are not for this: past it copies no longer fit the second-level
 * cache that they are read from. */
#define READ_AHEAD_BYTES_MAX (256 * 1024)

/* What the ring's queue must have room for: every file's chain at once. */
#define READ_AHEAD_ENTRIES (3 * READ_AHEAD_FILES)

struct read_ahead;

/* NULL where the kernel cannot, or when out of memory: files are read one by one
 * then. */
struct read_ahead *read_ahead_new(struct io_uring *ring);
/* Nothing may be on the way. NULL is fine. */
void read_ahead_free(struct read_ahead *a);

/* How many more may be begun, and how many are on the way or not taken yet. */
unsigned read_ahead_room(const struct read_ahead *a);
unsigned read_ahead_count(const struct read_ahead *a);

/* Queues a file: it leaves with the ring's next submission. False when out of
 * memory: then, too, read_ahead_take() is called for it. */
bool read_ahead_begin(struct read_ahead *a, const struct source_range *r);

/* Takes in a completion of one of the kinds above. */
void read_ahead_note(struct read_ahead *a, const struct ring_message *m);

/* Whether the first file begun and not taken has come to its end. */
bool read_ahead_is_done(const struct read_ahead *a);
/* Takes it: true with its bytes in `source`; false where it must be read anew. */
bool read_ahead_take(struct read_ahead *a, struct source *source);

#endif
