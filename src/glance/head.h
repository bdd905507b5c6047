/* head.h - the heads of lines that a glance knows, with tabs as they are
 * written: a backslash and a `t`. */
#ifndef MILLRACE_HEAD_H
#define MILLRACE_HEAD_H

#include "interpret/event.h"

/* A minute that times were read of: most follow each other within one.
 * Zero-initialised is none. */
#define MINUTE_BYTES 16
struct minute {
    char text[MINUTE_BYTES]; /* `2023-01-05T11:00` */
    int64_t ms;
};

struct head {
    enum severity level;    /* TRACE to WARN, or none */
    struct view request_id; /* a UUID, or null */
    bool has_time;
    bool is_bare; /* nothing stands before the body */
    int64_t time_ms;
    struct view body; /* what follows the level */
};

/* Takes the head of a message. False where lambda_line.h has to. Remembers the
 * minute of its time, here as in what follows. */
bool head_read(struct minute *last, struct view message, struct head *ret);

/* The same for an event that a filter extracted from the message with its
 * request id and time. */
struct glimpse;
bool head_read_event(struct minute *last, const struct glimpse *glimpse, struct head *ret);

/* The time `2023-01-05T11:00:05.843Z`, in exactly that form; false for others
 * and for dates that do not exist. */
bool head_time(struct minute *last, struct view text, int64_t *ret_ms);

/* Whether `text` begins with a UUID, in either case. */
bool head_is_uuid(struct view text);
#define UUID_BYTES 36

#endif
