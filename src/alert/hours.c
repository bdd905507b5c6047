#include "alert/hours.h"

#include <assert.h>
#include <stdlib.h>

void hours_done(struct hours *h)
{
    free(h->at);
    *h = (struct hours){0};
}

void hours_clear(struct hours *h)
{
    h->count = 0;
    h->last = 0;
    h->is_by_day = false;
}

size_t hours_bytes(const struct hours *h)
{
    return h->capacity * sizeof(*h->at);
}

static bool make_room(struct hours *h, size_t wanted)
{
    if (wanted <= h->capacity)
        return true;
    size_t capacity = h->capacity ? h->capacity : 4;
    while (capacity < wanted)
        capacity *= 2;
    struct hour_count *at = realloc(h->at, capacity * sizeof(*at));
    if (at == NULL)
        return false;
    h->at = at;
    h->capacity = capacity;
    return true;
}

static int64_t first_of_day(int64_t hour)
{
    return hour - hour % 24;
}

static void coarsen(struct hours *h)
{
    size_t kept = 0;
    for (size_t i = 0; i < h->count; i++) {
        struct hour_count day = {first_of_day(h->at[i].hour), h->at[i].count};
        if (kept > 0 && h->at[kept - 1].hour == day.hour)
            h->at[kept - 1].count += day.count;
        else
            h->at[kept++] = day;
    }
    h->count = kept;
    h->last = 0;
    h->is_by_day = true;
}

static size_t lower_bound(const struct hours *h, int64_t hour)
{
    size_t low = 0, high = h->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (h->at[middle].hour < hour)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool hours_add_slowly(struct hours *h, int64_t hour, uint64_t count)
{
    assert(hour >= TIME_FIRST_MS / HOUR_MS && hour < TIME_END_MS / HOUR_MS);
    if (h->is_by_day)
        hour = first_of_day(hour);
    size_t at = h->count > 0 && h->at[h->count - 1].hour < hour ? h->count : lower_bound(h, hour);
    if (at == h->count || h->at[at].hour != hour) {
        if (!make_room(h, h->count + 1))
            return false;
        memmove(&h->at[at + 1], &h->at[at], (h->count - at) * sizeof(*h->at));
        h->at[at] = (struct hour_count){hour, 0};
        h->count++;
    }
    h->at[at].count += count;
    h->last = at;
    if (!h->is_by_day && h->count > HOURS_MAX)
        coarsen(h);
    return true;
}

/* Merges backwards into the room behind, so that nothing is copied aside. */
static void merge_in_place(struct hours *to, const struct hours *from)
{
    size_t left = to->count, right = from->count, end = left + right, at = end;
    while (right > 0) {
        struct hour_count next = from->at[right - 1];
        int64_t own = left > 0 ? to->at[left - 1].hour : -1;
        if (own > next.hour) {
            next = to->at[--left];
        } else {
            right--;
            if (own == next.hour)
                next.count += to->at[--left].count;
        }
        to->at[--at] = next;
    }
    /* Common hours leave a gap between what never moved and the rest. */
    memmove(&to->at[left], &to->at[at], (end - at) * sizeof(*to->at));
    to->count = left + (end - at);
}

bool hours_merge(struct hours *to, const struct hours *from)
{
    if (from->count == 0)
        return true;
    if (to->is_by_day != from->is_by_day) {
        if (!to->is_by_day)
            coarsen(to);
        for (size_t i = 0; i < from->count; i++) {
            if (!hours_add(to, from->at[i].hour, from->at[i].count))
                return false;
        }
        return true;
    }
    if (!make_room(to, to->count + from->count))
        return false;
    merge_in_place(to, from);
    to->last = 0;
    if (!to->is_by_day && to->count > HOURS_MAX)
        coarsen(to);
    return true;
}
