#include "decode/layer.h"

#include <assert.h>

const char *layer_truncated_reason(enum layer_kind kind)
{
    switch (kind) {
    case LAYER_GZIP:
        return "gzip: truncated member";
    case LAYER_ZLIB:
        return "zlib: truncated stream";
    case LAYER_ZSTD:
        return "zstd: truncated frame";
    case LAYER_TEXT:
    case LAYER_BASE64:
    case LAYER_REFUSED:
        break;
    }
    assert(false);
    return "";
}

void layer_note_begin(struct unwrapper *u, unsigned k, uint64_t position)
{
    struct layer *layer = &u->layers[k];
    const struct window *below = &u->layers[k - 1].out;
    struct view rest = view_from(window_view(below), position - below->position);
    layer->begin = position;
    layer->excerpt_size = rest.size < EXCERPT_BYTES_MAX ? rest.size : EXCERPT_BYTES_MAX;
    memcpy(layer->excerpt, rest.data, layer->excerpt_size);
    if (k > 1) {
        layer->unit = *window_segment(below, position);
        layer->inner_offset = layer->unit.unit_offset + (position - layer->unit.position);
    }
}

/* A zstd frame tells its size without being decoded: where what follows it can
 * be a frame again, only this one is lost. */
static uint64_t resume_after_frame(struct unwrapper *u, unsigned k)
{
    const struct layer *layer = &u->layers[k];
    const struct window *below = &u->layers[k - 1].out;
    if (layer->kind != LAYER_ZSTD || layer->begin < below->position)
        return POSITION_NONE;
    struct view rest = view_from(window_view(below), layer->begin - below->position);
    size_t size = zstd_frame_size(rest);
    if (size == 0)
        return POSITION_NONE;
    struct view next = view_from(rest, size);
    size_t ignored;
    bool is_plausible =
        next.size == 0 || next.data[0] == '\0' || zstd_header(next, &ignored) != HEADER_BAD;
    return is_plausible ? layer->begin + size : POSITION_NONE;
}

enum step layer_lose(struct unwrapper *u, unsigned k, uint64_t position, const char *reason)
{
    struct layer *layer = &u->layers[k];
    layer_note_begin(u, k, position);
    layer->state = LAYER_LOST;
    layer->reason = reason;
    layer->search_from = position + 1;
    layer->resume_at = resume_after_frame(u, k);
    layer->is_searched = false;
    layer->out.is_final = true;
    return STEP_GIVE;
}

/* ---- Searching ---- */

/* What is left for trials that fail. A slice has its own share of the object. */
static uint64_t trial_bytes_left(const struct unwrapper *u, unsigned k)
{
    const struct layer *layer = &u->layers[k];
    uint64_t input =
        k == 1 ? u->range.end - u->range.begin : window_end_position(&u->layers[k - 1].out);
    uint64_t allowed = TRIAL_BYTES_MIN + TRIAL_BYTES_PER_INPUT * input;
    return layer->trial_bytes < allowed ? allowed - layer->trial_bytes : 0;
}

enum found_rc layer_verify(struct unwrapper *u, unsigned k, size_t at)
{
    struct layer *layer = &u->layers[k];
    struct input in = layer_input(u, k);
    uint64_t left = trial_bytes_left(u, k);
    if (left == 0)
        return FOUND_NO;
    struct member_trial trial = member_try(&layer->decoder, view_from(in.bytes, at), left);
    if (trial.rc == MEMBER_NO_MEMORY)
        return FOUND_NO_MEMORY;
    if (trial.rc == MEMBER_DONE)
        return FOUND_YES;
    bool is_open = trial.rc == MEMBER_SHORT && !in.is_final;
    /* Megabytes of input that decode without an error are no accident. */
    if (is_open && in.is_complete && at == 0)
        return FOUND_YES;
    layer->trial_bytes += trial.cost_bytes;
    if (is_open)
        return FOUND_UNKNOWN;
    return trial.rc == MEMBER_SHORT && trial.is_log ? FOUND_CUT : FOUND_NO;
}

/* None verifies from `from` on; at `cut` starts one that is cut off, if that lies
 * in the input. */
