/* source.h - an object's bytes in memory, read-only.
 *
 * Large objects are mapped: address space for the file and one page more is
 * reserved, then the file is mapped over its start, so that INPUT_SLACK_BYTES
 * past the end can be read whatever the file's size. Small ones are read into
 * a reused buffer, which costs less than a mapping. Objects are never opened
 * for writing, links are not followed, and only regular files are read. */
#ifndef MILLRACE_SOURCE_H
#define MILLRACE_SOURCE_H

#include "util/buf.h"
#include "util/err.h"

struct source {
    struct view bytes; /* valid until source_close() or the next open */
    void *mapping;     /* NULL when read into `buffer` */
    size_t mapping_bytes;
    struct buf buffer; /* kept between objects */
};

/* Opens `path`, which must hold exactly `size` bytes: RC_USAGE when it has
 * another size or is gone (the object changed after it was listed: run again),
 * RC_IO, RC_NO_MEMORY. [begin, end) is what will be read soon. */
NODISCARD enum rc source_open(struct source *s, const char *path, uint64_t size, uint64_t begin,
                              uint64_t end, struct err *err);
void source_close(struct source *s); /* keeps the buffer */
void source_done(struct source *s);

#endif
