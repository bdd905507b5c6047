#include "commit/quarantine.h"

#include "limits.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

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

enum rc quarantine_open(struct line_file *f, const char *out, struct err *err)
{
    struct err why;
    int folder = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return err_errno_named(err, "%s: cannot open the folder", out);
    enum rc rc = line_file_open(f, folder, "quarantine.ndjson", &why);
    close(folder);
    if (rc == RC_END)
        return err_set(err, RC_USAGE, "%s: holds no quarantine.ndjson; name the OUT of a "
                                      "finished run",
                       out);
    if (rc == RC_BAD_INPUT)
        return err_set(err, RC_MISMATCH, "%s/quarantine.ndjson: %.200s", out, why.text);
    return rc == RC_OK ? RC_OK : err_set(err, rc, "%s/%.200s", out, why.text);
}

bool quarantine_read(struct line_file *f, struct json_value line, struct quarantine_span *ret)
{
    struct json_value inner;
    *ret = (struct quarantine_span){.is_inner = line_member(f, line, "inner_offset", &inner)};
    return line_text(f, line, "object", &ret->object) &&
           line_number(f, line, "offset", &ret->offset) &&
           line_number(f, line, "length", &ret->length) &&
           line_text(f, line, "layer", &ret->layer) &&
           (!ret->is_inner || line_number(f, line, "inner_offset", &ret->inner_offset)) &&
           line_text(f, line, "reason", &ret->reason) &&
           line_text(f, line, "excerpt", &ret->excerpt);
}
