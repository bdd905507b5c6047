/* title.h - what a group is called where all of it is meant.
 *
 * A group's title is that of one event. "Order 4711 is late" over 300 alerts
 * would send a reader after order 4711: what differs among the alerts is shown
 * as `<int>`, and what is the same in all of them as it is. */
#ifndef MILLRACE_TITLE_H
#define MILLRACE_TITLE_H

#include "alert/group.h"
#include "util/buf.h"

/* Appends `title`, which is g->title, perhaps without its secrets. buf_failed()
 * tells of memory. */
void title_append(struct buf *out, const struct group *g, struct view title);

#endif
