/* event_filter.h - which events the options keep: --since, --until, --min-level,
 * --account, --log-group. Those it drops are counted by the caller; nothing is
 * written of them.
 *
 * Thread rule: both functions read their arguments alone. */
#ifndef MILLRACE_EVENT_FILTER_H
#define MILLRACE_EVENT_FILTER_H

#include "interpret/event.h"
#include "options.h"

/* Whether no option filters events, so that none need be asked about. */
bool event_filter_is_open(const struct options *o);

/* Whether the event is kept. An event without a time is of every time, one whose
 * level has no number (a word of one's own) of every level. An absent account or
 * log group matches as the empty string. Globs are those of fnmatch(3) without
 * flags, over bytes: '*' and '?' match '/' too. Of a value longer than
 * GLOB_VALUE_MAX bytes the first of them are compared; a NUL in it is matched by
 * a wildcard alone. */
bool event_filter_keeps(const struct options *o, const struct event *e);

#endif
