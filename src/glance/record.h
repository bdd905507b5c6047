/* record.h - a record of the form that CloudWatch Logs writes, checked and taken
 * apart in one pass.
 *
 * The pass accepts only documents that json_parse() accepts too, and only those
 * whose parts stand where a glimpse looks for them: compact, keys that are known
 * and written plainly, each once. For these it gives what record_open() and the
 * members of each entry would. Anything else is left to them. */
#ifndef MILLRACE_RECORD_H
#define MILLRACE_RECORD_H

#include "glance/glance.h"
#include "glance/string_scan.h"
#include "json/escapes.h"

struct record_entry {
    struct view id; /* as written, like the strings of the glimpse */
    struct glimpse glimpse;
};

/* One per worker. */
struct record_glancer {
    string_scan_fn *scan;
    escapes_fn *escapes_are_valid;
    struct record_entry *entries; /* of the record read last */
    size_t count;
    size_t capacity;
};

void record_glancer_init(struct record_glancer *ret, enum cpu cpu);
void record_glancer_done(struct record_glancer *g);

/* Reads exactly `document`. True: *ret is a DOCUMENT_RECORD, without its array
 * of events, and g->entries are those; all borrow from `document`. False where
 * it is to be parsed, and where memory for entries is missing. Nothing past its
 * end is read. */
bool record_glance(struct record_glancer *g, struct view document, struct record *ret);

/* The event as record_event() gives it. `scratch` is cleared and takes strings
 * with escapes. False when out of memory. */
bool record_entry_open(const struct record_entry *entry, enum cpu cpu, struct buf *scratch,
                       struct raw_event *ret);

#endif
