#include "object.h"

#include "decode/base64.h"
#include "object_level.h"
#include "util/text.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- The slot for giant records ---- */

struct giant_slot {
    pthread_mutex_t mutex;
    struct json_parser *parser;
    struct interpreter *interpreter;
};

struct giant_slot *giant_slot_new(const struct object_options *options)
{
    struct giant_slot *slot = calloc(1, sizeof(*slot));
    if (slot == NULL)
        return NULL;
    pthread_mutex_init(&slot->mutex, NULL);
    slot->parser = json_parser_new(options->cpu, options->record_bytes_max);
    slot->interpreter =
        interpreter_new(options->cpu, options->interpret, options->record_bytes_max);
    if (slot->parser == NULL || slot->interpreter == NULL) {
        giant_slot_free(slot);
        return NULL;
    }
    return slot;
}

void giant_slot_free(struct giant_slot *slot)
{
    if (slot == NULL)
        return;
    json_parser_free(slot->parser);
    interpreter_free(slot->interpreter);
    pthread_mutex_destroy(&slot->mutex);
    free(slot);
}

static struct json_parser *level_parser(struct level *level)
{
    if (level->parser == NULL)
        level->parser = json_parser_new(level->reader->options->cpu, RECORD_BYTES_OWN);
    return level->parser;
}

enum rc record_tools_take(struct level *level, size_t bytes, struct record_tools *ret)
{
    struct object_reader *r = level->reader;
    /* A giant payload inside a giant envelope finds the slot taken by itself: its
     * own parser then says it is too big. */
    bool is_slot = bytes > RECORD_BYTES_OWN && !r->holds_slot;
    if (is_slot) {
        pthread_mutex_lock(&r->slot->mutex);
        r->holds_slot = true;
        *ret = (struct record_tools){r->slot->parser, r->slot->interpreter, true};
        return RC_OK;
    }
    *ret = (struct record_tools){level_parser(level), r->interpreter, false};
    return ret->parser != NULL ? RC_OK : err_set(r->err, RC_NO_MEMORY, "no memory for a parser");
}

void record_tools_release(struct object_reader *r, struct record_tools *tools)
{
    if (!tools->is_slot)
        return;
    tools->is_slot = false;
    r->holds_slot = false;
    pthread_mutex_unlock(&r->slot->mutex);
}

/* ---- Damage ---- */

static enum rc hand_out(struct object_reader *r, const struct quarantine_span *span)
{
    r->is_damaged = true;
    if (!tally_add(&r->ledger->quarantine_reasons, span->reason, 1))
        return err_set(r->err, RC_NO_MEMORY, "no memory for the ledger");
    if (r->sink->on_damage == NULL)
        return RC_OK;
    return r->sink->on_damage(r->sink->context, span, r->err);
}

enum rc damage_flush(struct level *level)
{
    struct open_damage *d = &level->damage;
    if (!d->is_open)
        return RC_OK;
    d->is_open = false;
    struct quarantine_span span = {
        .object = level->reader->in->name,
        .offset = d->place.stored_offset,
        .length = d->length,
        .is_inner = d->place.is_inner,
        .inner_offset = d->place.inner_offset,
        .layer = view_of_string(d->place.layers),
        .reason = view_of_string(d->reason),
        .excerpt = view_of(d->excerpt, d->excerpt_bytes),
    };
    level->reader->ledger->records.total++;
    level->reader->ledger->records.quarantined++;
    return hand_out(level->reader, &span);
}

enum rc damage_text(struct level *level, const struct place *place, struct view text,
                    const char *reason, bool continues)
{
    struct object_reader *r = level->reader;
    r->ledger->decoded_bytes.total += text.size;
    r->ledger->decoded_bytes.quarantined += text.size;
    if (!place->is_inner) {
        r->ledger->stored_bytes.parsed -= text.size;
        r->ledger->stored_bytes.quarantined += text.size;
    }
    struct open_damage *d = &level->damage;
    if (d->is_open && continues) {
        d->length += text.size;
        return RC_OK;
    }
    TRY(damage_flush(level));
    *d = (struct open_damage){
        .is_open = true, .place = *place, .length = text.size, .reason = reason};
    d->excerpt_bytes = text.size < EXCERPT_BYTES_MAX ? text.size : EXCERPT_BYTES_MAX;
    memcpy(d->excerpt, text.data, d->excerpt_bytes);
    return RC_OK;
}

