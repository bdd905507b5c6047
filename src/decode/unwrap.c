#include "decode/layer.h"

#include <assert.h>
#include <stdlib.h>

struct unwrapper *unwrap_new(size_t window_bytes_max, unwrap_damage_fn *on_damage, void *context)
{
    struct unwrapper *u = calloc(1, sizeof(*u));
    if (u == NULL)
        return NULL;
    u->window_bytes_max = window_bytes_max;
    u->on_damage = on_damage;
    u->context = context;
    u->layers[0].path = "";
    u->is_done = true;
    if (!window_init(&u->layers[1].out)) {
        unwrap_free(u);
        return NULL;
    }
    return u;
}

void unwrap_free(struct unwrapper *u)
{
    if (u == NULL)
        return;
    /* Layer 0's window borrows the object. */
    for (unsigned k = 1; k < LAYER_SLOTS; k++)
        layer_done(&u->layers[k]);
    free(u);
}

void unwrap_begin(struct unwrapper *u, struct view object, struct unwrap_range range,
                  unsigned depth)
{
    assert(range.begin <= range.end && range.end <= object.size);
    for (unsigned k = 1; k < LAYER_SLOTS; k++) {
        window_reset(&u->layers[k].out);
        u->layers[k].trial_bytes = 0;
    }
    u->object = object;
    u->range = range;
    u->depth = depth;
    u->top = 0;
    /* A slice's last member ends where it ends. */
    uint64_t end = range.is_member_search ? object.size : range.end;
    u->layers[0].out = (struct window){
        .data = object.data,
        .begin = range.begin,
        .end = end,
        .position = range.begin,
        .is_final = true,
    };
    u->is_started = u->is_done = false;
    u->is_unknown = true;
    u->has_given = u->is_final_given = false;
    u->is_chain_begin = false;
    u->bytes = (struct unwrap_bytes){0};
    u->chain = (struct unwrap_range){range.begin, end, range.is_member_search};
    u->text_bytes = u->unverified_records = 0;
    u->streamed_offset = POSITION_NONE;
    u->streamed_length = 0;
}

/* ---- Recognising layers ---- */

static bool push(struct unwrapper *u, enum layer_kind kind)
{
    if (!layer_begin(u, u->top + 1, kind))
        return false;
    u->top++;
    /* What lies unread in the windows below becomes text from here on. */
    for (unsigned k = 1; k < u->top; k++) {
        if (u->layers[k].watch.begin > u->text_bytes)
            u->layers[k].watch.begin = u->text_bytes;
    }
    return true;
}

static bool push_refused(struct unwrapper *u, const char *reason)
{
    u->layers[u->top + 1].refusal = reason;
    return push(u, LAYER_REFUSED);
}

/* A slice begins at the first member that verifies. */
static bool push_chain_search(struct unwrapper *u)
{
    if (!push(u, LAYER_GZIP))
        return false;
    layer_lose(u, 1, u->range.begin, "gzip: damaged head");
    u->layers[1].search_from = u->range.begin;
    u->is_chain_begin = true;
    return true;
}

enum recognised { RECOGNISED_TEXT, RECOGNISED_LAYER, RECOGNISED_NO_MEMORY };

/* Bytes that are no layer by their head: text, unless a gzip member follows
 * and the head does not look like JSON. */
static enum recognised recognise_damaged_head(struct unwrapper *u)
{
    const struct window *w = &u->layers[u->top].out;
    if (u->top + u->depth >= LAYERS_MAX || sniff_is_documents(window_view(w)) ||
        view_find(window_view(w), GZIP_MAGIC, 0) == window_size(w))
        return RECOGNISED_TEXT;
    unsigned k = u->top + 1;
    if (!layer_begin(u, k, LAYER_GZIP))
        return RECOGNISED_NO_MEMORY;
    size_t at = 0;
    switch (layer_search(u, k, &at)) {
    case FOUND_YES:
        break;
    case FOUND_CUT:
        /* Lines that log a compressed body may end inside it. */
        if (sniff_is_binary(view_slice(window_view(w), 0, at)))
            break;
        return RECOGNISED_TEXT;
    case FOUND_NO:
    case FOUND_UNKNOWN:
        return RECOGNISED_TEXT;
    case FOUND_NO_MEMORY:
        return RECOGNISED_NO_MEMORY;
    }
    if (!push(u, LAYER_GZIP))
        return RECOGNISED_NO_MEMORY;
    layer_lose(u, k, w->position, "gzip: damaged head");
    u->layers[k].resume_at = w->position + at;
    return RECOGNISED_LAYER;
}

