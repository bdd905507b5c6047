/* decode.h - bytes to values: the counterpart of encode.h.
 *
 * Each function takes exactly `count` values off the front of *in and moves it
 * past them; false where the bytes do not hold them (outputs are then partly
 * written). Any bytes may come: nothing is read outside *in, and nothing is
 * written beyond `count` values. */
#ifndef MILLRACE_DECODE_H
#define MILLRACE_DECODE_H

#include "parquet/format.h"
#include "util/buf.h"

/* Width 0 to 32. */
bool decode_hybrid(struct view *in, unsigned width, uint32_t *ret_values, size_t count);

bool decode_plain_numbers(struct view *in, enum parquet_type type, int64_t *ret_numbers,
                          size_t count);
/* The texts borrow from *in. */
bool decode_plain_texts(struct view *in, struct view *ret_texts, size_t count);

bool decode_delta_numbers(struct view *in, enum parquet_type type, int64_t *ret_numbers,
                          size_t count);
/* The texts borrow from *in; `scratch` has room for `count` numbers. */
bool decode_delta_length_texts(struct view *in, struct view *ret_texts, size_t count,
                               int64_t *scratch);
/* The texts are put together in `storage`, which is overwritten; `scratch` has
 * room for 2 * count numbers. False too where they would take more than
 * bytes_max: a few bytes can stand for terabytes. */
bool decode_delta_texts(struct view *in, struct view *ret_texts, size_t count, int64_t *scratch,
                        struct buf *storage, size_t bytes_max);

#endif
