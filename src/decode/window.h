/* window.h - the decoded bytes of a layer that nobody has used yet.
 *
 * Members are decoded right behind what is left of the ones before; the rest
 * moves to the front only when room is needed. Segments tell which outermost
 * member of the stored object each byte comes from. */
#ifndef MILLRACE_WINDOW_H
#define MILLRACE_WINDOW_H

#include "limits.h"
#include "util/view.h"

/* Room for a whole member behind a rest of the same size. */
#define WINDOW_BYTES (2 * MEMBER_BYTES_MAX)

/* Members that one window can tell apart: at 100 bytes each they fill it. */
#define SEGMENTS_MAX 8192

struct segment {
    uint64_t position;      /* in the layer's decoded bytes, where it begins */
    uint64_t stored_offset; /* of the outermost member */
    uint64_t stored_length; /* of that; 0 while it is not known */
    uint64_t unit_offset;   /* of `position` in what this layer decodes from that member */
};

struct window {
    const char *data; /* unused bytes are [begin, end) */
    size_t begin, end;
    uint64_t position; /* of data[begin], counted over the whole object */
    bool is_final;     /* nothing joins: a border follows */
    bool is_truncated; /* the last member broke off */

    char *memory; /* data, where the window owns it; capacity + INPUT_SLACK_BYTES */
    size_t capacity;
    struct segment *segments;
    unsigned segment_count;
    /* Counts for the next segment: the outermost member last seen, and what
     * the layer has decoded from it. */
    uint64_t unit_stored_offset;
    uint64_t unit_bytes;
};

/* Allocates an empty window, once. False when out of memory. */
bool window_init(struct window *w);
void window_done(struct window *w);

/* Forgets everything, and memory past WINDOW_BYTES. */
void window_reset(struct window *w);

static inline size_t window_size(const struct window *w)
{
    return w->end - w->begin;
}

static inline struct view window_view(const struct window *w)
{
    return view_of(w->data + w->begin, w->end - w->begin);
}

static inline uint64_t window_end_position(const struct window *w)
{
    return w->position + (w->end - w->begin);
}

void window_consume(struct window *w, size_t bytes);

/* Makes room for `bytes` behind the end; the window may grow to
 * `capacity_max`. */
enum window_rc { WINDOW_OK, WINDOW_FULL, WINDOW_NO_MEMORY };
enum window_rc window_reserve(struct window *w, size_t bytes, size_t capacity_max);

/* What follows comes from that outermost member. */
void window_mark(struct window *w, uint64_t stored_offset, uint64_t stored_length);

/* Appends bytes that were written behind the end. */
void window_append(struct window *w, size_t bytes);

static inline bool window_has_marks_left(const struct window *w)
{
    return w->segment_count < SEGMENTS_MAX;
}

/* The segment of a position not yet consumed. NULL where there is none. */
const struct segment *window_segment(const struct window *w, uint64_t position);

#endif
