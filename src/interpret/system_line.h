/* system_line.h - what Lambda itself writes: START, END, REPORT and the like,
 * timeouts and crashes. */
#ifndef MILLRACE_SYSTEM_LINE_H
#define MILLRACE_SYSTEM_LINE_H

#include "interpret/event.h"
#include "interpret/lambda_line.h"
#include "util/buf.h"

/* What a system line says, as text or as JSON. Null views where it is silent;
 * the numbers are still text. */
struct facts {
    enum kind kind;
    struct view request_id, trace_id, status, error_type;
    struct view duration_ms, init_ms, billed_ms, memory_mb, max_memory_mb;
};

/* Whether `text` is a system line of text form. */
bool system_line_read(struct view text, struct facts *ret);

/* Fills kind, level, title, error type, trace id and figures. The request id,
 * if still absent, too. `out` takes the title. */
void system_line_tell(const struct facts *facts, struct buf *out, struct event *event);

/* Whether the line is Lambda's `Task timed out after 3.00 seconds`. */
bool system_line_is_timeout(const struct line *line, bool is_extracted);

/* Whether `text` is `RequestId: <id> Error: …` or another crash that Lambda
 * reports. */
bool system_line_is_crash(struct view text);

/* Fills the columns of a crash from its text: what Lambda says of it, or where
 * not `is_system` the last words of a runtime. */
void system_line_tell_crash(struct view text, bool is_system, struct buf *out, struct event *event);

/* Kind, level and severity of an event. */
void event_set_kind(struct event *event, enum kind kind);
void event_set_severity(struct event *event, enum severity severity);

#endif