/* Says what the run in the topmost window is, and puts a layer on it where it
 * is not text. */
static enum recognised recognise(struct unwrapper *u)
{
    struct sniffed sniffed = sniff_layer(window_view(&u->layers[u->top].out));
    if (sniffed.kind == LAYER_TEXT)
        return recognise_damaged_head(u);
    bool is_pushed;
    if (sniffed.kind == LAYER_REFUSED)
        is_pushed = push_refused(u, sniffed.reason);
    else if (u->top + u->depth >= LAYERS_MAX)
        is_pushed = push_refused(u, "more than 3 layers");
    else
        is_pushed = push(u, sniffed.kind);
    return is_pushed ? RECOGNISED_LAYER : RECOGNISED_NO_MEMORY;
}

/* ---- Runs ---- */

/* The run in the topmost window is used up. Goes down to the layer that can
 * begin another one; false when there is none. */
static bool run_end(struct unwrapper *u)
{
    while (u->top > 0 && u->layers[u->top].state == LAYER_ENDED)
        u->top--;
    u->has_given = u->is_final_given = false;
    u->is_unknown = true;
    struct layer *layer = &u->layers[u->top];
    layer->watch = (struct watch){0};
    if (u->top == 0)
        return false;
    layer->out.is_final = layer->out.is_truncated = false;
    return true;
}

static bool is_run_empty(const struct unwrapper *u)
{
    const struct window *w = &u->layers[u->top].out;
    return w->is_final && window_size(w) == 0;
}

static bool is_text_unverified(const struct unwrapper *u, size_t end)
{
    for (unsigned k = 1; k <= u->top; k++) {
        const struct watch *watch = &u->layers[k].watch;
        if (watch->is_failed && watch->begin < u->text_bytes + end)
            return true;
    }
    return false;
}

static void give(struct unwrapper *u, struct text *ret)
{
    const struct window *w = &u->layers[u->top].out;
    *ret = (struct text){
        .bytes = window_view(w),
        .is_final = w->is_final,
        .is_truncated = w->is_truncated,
        .is_unverified = is_text_unverified(u, window_size(w)),
    };
    u->has_given = true;
    u->is_final_given = w->is_final;
}

static enum rc no_memory(struct unwrapper *u, struct err *err)
{
    u->is_done = true;
    return err_set(err, RC_NO_MEMORY, "no memory to unwrap an object");
}

/* Adds to the run and recognises it. RC_OK with *ret_is_text: text to give;
 * without: look again. */
static enum rc run_fill(struct unwrapper *u, bool *ret_is_text, struct err *err)
{
    struct window *w = &u->layers[u->top].out;
    *ret_is_text = false;
    if (!w->is_final) {
        if (!u->is_unknown && window_size(w) >= u->window_bytes_max)
            return err_set(err, RC_TOO_BIG, "a record is larger than %zu bytes",
                           u->window_bytes_max);
        enum fill_rc rc = layer_fill(u, u->top);
        if (rc == FILL_NO_MEMORY)
            return no_memory(u, err);
        assert(rc == FILL_OK);
    }
    if (u->is_unknown && window_size(w) > 0) {
        if (window_size(w) < SNIFF_BYTES && !w->is_final)
            return RC_OK;
        switch (recognise(u)) {
        case RECOGNISED_LAYER:
            return RC_OK;
        case RECOGNISED_NO_MEMORY:
            return no_memory(u, err);
        case RECOGNISED_TEXT:
            u->is_unknown = false;
        }
    }
    *ret_is_text = !is_run_empty(u) || u->has_given;
    return RC_OK;
}

