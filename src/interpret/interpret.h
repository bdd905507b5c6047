/* interpret.h - from one log event to one row.
 *
 * Pure: the result depends on the arguments alone. No allocation per event
 * once the scratch buffers have grown. One interpreter per worker. */
#ifndef MILLRACE_INTERPRET_H
#define MILLRACE_INTERPRET_H

#include "interpret/envelope.h"
#include "interpret/event.h"
#include "util/err.h"

enum raw_mode { RAW_AUTO, RAW_ALWAYS, RAW_NEVER };

/* Borrowed for the interpreter's life. */
struct interpret_options {
    enum raw_mode raw;
    const struct view *ignore_codes; /* compared in any ASCII case */
    size_t ignore_codes_count;
    /* Of events that are no alerts only the cells that are counted are wanted:
     * times, account, log group, request id, kind, level, a report's figures.
     * Others may be left out, and RAW_MESSAGE of all events. */
    bool counts_only;
};

struct interpreter;

/* message_bytes_max bounds one message. A payload of more than MEMBERS_MAX
 * (members.h) members counts as unsound. NULL when out of memory. */
struct interpreter *interpreter_new(enum cpu cpu, const struct interpret_options *options,
                                    size_t message_bytes_max);
void interpreter_free(struct interpreter *in);

/* What the record and the object say about all their events. Null views where
 * unknown. For shapes F and I and foreign documents the caller fills what the
 * path and the flags give. */
struct event_context {
    struct view account_id, region, log_group, log_stream, source_object;
    int64_t source_offset;
    int32_t record_index;
    int32_t event_index;
    uint64_t record; /* event.record of events whose account and region are these */
};

/* Interprets one event. Cells of *ret borrow from `raw`, `context`, static
 * storage and the interpreter: until the next call. Every event gives a result;
 * RC_NO_MEMORY is the only failure. FINGERPRINT is left null. The strings of
 * `raw` are valid UTF-8 and followed by INPUT_SLACK_BYTES readable bytes. An
 * ignored event has no cells besides those that do not depend on its message,
 * request id, time and kind. */
NODISCARD enum rc interpret_event(struct interpreter *in, const struct raw_event *raw,
                                  const struct event_context *context, struct event *ret);

/* Splits an export entry `2019-06-07T19:11:20.562Z message…` (shape I) into
 * its time and message; false when it does not begin with a time. */
bool export_line_split(struct view entry, int64_t *ret_ms, struct view *ret_message);

#endif
