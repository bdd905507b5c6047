/* system.h - START, END and REPORT lines in exactly the words Lambda uses. */
#ifndef MILLRACE_GLANCE_SYSTEM_H
#define MILLRACE_GLANCE_SYSTEM_H

#include "interpret/system_line.h"

/* Reads a message as it is written, escapes and all. *ret is what
 * system_line_read() gives for its text; false where that has to be asked. */
struct stamps;
bool system_glance(const struct stamps *stamps, struct view message, struct facts *ret);

#endif
