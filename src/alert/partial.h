/* partial.h - the mergeable result of a batch, a run, or many runs.
 *
 * A partial is a file: header with version, the summary, pending platform
 * failures (one alert per request id and cause), groups sorted by fingerprint,
 * an XXH3 checksum at the end. Merging any partials in any order and in any
 * steps gives the same bytes; memory is bounded by a buffer per input, a few
 * groups, and the table of (count, fingerprint, place) of the result.
 *
 * Failures stay pending in a merged partial, beside groups that already count
 * them: merging it with others decides them again. */
#ifndef MILLRACE_PARTIAL_H
#define MILLRACE_PARTIAL_H

#include "alert/distinct.h"
#include "alert/group.h"
#include "util/err.h"
#include "util/sync_queue.h"

/* Merges `paths` into `to` (created or replaced, mode 0600, synced; also with one
 * input or none; not one of them). Files without a name are made beside it
 * meanwhile. Nothing is dropped but duplicates of (request id, cause). With a queue it is
 * synced once that says so.
 * RC_BAD_INPUT names the file that is damaged, RC_UNSUPPORTED the one of another
 * version; on any failure `to` is removed. */
NODISCARD enum rc partial_merge(const char *const *paths, size_t paths_count, const char *to,
                                struct sync_queue *q, struct err *err);

/* The same by up to so many threads, each of which merges a share of the inputs
 * first: where there are many of them. */
struct partial_inputs {
    const char *const *paths;
    size_t count;
};
NODISCARD enum rc partial_merge_shared(const struct partial_inputs *in, const char *to,
                                       unsigned threads, struct sync_queue *q, struct err *err);

/* A merged partial opened for reports. */
struct report;

/* Opens `path`, what partial_merge() made; keeps the groups_max first by (count
 * descending, fingerprint). RC_BAD_INPUT where it is damaged or not merged,
 * RC_UNSUPPORTED where it is of another version. */
NODISCARD enum rc report_open(const char *path, size_t groups_max, struct report **ret,
                              struct err *err);
void report_close(struct report *r);

const struct summary *report_summary(const struct report *r);
size_t report_group_count(const struct report *r);
/* What fell under (other): groups and alerts not kept. */
uint64_t report_other_groups(const struct report *r);
uint64_t report_other_alerts(const struct report *r);

/* The group of that rank (0 is the largest). Borrowed until the next call. */
NODISCARD enum rc report_group(struct report *r, size_t rank, const struct group **ret,
                               struct err *err);

/* Just the numbers of every kept group, in rank order, always in memory. */
struct group_rank {
    uint64_t fingerprint;
    uint64_t count;
};
const struct group_rank *report_ranks(const struct report *r);

#endif
