#include "object_level.h"
#include "json/repair.h"

#include <assert.h>

/* What all events of a record share. */
struct record_frame {
    struct level *level;
    const struct document *document;
    struct interpreter *interpreter;
    struct event_context context;
    uint64_t event_count;
    uint64_t counted; /* handed to on_counted */
};

static struct view first_present(struct view a, struct view b)
{
    return view_is_null(a) ? b : a;
}

static void frame_init(struct record_frame *f, struct level *level, const struct document *d,
                       struct interpreter *interpreter, const struct record *record)
{
    struct object_reader *r = level->reader;
    *f = (struct record_frame){.level = level, .document = d, .interpreter = interpreter};
    struct view region = first_present(record->region, level->region);
    f->context = (struct event_context){
        .record = ++r->records_numbered,
        .account_id = first_present(record->account_id, r->options->set_account),
        .region = first_present(first_present(region, r->name_region), r->options->set_region),
        .log_group = first_present(record->log_group, r->options->set_log_group),
        .log_stream = record->log_stream,
        .source_object = r->in->name,
        .source_offset = (int64_t)d->place.stored_offset,
        .record_index = record_number(r, &d->place),
    };
}

/* ---- Events ---- */

static enum rc event_read(struct record_frame *f, const struct raw_event *raw)
{
    struct object_reader *r = f->level->reader;
    f->context.event_index = (int32_t)f->event_count++;
    r->ledger->events.total++;
    if (r->sink->on_event == NULL) {
        r->ledger->events.rows++;
        return RC_OK;
    }
    struct event event;
    if (interpret_event(f->interpreter, raw, &f->context, &event) != RC_OK)
        return err_set(r->err, RC_NO_MEMORY, "no memory to interpret an event");
    event.is_unverified = f->document->is_unverified;
    if (event.is_ignored) {
        r->ledger->events.ignored++;
        return RC_OK;
    }
    return r->sink->on_event(r->sink->context, &event, r->err);
}

/* An entry of logEvents that is no object: the record is sound, the entry is
 * not an event. Its bytes stay with the record's. */
static enum rc entry_damaged(struct record_frame *f, struct json_value entry)
{
    struct object_reader *r = f->level->reader;
    f->event_count++;
    r->ledger->events.total++;
    r->ledger->events.quarantined++;
    r->is_damaged = true;
    const struct place *place = &f->document->place;
    uint64_t at = (uint64_t)(entry.raw.data - f->document->text.data);
    struct quarantine_span span = {
        .object = r->in->name,
        .offset = place->stored_offset + (place->is_inner ? 0 : at),
        .length = entry.raw.size,
        .is_inner = place->is_inner,
        .inner_offset = place->inner_offset + at,
        .layer = view_of_string(place->layers),
        .reason = VIEW("entry of logEvents is no object"),
        .excerpt = entry.raw,
    };
    if (!tally_add(&r->ledger->quarantine_reasons, span.reason, 1))
        return err_set(r->err, RC_NO_MEMORY, "no memory for the ledger");
    return r->sink->on_damage ? r->sink->on_damage(r->sink->context, &span, r->err) : RC_OK;
}

static enum rc events_read(struct record_frame *f, const struct json_parser *p,
                           struct json_value events)
{
    struct level *level = f->level;
    enum cpu cpu = level->reader->options->cpu;
    struct json_cursor c = json_open(p, events);
    struct json_value entry;
    while (json_next_element(p, &c, &entry)) {
        buf_clear(&level->event_scratch);
        if (!buf_reserve(&level->event_scratch, entry.raw.size))
            return err_set(level->reader->err, RC_NO_MEMORY, "no memory for an event");
        struct raw_event raw;
        if (!record_event(p, &entry, cpu, &level->event_scratch, &raw)) {
            TRY(entry_damaged(f, entry));
            continue;
        }
        raw.was_repaired = f->document->was_repaired;
        TRY(event_read(f, &raw));
    }
    return RC_OK;
}

/* A foreign document or a line is one event whose message is the text. */
static struct raw_event lone_event(const struct record_frame *f, struct view message)
{
    return (struct raw_event){.message = message, .was_repaired = f->document->was_repaired};
}

/* ---- Records ---- */

