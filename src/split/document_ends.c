#include "split/document_ends.h"

#include "split/document_start.h"
#include "json/json.h"

#include <assert.h>
#include <stdlib.h>

/* Of the memory for starts: what a walk notes at least, and bytes of text for each
 * one more. Hostile text has a start in every fifth byte; where they are too many,
 * those further on are walked to again, by a walk of their own. */
#define STARTS_MIN 256
#define BYTES_PER_START 32

#define NUMBER_NONE SIZE_MAX

/* ---- The starts a walk came by ---- */

static struct start *walk_start(struct walk *w, size_t number)
{
    if (number == NUMBER_NONE || number < w->begin_number + w->first)
        return NULL;
    return &w->starts[number - w->begin_number];
}

/* Those before `at` are not asked for any more. */
static void walk_pass(struct walk *w, size_t at)
{
    while (w->first < w->count && w->starts[w->first].at < at)
        w->first++;
}

/* Makes room for one more; false where there is none. */
static bool walk_reserve(struct walk *w, size_t starts_max)
{
    if (w->count < w->capacity)
        return true;
    if (w->first > w->capacity / 2) {
        w->count -= w->first;
        memmove(w->starts, w->starts + w->first, w->count * sizeof(*w->starts));
        w->begin_number += w->first;
        w->first = 0;
        return true;
    }
    if (w->capacity >= starts_max)
        return false;
    size_t capacity = w->capacity > 0 ? 2 * w->capacity : STARTS_MIN;
    capacity = capacity < starts_max ? capacity : starts_max;
    struct start *starts = realloc(w->starts, capacity * sizeof(*starts));
    if (starts == NULL)
        return false;
    w->starts = starts;
    w->capacity = capacity;
    return true;
}

/* Notes the start at `at`: its number. */
static size_t walk_note(struct walk *w, size_t starts_max, size_t at)
{
    if (!walk_reserve(w, starts_max))
        return NUMBER_NONE;
    w->starts[w->count] = (struct start){.at = (uint32_t)at};
    return w->begin_number + w->count++;
}

/* ---- Walking ---- */

static void walk_begin(struct walk *w, struct view text, size_t at)
{
    json_scan_begin(&w->scan, text, at, false);
    w->is_done = false;
    w->first = w->count = w->begin_number = 0;
}

/* The start of that number ends before text[end]. */
static void walk_resolve(struct walk *w, size_t number, size_t end, bool is_sound)
{
    struct start *start = walk_start(w, number);
    if (start == NULL)
        return;
    start->looked = (uint32_t)(end - start->at) & INT32_MAX;
    start->is_sound = is_sound;
}

/* The outermost container is nested around too much: it fails at the one that opens
 * at the scan's position. Those inside it go on. */
static void walk_fail_outermost(struct walk *w)
{
    struct json_scan *s = &w->scan;
    walk_resolve(w, w->numbers[s->bottom], s->at + 1, false);
    s->bottom++;
    if (s->bottom < JSON_DEPTH_MAX)
        return;
    s->depth -= s->bottom;
    memmove(s->opens, s->opens + s->bottom, s->depth);
    memmove(w->numbers, w->numbers + s->bottom, s->depth * sizeof(w->numbers[0]));
    s->bottom = 0;
}

/* A fault ends all that is open. */
static void walk_fail(struct walk *w)
{
    struct json_scan *s = &w->scan;
    size_t end = json_scan_is_done(s) ? s->at : s->at + 1;
    for (unsigned i = s->bottom; i < s->depth; i++)
        walk_resolve(w, w->numbers[i], end, false);
    w->is_done = true;
}

static void walk_note_key(struct walk *w, size_t at)
{
    struct start *start = walk_start(w, w->numbers[w->scan.depth - 1]);
    if (start != NULL && start_is_deciding_key(view_from(w->scan.text, at)))
        start->is_envelope = true;
}

/* One step. Notes starts from `asked` on. */
static void walk_step(struct walk *w, size_t starts_max, size_t asked)
{
    struct json_scan *s = &w->scan;
    json_scan_space(s);
    if (json_scan_is_at_open(s) && json_scan_is_full(s))
        walk_fail_outermost(w);
    size_t at = s->at;
    unsigned depth = s->depth;
    bool is_key = s->wanted == JSON_WANTS_KEY || s->wanted == JSON_WANTS_FIRST_KEY;
    if (!json_scan_step(s)) {
        walk_fail(w);
        return;
    }
    if (s->depth > depth) {
        bool is_start = at >= asked && s->text.data[at] == '{';
        w->numbers[depth] = is_start ? walk_note(w, starts_max, at) : NUMBER_NONE;
    } else if (s->depth < depth) {
        walk_resolve(w, w->numbers[s->depth], s->at, true);
    } else if (is_key) {
        walk_note_key(w, at);
    }
    w->is_done = s->depth == s->bottom;
}

/* The start at text[at], resolved; NULL where the walk does not come by it. */
static const struct start *walk_find(struct walk *w, size_t starts_max, size_t at)
{
    walk_pass(w, at);
    for (;;) {
        const struct start *next = w->first < w->count ? &w->starts[w->first] : NULL;
        if (next != NULL && next->at > at)
            return NULL;
        if (next != NULL && next->looked > 0)
            return next;
        if (w->is_done || (next == NULL && w->scan.at > at))
            return NULL;
        walk_step(w, starts_max, at);
    }
}

/* Whether it has nothing to say of what comes behind text[at] but what a new walk
 * finds out as fast. */
static bool walk_is_spent(const struct walk *w, size_t at)
{
    return w->first == w->count && (w->is_done || w->scan.at > at);
}

/* ---- The face ---- */

void document_ends_begin(struct document_ends *e, struct view text)
{
    assert(text.size <= RECORD_BYTES_LIMIT);
    static_assert(RECORD_BYTES_LIMIT <= INT32_MAX, "positions have 31 bits");
    e->text = text;
    e->starts_max = STARTS_MIN + text.size / BYTES_PER_START;
    e->last = 0;
    for (unsigned i = 0; i < 2; i++) {
        struct walk *w = &e->walks[i];
        w->starts = NULL;
        w->capacity = 0;
        walk_begin(w, text, 0);
        w->is_done = true;
    }
}

void document_ends_done(struct document_ends *e)
{
    for (unsigned i = 0; i < 2; i++)
        free(e->walks[i].starts);
}

/* Where no walk comes by it and none can be noted. */
static struct document_end walk_alone(struct view text, size_t at)
{
    struct document_end end;
    struct view rest = view_from(text, at);
    size_t size = json_document_end(rest, &end.looked);
    end.is_sound = size > 0;
    end.is_envelope = end.is_sound && document_keys_of(view_slice(rest, 0, size)).is_envelope;
    if (end.is_sound)
        end.looked = size;
    return end;
}

struct document_end document_ends_at(struct document_ends *e, size_t at)
{
    const struct start *start = NULL;
    for (unsigned i = 0; i < 2 && start == NULL; i++) {
        start = walk_find(&e->walks[e->last], e->starts_max, at);
        if (start == NULL)
            e->last ^= 1;
    }
    if (start == NULL) {
        if (!walk_is_spent(&e->walks[e->last], at))
            e->last ^= 1;
        struct walk *w = &e->walks[e->last];
        walk_begin(w, e->text, at);
        start = walk_find(w, e->starts_max, at);
    }
    if (start == NULL)
        return walk_alone(e->text, at);
    return (struct document_end){start->looked, start->is_sound,
                                 start->is_sound && start->is_envelope};
}
