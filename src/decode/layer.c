#include "decode/layer.h"

#include <assert.h>
#include <stdio.h>

/* Streaming into less room than this would copy ISA-L's 32 KiB of history more
 * often than text. */
#define STREAM_BYTES_MIN KIB(64)

static const char *kind_name(enum layer_kind kind)
{
    switch (kind) {
    case LAYER_GZIP:
        return "gzip";
    case LAYER_ZLIB:
        return "zlib";
    case LAYER_ZSTD:
        return "zstd";
    case LAYER_BASE64:
        return "base64";
    case LAYER_REFUSED:
    case LAYER_TEXT:
        break;
    }
    return "";
}

/* Paths are kept for the unwrapper's life: damage points to them. The kinds of
 * up to three layers, as digits of base 5, index the table. */
static const char *path_of(struct unwrapper *u, unsigned k)
{
    static_assert(LAYERS_MAX == 3 && LAYER_BASE64 == 4, "PATHS_MAX is 5 * 5 * 5");
    unsigned index = 0;
    for (unsigned i = 1; i <= k; i++)
        index = index * 5 + (unsigned)u->layers[i].kind;
    char *path = u->paths[index];
    size_t capacity = sizeof(u->paths[0]);
    if (path[0] == '\0') {
        size_t used = 0;
        for (unsigned i = 1; i <= k; i++)
            used += (size_t)snprintf(path + used, capacity - used, "%s%s", i > 1 ? ">" : "",
                                     kind_name(u->layers[i].kind));
    }
    return path;
}

bool layer_begin(struct unwrapper *u, unsigned k, enum layer_kind kind)
{
    assert(k > 0 && k < LAYER_SLOTS);
    struct layer *layer = &u->layers[k];
    if (!window_init(&layer->out))
        return false;
    layer->kind = kind;
    layer->state = LAYER_BETWEEN;
    layer->decoder.kind = kind;
    layer->base64 = (struct base64_decoder){0};
    layer->path = kind == LAYER_REFUSED ? u->layers[k - 1].path : path_of(u, k);
    layer->input_begin = u->layers[k - 1].out.position;
    layer->input_wanted = 0;
    layer->is_input_full = false;
    layer->search_from = 0;
    layer->resume_at = POSITION_NONE;
    layer->is_searched = false;
    layer->watch = (struct watch){0};
    layer->out.is_final = layer->out.is_truncated = false;
    assert(window_size(&layer->out) == 0);
    return true;
}

void layer_done(struct layer *layer)
{
    window_done(&layer->out);
    member_done(&layer->decoder);
}

enum step layer_end(struct layer *layer)
{
    layer->state = LAYER_ENDED;
    layer->out.is_final = true;
    return STEP_GIVE;
}

static enum step reserve(struct unwrapper *u, unsigned k, size_t bytes)
{
    size_t capacity_max = WINDOW_BYTES;
    if (k == u->top && u->window_bytes_max + MEMBER_BYTES_MAX > capacity_max)
        capacity_max = u->window_bytes_max + MEMBER_BYTES_MAX;
    switch (window_reserve(&u->layers[k].out, bytes, capacity_max)) {
    case WINDOW_OK:
        return STEP_ON;
    case WINDOW_FULL:
        return STEP_FULL;
    case WINDOW_NO_MEMORY:
        break;
    }
    return STEP_NO_MEMORY;
}

static bool has_new_text(const struct layer *layer)
{
    return window_end_position(&layer->out) > layer->fill_begin;
}

/* ---- Members: gzip, zlib, zstd ---- */

static void skip_padding(struct unwrapper *u, unsigned k)
{
    struct view in = layer_input(u, k).bytes;
    size_t zeros = 0;
    while (zeros < in.size && in.data[zeros] == '\0')
        zeros++;
    if (zeros == 0)
        return;
    layer_take(u, k, zeros);
    if (k == 1)
        u->bytes.padding += zeros;
}

static void account_member(struct unwrapper *u, unsigned k, struct view member, uint64_t stored)
{
    if (k > 1)
        return;
    if (u->layers[k].kind == LAYER_ZSTD && zstd_is_skippable(member))
        u->bytes.padding += stored;
    else
        u->bytes.parsed += stored;
}

/* What comes next in the window of layer k began at the input's start. */
static void mark(struct unwrapper *u, unsigned k, uint64_t stored_length)
{
    const struct window *below = &u->layers[k - 1].out;
    if (k == 1) {
        window_mark(&u->layers[k].out, below->position, stored_length);
        return;
    }
    const struct segment *unit = window_segment(below, below->position);
    window_mark(&u->layers[k].out, unit->stored_offset, unit->stored_length);
}

