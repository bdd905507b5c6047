/* quarantine.h - one line of quarantine.ndjson per damaged span.
 *
 * {"object","offset","length","layer","reason","excerpt"}, and "inner_offset"
 * for damage inside a layer. At the layer "stored" the span is
 * [offset, offset + length) of the stored object. Inside a layer `offset` is
 * where the outermost unit that holds it is stored (a member, an envelope
 * document), and the span is [inner_offset, inner_offset + length) of what that
 * unit decodes to. */
#ifndef MILLRACE_QUARANTINE_H
#define MILLRACE_QUARANTINE_H

#include "commit/line_file.h"

struct quarantine_span {
    struct view object;
    uint64_t offset, length;
    bool is_inner;
    uint64_t inner_offset;
    struct view layer;   /* "stored", "gzip", "gzip>gzip", "base64>gzip", … */
    struct view reason;  /* "not valid JSON", "gzip: checksum mismatch", … */
    struct view excerpt; /* the span's first bytes; any bytes */
};

/* Appends the line. Bytes of the excerpt that are not UTF-8 become U+FFFD. */
void quarantine_append(struct buf *out, const struct quarantine_span *span);

/* Opens quarantine.ndjson below the folder `out`: RC_USAGE where that is not
 * the output of a finished run. */
NODISCARD enum rc quarantine_open(struct line_file *f, const char *out, struct err *err);

/* Reads the line at hand of a quarantine.ndjson; views borrow from it. False
 * when it is not of the form above. */
bool quarantine_read(struct line_file *f, struct json_value line, struct quarantine_span *ret);

#endif
