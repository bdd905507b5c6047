/* listing.h - lists of objects made elsewhere: what --files-from takes.
 *
 * One path a line; or, so that no file needs to be looked at, entries that end
 * in a NUL byte, `size TAB mtime TAB path`: bytes in decimal, seconds since 1970
 * with or without a fraction (compared as exactly as it is given) or `-` for
 * unknown, and a path below the source. `find -type f -printf
 * '%s\t%T@\t%P\0'` writes it. A list is of the second kind where a NUL stands
 * in its first LISTING_PATH_BYTES_MAX bytes. */
#ifndef MILLRACE_LISTING_H
#define MILLRACE_LISTING_H

#include "plan/discover.h"
#include "util/buf.h"

/* A path and the two numbers before it. */
#define LISTING_PATH_BYTES_MAX (8 * 1024)

struct listed {
    bool has_size; /* of the second kind */
    uint64_t size;
    int64_t mtime_ns;
    enum mtime_form mtime_form;
    struct view path; /* relative, without `..`; borrowed until the callback ends */
};

typedef enum rc listed_fn(void *context, const struct listed *listed, struct err *err);

/* Reads to the end of `fd`. RC_USAGE with the number of the entry that is of
 * another form; `name` is the list's for messages. RC_IO, RC_NO_MEMORY. */
NODISCARD enum rc listing_read(int fd, const char *name, listed_fn *on_listed, void *context,
                               struct err *err);

/* The two numbers at the start of *at, which moves behind their TABs. */
bool listing_take_numbers(struct view *at, struct listed *ret);
/* Decimal digits up to a TAB. */
bool listing_take_number(struct view *at, uint64_t *ret);
/* The same written: `size TAB mtime TAB`. */
void listing_append_numbers(struct buf *out, const struct object *o);

#endif