/* What unwrapping found damaged, at any level. */
static void on_unwrap_damage(void *context, const struct damage *damage)
{
    struct level *level = context;
    struct object_reader *r = level->reader;
    if (r->damage_rc != RC_OK)
        return;
    r->damage_rc = damage_flush(level);
    char layer[2 * LAYERS_TEXT_BYTES];
    bool is_nested = level->number > 0;
    snprintf(layer, sizeof(layer), "%s%s%s", is_nested ? level->outer_layers : "",
             is_nested && strcmp(damage->layer, "stored") != 0 ? ">" : "",
             is_nested && strcmp(damage->layer, "stored") == 0 ? "" : damage->layer);
    struct quarantine_span span = {
        .object = r->in->name,
        .offset = is_nested ? level->outer.stored_offset : damage->offset,
        .length = damage->is_inner ? damage->inner_length : damage->length,
        .is_inner = is_nested || damage->is_inner,
        .inner_offset = damage->is_inner ? damage->inner_offset : damage->offset,
        .layer = view_of_string(layer),
        .reason = view_of_string(damage->reason),
        .excerpt = damage->excerpt,
    };
    if (r->damage_rc == RC_OK)
        r->damage_rc = hand_out(r, &span);
}

/* ---- The reader ---- */

static bool level_init(struct object_reader *r, unsigned number)
{
    struct level *level = &r->levels[number];
    if (level->unwrapper != NULL)
        return true;
    size_t record_max = r->options->record_bytes_max;
    level->reader = r;
    level->number = number;
    /* The splitter looks past a record of the largest size before it gives it up. */
    level->unwrapper =
        unwrap_new(record_max + SPLITTER_AHEAD_BYTES + WINDOW_FILL_BYTES, on_unwrap_damage, level);
    level->splitter = splitter_new(r->options->cpu, record_max);
    return level->unwrapper != NULL && level->splitter != NULL;
}

struct object_reader *object_reader_new(const struct object_options *options,
                                        struct giant_slot *slot, const struct object_sink *sink)
{
    struct object_reader *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return NULL;
    r->options = options;
    r->slot = slot;
    r->sink = sink;
    glancer_init(&r->glancer, options->cpu);
    record_glancer_init(&r->record_glancer, options->cpu);
    r->glancer.request_is_counted = sink->request_is_counted;
    r->glancer.context = sink->context;
    r->interpreter = interpreter_new(options->cpu, options->interpret, RECORD_BYTES_OWN);
    r->glancer.interpreter = r->interpreter;
    if (r->interpreter == NULL || !level_init(r, 0) || level_parser(&r->levels[0]) == NULL) {
        object_reader_free(r);
        return NULL;
    }
    return r;
}

void object_reader_free(struct object_reader *r)
{
    if (r == NULL)
        return;
    for (unsigned i = 0; i < LEVELS_MAX; i++) {
        struct level *level = &r->levels[i];
        unwrap_free(level->unwrapper);
        splitter_free(level->splitter);
        json_parser_free(level->parser);
        buf_done(&level->record_scratch);
        buf_done(&level->event_scratch);
        buf_done(&level->repaired);
        buf_done(&level->payload);
        buf_done(&level->base64_scratch);
    }
    glancer_done(&r->glancer);
    record_glancer_done(&r->record_glancer);
    buf_done(&r->export_stream);
    interpreter_free(r->interpreter);
    free(r);
}

int32_t record_number(struct object_reader *r, const struct place *place)
{
    if (r->has_unit && r->unit_offset == place->stored_offset) {
        r->record_index++;
    } else {
        r->has_unit = true;
        r->unit_offset = place->stored_offset;
        r->record_index = 0;
    }
    return r->record_index;
}

/* ---- One run of text ---- */

static void set_layers(struct level *level)
{
    const char *own = unwrap_layers(level->unwrapper);
    if (level->number == 0)
        snprintf(level->layers, sizeof(level->layers), "%s", own[0] ? own : "stored");
    else
        snprintf(level->layers, sizeof(level->layers), "%.*s%s%s", LAYERS_TEXT_BYTES / 2,
                 level->outer_layers, own[0] ? ">" : "", own);
}

