/* normalise.h - from a payload's members to columns. */
#ifndef MILLRACE_NORMALISE_H
#define MILLRACE_NORMALISE_H

#include "interpret/payload.h"

/* Fills level, title, message and the other columns from a sound payload. The
 * request id and the line's time, where already present, stay. `words` stood
 * before the payload; `fallback` is the line's level. Sets *is_doubtful where
 * a time was not taken as written. Failed allocations show in the buffers. */
void normalise(struct interpreter *in, const struct message_payload *payload, struct view words,
               enum severity fallback, struct event *event, bool *is_doubtful);

#endif