static enum step decode_member(struct unwrapper *u, unsigned k)
{
    struct layer *layer = &u->layers[k];
    if (!window_has_marks_left(&layer->out) && has_new_text(layer))
        return STEP_GIVE;
    enum step rc = reserve(u, k, MEMBER_BYTES_MAX);
    if (rc != STEP_ON)
        return rc;
    struct input in = layer_input(u, k);
    struct member_step step;
    switch (member_decode_whole(&layer->decoder, in.bytes, layer->out.memory + layer->out.end,
                                MEMBER_BYTES_MAX, &step)) {
    case MEMBER_DONE:
        if (step.produced > 0) {
            mark(u, k, step.consumed);
            window_append(&layer->out, step.produced);
        }
        account_member(u, k, in.bytes, step.consumed);
        layer_take(u, k, step.consumed);
        return STEP_ON;
    case MEMBER_FULL:
        layer->state = LAYER_STREAMING;
        return STEP_ON;
    case MEMBER_SHORT:
    case MEMBER_BAD:
        if (in.is_complete)
            return layer_judge(u, k);
        /* Twice as much each time keeps the trials' sum linear. */
        layer->input_wanted = 2 * in.bytes.size;
        return STEP_INPUT;
    case MEMBER_NO_MEMORY:
        break;
    }
    return STEP_NO_MEMORY;
}

/* Whether a slice has come to the members of the next one. */
static enum found_rc is_chain_end(struct unwrapper *u, unsigned k)
{
    struct input in = layer_input(u, k);
    if (k > 1 || !u->range.is_member_search || in.position < u->range.end ||
        u->layers[k].kind != LAYER_GZIP)
        return FOUND_NO;
    return layer_verify(u, k, 0);
}

static const char *header_reason(enum layer_kind kind, struct view in, bool is_first)
{
    switch (kind) {
    case LAYER_GZIP:
        if (view_starts_with(in, GZIP_MAGIC))
            return "gzip: bad header";
        return is_first ? "gzip: damaged head" : "gzip: bytes outside of members";
    case LAYER_ZLIB:
        return "zlib: bytes after the stream";
    case LAYER_ZSTD:
        return "zstd: bytes outside of frames";
    case LAYER_TEXT:
    case LAYER_BASE64:
    case LAYER_REFUSED:
        break;
    }
    assert(false);
    return "";
}

static enum step step_between(struct unwrapper *u, unsigned k)
{
    struct layer *layer = &u->layers[k];
    skip_padding(u, k);
    struct input in = layer_input(u, k);
    if (in.bytes.size == 0)
        return in.is_final ? layer_end(layer) : STEP_INPUT;
    switch (is_chain_end(u, k)) {
    case FOUND_YES:
        u->chain.end = in.position;
        return layer_end(layer);
    case FOUND_NO_MEMORY:
        return STEP_NO_MEMORY;
    case FOUND_NO:
    case FOUND_CUT:
    case FOUND_UNKNOWN:
        break;
    }
    size_t header_size;
    switch (member_header(layer->kind, in.bytes, &header_size)) {
    case HEADER_OK:
        return decode_member(u, k);
    case HEADER_SHORT:
        if (!in.is_complete) {
            layer->input_wanted = 2 * in.bytes.size;
            return STEP_INPUT;
        }
        return layer_lose(u, k, in.position, layer_truncated_reason(layer->kind));
    case HEADER_BAD:
        break;
    }
    return layer_lose(u, k, in.position,
                      header_reason(layer->kind, in.bytes, in.position == layer->input_begin));
}

static enum step begin_stream(struct unwrapper *u, unsigned k)
{
    struct layer *layer = &u->layers[k];
    /* Text so far stands on checksums that matched: it goes out by itself. */
    if (has_new_text(layer))
        return STEP_GIVE;
    struct input in = layer_input(u, k);
    if (!member_stream_begin(&layer->decoder))
        return STEP_NO_MEMORY;
    size_t header_size = 0;
    /* It was sound a moment ago: the file may have been cut meanwhile. */
    if (member_header(layer->kind, in.bytes, &header_size) != HEADER_OK)
        return layer_lose(u, k, in.position, header_reason(layer->kind, in.bytes, false));
    layer_note_begin(u, k, in.position);
    mark(u, k, 0);
    if (k == 1) {
        u->streamed_offset = in.position;
        u->streamed_length = 0;
    }
    layer->watch = (struct watch){
        .is_open = true,
        .begin = u->text_bytes + window_size(&u->layers[u->top].out),
    };
    layer->member_bytes = 0;
    layer->state = LAYER_IN_MEMBER;
    layer_take(u, k, header_size);
    return STEP_ON;
}

static void end_stream(struct unwrapper *u, unsigned k)
{
    struct layer *layer = &u->layers[k];
    uint64_t stored = u->layers[k - 1].out.position - layer->begin;
    layer->watch = (struct watch){0};
    layer->state = LAYER_BETWEEN;
    layer->is_searched = false;
    if (k == 1) {
        u->streamed_length = stored;
        account_member(u, k, view_of(layer->excerpt, layer->excerpt_size), stored);
    }
}

