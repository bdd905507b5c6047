/* partitioner.h - says which folder of the dataset each event's row goes to.
 *
 * One per worker; knows the folders of the batch at hand. What a batch spreads
 * over more than PARTITIONS_MAX folders goes, from there on, to the folder
 * without values: files and the lists of them stay bounded whatever the events
 * say, and the same in every run. */
#ifndef MILLRACE_PARTITIONER_H
#define MILLRACE_PARTITIONER_H

#include "dataset/partition.h"

struct partitioner;

/* NULL when out of memory. `folders_max` is PARTITIONS_MAX outside tests. */
struct partitioner *partitioner_new(const struct partition_by *by, size_t folders_max);
void partitioner_free(struct partitioner *p);

/* Begins a batch. */
void partitioner_begin(struct partitioner *p);

/* The folder below events/ of an event from an object whose key says `key_day`
 * ("YYYY-MM-DD" or ""): its own time's UTC day where that is plausible, else the
 * key's. Events of one record come from one object. Borrowed until the next call;
 * null when out of memory. */
struct view partitioner_folder(struct partitioner *p, const struct event *e, const char *key_day);

#endif
