/* sample.h - samples: ordered, cut to size, copied.
 *
 * Ordered by hash, then position (object, offset, indexes), then everything
 * else, so that the smallest of any samples is the same in any order. */
#ifndef MILLRACE_SAMPLE_H
#define MILLRACE_SAMPLE_H

#include "alert/group.h"

#define SAMPLE_TEXTS 15

/* The i-th text of a sample, in the order of struct sample. */
struct view *sample_text(struct sample *s, size_t i);
struct view sample_text_of(const struct sample *s, size_t i);

/* The hash of the event id, else of the position. */
uint64_t sample_hash(const struct sample *s);

/* Negative, 0 or positive: by (object, offset, record_index, event_index). */
int sample_compare_position(const struct sample *a, const struct sample *b);
int sample_compare(const struct sample *a, const struct sample *b);

/* Cuts the longest texts to one common length (less up to three bytes of a
 * split UTF-8 sequence) until all fit in SAMPLE_BYTES_MAX; details may end in
 * the middle of their JSON. */
void sample_cut(struct sample *s);

/* A copy that owns its texts, which together are at most SAMPLE_BYTES_MAX.
 * False when out of memory. */
bool sample_copy(struct sample *to, const struct sample *from);
void sample_done(struct sample *s);

/* Bytes of all texts together. */
size_t sample_texts_size(const struct sample *s);

#endif