static struct place place_of(struct level *level, size_t offset, bool *ret_unverified)
{
    struct origin o = unwrap_origin(level->unwrapper, offset);
    *ret_unverified = o.is_unverified;
    bool is_stored = level->number == 0 && unwrap_layers(level->unwrapper)[0] == '\0';
    return (struct place){
        .stored_offset = level->number == 0 ? o.stored_offset : level->outer.stored_offset,
        .inner_offset = level->number == 0 || unwrap_layers(level->unwrapper)[0] != '\0'
                            ? o.unit_offset
                            : o.stored_offset,
        .is_inner = !is_stored,
        .layers = level->layers,
    };
}

static void note_piece(struct object_reader *r, const struct level *level, bool is_clean)
{
    if (level->number > 0)
        return;
    if (!r->has_piece)
        r->begins_clean = is_clean;
    r->has_piece = true;
    r->ends_clean = is_clean;
}

static bool is_past_unit(const struct level *level, const struct place *place)
{
    const struct object_reader *r = level->reader;
    return r->in->stops_after_unit && level->number == 0 &&
           place->stored_offset != r->in->range.begin;
}

/* A piece, and what a glance found in it. */
struct found {
    struct piece piece;
    bool is_glanced;   /* `record` and the glancer's entries are its own */
    bool is_irregular; /* a glance has left it alone */
    struct record record;
};

static enum rc found_read(struct level *level, const struct text *text, const struct found *found)
{
    struct object_reader *r = level->reader;
    const struct piece *piece = &found->piece;
    struct document d = {.text = view_slice(text->bytes, piece->begin, piece->begin + piece->size),
                         .window_offset = piece->begin,
                         .is_irregular = found->is_irregular};
    d.place = place_of(level, piece->begin, &d.is_unverified);
    d.is_unverified |= text->is_unverified;
    if (is_past_unit(level, &d.place))
        return RC_END;
    switch (piece->kind) {
    case PIECE_SEPARATOR:
        r->ledger->decoded_bytes.total += piece->size;
        r->ledger->decoded_bytes.separators += piece->size;
        return RC_OK;
    case PIECE_DAMAGED:
        note_piece(r, level, false);
        return damage_text(level, &d.place, d.text, piece->reason, piece->continues);
    case PIECE_LINE:
        TRY(damage_flush(level));
        return line_read(level, &d);
    case PIECE_DOCUMENT:
        TRY(damage_flush(level));
        uint64_t before = r->ledger->decoded_bytes.quarantined;
        TRY(found->is_glanced ? glanced_read(level, &d, &found->record) : document_read(level, &d));
        note_piece(r, level, r->ledger->decoded_bytes.quarantined == before);
        return RC_OK;
    }
    assert(false);
    return RC_OK;
}

/* Text that is none: quarantined as it comes. */
static enum rc binary_read(struct level *level, const struct text *text)
{
    bool is_unverified;
    struct place place = place_of(level, 0, &is_unverified);
    if (text->bytes.size == 0)
        return RC_OK;
    note_piece(level->reader, level, false);
    return damage_text(level, &place, text->bytes, "control bytes in text", true);
}

/* The end of a run whose last member broke off: of lines only whole ones count. */
static struct view without_cut_line(struct level *level, const struct text *text)
{
    struct view v = text->bytes;
    if (!text->is_truncated || (level->form != TEXT_LINES && level->form != TEXT_EXPORT))
        return v;
    while (v.size > 0 && v.data[v.size - 1] != '\n')
        v.size--;
    return v;
}

/* The next piece of `whole`, which the splitter was fed with. A record of the
 * form that CloudWatch writes tells itself where it ends: its bytes are looked
 * at once. All else, and what follows damage, is cut by the splitter. */
static enum rc find_next(struct level *level, struct view whole, struct found *ret)
{
    struct object_reader *r = level->reader;
    struct record_glancer *g = &r->record_glancer;
    size_t end;
    ret->is_glanced = ret->is_irregular = false;
    if (may_glance(r) && splitter_is_at_document(level->splitter)) {
        /* A payload inside the last document was read from another text. */
        if (g->text.data != whole.data || g->text.size != whole.size)
            record_glance_begin(g, whole);
        ret->is_irregular =
            !record_glance_at(g, splitter_consumed(level->splitter), &ret->record, &end);
        ret->is_glanced =
            !ret->is_irregular && splitter_take_document(level->splitter, end, &ret->piece);
        if (ret->is_glanced)
            return RC_OK;
    }
    return splitter_next(level->splitter, &ret->piece);
}

