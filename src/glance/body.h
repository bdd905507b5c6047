/* body.h - whether what follows a line's head can count in one way only. */
#ifndef MILLRACE_BODY_H
#define MILLRACE_BODY_H

#include "glance/glance.h"
#include "glance/head.h"

/* Sets the kind and the severity that every reading of the body gives (glance.h
 * says why). It may hold escapes; it is no system line. False where they are not
 * decided. */
bool body_read(struct glancer *g, const struct glimpse *glimpse, const struct head *head,
               struct event *event);

#endif
