/* discover.h - finds the objects of the sources.
 *
 * Walks folders without following symbolic links, takes regular files only,
 * leaves out what staging tools leave behind, and reads the hour from each
 * key. Nothing is opened here. */
#ifndef MILLRACE_DISCOVER_H
#define MILLRACE_DISCOVER_H

#include "util/arena.h"
#include "util/err.h"
#include "util/view.h"

/* How an object that is larger than a batch can be cut. */
enum cut {
    CUT_NONE,    /* one batch */
    CUT_SEAMS,   /* a plain stream: at fast-rule seams */
    CUT_MEMBERS, /* gzip of small members: at members that verify */
};

/* How exactly a listing told the time of an object. */
enum mtime_form { MTIME_UNKNOWN, MTIME_SECONDS, MTIME_NANOSECONDS };

/* One object of the plan. There may be ten million: 48 bytes besides its name,
 * which live as long as the discovery. */
struct object {
    struct view name;     /* source's last path component, '/', path below it; valid UTF-8 */
    const char *relative; /* path below the source's folder as it is on disk, mostly in `name` */
    uint64_t size;
    int64_t mtime_ns;
    uint32_t source;               /* which root */
    int32_t hour : 24;             /* in the key, since 1970; OBJECT_NO_HOUR */
    unsigned is_pruned : 1;        /* outside --since/--until by its key: not read */
    enum mtime_form mtime_form : 2;
    enum cut cut : 2;              /* told by its head, of large ones, when the plan is made */
};

enum { OBJECT_NO_HOUR = -1 };

/* Days since 1970 of the hour in its key, or -1. */
int32_t object_day_number(const struct object *o);
/* "YYYY-MM-DD", or "" where the key tells none. */
void object_day(const struct object *o, char ret[11]);

/* What was seen and is no object. */
struct discover_skips {
    uint64_t temporary; /* `*.XXXXXXXX`, `*.partial` */
    uint64_t empty;
    uint64_t not_regular; /* links, sockets, pipes, devices */
    uint64_t excluded;    /* by --include/--exclude */
    uint64_t unsettled;   /* modified after settled_ns: may still be written */
};

/* `why` is one of "temporary", "empty", "not a regular file", "excluded",
 * "may still be written", "outside --since/--until". Called for each when wanted. */
typedef void discover_skip_fn(void *context, struct view name, const char *why);

struct discover_options {
    const char *const *sources; /* files and folders */
    size_t sources_count;
    /* Paths below the one source, or NULL; "-" is stdin. One a line, or listed
     * (listing.h): then nothing is looked at on disk. */
    const char *files_from;
    const char *const *include;
    size_t include_count;
    const char *const *exclude;
    size_t exclude_count;
    bool has_since, has_until;
    int64_t since_ms, until_ms, late_ms;
    int64_t settled_ns;        /* leave files modified after this time; 0: take all */
    discover_skip_fn *on_skip; /* may be NULL */
    void *context;
};

struct discovery {
    struct object *objects; /* sorted by (day, name); names are distinct and end in a NUL */
    size_t count;
    size_t capacity;
    char **roots;    /* real path of each source's folder */
    bool *is_walked; /* whether that source is the folder, or one file in it */
    size_t roots_count;
    uint64_t bytes;        /* of all objects */
    uint64_t pruned_bytes; /* of those pruned */
    size_t pruned_count;
    struct discover_skips skips;
    struct arena names;
};

/* RC_USAGE: a source is missing, is neither file nor folder, lies in another
 * source (its objects would be read twice, under two names), or two objects have
 * the same name (the text says which and what to do). RC_IO, RC_NO_MEMORY. */
NODISCARD enum rc discover(const struct discover_options *options, struct discovery *ret,
                           struct err *err);
void discovery_done(struct discovery *d);

/* Leaves only the objects that `keep` wants, in their order, and what the
 * counts say of them. */
typedef bool discovery_keep_fn(void *context, const struct object *object);
void discovery_filter(struct discovery *d, discovery_keep_fn *keep, void *context);

/* Adds an object whose name, path, size and time are known; names are in order
 * and distinct. Used where a plan is read back. RC_USAGE past PLAN_BYTES_MAX. */
NODISCARD enum rc discovery_add(struct discovery *d, const struct discover_options *options,
                                const struct object *object, struct err *err);

/* The place of each object's name among all names in byte order; an array of
 * d->count, to be freed by the caller. NULL when out of memory. */
uint32_t *discovery_name_ranks(const struct discovery *d);

/* Writes the path to open to `to` (its capacity in bytes); false if too long. */
bool object_path(const struct discovery *d, const struct object *o, char *to, size_t capacity);

/* The hour in an object's name: `…-YYYY-MM-DD-HH-mm-ss-<uuid><ext>` in the
 * file name, else `YYYY/MM/DD/HH`, `YYYY/MM/DD`, a folder that starts or ends
 * with `YYYY-MM-DD`, the innermost first. False where it tells none. */
bool key_hour(struct view name, int64_t *ret_ms);

#endif
