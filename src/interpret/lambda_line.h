/* lambda_line.h - takes the lines of Lambda's runtimes apart.
 *
 * What a runtime or its logger puts before the text: a time, a request id, a
 * level. A line of no known form is text as it is. One pass over the head of
 * the line, nothing is copied. */
#ifndef MILLRACE_LAMBDA_LINE_H
#define MILLRACE_LAMBDA_LINE_H

#include "interpret/event.h"
#include "interpret/time_parse.h"

struct line {
    struct view text;       /* what is left; a level that stays is part of it */
    struct view body;       /* what follows the level: where a payload may stand */
    struct view request_id; /* null where there is none, or `undefined` */
    struct time_text time;  /* size 0: none */
    enum severity level;    /* SEVERITY_NONE: none */
    bool is_bare;           /* nothing was cut: Lambda's own lines look so */
    bool is_spaced;         /* `<time> <id> ` with spaces: Lambda's timeouts look so */
    bool is_prefix_cut;     /* `<log stream> <time> ` stood before the line, as in copies */
};

/* A whole message. */
void line_parse(struct view message, struct line *ret);

/* The text that a filter extracted: it begins with a level at most. */
void line_parse_event(struct view event, struct line *ret);

/* A request id, not `undefined` and not empty. */
bool line_is_request_id(struct view id);

#endif
