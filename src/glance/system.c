#include "glance/system.h"

#include "glance/head.h"

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

static bool take_id(const struct stamps *stamps, struct rest *r, struct view *ret)
{
    if (!head_is_uuid(stamps, r->text))
        return false;
    *ret = view_slice(r->text, 0, UUID_BYTES);
    r->text = view_from(r->text, UUID_BYTES);
    return true;
}

/* Bytes up to a space or an escape, at least one. */
static bool take_word(struct rest *r, struct view *ret)
{
    size_t end = 0;
    while (end < r->text.size && r->text.data[end] != ' ' && r->text.data[end] != '\\')
        end++;
    *ret = view_slice(r->text, 0, end);
    r->text = view_from(r->text, end);
    return end > 0;
}

/* Nothing but at most one newline. */
static bool ends(struct rest r)
{
    take(&r, VIEW("\\n"));
    return r.text.size == 0;
}

static bool read_report(struct rest r, struct facts *ret)
{
    struct view segment, sampled;
    if (!take(&r, VIEW("\\tDuration: ")) || !take_word(&r, &ret->duration_ms) ||
        !take(&r, VIEW(" ms\\tBilled Duration: ")) || !take_word(&r, &ret->billed_ms) ||
        !take(&r, VIEW(" ms\\tMemory Size: ")) || !take_word(&r, &ret->memory_mb) ||
        !take(&r, VIEW(" MB\\tMax Memory Used: ")) || !take_word(&r, &ret->max_memory_mb) ||
        !take(&r, VIEW(" MB\\t")))
        return false;
    if (take(&r, VIEW("Init Duration: ")) &&
        (!take_word(&r, &ret->init_ms) || !take(&r, VIEW(" ms\\t"))))
        return false;
    if (take(&r, VIEW("\\nXRAY TraceId: ")) &&
        (!take_word(&r, &ret->trace_id) || !take(&r, VIEW("\\tSegmentId: ")) ||
         !take_word(&r, &segment) || !take(&r, VIEW("\\tSampled: ")) || !take_word(&r, &sampled) ||
         !take(&r, VIEW("\\t"))))
        return false;
    return ends(r);
}

bool system_glance(const struct stamps *stamps, struct view message, struct facts *ret)
{
    struct rest r = {message};
    struct view version;
    if (take(&r, VIEW("START RequestId: "))) {
        *ret = (struct facts){.kind = KIND_START};
        return take_id(stamps, &r, &ret->request_id) && take(&r, VIEW(" Version: ")) &&
               take_word(&r, &version) && ends(r);
    }
    if (take(&r, VIEW("END RequestId: "))) {
        *ret = (struct facts){.kind = KIND_END};
        return take_id(stamps, &r, &ret->request_id) && ends(r);
    }
    if (take(&r, VIEW("REPORT RequestId: "))) {
        *ret = (struct facts){.kind = KIND_REPORT};
        return take_id(stamps, &r, &ret->request_id) && read_report(r, ret);
    }
    return false;
}
