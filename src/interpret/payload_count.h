/* payload_count.h - what a payload counts as, from one walk through its text.
 *
 * Where only counts are wanted, no member of a payload that is no alert becomes
 * a cell but its level, its request id and its time. Most payloads tell these,
 * and that they are no alert, in one walk from front to end (json_glance.h). */
#ifndef MILLRACE_PAYLOAD_COUNT_H
#define MILLRACE_PAYLOAD_COUNT_H

#include "interpret/interpreter.h"
#include "interpret/lambda_line.h"

/* Fills in the event's kind, level, request id, time and figures as opening the
 * payload and normalising it would. False, and the event is as it was, where
 * that has to be done: the payload is not sound, is an alert or to be ignored,
 * or is written in a way that the walk does not follow. */
bool payload_count(struct interpreter *in, const struct line *line, struct view json,
                   struct event *event);

#endif
