#include "decode/window.h"

#include <assert.h>
#include <stdlib.h>

bool window_init(struct window *w)
{
    if (w->memory == NULL) {
        w->memory = malloc(WINDOW_BYTES + INPUT_SLACK_BYTES);
        w->capacity = WINDOW_BYTES;
    }
    if (w->segments == NULL)
        w->segments = malloc(SEGMENTS_MAX * sizeof(*w->segments));
    w->data = w->memory;
    return w->memory != NULL && w->segments != NULL;
}

void window_done(struct window *w)
{
    free(w->memory);
    free(w->segments);
    *w = (struct window){0};
}

/* Gives back what a giant record needed. Keeps the larger block where the
 * allocator has no smaller one. */
static void shrink(struct window *w)
{
    char *smaller = realloc(w->memory, WINDOW_BYTES + INPUT_SLACK_BYTES);
    if (smaller == NULL)
        return;
    w->memory = smaller;
    w->data = smaller;
    w->capacity = WINDOW_BYTES;
}

void window_reset(struct window *w)
{
    w->begin = w->end = 0;
    w->position = 0;
    w->is_final = w->is_truncated = false;
    w->segment_count = 0;
    w->unit_stored_offset = UINT64_MAX;
    w->unit_bytes = 0;
    if (w->capacity > WINDOW_BYTES)
        shrink(w);
}

void window_consume(struct window *w, size_t bytes)
{
    assert(bytes <= window_size(w));
    w->begin += bytes;
    w->position += bytes;
}

static void move_to_front(struct window *w)
{
    memmove(w->memory, w->memory + w->begin, window_size(w));
    w->end -= w->begin;
    w->begin = 0;
}

static bool grow(struct window *w, size_t needed, size_t capacity_max)
{
    size_t capacity = 2 * w->capacity;
    capacity = capacity > needed ? capacity : needed;
    capacity = capacity < capacity_max ? capacity : capacity_max;
    char *memory = realloc(w->memory, capacity + INPUT_SLACK_BYTES);
    if (memory == NULL)
        return false;
    w->memory = memory;
    w->data = memory;
    w->capacity = capacity;
    return true;
}

enum window_rc window_reserve(struct window *w, size_t bytes, size_t capacity_max)
{
    /* An empty window starts at the front again: that memory is in the cache. */
    if (w->begin == w->end)
        w->begin = w->end = 0;
    if (w->capacity > WINDOW_BYTES && window_size(w) + bytes <= WINDOW_BYTES) {
        move_to_front(w);
        shrink(w);
    }
    if (w->capacity - w->end >= bytes)
        return WINDOW_OK;
    if (w->begin > 0)
        move_to_front(w);
    if (w->capacity - w->end >= bytes)
        return WINDOW_OK;
    if (w->end + bytes > capacity_max)
        return WINDOW_FULL;
    return grow(w, w->end + bytes, capacity_max) ? WINDOW_OK : WINDOW_NO_MEMORY;
}

/* Index of the segment that holds `position`; count > 0. */
static unsigned segment_index(const struct window *w, uint64_t position)
{
    unsigned low = 0, high = w->segment_count;
    while (high - low > 1) {
        unsigned middle = low + (high - low) / 2;
        if (w->segments[middle].position <= position)
            low = middle;
        else
            high = middle;
    }
    return low;
}

const struct segment *window_segment(const struct window *w, uint64_t position)
{
    if (w->segment_count == 0)
        return NULL;
    return &w->segments[segment_index(w, position)];
}

/* Makes room for one more segment: those of consumed text go first. Where one
 * record spans them all, every other one joins the one before it. */
static void drop_segments(struct window *w)
{
    unsigned first = segment_index(w, w->position);
    if (first > 0) {
        w->segment_count -= first;
        memmove(w->segments, w->segments + first, w->segment_count * sizeof(*w->segments));
        return;
    }
    for (unsigned i = 0; i < w->segment_count / 2; i++)
        w->segments[i] = w->segments[2 * i];
    w->segment_count /= 2;
}

void window_mark(struct window *w, uint64_t stored_offset, uint64_t stored_length)
{
    if (w->begin == w->end && stored_offset != w->unit_stored_offset)
        w->segment_count = 0;
    if (stored_offset != w->unit_stored_offset) {
        w->unit_stored_offset = stored_offset;
        w->unit_bytes = 0;
    } else if (w->segment_count > 0) {
        return;
    }
    if (w->segment_count == SEGMENTS_MAX)
        drop_segments(w);
    w->segments[w->segment_count++] = (struct segment){
        .position = window_end_position(w),
        .stored_offset = stored_offset,
        .stored_length = stored_length,
        .unit_offset = w->unit_bytes,
    };
}

void window_append(struct window *w, size_t bytes)
{
    assert(bytes <= w->capacity - w->end);
    w->end += bytes;
    w->unit_bytes += bytes;
    /* Readers load whole registers: what they see is always the same. */
    memset(w->memory + w->end, 0, INPUT_SLACK_BYTES);
}
