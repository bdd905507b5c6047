/* tasks.h - one function over many indexes, on several threads.
 *
 * Each index goes to one thread, in no promised order: results belong into a
 * slot per index, what threads reuse into a slot per thread. */
#ifndef MILLRACE_TASKS_H
#define MILLRACE_TASKS_H

#include "util/err.h"

#include <stddef.h>

/* `thread` is below the number of threads asked for. */
typedef enum rc task_fn(void *context, size_t index, unsigned thread, struct err *err);

/* Calls `fn` for every index below `count`. A result other than RC_OK ends the
 * rest and is given, with its text; calls that are under way finish first. With
 * one thread it is a plain loop. */
NODISCARD enum rc tasks_run(size_t count, unsigned threads, task_fn *fn, void *context,
                            struct err *err);

#endif
