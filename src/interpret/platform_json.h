/* platform_json.h - Lambda's system lines in the JSON log format:
 * {"time":…,"type":"platform.X","record":{…}}. */
#ifndef MILLRACE_PLATFORM_JSON_H
#define MILLRACE_PLATFORM_JSON_H

#include "interpret/payload.h"
#include "interpret/system_line.h"

/* Whether the payload is one. */
bool platform_json_is(struct interpreter *in, const struct message_payload *payload);

/* Fills the columns as a text system line does, and the time. */
void platform_json_tell(struct interpreter *in, const struct message_payload *payload,
                        struct event *event, bool *is_doubtful);

/* The kind of an event whose type is that; it begins with `platform.`. */
enum kind platform_json_kind(struct view type);

#endif
