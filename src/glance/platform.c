#include "glance/platform.h"

#include "glance/eight.h"

/* What is left of a message. */
struct rest {
    struct view text;
};

/* With the words known where it is compiled into, a few loads. */
__attribute__((always_inline)) static inline bool take(struct rest *r, struct view words)
{
    if (!view_starts_with(r->text, words))
        return false;
    r->text = view_from(r->text, words.size);
    return true;
}

/* The inside of a string without escapes, and its closing quote. */
static bool take_string(struct rest *r, struct view *ret)
{
    size_t end = eight_find(r->text, '\\', 0);
    *ret = view_slice(r->text, 0, end);
    r->text = view_from(r->text, end);
    return take(r, VIEW("\\\""));
}

/* The first of its name: digits, perhaps a point and more of them. */
static bool take_number(struct rest *r, struct view *ret)
{
    struct view text = r->text;
    size_t end = 0, fraction;
    while (end < text.size && byte_is_digit(text.data[end]))
        end++;
    if (!view_is_null(*ret) || end == 0 || (end > 1 && text.data[0] == '0'))
        return false;
    if (end < text.size && text.data[end] == '.') {
        for (fraction = ++end; end < text.size && byte_is_digit(text.data[end]);)
            end++;
        if (end == fraction)
            return false;
    }
    *ret = view_slice(text, 0, end);
    r->text = view_from(text, end);
    return true;
}

/* The inside of `metrics`, with its closing brace. */
static bool take_metrics(struct rest *r, struct facts *ret)
{
    struct view produced = VIEW_NULL;
    do {
        struct view *to;
        if (take(r, VIEW("\\\"durationMs\\\":")))
            to = &ret->duration_ms;
        else if (take(r, VIEW("\\\"billedDurationMs\\\":")))
            to = &ret->billed_ms;
        else if (take(r, VIEW("\\\"memorySizeMB\\\":")))
            to = &ret->memory_mb;
        else if (take(r, VIEW("\\\"maxMemoryUsedMB\\\":")))
            to = &ret->max_memory_mb;
        else if (take(r, VIEW("\\\"initDurationMs\\\":")))
            to = &ret->init_ms;
        else if (take(r, VIEW("\\\"producedBytes\\\":")))
            to = &produced;
        else
            return false;
        if (!take_number(r, to))
            return false;
    } while (take(r, VIEW(",")));
    return take(r, VIEW("}"));
}

/* The inside of `tracing`, with its closing brace. */
static bool take_tracing(struct rest *r)
{
    struct view span, header;
    return take(r, VIEW("\\\"spanId\\\":\\\"")) && take_string(r, &span) &&
           take(r, VIEW(",\\\"type\\\":\\\"X-Amzn-Trace-Id\\\",\\\"value\\\":\\\"")) &&
           take_string(r, &header) && take(r, VIEW("}"));
}

/* Members of a record besides its request id, a bit each. */
enum { SEEN_VERSION = 1, SEEN_STATUS = 2, SEEN_METRICS = 4, SEEN_TRACING = 8 };

/* One member; which one, 0 where it is not known. */
static unsigned take_member(struct rest *r, struct facts *ret)
{
    struct view version;
    if (take(r, VIEW("\\\"metrics\\\":{")))
        return take_metrics(r, ret) ? SEEN_METRICS : 0;
    if (take(r, VIEW("\\\"status\\\":\\\"success\\\"")))
        return SEEN_STATUS;
    if (take(r, VIEW("\\\"version\\\":\\\"")))
        return take_string(r, &version) ? SEEN_VERSION : 0;
    if (take(r, VIEW("\\\"tracing\\\":{")))
        return take_tracing(r) ? SEEN_TRACING : 0;
    return 0;
}

static bool take_type(struct rest *r, struct facts *ret)
{
    if (take(r, VIEW("start\\\"")))
        *ret = (struct facts){.kind = KIND_START};
    else if (take(r, VIEW("report\\\"")))
        *ret = (struct facts){.kind = KIND_REPORT};
    else if (take(r, VIEW("runtimeDone\\\"")))
        *ret = (struct facts){.kind = KIND_PLATFORM};
    else
        return false;
    return true;
}

bool platform_glance(struct stamps *stamps, struct view message, struct facts *ret,
                     int64_t *ret_time_ms)
{
    struct rest r = {message};
    struct view time;
    if (!take(&r, VIEW("{\\\"time\\\":\\\"")) || !take_string(&r, &time) ||
        !head_time(stamps, time, ret_time_ms) || !take(&r, VIEW(",\\\"type\\\":\\\"platform.")) ||
        !take_type(&r, ret) || !take(&r, VIEW(",\\\"record\\\":{\\\"requestId\\\":\\\"")) ||
        !head_is_uuid(stamps, r.text))
        return false;
    ret->request_id = view_slice(r.text, 0, UUID_BYTES);
    r.text = view_from(r.text, UUID_BYTES);
    if (!take(&r, VIEW("\\\"")))
        return false;
    for (unsigned seen = 0; take(&r, VIEW(","));) {
        unsigned member = take_member(&r, ret);
        if (member == 0 || (seen & member) != 0)
            return false;
        seen |= member;
    }
    if (!take(&r, VIEW("}}")))
        return false;
    take(&r, VIEW("\\n"));
    return r.text.size == 0;
}
