/* body.h - whether what follows a line's head can count in one way only. */
#ifndef MILLRACE_BODY_H
#define MILLRACE_BODY_H

#include "glance/glance.h"
#include "glance/head.h"

/* Sets the kind and the severity that every reading of the body gives (glance.h
 * says why). It may hold escapes; it is no system line. False where they are not
 * decided: *ret_payload is then the payload, from its brace to its last one, where
 * the body has the form of one, else null. */
bool body_read(struct glancer *g, const struct glimpse *glimpse, const struct head *head,
               struct event *event, struct view *ret_payload);

#endif
