/* envelope.h - what a JSON document of the archive is, and its parts.
 *
 * Works on a document that json_parse() found sound; nothing is copied but
 * strings with escapes. */
#ifndef MILLRACE_ENVELOPE_H
#define MILLRACE_ENVELOPE_H

#include "interpret/event.h"
#include "json/json.h"

enum document_kind {
    DOCUMENT_RECORD,   /* has `logEvents` that is an array */
    DOCUMENT_CONTROL,  /* messageType CONTROL_MESSAGE, or every text begins CWL CONTROL MESSAGE */
    DOCUMENT_PAYLOADS, /* G or H: payloads to decode and read again */
    DOCUMENT_FOREIGN,  /* anything else: one event, its JSON the message */
};

/* A record's own fields. Views borrow from the document or from scratch. */
struct record {
    enum document_kind kind;
    struct view account_id, region, log_group, log_stream; /* null where the record has none */
    struct json_value events;                              /* the array, for DOCUMENT_RECORD */
};

/* One entry of logEvents, strings unescaped. */
struct raw_event {
    struct view id; /* null when missing or empty */
    bool has_timestamp;
    int64_t timestamp_ms; /* valid if has_timestamp */
    struct view message;  /* null when missing */
    bool is_message_json; /* it was an array, object, number or boolean: its JSON text */
    bool was_repaired;    /* the record needed repair (copied from the caller) */
    struct view extracted_timestamp, extracted_request_id, extracted_event; /* null when absent */
    bool is_extracted; /* had extractedFields, the system's `@…` fields aside */
    bool is_foreign;   /* the message is a whole foreign document; set by the caller */
    /* The message is the extracted time and request id, each with a tab behind it, and the
     * extracted event with at most one newline: a UUID, and a time that is stamp_ms. */
    bool is_stamped;
    int64_t stamp_ms;
    /* `@aws.account` and `@aws.region` of the event, null when absent: they win
     * over the record's. */
    struct view account_id, region;
};

/* Reads the document's top-level keys (the last of duplicates wins, as in
 * JSON.parse) and says what it is. `scratch` is appended to for strings with
 * escapes; it must not grow past its capacity meanwhile, so reserve the
 * document's size first. */
void record_open(const struct json_parser *p, struct json_value root, enum cpu cpu,
                 struct buf *scratch, struct record *ret);

/* One event of `entry`, an element of record.events. False when the entry is no
 * object: a bad entry, to be quarantined. `scratch` as above. */
bool record_event(const struct json_parser *p, const struct json_value *entry, enum cpu cpu,
                  struct buf *scratch, struct raw_event *ret);

/* A payload of a DOCUMENT_PAYLOADS document: base64 text still encoded. */
struct payload {
    struct view base64; /* unescaped */
    struct view region; /* from an ARN in the envelope, or null */
};

/* Iterates the payloads: awslogs.data, Records[].kinesis.data,
 * records[].data, rawData. Start with a zeroed cursor. False at the end. */
struct payload_cursor {
    unsigned step;
    struct json_cursor at;
    bool is_open;
    struct view region;
};
bool record_next_payload(const struct json_parser *p, struct json_value root, enum cpu cpu,
                         struct buf *scratch, struct payload_cursor *c, struct payload *ret);

/* The base64 of a `"rawData":"…"` in text that is not valid JSON (shape G).
 * Null where there is none. */
struct view raw_data_find(struct view text);

/* The region in an object's name: file name first, then folders from the
 * right, `region=…` too. Null where there is none. Borrows from `name`. */
struct view region_in_name(struct view name);

#endif
