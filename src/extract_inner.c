#include "extract_inner.h"

#include "decode/gzip.h"
#include "decode/sniff.h"
#include "decode/unwrap.h"
#include "limits.h"
#include "json/json.h"

#include <stdlib.h>

enum { STEP_BYTES = 256 * 1024 };

struct inner_reader {
    struct unwrapper *unwrapper;
    /* The unit that is being unwrapped, and the window at hand. */
    bool is_active;
    uint64_t unit;
    struct text text;
    /* Where the damage callback saw stored bytes end that are no part of it. */
    uint64_t border;
    struct gzip_decoder gzip;
    struct buf step, bytes;
};

static void on_damage(void *context, const struct damage *damage)
{
    struct inner_reader *r = context;
    if (damage->is_inner)
        return;
    uint64_t border = damage->offset > r->unit ? damage->offset : damage->offset + damage->length;
    if (border < r->border)
        r->border = border;
}

struct inner_reader *inner_new(void)
{
    struct inner_reader *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return NULL;
    r->unwrapper = unwrap_new(RECORD_BYTES_DEFAULT_MAX, on_damage, r);
    if (r->unwrapper == NULL || !buf_reserve(&r->step, STEP_BYTES)) {
        inner_free(r);
        return NULL;
    }
    return r;
}

void inner_free(struct inner_reader *r)
{
    if (r == NULL)
        return;
    unwrap_free(r->unwrapper);
    gzip_done(&r->gzip);
    buf_done(&r->step);
    buf_done(&r->bytes);
    free(r);
}

void inner_forget(struct inner_reader *r)
{
    r->is_active = false;
}

/* ---- The text of a unit ---- */

static void begin_unit(struct inner_reader *r, struct view object, uint64_t offset)
{
    r->is_active = true;
    r->unit = offset;
    r->border = object.size;
    r->text = (struct text){0};
    unwrap_begin(r->unwrapper, object, (struct unwrap_range){offset, object.size, false}, 0);
}

/* The next window, the one at hand being done with. RC_END: none. */
static enum rc next_window(struct inner_reader *r, struct err *err)
{
    if (r->text.bytes.size > 0)
        unwrap_consume(r->unwrapper, r->text.bytes.size);
    r->text = (struct text){0};
    enum rc rc = unwrap_next(r->unwrapper, &r->text, err);
    if (rc != RC_OK && rc != RC_TOO_BIG) {
        r->text = (struct text){0};
        r->is_active = false;
    }
    return rc == RC_TOO_BIG ? RC_OK : rc;
}

/* How many bytes of the window belong to the unit: a window's origins rise. */
static size_t unit_bytes(const struct inner_reader *r)
{
    size_t low = 0, high = r->text.bytes.size;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (unwrap_origin(r->unwrapper, middle).stored_offset == r->unit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Appends what the window holds of the span from its byte `done` on. RC_OK:
 * there may be more in the next window; RC_END: it lies elsewhere. */
static enum rc take(struct inner_reader *r, const struct quarantine_span *span, struct err *err)
{
    size_t size = unit_bytes(r);
    if (r->text.bytes.size == 0)
        return RC_OK;
    if (size == 0)
        return RC_END;
    uint64_t begin = unwrap_origin(r->unwrapper, 0).unit_offset;
    uint64_t wanted = span->inner_offset + r->bytes.size;
    bool is_layer = view_equals(view_of_string(unwrap_layers(r->unwrapper)), span->layer);
    if (!is_layer || wanted >= begin + size)
        return RC_OK;
    if (wanted < begin)
        return RC_END;
    size_t at = (size_t)(wanted - begin);
    uint64_t missing = span->length - r->bytes.size;
    size_t part = size - at < missing ? size - at : (size_t)missing;
    if (!buf_append(&r->bytes, r->text.bytes.data + at, part))
        return err_set(err, RC_NO_MEMORY, "no memory for a damaged span");
    return RC_OK;
}

static enum rc find_text(struct inner_reader *r, struct view object,
                         const struct quarantine_span *span, struct err *err)
{
    bool is_ahead = r->is_active && r->unit == span->offset && r->text.bytes.size > 0 &&
                    unwrap_origin(r->unwrapper, 0).unit_offset <= span->inner_offset;
    if (!is_ahead)
        begin_unit(r, object, span->offset);
    else
        TRY(take(r, span, err));
    while (r->bytes.size < span->length) {
        TRY(next_window(r, err));
        TRY(take(r, span, err));
    }
    return RC_OK;
}

/* ---- One gzip member, whatever it holds ---- */

static enum rc find_in_member(struct inner_reader *r, struct view in,
                              const struct quarantine_span *span, struct err *err)
{
    size_t header;
    if (gzip_header(in, &header) != HEADER_OK)
        return RC_END;
    if (!gzip_stream_begin(&r->gzip, false))
        return err_set(err, RC_NO_MEMORY, "no memory for a damaged span");
    in = view_from(in, header);
    for (uint64_t begin = 0; r->bytes.size < span->length;) {
        struct member_step step = {0};
        enum member_rc rc = gzip_stream_step(&r->gzip, in, r->step.data, STEP_BYTES, &step);
        if (rc == MEMBER_NO_MEMORY)
            return err_set(err, RC_NO_MEMORY, "no memory for a damaged span");
        uint64_t wanted = span->inner_offset + r->bytes.size;
        if (wanted < begin + step.produced) {
            size_t at = (size_t)(wanted - begin);
            uint64_t missing = span->length - r->bytes.size;
            size_t part = step.produced - at < missing ? step.produced - at : (size_t)missing;
            if (!buf_append(&r->bytes, r->step.data + at, part))
                return err_set(err, RC_NO_MEMORY, "no memory for a damaged span");
        }
        begin += step.produced;
        in = view_from(in, step.consumed);
        if (rc != MEMBER_FULL)
            break;
    }
    return r->bytes.size == span->length ? RC_OK : RC_END;
}

enum rc inner_find(struct inner_reader *r, struct view object, const struct quarantine_span *span,
                   struct view *ret, struct err *err)
{
    buf_clear(&r->bytes);
    if (span->length > RECORD_BYTES_DEFAULT_MAX)
        return RC_END;
    enum rc rc = find_text(r, object, span, err);
    if (rc == RC_END && view_equals(span->layer, VIEW("gzip"))) {
        buf_clear(&r->bytes);
        rc = find_in_member(r, view_from(object, (size_t)span->offset), span, err);
    }
    if (rc == RC_OK)
        *ret = buf_view(&r->bytes);
    return rc;
}

/* ---- A unit as it is stored ---- */

enum rc inner_unit(struct inner_reader *r, struct view object, uint64_t offset, struct view *ret,
                   struct err *err)
{
    struct view rest = view_from(object, (size_t)offset);
    size_t looked, size = rest.size;
    if (sniff_is_object(rest)) {
        size_t end = json_document_end(rest, &looked);
        *ret = view_of(rest.data, end > 0 ? end : size);
        return RC_OK;
    }
    begin_unit(r, object, offset);
    enum rc rc;
    while ((rc = next_window(r, err)) == RC_OK) {
        size_t own = unit_bytes(r);
        if (own == r->text.bytes.size)
            continue;
        uint64_t next = unwrap_origin(r->unwrapper, own).stored_offset;
        if (next < r->border)
            r->border = next;
        break;
    }
    inner_forget(r);
    if (rc != RC_OK && rc != RC_END)
        return rc;
    *ret = view_of(rest.data, (size_t)(r->border - offset));
    return RC_OK;
}