static enum found_rc search_end(const struct input *in, size_t from, size_t cut, size_t *at)
{
    size_t straddling = GZIP_MAGIC.size - 1;
    if (cut < in->bytes.size) {
        *at = cut;
        return FOUND_CUT;
    }
    *at = in->bytes.size;
    /* The magic number may straddle what is at hand and what comes. */
    if (!in->is_final && in->bytes.size >= straddling)
        *at -= straddling;
    if (*at < from)
        *at = from;
    return FOUND_NO;
}

enum found_rc layer_search(struct unwrapper *u, unsigned k, size_t *at)
{
    struct input in = layer_input(u, k);
    struct view magic = GZIP_MAGIC;
    size_t cut = in.bytes.size;
    for (;; ++*at) {
        size_t from = *at;
        *at = view_find(in.bytes, magic, from);
        if (*at >= in.bytes.size)
            return search_end(&in, from, cut, at);
        enum found_rc rc = layer_verify(u, k, *at);
        if (rc == FOUND_CUT)
            cut = *at < cut ? *at : cut;
        else if (rc != FOUND_NO)
            return rc;
    }
}

/* ---- Members that fail ---- */

/* Input ends inside the member. Either it was cut off there, or a damaged byte
 * made it swallow its neighbours: those are looked for first. */
static enum step judge_truncated(struct unwrapper *u, unsigned k)
{
    struct layer *layer = &u->layers[k];
    uint64_t position = layer_input(u, k).position;
    size_t at = 1;
    switch (layer->kind == LAYER_GZIP ? layer_search(u, k, &at) : FOUND_NO) {
    case FOUND_YES:
    case FOUND_CUT:
        layer_lose(u, k, position, "gzip: invalid deflate data");
        layer->resume_at = position + at;
        return STEP_GIVE;
    case FOUND_NO_MEMORY:
        return STEP_NO_MEMORY;
    case FOUND_NO:
    case FOUND_UNKNOWN:
        break;
    }
    layer->is_searched = true;
    layer->state = LAYER_STREAMING;
    return STEP_ON;
}

enum step layer_judge(struct unwrapper *u, unsigned k)
{
    struct layer *layer = &u->layers[k];
    struct input in = layer_input(u, k);
    struct member_trial trial = member_try(&layer->decoder, in.bytes, MEMBER_BYTES_MAX);
    layer->trial_bytes += trial.cost_bytes;
    switch (trial.rc) {
    case MEMBER_DONE:
    case MEMBER_FULL:
        layer->state = LAYER_STREAMING;
        return STEP_ON;
    case MEMBER_NO_MEMORY:
        return STEP_NO_MEMORY;
    case MEMBER_SHORT:
    case MEMBER_BAD:
        break;
    }
    /* What is nested has checksums of its own: members before the failure are
     * worth reading. */
    if (trial.is_nested || (trial.rc == MEMBER_SHORT && !in.is_final)) {
        layer->state = LAYER_STREAMING;
        return STEP_ON;
    }
    if (trial.rc == MEMBER_SHORT)
        return judge_truncated(u, k);
    return layer_lose(u, k, in.position, trial.reason);
}

/* Whether the layer's own bytes are the text: then no member inside them was
 * read as a layer. */
static bool is_innermost(struct unwrapper *u, unsigned k)
{
    if (k != u->top)
        return false;
    return !u->is_unknown || sniff_layer(window_view(&u->layers[k].out)).kind == LAYER_TEXT;
}

/* Records that began in the failed member are unverified, once each. */
static void fail_watch(struct unwrapper *u, unsigned k)
{
    struct watch *failed = &u->layers[k].watch;
    u->unverified_records += failed->records;
    for (unsigned j = 1; j <= u->top; j++) {
        struct watch *other = &u->layers[j].watch;
        if (j == k || !other->is_open)
            continue;
        other->records = other->begin <= failed->begin ? other->records - failed->records : 0;
    }
    failed->records = 0;
    failed->is_open = false;
    failed->is_failed = true;
}

/* Where to look for the next member. In the stored object the bytes of the
 * failed one are at hand still: a damaged byte may have made it swallow
 * neighbours. But members inside it that were read as a layer are not
 * neighbours. */
static void rewind_search(struct unwrapper *u, unsigned k)
{
    struct layer *layer = &u->layers[k];
    struct window *below = &u->layers[k - 1].out;
    layer->search_from = below->position;
    if (k > 1)
        return;
    if (is_innermost(u, k))
        layer->search_from = layer->begin + 1;
    size_t back = below->position - layer->begin;
    below->begin -= back;
    below->position -= back;
}

