/* sink.h - where a form of the report goes: a buffer that drains as it fills.
 *
 * Forms append to `buf` with the functions of buf.h and call sink_drain()
 * wherever they may stop, at least once per group: memory stays within a drain
 * and one group's text. */
#ifndef MILLRACE_SINK_H
#define MILLRACE_SINK_H

#include "report/report.h"
#include "util/buf.h"

struct sink {
    struct buf buf;
    report_write_fn *write;
    void *context;
    uint64_t written; /* bytes handed to `write` */
};

/* Hands on what has gathered once it is worth a call. RC_NO_MEMORY after a
 * failed append; else what `write` gives. */
NODISCARD enum rc sink_drain(struct sink *s, struct err *err);
/* Hands on everything. */
NODISCARD enum rc sink_flush(struct sink *s, struct err *err);

static inline uint64_t sink_size(const struct sink *s)
{
    return s->written + s->buf.size;
}

#endif