static enum rc count_record(struct level *level, const struct document *d, bool is_data)
{
    struct object_reader *r = level->reader;
    r->ledger->records.total++;
    r->ledger->records.data += is_data;
    r->ledger->records.control += !is_data;
    /* Whether the member that holds it verifies may show only later. */
    if (is_data && level->number > 0)
        unwrap_count_record(r->levels[0].unwrapper, level->outer_offset);
    if (is_data)
        unwrap_count_record(level->unwrapper, d->window_offset);
    r->ledger->repaired_records += d->was_repaired;
    if (is_data && r->sink->on_record != NULL)
        return r->sink->on_record(r->sink->context, d->text, r->err);
    return RC_OK;
}

static enum rc payloads_read(struct level *level, const struct document *d,
                             const struct json_parser *p, struct json_value root)
{
    struct payload_cursor c = {0};
    struct payload payload;
    for (;;) {
        buf_clear(&level->base64_scratch);
        if (!buf_reserve(&level->base64_scratch, root.raw.size))
            return err_set(level->reader->err, RC_NO_MEMORY, "no memory for a payload");
        if (!record_next_payload(p, root, level->reader->options->cpu, &level->base64_scratch, &c,
                                 &payload))
            return RC_OK;
        TRY(payload_read(level, &payload, d));
    }
}

/* A sound document, by what it is. */
static enum rc sound_document_read(struct level *level, const struct document *d,
                                   const struct record_tools *tools, struct json_value root)
{
    struct object_reader *r = level->reader;
    buf_clear(&level->record_scratch);
    if (!buf_reserve(&level->record_scratch, d->text.size))
        return err_set(r->err, RC_NO_MEMORY, "no memory for a record");
    struct record record;
    record_open(tools->parser, root, r->options->cpu, &level->record_scratch, &record);
    if (record.kind == DOCUMENT_PAYLOADS) {
        /* Envelopes hold no free text: bytes to repair mean that two may have run
         * into one, so each payload is looked for by itself. */
        if (d->was_repaired && !view_is_null(raw_data_find(d->text)))
            return RC_BAD_INPUT;
        r->ledger->repaired_records += d->was_repaired;
        return payloads_read(level, d, tools->parser, root);
    }
    r->ledger->decoded_bytes.total += d->text.size;
    r->ledger->decoded_bytes.records += d->text.size;
    TRY(count_record(level, d, record.kind != DOCUMENT_CONTROL));
    struct record_frame frame;
    frame_init(&frame, level, d, tools->interpreter, &record);
    switch (record.kind) {
    case DOCUMENT_CONTROL:
        return RC_OK;
    case DOCUMENT_RECORD:
        return events_read(&frame, tools->parser, record.events);
    case DOCUMENT_FOREIGN: {
        struct raw_event raw = lone_event(&frame, root.raw);
        raw.is_foreign = true;
        return event_read(&frame, &raw);
    }
    case DOCUMENT_PAYLOADS:
        break;
    }
    assert(false);
    return RC_OK;
}

/* ---- Records taken apart by a glance ---- */

static enum rc glanced_event_read(struct record_frame *f, const struct record_entry *entry)
{
    struct level *level = f->level;
    struct object_reader *r = level->reader;
    struct event event;
    if (!r->options->interpret->counts_only ||
        !glance_event(&r->glancer, &entry->glimpse, &f->context, &event)) {
        struct raw_event raw;
        if (!record_entry_open(entry, &r->glancer.stamps, r->options->cpu, &level->event_scratch,
                               &raw))
            return err_set(r->err, RC_NO_MEMORY, "no memory for an event");
        return event_read(f, &raw);
    }
    f->event_count++;
    r->ledger->events.total++;
    event.is_unverified = f->document->is_unverified;
    if (r->sink->on_counted == NULL)
        return r->sink->on_event(r->sink->context, &event, r->err);
    f->counted++;
    return r->sink->on_counted(r->sink->context, &event, r->err);
}

bool may_glance(const struct object_reader *r)
{
    return r->sink->on_event != NULL && !r->options->parses_all;
}

/* What sound_document_read() does with a record. */
enum rc glanced_read(struct level *level, const struct document *d, const struct record *record)
{
    struct object_reader *r = level->reader;
    r->ledger->decoded_bytes.total += d->text.size;
    r->ledger->decoded_bytes.records += d->text.size;
    TRY(count_record(level, d, true));
    struct record_frame frame;
    frame_init(&frame, level, d, r->interpreter, record);
    for (size_t i = 0; i < r->record_glancer.count; i++) {
        record_entry_ask_ahead(&r->record_glancer.entries[i]);
        TRY(glanced_event_read(&frame, &r->record_glancer.entries[i]));
    }
    if (frame.counted == 0)
        return RC_OK;
    return r->sink->on_counted_record(r->sink->context, &frame.context, frame.counted, r->err);
}

