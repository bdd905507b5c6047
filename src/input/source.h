/* source.h - an object's bytes in memory, read-only.
 *
 * Large objects are mapped: address space for the file and one page more is
 * reserved, then the file is mapped over its start, so that INPUT_SLACK_BYTES
 * past the end can be read whatever the file's size. Small ones are read into
 * a reused buffer, which costs less than a mapping. Objects are never opened
 * for writing, links are not followed, and only regular files are read.
 *
 * A file may shrink while it is mapped, and a disk may fail under it: touching
 * such a page raises SIGBUS. A watched source outlives that: from the page on
 * its bytes become zeros, its reader comes to an end in the usual way, and
 * source_check() then says that what was read is not the file. A thread watches
 * one source at a time, the one it reads. */
#ifndef MILLRACE_SOURCE_H
#define MILLRACE_SOURCE_H

#include "util/buf.h"
#include "util/err.h"

#include <signal.h>
#include <time.h>

struct source {
    struct view bytes; /* valid until source_close() or the next open */
    void *mapping;     /* NULL when read into `buffer` */
    size_t mapping_bytes;
    int fd;                         /* of the mapping */
    struct timespec changed;        /* of the file, when it was mapped */
    volatile sig_atomic_t is_cut;   /* set by SIGBUS: zeros were read */
    struct buf buffer;              /* kept between objects */
};

/* What is to be read. [begin, end) is what will be read soon. */
struct source_range {
    const char *path;
    uint64_t size; /* as it was listed */
    uint64_t begin, end;
};

/* Once, before the first source is opened. SIGBUS that no watched source explains
 * still ends the process, with a word on the file where one is mapped there. */
void source_guard(void);

/* Opens a file that holds exactly `size` bytes, and watches it. RC_USAGE when it
 * has another size or is gone (the object changed after it was listed: run
 * again), RC_IO, RC_NO_MEMORY. */
NODISCARD enum rc source_open(struct source *s, const struct source_range *r, struct err *err);

/* The same for a reader that goes on without what is missing: where the file has
 * shrunk or is gone, `bytes` holds what is left. */
NODISCARD enum rc source_open_rest(struct source *s, const struct source_range *r,
                                   struct err *err);

/* The same, mapped whatever the size, and not watched: for one thread to make
 * and another to read. Nothing is asked of the kernel yet. */
NODISCARD enum rc source_map_rest(struct source *s, const struct source_range *r, struct err *err);

/* Moves what `from` maps into `to`, whose buffer is kept, and watches it. */
void source_take(struct source *to, struct source *from);

/* Takes what was read elsewhere, INPUT_SLACK_BYTES behind it; the buffers change
 * places. */
void source_take_buffer(struct source *s, struct buf *buffer);

/* Whether all that was read of the open source were bytes of the file. */
enum source_state {
    SOURCE_SOUND,
    SOURCE_SHRANK,     /* the file was cut short meanwhile */
    SOURCE_UNREADABLE, /* its disk failed */
};
enum source_state source_check(const struct source *s);

void source_close(struct source *s); /* keeps the buffer */
void source_done(struct source *s);

#endif
