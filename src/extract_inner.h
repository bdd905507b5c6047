/* extract_inner.h - bytes inside a layer, found again by decoding the unit that
 * holds them. One reader per thread. */
#ifndef MILLRACE_EXTRACT_INNER_H
#define MILLRACE_EXTRACT_INNER_H

#include "commit/quarantine.h"

struct inner_reader;

/* NULL when out of memory. */
struct inner_reader *inner_new(void);
void inner_free(struct inner_reader *r); /* NULL is fine */

/* Before `object` is given back or another one follows. */
void inner_forget(struct inner_reader *r);

/* The decoded bytes of `span`, where its layers are those around the text of
 * the unit at span->offset (below the object's size), or its layer is "gzip".
 * RC_END where they cannot be had so, or are more than RECORD_BYTES_DEFAULT_MAX.
 * *ret borrows until the next call. Spans in order cost one pass over a unit.
 * `object` is followed by INPUT_SLACK_BYTES readable bytes. */
NODISCARD enum rc inner_find(struct inner_reader *r, struct view object,
                             const struct quarantine_span *span, struct view *ret, struct err *err);

/* The stored bytes of the unit at `offset`: to the next one, or to the end. */
NODISCARD enum rc inner_unit(struct inner_reader *r, struct view object, uint64_t offset,
                             struct view *ret, struct err *err);

#endif