/* Parses, with a repair where only the bytes are wrong. RC_BAD_INPUT when the
 * text is no document. Sizes in the account are those of the text as it came. */
static enum rc document_try(struct level *level, const struct document *d,
                            const struct record_tools *tools)
{
    struct object_reader *r = level->reader;
    struct record record;
    if (may_glance(r) && !d->is_irregular && record_glance(&r->record_glancer, d->text, &record))
        return glanced_read(level, d, &record);
    struct json_value root;
    enum rc rc = json_parse(tools->parser, d->text, &root, NULL);
    if (rc == RC_OK)
        return sound_document_read(level, d, tools, root);
    if (rc != RC_BAD_INPUT)
        return rc == RC_TOO_BIG ? RC_BAD_INPUT : rc;
    size_t changed;
    buf_clear(&level->repaired);
    if (!repair_json(r->options->cpu, d->text, &level->repaired, &changed))
        return err_set(r->err, RC_NO_MEMORY, "no memory to repair a record");
    if (changed == 0)
        return RC_BAD_INPUT;
    rc = json_parse(tools->parser, buf_view(&level->repaired), &root, NULL);
    if (rc != RC_OK)
        return rc == RC_TOO_BIG ? RC_BAD_INPUT : rc;
    struct document repaired = *d;
    repaired.text = buf_view(&level->repaired);
    repaired.was_repaired = true;
    uint64_t before = r->ledger->decoded_bytes.records;
    rc = sound_document_read(level, &repaired, tools, root);
    if (r->ledger->decoded_bytes.records != before) {
        uint64_t grown = repaired.text.size - d->text.size;
        r->ledger->decoded_bytes.records -= grown;
        r->ledger->decoded_bytes.total -= grown;
    }
    return rc;
}

static struct document part_of(const struct document *d, size_t begin, size_t end)
{
    struct document part = *d;
    part.text = view_slice(d->text, begin, end);
    part.window_offset += begin;
    part.place.inner_offset += begin;
    if (!part.place.is_inner)
        part.place.stored_offset += begin;
    return part;
}

/* What an envelope says around its payload is a few hundred bytes of text. More
 * than that, or control bytes, was something else once. */
static bool is_envelope_text(struct view text)
{
    enum { ENVELOPE_TEXT_BYTES_MAX = 2048 };
    for (size_t i = 0; i < text.size && text.size <= ENVELOPE_TEXT_BYTES_MAX; i++) {
        if ((unsigned char)text.data[i] < ' ' && !byte_is_space(text.data[i]))
            return false;
    }
    return text.size <= ENVELOPE_TEXT_BYTES_MAX;
}

static enum rc envelope_text_read(struct level *level, const struct document *d, size_t begin,
                                  size_t end)
{
    struct document part = part_of(d, begin, end);
    if (is_envelope_text(part.text))
        return RC_OK;
    return damage_text(level, &part.place, part.text, "not valid JSON", false);
}

/* Envelopes of shape G may be invalid JSON around payloads that are whole: each
 * is read. RC_BAD_INPUT where the text holds none. */
static enum rc raw_data_read(struct level *level, const struct document *d)
{
    struct payload payload = {.base64 = raw_data_find(d->text)};
    size_t at = 0;
    if (view_is_null(payload.base64))
        return RC_BAD_INPUT;
    while (!view_is_null(payload.base64)) {
        size_t begin = (size_t)(payload.base64.data - d->text.data);
        TRY(envelope_text_read(level, d, at, begin));
        TRY(damage_flush(level));
        TRY(payload_read(level, &payload, d));
        at = begin + payload.base64.size;
        payload.base64 = raw_data_find(view_from(d->text, at));
    }
    return envelope_text_read(level, d, at, d->text.size);
}

/* One part of a broken piece. */
static enum rc part_read(struct level *level, const struct document *d, const struct piece *piece,
                         const struct record_tools *tools)
{
    struct document part = part_of(d, piece->begin, piece->begin + piece->size);
    if (piece->kind == PIECE_SEPARATOR) {
        level->reader->ledger->decoded_bytes.total += piece->size;
        level->reader->ledger->decoded_bytes.separators += piece->size;
        return RC_OK;
    }
    enum rc rc = RC_BAD_INPUT;
    if (piece->kind == PIECE_DOCUMENT) {
        TRY(damage_flush(level));
        rc = document_try(level, &part, tools);
    }
    if (rc == RC_BAD_INPUT)
        rc = raw_data_read(level, &part);
    if (rc == RC_BAD_INPUT)
        rc = damage_text(level, &part.place, part.text,
                         piece->reason ? piece->reason : "not valid JSON", piece->continues);
    return rc;
}

