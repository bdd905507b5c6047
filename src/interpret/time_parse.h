/* time_parse.h - times as log lines and payloads write them.
 *
 * Times without a zone are UTC; what is finer than a millisecond is cut off. */
#ifndef MILLRACE_TIME_PARSE_H
#define MILLRACE_TIME_PARSE_H

#include "util/view.h"

struct time_text {
    size_t size;   /* bytes of the time; 0: the text begins with no time */
    int64_t ms;    /* since 1970 UTC, if is_valid */
    bool is_valid; /* the date and the time of day exist */
    bool has_zone;
    bool is_doubtful; /* finer than a millisecond, without a zone, or impossible */
    unsigned fraction_digits;
    unsigned fraction; /* the first nine of them as a number */
    char separator;    /* between date and time: 'T' or ' ' */
};

/* A time at the beginning of `text`: `YYYY-MM-DDThh:mm:ss`, a space for the T,
 * a fraction behind `.` or `,`, and `Z`, `+hh:mm`, `+hhmm` or no zone. */
struct time_text time_parse_iso(struct view text);

/* `YYYY/MM/DD hh:mm:ss`, a fraction allowed: Go's log package. */
struct time_text time_parse_go(struct view text);

/* The whole text is such a time, or 12 to 14 digits of milliseconds; the size
 * is 0 where it is not. */
struct time_text time_parse_whole(struct view text);

/* Python's old runtimes wrote the milliseconds without leading zeros: makes
 * `.5` 5 ms instead of 500. */
void time_unpad_milliseconds(struct time_text *time);

#endif
