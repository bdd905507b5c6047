/* publish.h - a folder that a command makes whole or not at all, from inputs that
 * stay as they are: sums of reports, extracted bytes.
 *
 * It is built in OUT.work/next under OUT's lock and becomes OUT by one rename. The
 * same command run again, after whatever failure, finds what it published and ends
 * well. One thread at a time. */
#ifndef MILLRACE_PUBLISH_H
#define MILLRACE_PUBLISH_H

#include "commit/place.h"

/* Whether nothing, or an empty folder, is at `out`. RC_USAGE for a file. */
NODISCARD enum rc publish_is_free(const char *out, bool *ret, struct err *err);

/* Locks OUT (place_find() was called), confines writing to it where the kernel can,
 * and makes an empty OUT.work/next, of which *ret_next is the open folder, the
 * caller's to close. */
NODISCARD enum rc publish_begin(struct place *p, int *ret_next, struct err *err);

/* Makes OUT.work/next durable and the tree at OUT, and removes OUT.work. Where OUT
 * holds the same files that is all there is to do. Where it holds anything else, or
 * nothing, that is replaced if may_replace; else RC_USAGE, "<OUT>: <refusal>", and
 * OUT stays. */
NODISCARD enum rc publish_end(struct place *p, bool may_replace, const char *refusal,
                              struct err *err);

#endif
