/* head.h - the heads of lines that a glance knows, with tabs as they are
 * written: a backslash and a `t`. */
#ifndef MILLRACE_HEAD_H
#define MILLRACE_HEAD_H

#include "glance/mold.h"
#include "interpret/event.h"

/* What times and ids are read with, and the minute that a time was read of last: most
 * follow each other within one. */
#define MINUTE_BYTES 16
struct stamps {
    mold_fn *fits; /* NULL: byte by byte */
    struct mold uuid;
    struct mold line;          /* a time, a tab, a UUID, a tab */
    char minute[MINUTE_BYTES]; /* `2023-01-05T11:00`; zeros are none */
    int64_t minute_ms;
};

void stamps_init(struct stamps *ret, enum cpu cpu);

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
bool head_read(struct stamps *stamps, struct view message, struct head *ret);

/* The same for an event that a filter extracted from the message with its
 * request id and time. */
struct glimpse;
bool head_read_event(struct stamps *stamps, const struct glimpse *glimpse, struct head *ret);

/* The time `2023-01-05T11:00:05.843Z`, in exactly that form; false for others
 * and for dates that do not exist. */
bool head_time(struct stamps *stamps, struct view text, int64_t *ret_ms);

/* Whether `text` begins with a UUID, in either case. */
bool head_is_uuid(const struct stamps *stamps, struct view text);
#define UUID_BYTES 36

/* A time and a UUID as molds have them. */
#define MOLD_TWO MOLD_DIGIT MOLD_DIGIT
#define MOLD_TIME                                                                                  \
    MOLD_TWO MOLD_TWO "-" MOLD_TWO "-" MOLD_TWO "T" MOLD_TWO ":" MOLD_TWO ":" MOLD_TWO             \
                      "." MOLD_TWO MOLD_DIGIT "Z"
#define MOLD_FOUR MOLD_HEX MOLD_HEX MOLD_HEX MOLD_HEX
#define MOLD_UUID                                                                                  \
    MOLD_FOUR MOLD_FOUR "-" MOLD_FOUR "-" MOLD_FOUR "-" MOLD_FOUR "-" MOLD_FOUR MOLD_FOUR MOLD_FOUR

#endif