enum rc unwrap_next(struct unwrapper *u, struct text *ret, struct err *err)
{
    if (u->is_done)
        return RC_END;
    if (!u->is_started) {
        u->is_started = true;
        if (u->range.is_member_search && u->range.begin > 0 && !push_chain_search(u))
            return no_memory(u, err);
    }
    for (;;) {
        if (is_run_empty(u) && (u->is_final_given || !u->has_given)) {
            if (!run_end(u)) {
                u->is_done = true;
                return RC_END;
            }
        }
        assert(!u->is_final_given); /* all of a final window must be consumed */
        bool is_text;
        TRY(run_fill(u, &is_text, err));
        if (is_text) {
            give(u, ret);
            return RC_OK;
        }
    }
}

void unwrap_consume(struct unwrapper *u, size_t bytes)
{
    if (u->top == 0)
        u->bytes.parsed += bytes;
    u->text_bytes += bytes;
    window_consume(&u->layers[u->top].out, bytes);
}

/* ---- What the caller may ask ---- */

struct origin unwrap_origin(const struct unwrapper *u, size_t offset)
{
    const struct window *w = &u->layers[u->top].out;
    uint64_t position = w->position + offset;
    if (u->top == 0)
        return (struct origin){.stored_offset = position};
    const struct segment *segment = window_segment(w, position);
    if (segment == NULL)
        return (struct origin){.stored_offset = u->layers[0].out.position};
    return (struct origin){
        .stored_offset = segment->stored_offset,
        .unit_offset = segment->unit_offset + (position - segment->position),
        .is_unverified = is_text_unverified(u, offset + 1),
    };
}

void unwrap_count_record(struct unwrapper *u, size_t offset)
{
    if (is_text_unverified(u, offset + 1)) {
        u->unverified_records++;
        return;
    }
    for (unsigned k = 1; k <= u->top; k++) {
        struct watch *watch = &u->layers[k].watch;
        if (watch->is_open && watch->begin <= u->text_bytes + offset)
            watch->records++;
    }
}

uint64_t unwrap_unverified_records(const struct unwrapper *u)
{
    return u->unverified_records;
}

const char *unwrap_layers(const struct unwrapper *u)
{
    return u->layers[u->top].path;
}

struct unwrap_bytes unwrap_account(const struct unwrapper *u)
{
    return u->bytes;
}

struct unwrap_range unwrap_chain(const struct unwrapper *u)
{
    return u->chain;
}

uint64_t unwrap_decoded_bytes(const struct unwrapper *u)
{
    return u->text_bytes;
}

/* A slice begins at a member, so members must end where records do. */
static bool is_whole_documents(struct view text)
{
    struct view trimmed = view_trim(text);
    return sniff_is_object(text) && trimmed.data[trimmed.size - 1] == '}';
}

enum object_head unwrap_head(struct unwrapper *u, struct view object)
{
    struct sniffed sniffed = sniff_layer(object);
    if (sniffed.kind == LAYER_TEXT && sniff_is_object(object))
        return HEAD_PLAIN_JSON;
    if (sniffed.kind != LAYER_GZIP)
        return HEAD_WHOLE;
    unwrap_begin(u, object, (struct unwrap_range){0, object.size, false}, 0);
    if (!layer_begin(u, 1, LAYER_GZIP))
        return HEAD_WHOLE;
    struct layer *layer = &u->layers[1];
    struct member_step step;
    enum member_rc rc =
        member_decode_whole(&layer->decoder, object, layer->out.memory, MEMBER_BYTES_MAX, &step);
    u->is_done = true;
    bool is_small =
        rc == MEMBER_DONE && is_whole_documents(view_of(layer->out.memory, step.produced));
    return is_small ? HEAD_SMALL_MEMBERS : HEAD_WHOLE;
}
