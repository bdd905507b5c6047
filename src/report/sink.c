#include "report/sink.h"

/* Large enough that a call costs nothing beside its bytes, small beside a
 * group's text. */
enum { DRAIN_BYTES = 64 * 1024 };

enum rc sink_flush(struct sink *s, struct err *err)
{
    if (buf_failed(&s->buf))
        return err_set(err, RC_NO_MEMORY, "no memory for the report");
    if (s->buf.size == 0)
        return RC_OK;
    TRY(s->write(s->context, buf_view(&s->buf), err));
    s->written += s->buf.size;
    buf_clear(&s->buf);
    return RC_OK;
}

enum rc sink_drain(struct sink *s, struct err *err)
{
    if (s->buf.size < DRAIN_BYTES && !buf_failed(&s->buf))
        return RC_OK;
    return sink_flush(s, err);
}
