/* event_keys.h - what makes an event the same as another, and where it lies.
 *
 * With --dedupe every batch writes the keys of its rows to the file `keys` of
 * its attempt: structs in the machine's own form, as runs of EVENT_KEYS_RUN
 * (limits.h), each run sorted by itself, the last one shorter. Runs are what
 * bounds memory; duplicates.h finds equal keys over the runs of all batches. */
#ifndef MILLRACE_EVENT_KEYS_H
#define MILLRACE_EVENT_KEYS_H

#include "interpret/event.h"
#include "util/buf.h"
#include "util/err.h"
#include "util/hash.h"
#include "util/sync_queue.h"

#define EVENT_KEYS_FILE "keys"

/* Ordered as the members stand: of equal hashes the first is the row to keep. */
struct event_key {
    struct hash128 hash; /* of account, log group, log stream, event id */
    uint32_t object;     /* place of the object's name among all names */
    uint32_t batch;      /* slices of one object are batches in order of offset */
    uint64_t number;     /* of the row in its batch, counted from 0 as they are read */
};

/* False where the event has no id: then it equals no other; and where memory is
 * short, as buf_failed() of `scratch`, which is overwritten, then tells. */
bool event_key_hash(const struct event *e, struct buf *scratch, struct hash128 *ret);

/* Sorts in memory of its own; one per thread. */
struct key_sorter;
struct key_sorter *key_sorter_new(size_t keys_max); /* NULL when out of memory */
void key_sorter_free(struct key_sorter *s);
/* At most keys_max keys. */
void key_sort(struct key_sorter *s, struct event_key *keys, size_t count);

/* Writes one batch's keys after another. NULL when out of memory. */
struct key_writer;
struct key_writer *key_writer_new(void);
void key_writer_free(struct key_writer *w);
/* The keys of the next batch go below `folder` (open; borrowed until the end); its
 * file is durable once `q` says so, or at the end where that is NULL. Whatever an
 * abandoned batch left behind is forgotten. */
void key_writer_begin(struct key_writer *w, int folder, struct sync_queue *q);
NODISCARD enum rc key_writer_add(struct key_writer *w, const struct event_key *key,
                                 struct err *err);
/* Writes what is left; no file is made where there was no key, and then
 * *ret_checksum is left alone. */
NODISCARD enum rc key_writer_end(struct key_writer *w, uint64_t *ret_keys,
                                 struct hash128 *ret_checksum, struct err *err);

#endif
