/* platform.h - Lambda's own lines as JSON, written as Lambda writes them. */
#ifndef MILLRACE_GLANCE_PLATFORM_H
#define MILLRACE_GLANCE_PLATFORM_H

#include "glance/head.h"
#include "interpret/system_line.h"

/* Reads a message as it is written, escapes and all: `platform.start`, `.report`
 * and `.runtimeDone`, compact, with the members that are known, each once. *ret
 * and its time are then what platform_json.h finds; false where that has to be
 * asked, and for every status but success. */
bool platform_glance(struct stamps *stamps, struct view message, struct facts *ret,
                     int64_t *ret_time_ms);

#endif
