/* alert_corpus.h - random events that exercise all that groups count. */
#ifndef MILLRACE_TESTS_ALERT_CORPUS_H
#define MILLRACE_TESTS_ALERT_CORPUS_H

#include "alert_event.h"
#include "util/arena.h"

#include <stdarg.h>

struct corpus {
    struct arena arena;
    struct event *events;
    size_t count;
    uint64_t state;
};

static inline uint64_t corpus_random(struct corpus *c, uint64_t below)
{
    return random_next(&c->state) % below;
}

__attribute__((format(printf, 2, 3))) static inline struct view corpus_text(struct corpus *c,
                                                                            const char *format, ...)
{
    char text[16384];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return arena_copy(&c->arena, view_of(text, (size_t)size));
}

static inline void corpus_fill_failure(struct corpus *c, struct event *e)
{
    unsigned request = (unsigned)corpus_random(c, 200);
    static const enum kind kinds[] = {KIND_TIMEOUT, KIND_CRASH, KIND_REPORT, KIND_INIT};
    e->kind = kinds[corpus_random(c, 4)];
    e->failure =
        e->kind == KIND_CRASH || corpus_random(c, 3) == 0 ? FAILURE_CRASH : FAILURE_TIMEOUT;
    e->severity = SEVERITY_ERROR;
    event_set_text(e, COL_TITLE,
                   corpus_text(c, "Task timed out after %u.00 seconds (RequestId: %u)",
                               (unsigned)corpus_random(c, 9), request));
    if (corpus_random(c, 8) > 0)
        event_set_text(e, COL_REQUEST_ID, corpus_text(c, "request-%u", request));
    if (e->kind != KIND_REPORT)
        return;
    event_set_real(e, COL_DURATION_MS, (double)corpus_random(c, 100000) / 100);
    event_set_integer(e, COL_MEMORY_MB, 128);
    event_set_integer(e, COL_MAX_MEMORY_MB, (int64_t)corpus_random(c, 129));
    e->is_cold_start = corpus_random(c, 2);
    if (e->is_cold_start)
        event_set_real(e, COL_INIT_MS, (double)corpus_random(c, 100000) / 100);
}

static inline void corpus_fill_error(struct corpus *c, struct event *e)
{
    unsigned problem = (unsigned)corpus_random(c, 30);
    e->kind = problem % 3 == 2 ? KIND_TEXT : KIND_LOG;
    e->severity = problem % 7 == 0 ? SEVERITY_FATAL : SEVERITY_ERROR;
    if (problem % 3 == 0)
        event_set_text(e, COL_TITLE,
                       corpus_text(c, "Problem %c with order %u of %u", 'a' + problem,
                                   (unsigned)corpus_random(c, 300), (unsigned)corpus_random(c, 3)));
    else
        event_set_text(e, COL_MESSAGE,
                       corpus_text(c, "failure %c at 10.0.0.%u\nline two", 'a' + problem,
                                   (unsigned)corpus_random(c, 256)));
    event_set_text(e, COL_REQUEST_ID,
                   corpus_text(c, "request-%u", (unsigned)corpus_random(c, 2000)));
    if (corpus_random(c, 2))
        event_set_text(e, COL_DETAILS,
                       corpus_text(c,
                                   "{\"code\":%u,\"who\":\"u\\u0041%u\",\"k%u\":[1],\"n%u\":true}",
                                   (unsigned)corpus_random(c, 5), (unsigned)corpus_random(c, 100),
                                   problem, (unsigned)corpus_random(c, 40)));
    if (corpus_random(c, 20) == 0)
        event_set_text(e, COL_STACK,
                       corpus_text(c, "%*s\n    at f (/var/task/a.js:1:1)", 9000, "x"));
}

static inline void corpus_fill(struct corpus *c, struct event *e, size_t number)
{
    *e = event_of(KIND_LOG, SEVERITY_INFO);
    event_set_integer(e, COL_TIMESTAMP,
                      1672880400000 + (int64_t)corpus_random(c, 90) * 3600000 +
                          (int64_t)corpus_random(c, 5));
    event_set_text(e, COL_ACCOUNT_ID, corpus_text(c, "%012u", (unsigned)corpus_random(c, 5)));
    event_set_text(e, COL_LOG_GROUP,
                   corpus_text(c, "/aws/lambda/f%u", (unsigned)corpus_random(c, 400)));
    event_set_text(e, COL_LOG_STREAM, corpus_text(c, "stream %u", (unsigned)corpus_random(c, 600)));
    event_set_integer(e, COL_SOURCE_OFFSET, (int64_t)corpus_random(c, 50));
    event_set_integer(e, COL_EVENT_INDEX, (int64_t)number);
    if (corpus_random(c, 3))
        event_set_text(e, COL_EVENT_ID, corpus_text(c, "%056u", (unsigned)corpus_random(c, 4000)));
    switch (corpus_random(c, 12)) {
    case 0:
        e->present &= ~(UINT64_C(1) << COL_TIMESTAMP);
        break;
    case 1:
        e->cell[COL_TIMESTAMP].integer = INT64_MIN + (int64_t)corpus_random(c, 3);
        break;
    case 2:
        e->present &= ~(UINT64_C(1) << COL_ACCOUNT_ID | UINT64_C(1) << COL_LOG_GROUP);
        break;
    }
    switch (corpus_random(c, 4)) {
    case 0:
        corpus_fill_failure(c, e);
        break;
    case 1:
    case 2:
        corpus_fill_error(c, e);
        break;
    case 3:
        e->severity = corpus_random(c, 2) ? SEVERITY_DEBUG : SEVERITY_NONE;
        break;
    }
}

static inline struct corpus corpus_make(size_t count, uint64_t seed)
{
    struct corpus c = {.count = count, .state = seed};
    arena_init(&c.arena, (size_t)1 << 30);
    c.events = malloc(count * sizeof(*c.events));
    for (size_t i = 0; i < count; i++)
        corpus_fill(&c, &c.events[i], i);
    return c;
}

static inline void corpus_shuffle(struct corpus *c)
{
    for (size_t i = c->count; i > 1; i--) {
        size_t other = corpus_random(c, i);
        struct event swapped = c->events[i - 1];
        c->events[i - 1] = c->events[other];
        c->events[other] = swapped;
    }
}

static inline void corpus_done(struct corpus *c)
{
    arena_done(&c->arena);
    free(c->events);
}

#endif