static enum rc pieces_read(struct level *level, const struct text *text, size_t *ret_consumed)
{
    struct view whole = without_cut_line(level, text);
    splitter_feed(level->splitter, whole, text->is_final);
    record_glance_begin(&level->reader->record_glancer, whole);
    struct found found;
    enum rc rc;
    while ((rc = find_next(level, whole, &found)) == RC_OK) {
        if ((rc = found_read(level, text, &found)) != RC_OK)
            return rc;
    }
    *ret_consumed = splitter_consumed(level->splitter);
    if (rc == RC_END && whole.size < text->bytes.size) {
        bool is_unverified;
        struct place place = place_of(level, whole.size, &is_unverified);
        TRY(damage_text(level, &place, view_from(text->bytes, whole.size), "cut line", false));
        *ret_consumed = text->bytes.size;
    }
    return rc == RC_END ? RC_OK : rc;
}

static enum rc window_read(struct level *level, const struct text *text, bool *is_new_run)
{
    struct object_reader *r = level->reader;
    if (text->bytes.size == 0 && !text->is_final)
        return RC_OK;
    set_layers(level);
    if (!level->has_form) {
        level->form = text_form_of(text->bytes, text->is_final,
                                   r->is_export_name && level->number == 0, r->options->cpu);
        level->has_form = text->bytes.size > 0;
    }
    if (level->form == TEXT_BINARY) {
        TRY(binary_read(level, text));
        unwrap_consume(level->unwrapper, text->bytes.size);
        return RC_OK;
    }
    if (*is_new_run)
        splitter_begin(level->splitter, level->form);
    *is_new_run = text->is_final;
    size_t consumed = 0;
    TRY(pieces_read(level, text, &consumed));
    unwrap_consume(level->unwrapper, text->is_final ? text->bytes.size : consumed);
    return text->is_final ? damage_flush(level) : RC_OK;
}

static enum rc level_read(struct level *level)
{
    struct object_reader *r = level->reader;
    bool is_new_run = true;
    struct text text;
    enum rc rc;
    while ((rc = unwrap_next(level->unwrapper, &text, r->err)) == RC_OK || rc == RC_TOO_BIG) {
        if (r->sink->is_stopping != NULL && r->sink->is_stopping(r->sink->context))
            return RC_STOPPED;
        TRY(r->damage_rc);
        TRY(window_read(level, &text, &is_new_run));
    }
    TRY(r->damage_rc);
    TRY(damage_flush(level));
    return rc == RC_END ? RC_OK : rc;
}

/* ---- Payloads ---- */

static unsigned layers_count(const char *layers)
{
    unsigned count = layers[0] != '\0' && strcmp(layers, "stored") != 0;
    for (const char *p = layers; *p != '\0'; p++)
        count += *p == '>';
    return count;
}

static void layers_of_payload(const struct level *level, char *to, size_t capacity)
{
    bool is_outermost = strcmp(level->layers, "stored") == 0;
    snprintf(to, capacity, "%.*s%sbase64", LAYERS_TEXT_BYTES / 2, is_outermost ? "" : level->layers,
             is_outermost ? "" : ">");
}

/* A payload that cannot be decoded: its encoded text is what is lost. */
static enum rc payload_damaged(struct level *level, const struct place *place, struct view base64,
                               const char *reason)
{
    char layers[LAYERS_TEXT_BYTES];
    layers_of_payload(level, layers, sizeof(layers));
    struct place inside = *place;
    inside.is_inner = true;
    inside.inner_offset = 0;
    inside.layers = layers;
    TRY(damage_text(level, &inside, base64, reason, false));
    return damage_flush(level);
}