enum step layer_fail(struct unwrapper *u, unsigned k, const char *reason)
{
    struct layer *layer = &u->layers[k];
    layer->trial_bytes += layer->member_bytes;
    layer->reason = reason;
    layer->state = LAYER_LOST;
    layer->out.is_final = true;
    layer->out.is_truncated = true;
    if (k == 1)
        u->streamed_length = u->layers[0].out.position - layer->begin;
    rewind_search(u, k);
    layer->resume_at = resume_after_frame(u, k);
    fail_watch(u, k);
    return STEP_GIVE;
}

/* ---- Passing damage ---- */

static uint64_t unit_length(const struct unwrapper *u, const struct segment *unit)
{
    if (unit->stored_length > 0)
        return unit->stored_length;
    if (u->streamed_offset != unit->stored_offset)
        return 0;
    return u->streamed_length > 0 ? u->streamed_length
                                  : u->layers[0].out.position - unit->stored_offset;
}

static void report(struct unwrapper *u, unsigned k, uint64_t end)
{
    struct layer *layer = &u->layers[k];
    uint64_t length = end - layer->begin;
    if (length == 0)
        return;
    struct damage damage = {
        .offset = layer->begin,
        .length = length,
        .layer = "stored",
        .reason = layer->reason,
        .excerpt = view_of(layer->excerpt, layer->excerpt_size),
    };
    if (k == 1) {
        u->bytes.quarantined += length;
    } else {
        damage.is_inner = true;
        damage.inner_offset = layer->inner_offset;
        damage.inner_length = length;
        damage.offset = layer->unit.stored_offset;
        damage.length = unit_length(u, &layer->unit);
        damage.layer = u->layers[k - 1].path;
    }
    u->on_damage(u->context, &damage);
}

/* The damage ends at `end`. What a slice passes before its first member is not
 * its own. */
static void end_damage(struct unwrapper *u, unsigned k, uint64_t end)
{
    struct layer *layer = &u->layers[k];
    if (u->is_chain_begin)
        u->chain.begin = end;
    else
        report(u, k, end);
    u->is_chain_begin = false;
    layer->is_searched = false;
    layer->state = LAYER_BETWEEN;
}

static enum step lose_rest(struct unwrapper *u, unsigned k)
{
    struct input in = layer_input(u, k);
    layer_take(u, k, in.bytes.size);
    if (!in.is_final)
        return STEP_INPUT;
    end_damage(u, k, in.position + in.bytes.size);
    return layer_end(&u->layers[k]);
}

static enum step resume(struct unwrapper *u, unsigned k)
{
    struct layer *layer = &u->layers[k];
    struct input in = layer_input(u, k);
    layer_take(u, k, layer->resume_at - in.position);
    end_damage(u, k, layer->resume_at);
    return STEP_ON;
}

static enum step search_on(struct unwrapper *u, unsigned k)
{
    struct layer *layer = &u->layers[k];
    struct input in = layer_input(u, k);
    size_t at = layer->search_from > in.position ? layer->search_from - in.position : 0;
    switch (layer_search(u, k, &at)) {
    case FOUND_CUT:
        /* The slice before goes on to its end for want of one that verifies. */
        if (u->is_chain_begin)
            return lose_rest(u, k);
        layer->resume_at = in.position + at;
        return resume(u, k);
    case FOUND_YES:
        layer->resume_at = in.position + at;
        return resume(u, k);
    case FOUND_NO_MEMORY:
        return STEP_NO_MEMORY;
    case FOUND_NO:
        if (in.is_final)
            return lose_rest(u, k);
        break;
    case FOUND_UNKNOWN:
        layer->input_wanted = 2 * (in.bytes.size - at);
        break;
    }
    layer->search_from = in.position + at;
    layer_take(u, k, at < in.bytes.size ? at : in.bytes.size);
    return STEP_INPUT;
}

enum step layer_step_lost(struct unwrapper *u, unsigned k)
{
    struct layer *layer = &u->layers[k];
    if (layer->resume_at != POSITION_NONE)
        return resume(u, k);
    if (layer->kind == LAYER_GZIP && !layer->is_searched)
        return search_on(u, k);
    return lose_rest(u, k);
}