/* Cuts a broken piece again, so that only the damaged bytes are lost. */
static enum rc resplit_read(struct level *level, const struct document *d,
                            const struct record_tools *tools)
{
    struct resplit r;
    struct piece piece;
    enum rc rc;
    resplit_begin(&r, d->text);
    while ((rc = resplit_next(&r, &piece)) == RC_OK) {
        if ((rc = part_read(level, d, &piece, tools)) != RC_OK)
            break;
    }
    resplit_done(&r);
    return rc == RC_END ? damage_flush(level) : rc;
}

enum rc document_read(struct level *level, const struct document *document)
{
    struct record_tools tools;
    TRY(record_tools_take(level, document->text.size, &tools));
    enum rc rc = document_try(level, document, &tools);
    if (rc == RC_BAD_INPUT)
        rc = resplit_read(level, document, &tools);
    record_tools_release(level->reader, &tools);
    return rc;
}

/* ---- Lines ---- */

/* The folder that an export's entry lies in; null where it lies in none. */
static struct view folder_of(struct view name)
{
    size_t end = name.size;
    while (end > 0 && name.data[end - 1] != '/')
        end--;
    if (end < 2)
        return VIEW_NULL;
    size_t begin = end - 1;
    while (begin > 0 && name.data[begin - 1] != '/')
        begin--;
    return view_slice(name, begin, end - 1);
}

/* `2019-06-07-[$LATEST]…` */
static bool is_lambda_folder(struct view folder)
{
    bool is_lambda = folder.size > 11 && folder.data[4] == '-' && folder.data[7] == '-' &&
                     folder.data[10] == '-' && folder.data[11] == '[';
    for (size_t i = 0; is_lambda && i < 10; i++)
        is_lambda = i == 4 || i == 7 || byte_is_digit(folder.data[i]);
    return is_lambda;
}

/* The stream of an export: its folder, a Lambda stream's slashes restored. */
static enum rc export_stream(struct object_reader *r, struct view *ret)
{
    *ret = folder_of(r->in->name);
    if (!is_lambda_folder(*ret))
        return RC_OK;
    buf_clear(&r->export_stream);
    if (!buf_append_view(&r->export_stream, *ret))
        return err_set(r->err, RC_NO_MEMORY, "no memory for a log stream's name");
    r->export_stream.data[4] = r->export_stream.data[7] = r->export_stream.data[10] = '/';
    *ret = buf_view(&r->export_stream);
    return RC_OK;
}

static struct view without_line_end(struct view line)
{
    if (line.size > 0 && line.data[line.size - 1] == '\n')
        line.size--;
    if (line.size > 0 && line.data[line.size - 1] == '\r')
        line.size--;
    return line;
}

static enum rc sound_line_read(struct level *level, const struct document *d)
{
    struct object_reader *r = level->reader;
    TRY(count_record(level, d, true));
    struct record record = {.kind = DOCUMENT_FOREIGN};
    if (level->form == TEXT_EXPORT)
        TRY(export_stream(r, &record.log_stream));
    struct record_tools tools;
    TRY(record_tools_take(level, d->text.size, &tools));
    struct record_frame frame;
    frame_init(&frame, level, d, tools.interpreter, &record);
    struct raw_event raw = lone_event(&frame, d->text);
    if (level->form == TEXT_EXPORT)
        raw.has_timestamp = export_line_split(d->text, &raw.timestamp_ms, &raw.message);
    enum rc rc = event_read(&frame, &raw);
    record_tools_release(r, &tools);
    return rc;
}

enum rc line_read(struct level *level, const struct document *line)
{
    struct object_reader *r = level->reader;
    r->ledger->decoded_bytes.total += line->text.size;
    r->ledger->decoded_bytes.records += line->text.size;
    struct document d = *line;
    d.text = without_line_end(line->text);
    enum cpu cpu = r->options->cpu;
    if (!utf8_is_valid(cpu, d.text)) {
        size_t changed;
        buf_clear(&level->repaired);
        if (!repair_utf8(cpu, d.text, &level->repaired, &changed))
            return err_set(r->err, RC_NO_MEMORY, "no memory to repair a line");
        d.text = buf_view(&level->repaired);
        d.was_repaired = changed > 0;
    }
    return sound_line_read(level, &d);
}
