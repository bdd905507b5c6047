/* corpus_counts.h - what was written, and what a correct reader must find.
 *
 * One per thread, added up at the end; the truth file is made from the sum. */
#ifndef MILLRACE_CORPUS_COUNTS_H
#define MILLRACE_CORPUS_COUNTS_H

#include "corpus_cast.h"
#include "corpus_world.h"

/* Events may be a day older than the first key and a little younger than the
 * last, so days are counted from two before the start. */
#define DAYS_BEFORE 2
#define DAYS_AFTER 2

struct counts {
    uint64_t objects, stored_bytes, decoded_bytes;
    uint64_t objects_by_shape[26];
    uint64_t data_records, control_records;
    uint64_t events, rows, ignored, extracted, alerts;
    uint64_t levels[LEVEL_COUNT];
    uint64_t kinds[ROW_KIND_COUNT];
    uint64_t *accounts;       /* the last place: unknown */
    uint64_t *days;           /* of the event's own time; the last place: none */
    uint64_t *partition_days; /* the key's day where the event has no time */
    uint64_t *log_groups;     /* the last place: unknown */
    uint64_t *problems;
    uint64_t *timeouts, *crashes; /* alerts by function; the last place: unknown group */
};

/* False when out of memory. */
bool counts_init(struct counts *c, const struct world *w, const struct cast *cast);
void counts_done(struct counts *c);
void counts_add(struct counts *to, const struct counts *from, const struct world *w,
                const struct cast *cast);

/* Writes the truth file; false with errno set. */
bool counts_write_truth(const struct counts *c, const struct world *w, const struct cast *cast,
                        const char *path);

#endif
