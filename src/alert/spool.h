/* spool.h - any number of partials, merged down to a bounded number of files.
 *
 * SPOOL_FANIN partials of one level are merged into one of the next as soon as
 * they have come together. Files made for this have no name. */
#ifndef MILLRACE_SPOOL_H
#define MILLRACE_SPOOL_H

#include "alert/partial_merge.h"

/* Read at once, with 68 KiB of buffer each. */
#define SPOOL_FANIN 32
/* 32^6 is a thousand million partials. */
#define SPOOL_LEVELS 6
#define SPOOL_FILES_MAX (SPOOL_FANIN * SPOOL_LEVELS)

struct spool {
    const char *base; /* files are made beside this path; borrowed */
    struct merge_input files[SPOOL_LEVELS][SPOOL_FANIN];
    size_t counts[SPOOL_LEVELS];
};

void spool_init(struct spool *s, const char *base);
/* Closes all files. */
void spool_done(struct spool *s);

/* A new file without a name, open for reading and writing. */
NODISCARD enum rc spool_make_file(const struct spool *s, struct merge_input *ret, struct err *err);

/* Takes the file over, also on failure. */
NODISCARD enum rc spool_add(struct spool *s, struct merge_input file, struct err *err);

/* Lists what is left to merge: still the spool's. */
size_t spool_list(const struct spool *s, struct merge_input ret_files[SPOOL_FILES_MAX]);

#endif
