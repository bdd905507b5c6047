/* glance.h - what an event counts as, told from its bytes as they are written.
 *
 * Where only the report and the counts are wanted, most events add nothing but
 * ones: to an hour of a level, to a kind, an account, a log group, the requests
 * seen. For those neither the message's escapes nor its payload need to be
 * undone. A glance gives exactly the cells that counting looks at, or says that
 * it does not know; then interpret_event() decides.
 *
 * Why it is exact. The record around the event has been validated. About its
 * message a glance relies on nothing it has not seen:
 *
 * 1. Letters. In a JSON string a letter, digit, brace, bracket or hyphen is
 *    written as itself or as `\uXXXX`; so is it inside a payload, whose `\u` is
 *    `\\u` here. A text in which one of these stands for ASCII that is written
 *    is not decided. In all others a word is there if and only if its bytes are.
 * 2. Heads. A line's level, request id and form are told by fixed templates:
 *    texts that lambda_line.h takes apart in one way. A byte that does not fit
 *    leaves the event undecided.
 * 3. Bodies. Kind `log` needs a `{` and a final `}`, which are bytes as they
 *    are; so whether a body is a payload by form is known. Whether its JSON is
 *    sound is NOT looked at. It does not need to be: unsound, it counts as `log`
 *    with the line's level. Sound, it can count as something else only by a key
 *    that says so:
 *      `level`, `log_level`     another level
 *      `_aws`                   kind `metric`
 *      `code`                   a retry code, ignored
 *      `title`                  an alert, if it begins `[Action Required]`
 *      `requestId` and the like a request id, where the line has none
 *      `timestamp`              a time, where the line has none
 *      `type`                   `platform.…`, where the line is bare
 *      `stack`                  level ERROR, where nothing names a level
 *    A payload that holds such a word goes on to payload_count.h, which reads its
 *    JSON whole. Any other is decided where each of these words is missing, or where what
 *    stands behind it comes to the same: all levels at any depth equal the
 *    line's, a numeric code, a request id that has been counted already, a time that is near enough
 * to the event's not to be counted as a wrong clock. Then every reading of the payload counts
 * alike.
 * 4. Texts. Without the letters `emory` no text tells of memory run out, and
 *    one without inner newlines holds no stack frame. What may be a system
 *    line by its first letter is not decided, but for START, END and REPORT in
 *    exactly the words Lambda uses.
 *
 * Levels ERROR and FATAL, words no table knows, a status, anything an alert
 * could come from is left to the full path. */
#ifndef MILLRACE_GLANCE_H
#define MILLRACE_GLANCE_H

#include "glance/head.h"
#include "glance/marks.h"
#include "interpret/interpret.h"

/* An event of a sound record (record.h). Strings as written between their
 * quotes, escapes and all. */
struct glimpse {
    bool has_timestamp;
    int64_t timestamp_ms;
    struct view message;
    /* All null, or those of extractedFields {timestamp, request_id, event}; the
     * time may be missing. */
    struct view extracted_timestamp, extracted_request_id, extracted_event;
    /* The time is written as Lambda does, and the request id is a UUID. */
    bool is_stamped;
};

/* Whether counting this request id once more would change nothing. */
typedef bool request_is_counted_fn(void *context, struct view request_id);

struct glancer {
    struct stamps stamps;
    struct mark_tables tables;
    marks_fn *marks;
    request_is_counted_fn *request_is_counted; /* may be NULL: none is known */
    void *context;
    struct interpreter *interpreter; /* reads payloads; NULL: they are not decided */
    enum cpu cpu;
    struct buf payload; /* without its escapes */
};

void glancer_init(struct glancer *ret, enum cpu cpu);
void glancer_done(struct glancer *g);

/* Fills *ret with the event's time, account, log group, request id, kind, level
 * and, for REPORT lines, figures; other cells are left out. False where the
 * event is not decided: *ret has no meaning then. Views in *ret borrow from the
 * arguments, the glancer, its interpreter and from static storage. */
bool glance_event(struct glancer *g, const struct glimpse *glimpse,
                  const struct event_context *context, struct event *ret);

#endif
