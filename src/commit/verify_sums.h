/* verify_sums.h - whether what the files of OUT say fits together: the part of
 * verify.c that goes beyond checksums. */
#ifndef MILLRACE_VERIFY_SUMS_H
#define MILLRACE_VERIFY_SUMS_H

#include "commit/verify.h"

/* The dataset as the manifest lists it. */
struct verify_listed_sums {
    bool is_whole; /* every line of the manifest could be read */
    uint64_t files, rows, bytes;
};

/* Counts a problem and hands it on. */
void verify_tell(const struct verify *v, struct verify_summary *summary, struct view file,
                 const char *what);

/* The same for a file that could not be read, which says nothing of its bytes. */
void verify_tell_unread(const struct verify *v, struct verify_summary *summary, struct view file,
                        const struct err *why);

/* Reads ledger.json (into summary->ledger), objects.ndjson and
 * quarantine.ndjson below `folder`. A file that is missing is no problem here:
 * the manifest tells of it. */
NODISCARD enum rc verify_sums(const struct verify *v, int folder,
                              const struct verify_listed_sums *listed,
                              struct verify_summary *summary, struct err *err);

#endif
