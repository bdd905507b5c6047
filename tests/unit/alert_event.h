/* alert_event.h - events for tests of alerts, filled by hand. */
#ifndef MILLRACE_TESTS_ALERT_EVENT_H
#define MILLRACE_TESTS_ALERT_EVENT_H

#include "interpret/event.h"

#include <stdio.h>
#include <stdlib.h>

/* Knuth's MMIX generator: tests print the seed they fail with. */
static inline uint64_t random_next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static inline uint64_t random_seed(void)
{
    const char *given = getenv("MILLRACE_TEST_SEED");
    return given != NULL ? strtoull(given, NULL, 10) : 1;
}

static inline void event_set(struct event *e, enum column c, const char *text)
{
    event_set_text(e, c, view_of_string(text));
}

/* An event of one account, log group and object, an hour after 2023-01-05. */
static inline struct event event_of(enum kind kind, enum severity severity)
{
    struct event e = {.kind = kind, .severity = severity};
    event_set_integer(&e, COL_TIMESTAMP, 1672880400000);
    event_set(&e, COL_ACCOUNT_ID, "123456789012");
    event_set(&e, COL_REGION, "eu-west-1");
    event_set(&e, COL_LOG_GROUP, "/aws/lambda/orders");
    event_set(&e, COL_LOG_STREAM, "2023/01/05/[$LATEST]0123456789abcdef0123456789abcdef");
    event_set(&e, COL_LEVEL,
              severity == SEVERITY_ERROR  ? "ERROR"
              : severity == SEVERITY_WARN ? "WARN"
                                          : "INFO");
    event_set(&e, COL_SOURCE_OBJECT, "bucket/2023/01/05/01/object");
    event_set_integer(&e, COL_SOURCE_OFFSET, 0);
    event_set_integer(&e, COL_RECORD_INDEX, 0);
    event_set_integer(&e, COL_EVENT_INDEX, 0);
    return e;
}

static inline struct event event_error(const char *title)
{
    struct event e = event_of(KIND_LOG, SEVERITY_ERROR);
    event_set(&e, COL_TITLE, title);
    return e;
}

static inline struct event event_text_line(const char *message)
{
    struct event e = event_of(KIND_TEXT, SEVERITY_ERROR);
    event_set(&e, COL_MESSAGE, message);
    return e;
}

static inline struct event event_timeout(const char *title, const char *request_id)
{
    struct event e = event_of(KIND_TIMEOUT, SEVERITY_ERROR);
    e.failure = FAILURE_TIMEOUT;
    event_set(&e, COL_TITLE, title);
    event_set(&e, COL_REQUEST_ID, request_id);
    return e;
}

#endif
