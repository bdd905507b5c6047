/* object_level.h - what object.c and object_record.c share: the reader's
 * insides. One level per nesting of payloads; level 0 is the object itself. */
#ifndef MILLRACE_OBJECT_LEVEL_H
#define MILLRACE_OBJECT_LEVEL_H

#include "glance/record.h"
#include "limits.h"
#include "object.h"
#include "split/resplit.h"
#include "json/json.h"

/* An envelope's base64 is a layer too, so payloads nest no deeper than layers. */
#define LEVELS_MAX (LAYERS_MAX + 1)

/* Names of layers joined by `>`: a few of at most six letters. */
#define LAYERS_TEXT_BYTES 64

/* Where a piece of text comes from, seen from the stored object. */
struct place {
    uint64_t stored_offset;
    uint64_t inner_offset;
    bool is_inner;      /* inside a layer */
    const char *layers; /* "stored", "gzip", … */
};

/* A damaged span that may still grow. */
struct open_damage {
    bool is_open;
    struct place place;
    uint64_t length;
    const char *reason;
    size_t excerpt_bytes;
    char excerpt[EXCERPT_BYTES_MAX];
};

struct level {
    struct object_reader *reader;
    unsigned number;
    struct unwrapper *unwrapper;
    struct splitter *splitter;
    struct json_parser *parser;
    struct buf record_scratch; /* strings of the record */
    struct buf event_scratch;  /* strings of one event */
    struct buf repaired;       /* a record or line whose bytes were repaired */
    struct buf payload;        /* a decoded base64 payload, with slack */
    struct buf base64_scratch;
    bool has_form;
    enum text_form form;
    struct place outer;  /* of the document that holds this payload; level 0: unused */
    size_t outer_offset; /* of that document, in level 0's window */
    struct view region;  /* what the envelope says */
    char outer_layers[LAYERS_TEXT_BYTES]; /* layers around the payload: "gzip>base64" */
    char layers[96]; /* the same with this level's own, for the current window */
    struct open_damage damage;
};

struct object_reader {
    const struct object_options *options;
    const struct object_sink *sink;
    struct giant_slot *slot;
    bool holds_slot;
    struct interpreter *interpreter;
    struct glancer glancer;
    struct record_glancer record_glancer;
    struct level levels[LEVELS_MAX];
    struct buf export_stream;
    uint64_t records_numbered; /* since the reader was made */

    /* The object at hand. */
    const struct object_input *in;
    struct ledger *ledger;
    struct err *err;
    struct view name_region;
    bool is_export_name;
    bool is_damaged;
    bool has_piece, begins_clean, ends_clean;
    /* Numbering of records within the unit at a stored offset. */
    bool has_unit;
    uint64_t unit_offset;
    int32_t record_index;
    /* Damage callbacks cannot fail; what failed in one is kept here. */
    enum rc damage_rc;
};

/* A document's text and how it came. */
struct document {
    struct view text;
    size_t window_offset; /* of its first byte, in the level's current window */
    struct place place;
    bool was_repaired;
    bool is_unverified;
    bool is_irregular; /* a glance has left it alone */
};

/* Whether records of the regular form are taken apart without being parsed. */
bool may_glance(const struct object_reader *r);

/* Reads a document that a glance has read: the record glancer holds its events. */
NODISCARD enum rc glanced_read(struct level *level, const struct document *document,
                               const struct record *record);
/* Reads a document piece: parses, repairs or cuts it again, counts it. */
NODISCARD enum rc document_read(struct level *level, const struct document *document);
/* One line of text (shape F) or one export entry (shape I). */
NODISCARD enum rc line_read(struct level *level, const struct document *line);

/* Unwraps and reads a payload one level deeper. */
NODISCARD enum rc payload_read(struct level *level, const struct payload *payload,
                               const struct document *document);

/* Records damage found in text. `damage_flush` hands out what is open. */
NODISCARD enum rc damage_text(struct level *level, const struct place *place, struct view text,
                              const char *reason, bool continues);
NODISCARD enum rc damage_flush(struct level *level);

/* Counts one record that begins at `place` and gives its number in its unit. */
int32_t record_number(struct object_reader *r, const struct place *place);

/* Parser and interpreter for a text of that size: the level's own, or the
 * process-wide slot's, which is then held until release. */
struct record_tools {
    struct json_parser *parser;
    struct interpreter *interpreter;
    bool is_slot;
};
NODISCARD enum rc record_tools_take(struct level *level, size_t bytes, struct record_tools *ret);
void record_tools_release(struct object_reader *r, struct record_tools *tools);

#endif
