#include "commit/quarantine.h"

#include "limits.h"
#include "util/text.h"

#include <inttypes.h>

void quarantine_append(struct buf *out, const struct quarantine_span *span)
{
    buf_append(out, "{\"object\":", 10);
    text_json_string(out, span->object);
    buf_printf(out, ",\"offset\":%" PRIu64 ",\"length\":%" PRIu64 ",\"layer\":", span->offset,
               span->length);
    text_json_string(out, span->layer);
    if (span->is_inner)
        buf_printf(out, ",\"inner_offset\":%" PRIu64, span->inner_offset);
    buf_append(out, ",\"reason\":", 10);
    text_json_string(out, span->reason);
    buf_append(out, ",\"excerpt\":", 11);
    struct view excerpt = span->excerpt;
    if (excerpt.size > EXCERPT_BYTES_MAX)
        excerpt.size = EXCERPT_BYTES_MAX;
    text_json_string(out, excerpt);
    buf_append(out, "}\n", 2);
}