static enum step step_in_member(struct unwrapper *u, unsigned k)
{
    struct layer *layer = &u->layers[k];
    enum step rc = reserve(u, k, STREAM_BYTES_MIN);
    if (rc != STEP_ON)
        return rc;
    size_t room = layer->out.capacity - layer->out.end;
    if (room > WINDOW_FILL_BYTES)
        room = WINDOW_FILL_BYTES;
    struct input in = layer_input(u, k);
    struct member_step step;
    enum member_rc member = member_stream_step(&layer->decoder, in.bytes,
                                               layer->out.memory + layer->out.end, room, &step);
    window_append(&layer->out, step.produced);
    layer->member_bytes += step.produced;
    layer_take(u, k, step.consumed);
    switch (member) {
    case MEMBER_DONE:
        end_stream(u, k);
        return STEP_ON;
    case MEMBER_FULL:
        return STEP_ON;
    case MEMBER_SHORT:
        if (!in.is_final)
            return STEP_INPUT;
        return layer_fail(u, k, layer_truncated_reason(layer->kind));
    case MEMBER_BAD:
        return layer_fail(u, k, step.reason);
    case MEMBER_NO_MEMORY:
        break;
    }
    return STEP_NO_MEMORY;
}

static enum step step_members(struct unwrapper *u, unsigned k)
{
    switch (u->layers[k].state) {
    case LAYER_BETWEEN:
        return step_between(u, k);
    case LAYER_STREAMING:
        return begin_stream(u, k);
    case LAYER_IN_MEMBER:
        return step_in_member(u, k);
    case LAYER_LOST:
        return layer_step_lost(u, k);
    case LAYER_ENDED:
        break;
    }
    assert(false);
    return STEP_GIVE;
}

/* ---- Base64, and what is not read ---- */

static enum step end_base64(struct unwrapper *u, unsigned k)
{
    struct layer *layer = &u->layers[k];
    size_t rest = base64_decode_end(&layer->base64, layer->out.memory + layer->out.end);
    window_append(&layer->out, rest);
    layer->out.is_truncated = u->layers[k - 1].out.is_truncated;
    return layer_end(layer);
}

static enum step step_base64(struct unwrapper *u, unsigned k)
{
    struct layer *layer = &u->layers[k];
    if (layer->state == LAYER_LOST)
        return layer_step_lost(u, k);
    enum step rc = reserve(u, k, STREAM_BYTES_MIN);
    if (rc != STEP_ON)
        return rc;
    struct input in = layer_input(u, k);
    if (in.bytes.size == 0)
        return in.is_final ? end_base64(u, k) : STEP_INPUT;
    if (in.position == layer->input_begin)
        mark(u, k, in.is_final ? in.bytes.size : 0);
    struct base64_step step = base64_decode_step(
        &layer->base64, in.bytes, layer->out.memory + layer->out.end, STREAM_BYTES_MIN);
    window_append(&layer->out, step.produced);
    layer_take(u, k, step.consumed);
    if (k == 1)
        u->bytes.parsed += step.consumed;
    if (step.is_bad)
        return layer_lose(u, k, in.position + step.consumed, "base64: invalid character");
    return STEP_ON;
}

/* All of the run is damage, found before anything of it was decoded. */
static enum step step_refused(struct unwrapper *u, unsigned k)
{
    struct layer *layer = &u->layers[k];
    if (layer->state == LAYER_BETWEEN)
        return layer_lose(u, k, layer_input(u, k).position, layer->refusal);
    return layer_step_lost(u, k);
}

static enum step layer_step(struct unwrapper *u, unsigned k)
{
    struct layer *layer = &u->layers[k];
    struct input in = layer_input(u, k);
    if (in.bytes.size < layer->input_wanted && !in.is_complete)
        return STEP_INPUT;
    layer->input_wanted = 0;
    switch (layer->kind) {
    case LAYER_GZIP:
    case LAYER_ZLIB:
    case LAYER_ZSTD:
        return step_members(u, k);
    case LAYER_BASE64:
        return step_base64(u, k);
    case LAYER_REFUSED:
        return step_refused(u, k);
    case LAYER_TEXT:
        break;
    }
    assert(false);
    return STEP_GIVE;
}

enum fill_rc layer_fill(struct unwrapper *u, unsigned k)
{
    assert(k > 0);
    struct layer *layer = &u->layers[k];
    assert(!layer->out.is_final);
    layer->fill_begin = window_end_position(&layer->out);
    uint64_t target = layer->fill_begin + WINDOW_FILL_BYTES;
    while (window_end_position(&layer->out) < target) {
        switch (layer_step(u, k)) {
        case STEP_ON:
            break;
        case STEP_INPUT: {
            enum fill_rc below = layer_fill(u, k - 1);
            if (below == FILL_NO_MEMORY)
                return below;
            layer->is_input_full = below == FILL_FULL;
            break;
        }
        case STEP_GIVE:
            return FILL_OK;
        case STEP_FULL:
            return has_new_text(layer) ? FILL_OK : FILL_FULL;
        case STEP_NO_MEMORY:
            return FILL_NO_MEMORY;
        }
    }
    return FILL_OK;
}
