/* pending.h - failures of the platform that wait for the rest of the input.
 *
 * Several lines may tell of one failed invocation, in several objects. One of
 * them counts: the first in order of appearance (alert_compare_order). So a
 * failure with a request id is kept apart, encoded, until all input is known. */
#ifndef MILLRACE_PENDING_H
#define MILLRACE_PENDING_H

#include "alert/alert.h"
#include "util/buf.h"

struct pending {
    uint64_t request; /* hash of the request id */
    enum failure cause;
    struct view blob; /* the alert as codec.h writes it; owned by the table */
};

struct pending_table {
    struct pending *slots; /* open addressing by request and cause */
    size_t capacity;       /* a power of two, or 0 */
    size_t count;
    size_t bytes; /* of the blobs and the slots */
    struct buf encoded;
};

void pending_table_done(struct pending_table *t);

/* Forgets all failures and keeps the slots. */
void pending_table_clear(struct pending_table *t);

/* Keeps the alert if none of the same request and cause comes before it. False
 * when out of memory. */
bool pending_table_offer(struct pending_table *t, uint64_t request, enum failure cause,
                         const struct alert *a);

/* Fills ret_pending, which holds t->count, by (request, cause). */
void pending_table_sort(const struct pending_table *t, struct pending *ret_pending);

int pending_compare_key(uint64_t request, enum failure cause, uint64_t other_request,
                        enum failure other_cause);

/* Whether the alert of blob `a` comes before that of `b`; both decode. */
bool pending_is_before(struct view a, struct view b);

#endif
