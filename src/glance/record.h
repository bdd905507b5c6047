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
#include "json/escapes.h"
#include "json/flaw.h"
#include "json/string_map.h"

struct record_entry {
    struct view id; /* as written, like the strings of the glimpse */
    struct glimpse glimpse;
};

/* How far a map of strings runs ahead of what is read: small enough that it and
 * its text stay in the first-level cache. */
#define RECORD_MAP_BLOCKS 128

/* How far ahead memory is asked for: past the record that is taken apart next, whose
 * map is made of 8 KiB in one go and would wait for each line of them, and no further
 * than the first-level cache keeps. Of 12 to 64 KiB all from 16 on are alike. */
#define RECORD_AHEAD_BYTES ((size_t)16 * 1024)

/* One per worker. */
struct record_glancer {
    string_map_fn *map;
    mold_fn *fits; /* NULL: byte by byte */
    struct mold number, time, id;
    escapes_fn *escapes_are_valid;
    flaw_fn *find_flaw;
    struct record_entry *entries; /* of the record read last */
    size_t count;
    size_t capacity;
    struct view text;              /* what records are read from */
    size_t mapped_from, mapped_to; /* of the text: what `blocks` and `ends` tell of */
    uint64_t escaped;              /* at mapped_to */
    uint64_t doubts;               /* of all blocks together */
    size_t ends_count;
    size_t quote;                       /* of `ends`: where the record read last has stopped */
    uint64_t blocks[RECORD_MAP_BLOCKS]; /* their doubts */
    uint32_t ends[RECORD_MAP_BLOCKS * STRING_BLOCK_BYTES + STRING_ENDS_SPARE];
};

void record_glancer_init(struct record_glancer *ret, enum cpu cpu);
void record_glancer_done(struct record_glancer *g);

/* What follows is read from `text`, which holds what it holds now until then. */
void record_glance_begin(struct record_glancer *g, struct view text);

/* Reads the record that begins at text[at], at most RECORD_BYTES_OWN of it. True:
 * *ret is a DOCUMENT_RECORD, without its array of events, g->entries are those,
 * all borrow from the text, and *ret_end is behind its last byte. False where it
 * is to be parsed, and where memory for entries is missing. Nothing past the
 * text's end is read. */
bool record_glance_at(struct record_glancer *g, size_t at, struct record *ret, size_t *ret_end);

/* The same for a text that is exactly one record. */
bool record_glance(struct record_glancer *g, struct view document, struct record *ret);

/* Asks for as much memory further on as an event has used up. To be called for each
 * event of a record that was read, while it is counted: what comes in meanwhile is
 * not waited for. Most events have room in so many lines: asking for some twice
 * costs less than a jump that cannot be foretold. Past the end of the text it does
 * nothing. */
static inline void record_entry_ask_ahead(const struct record_entry *entry)
{
    enum { LINES_MOST = 12, LINE_BYTES = 64 };
    const char *from = entry->id.data + RECORD_AHEAD_BYTES;
#pragma GCC unroll 12
    for (size_t i = 0; i < LINES_MOST; i++)
        __builtin_prefetch(from + i * LINE_BYTES);
}

/* The event as record_event() gives it, and whether it is stamped. `scratch` is
 * cleared and takes strings with escapes. False when out of memory. */
bool record_entry_open(const struct record_entry *entry, struct stamps *stamps, enum cpu cpu,
                       struct buf *scratch, struct raw_event *ret);

#endif