enum rc payload_read(struct level *level, const struct payload *payload,
                     const struct document *document)
{
    const struct place *place = &document->place;
    struct object_reader *r = level->reader;
    unsigned depth = layers_count(level->layers) + 1;
    if (depth > LAYERS_MAX || level->number + 1 >= LEVELS_MAX)
        return payload_damaged(level, place, payload->base64, "more than 3 layers");
    struct level *inner = &r->levels[level->number + 1];
    buf_clear(&level->payload);
    if (!level_init(r, level->number + 1) ||
        !buf_reserve(&level->payload, payload->base64.size + INPUT_SLACK_BYTES))
        return err_set(r->err, RC_NO_MEMORY, "no memory for a payload");
    if (!base64_decode(payload->base64, &level->payload))
        return payload_damaged(level, place, payload->base64, "base64: not valid");
    memset(level->payload.data + level->payload.size, 0, INPUT_SLACK_BYTES);
    inner->outer = *place;
    inner->outer_offset = level->number == 0 ? document->window_offset : level->outer_offset;
    inner->region = payload->region;
    inner->has_form = false;
    layers_of_payload(level, inner->outer_layers, sizeof(inner->outer_layers));
    unwrap_begin(inner->unwrapper, buf_view(&level->payload),
                 (struct unwrap_range){0, level->payload.size, false}, depth);
    TRY(level_read(inner));
    r->ledger->records.unverified += unwrap_unverified_records(inner->unwrapper);
    return RC_OK;
}

/* ---- One object ---- */

bool object_has_export_name(struct view name)
{
    size_t begin = name.size;
    while (begin > 0 && name.data[begin - 1] != '/')
        begin--;
    struct view file = view_from(name, begin);
    if (view_ends_with(file, VIEW(".gz")))
        file.size -= 3;
    if (file.size != 6)
        return false;
    for (size_t i = 0; i < file.size; i++) {
        if (!byte_is_digit(file.data[i]))
            return false;
    }
    return true;
}

/* A slice of a plain stream begins and ends at the seam after its nominal
 * bounds, which every reader finds alone. */
static struct unwrap_range exact_range(const struct object_reader *r, const struct object_input *in)
{
    struct unwrap_range range = in->range;
    if (!in->is_slice || range.is_member_search)
        return range;
    seam_scan_fn *scan = seam_scan_kernel(r->options->cpu);
    if (range.begin > 0)
        range.begin = seam_cut(scan, in->bytes, range.begin);
    if (range.end < in->bytes.size)
        range.end = seam_cut(scan, in->bytes, range.end);
    return range;
}

static void object_begin(struct object_reader *r, const struct object_input *in,
                         struct ledger *ledger, struct err *err)
{
    r->in = in;
    r->ledger = ledger;
    r->err = err;
    r->name_region = region_in_name(in->name);
    r->is_export_name = object_has_export_name(in->name);
    r->is_damaged = r->has_piece = r->has_unit = false;
    r->begins_clean = r->ends_clean = true;
    r->damage_rc = RC_OK;
    r->levels[0].region = VIEW_NULL;
    /* What can be cut holds documents: slices after the first do not see the head. */
    r->levels[0].has_form = in->is_slice && in->range.begin > 0;
    r->levels[0].form = TEXT_DOCUMENTS;
}

static void account_stored(struct ledger *ledger, const struct unwrap_bytes *bytes)
{
    ledger->stored_bytes.total += bytes->parsed + bytes->padding + bytes->quarantined;
    ledger->stored_bytes.parsed += bytes->parsed;
    ledger->stored_bytes.padding += bytes->padding;
    ledger->stored_bytes.quarantined += bytes->quarantined;
}

enum rc object_read(struct object_reader *r, const struct object_input *in, struct ledger *ledger,
                    struct object_chain *ret_chain, bool *ret_damaged, struct err *err)
{
    object_begin(r, in, ledger, err);
    struct unwrap_range range = exact_range(r, in);
    struct level *level = &r->levels[0];
    unwrap_begin(level->unwrapper, in->bytes, range, 0);
    enum rc rc = level_read(level);
    if (rc == RC_END) /* stopped after the wanted unit */
        rc = RC_OK;
    TRY(rc);
    if (!in->stops_after_unit) {
        struct unwrap_bytes bytes = unwrap_account(level->unwrapper);
        account_stored(ledger, &bytes);
        ledger->records.unverified += unwrap_unverified_records(level->unwrapper);
    }
    if (range.is_member_search)
        range = unwrap_chain(level->unwrapper);
    *ret_chain = (struct object_chain){range.begin, range.end, r->begins_clean, r->ends_clean};
    *ret_damaged = r->is_damaged;
    return RC_OK;
}
