/* object.h - the story of one object: unwrap, split, parse, interpret.
 *
 * Turns the stored bytes of an object (or of a slice) into records and
 * interpreted events, hands them to a sink in order, and keeps the account of
 * every byte. Payloads inside envelopes are unwrapped and read again, one level
 * deeper. One reader per worker; none is shared. */
#ifndef MILLRACE_OBJECT_H
#define MILLRACE_OBJECT_H

#include "commit/ledger.h"
#include "commit/quarantine.h"
#include "decode/unwrap.h"
#include "interpret/interpret.h"

/* Receives what an object holds. Any function may be NULL. Views live until
 * the function returns. A result other than RC_OK ends the object with it. */
struct object_sink {
    void *context;
    /* A sound record (or foreign document, or line), decoded. */
    enum rc (*on_record)(void *context, struct view text, struct err *err);
    /* An interpreted event that is not ignored; the account of `rows` and
     * `filtered` is the sink's. Events are not interpreted where it is NULL. */
    enum rc (*on_event)(void *context, struct event *event, struct err *err);
    /* Both or none, asked only with interpret_options.counts_only; they stand in for
     * on_event. An event that is no alert, and how many of them, once for each
     * record, share its account and log group. */
    enum rc (*on_counted)(void *context, const struct event *event, struct err *err);
    enum rc (*on_counted_record)(void *context, const struct event_context *of, uint64_t count,
                                 struct err *err);
    /* A damaged span, in order. */
    enum rc (*on_damage)(void *context, const struct quarantine_span *span, struct err *err);
    /* Whether counting this request id once more would change nothing. Asked
     * only with interpret_options.counts_only; NULL: no. */
    bool (*request_is_counted)(void *context, struct view request_id);
    /* Asked between windows: true ends the object with RC_STOPPED. */
    bool (*is_stopping)(void *context);
};

struct object_options {
    enum cpu cpu;
    const struct interpret_options *interpret;
    size_t record_bytes_max;
    bool parses_all; /* no record is taken apart by its form alone: the same events, slower */
    struct view set_account, set_region, set_log_group; /* null: none */
};

/* Where records over RECORD_BYTES_OWN take turns: one per process. */
struct giant_slot;
struct giant_slot *giant_slot_new(const struct object_options *options);
void giant_slot_free(struct giant_slot *slot);

struct object_reader;

/* NULL when out of memory. `options`, `slot` and `sink` are borrowed. */
struct object_reader *object_reader_new(const struct object_options *options,
                                        struct giant_slot *slot, const struct object_sink *sink);
void object_reader_free(struct object_reader *r);

struct object_input {
    struct view name;  /* as in the plan */
    struct view bytes; /* the whole object, INPUT_SLACK_BYTES readable behind it */
    bool is_slice;
    struct unwrap_range range; /* what to read; a slice of a plain stream is cut at seams by
                                  the reader, begin and end being nominal */
    bool stops_after_unit;     /* read only the member or document at range.begin */
};

/* What merging slices needs to know. */
struct object_chain {
    uint64_t begin, end; /* stored bytes covered */
    bool begins_clean;   /* no text before the first document */
    bool ends_clean;     /* the last document was whole */
};

/* Reads the object, adds to `ledger` (stored and decoded bytes, records,
 * events but for rows and filtered, reasons) and to no other place. Sets
 * *ret_damaged when any span was quarantined. RC_OK whatever the damage;
 * otherwise what the sink gave, RC_STOPPED, or RC_NO_MEMORY. */
NODISCARD enum rc object_read(struct object_reader *r, const struct object_input *in,
                              struct ledger *ledger, struct object_chain *ret_chain,
                              bool *ret_damaged, struct err *err);

/* Whether an object's file is called `123456` or `123456.gz`, as an export task
 * names them. */
bool object_has_export_name(struct view name);

#endif
