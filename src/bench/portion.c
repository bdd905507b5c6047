#include "bench/portion.h"

#include "util/array.h"

#include <stdlib.h>

/* Interpreted texts of a portion: those of its records, a few times over. */
#define KEPT_BYTES_MAX (16 * RECORD_BYTES_LIMIT)

static enum rc no_memory(struct portion *p)
{
    return err_set(&p->thread->err, RC_NO_MEMORY, "no memory for a thread; try a smaller -j");
}

static bool request_is_counted(void *context, struct view request_id)
{
    const struct portion *p = context;
    return groups_counted_request(p->groups, request_id);
}

enum rc portion_init(struct portion *p, struct bench_thread *t)
{
    const struct object_options *o = t->pass->object_options;
    struct rows_options rows = {.bytes_max = ROWS_BYTES_MAX,
                                .profile = t->pass->options->profile,
                                .created_by = "millrace bench",
                                .plan_hash = "",
                                .cpu = o->cpu};
    *p = (struct portion){.thread = t, .cpu = o->cpu};
    arena_init(&p->kept, (size_t)KEPT_BYTES_MAX);
    p->stage1 = stage1_new(o->cpu);
    p->parser = json_parser_new(o->cpu, o->record_bytes_max);
    p->interpreter = interpreter_new(o->cpu, o->interpret, o->record_bytes_max);
    p->groups = groups_new(o->cpu, NULL, GROUPS_BYTES_MAX);
    p->rows = rows_new(&rows);
    p->partitioner = partitioner_new(&t->pass->options->partition_by, PARTITIONS_MAX);
    p->unescape = unescape_kernel(o->cpu);
    p->find_flaw = flaw_kernel(o->cpu);
    p->mask_map = mask_map_kernel(o->cpu);
    p->pack = pack_kernels_of(o->cpu);
    record_glancer_init(&p->record_glancer, o->cpu);
    glancer_init(&p->glancer, o->cpu);
    p->glancer.request_is_counted = request_is_counted;
    p->glancer.context = p;
    p->glancer.interpreter = p->interpreter;
    bool is_whole = p->stage1 != NULL && p->parser != NULL && p->interpreter != NULL &&
                    p->groups != NULL && p->rows != NULL && p->partitioner != NULL;
    for (size_t i = 0; i < PORTION_RECORDS; i++) {
        p->parsers[i] = json_parser_new(o->cpu, o->record_bytes_max);
        is_whole &= p->parsers[i] != NULL;
    }
    if (is_whole)
        partitioner_begin(p->partitioner);
    return is_whole ? RC_OK : no_memory(p);
}

void portion_done(struct portion *p)
{
    stage1_free(p->stage1);
    json_parser_free(p->parser);
    interpreter_free(p->interpreter);
    groups_free(p->groups);
    rows_free(p->rows);
    partitioner_free(p->partitioner);
    glancer_done(&p->glancer);
    record_glancer_done(&p->record_glancer);
    for (size_t i = 0; i < PORTION_RECORDS; i++)
        json_parser_free(p->parsers[i]);
    buf_done(&p->strings);
    buf_done(&p->unescaped);
    buf_done(&p->ids);
    buf_done(&p->packed);
    free(p->events);
    free(p->insides);
    free(p->titles);
    arena_done(&p->kept);
}

void portion_take(struct portion *p, const struct input_object *object, size_t *at)
{
    const struct input_document *documents = p->thread->pass->inputs->documents;
    p->object = object;
    p->documents = &documents[*at];
    p->count = 0;
    p->bytes = p->json_bytes = 0;
    p->events_count = p->insides_count = p->next_row = p->next_group = 0;
    p->titles_count = 0;
    p->insides_bytes = p->titles_bytes = 0;
    while (*at < object->documents_end && p->count < PORTION_RECORDS) {
        const struct input_document *d = &documents[*at];
        /* A giant comes alone, and always to the first parser. */
        if (p->count > 0 && p->bytes + d->text.size > PORTION_BYTES)
            break;
        p->bytes += d->text.size;
        p->json_bytes += d->is_json ? d->text.size : 0;
        p->count++;
        (*at)++;
    }
}

/* ---- Stages ---- */

enum rc stage_tokens(struct portion *p)
{
    size_t bytes_max = p->thread->pass->object_options->record_bytes_max;
    if (bytes_max > STAGE1_BYTES_MAX)
        bytes_max = STAGE1_BYTES_MAX;
    for (size_t i = 0; i < p->count; i++) {
        struct view text = p->documents[i].text;
        struct stage1_tokens tokens;
        if (!p->documents[i].is_json)
            continue;
        if (stage1_run(p->stage1, text.data, text.size, bytes_max, &tokens) == STAGE1_NO_MEMORY)
            return no_memory(p);
        p->sum += tokens.count;
    }
    return RC_OK;
}

enum rc stage_parse(struct portion *p)
{
    for (size_t i = 0; i < p->count; i++) {
        struct json_value root;
        if (!p->documents[i].is_json)
            continue;
        TRY(json_parse(p->parser, p->documents[i].text, &root, &p->thread->err));
        p->sum += root.raw.size;
    }
    return RC_OK;
}

/* Of sound records, all of whose bytes are looked at. */
enum rc stage_repair(struct portion *p)
{
    for (size_t i = 0; i < p->count; i++) {
        struct flaw_strings strings = {0};
        if (p->documents[i].is_json)
            p->sum += p->find_flaw(p->documents[i].text, 0, &strings);
    }
    return RC_OK;
}

/* What a glance does not decide is left to parse, walk and interpret. */
enum rc stage_glance(struct portion *p)
{
    struct event_context context = {.source_object = p->object->object->name};
    p->glanced_count = 0;
    for (size_t i = 0; i < p->count; i++) {
        struct record record;
        struct event event;
        if (!p->documents[i].is_json ||
            !record_glance(&p->record_glancer, p->documents[i].text, &record))
            continue;
        context.account_id = record.account_id;
        context.region = record.region;
        context.log_group = record.log_group;
        context.log_stream = record.log_stream;
        for (size_t e = 0; e < p->record_glancer.count; e++)
            p->sum +=
                glance_event(&p->glancer, &p->record_glancer.entries[e].glimpse, &context, &event);
        p->glanced_count += p->record_glancer.count;
    }
    return RC_OK;
}

static struct portion_event *new_event(struct portion *p)
{
    if (!ARRAY_HAS_ROOM(p->events, p->events_count, p->events_capacity, 1024))
        return NULL;
    return &p->events[p->events_count++];
}

static enum rc read_events(struct portion *p, const struct json_parser *parser,
                           const struct record *record, const struct event_context *context)
{
    struct json_cursor c = json_open(parser, record->events);
    struct json_value entry;
    for (int32_t i = 0; json_next_element(parser, &c, &entry); i++) {
        struct portion_event *e = new_event(p);
        if (e == NULL)
            return no_memory(p);
        e->context = *context;
        e->context.event_index = i;
        /* What is no event takes no further part. */
        p->events_count -= !record_event(parser, &entry, p->cpu, &p->strings, &e->raw);
    }
    return RC_OK;
}

/* A line, or a document that is no record: one event, its message the text. */
static enum rc lone_event(struct portion *p, struct view message, bool is_foreign,
                          const struct event_context *context)
{
    struct portion_event *e = new_event(p);
    if (e == NULL)
        return no_memory(p);
    e->context = *context;
    e->raw = (struct raw_event){.message = message, .is_foreign = is_foreign};
    return RC_OK;
}

enum rc stage_events(struct portion *p)
{
    struct event_context context = {.source_object = p->object->object->name};
    for (size_t i = 0; i < p->count; i++) {
        struct record record;
        context.record_index = (int32_t)i;
        if (!p->documents[i].is_json) {
            TRY(lone_event(p, p->documents[i].text, false, &context));
            continue;
        }
        record_open(p->parsers[i], p->roots[i], p->cpu, &p->strings, &record);
        context.account_id = record.account_id;
        context.region = record.region;
        context.log_group = record.log_group;
        context.log_stream = record.log_stream;
        if (record.kind == DOCUMENT_RECORD)
            TRY(read_events(p, p->parsers[i], &record, &context));
        else if (record.kind == DOCUMENT_FOREIGN)
            TRY(lone_event(p, p->roots[i].raw, true, &context));
    }
    return RC_OK;
}

enum rc stage_unescape(struct portion *p)
{
    for (size_t i = 0; i < p->insides_count; i++)
        p->sum += p->unescape(p->unescaped.data, p->insides[i]);
    return RC_OK;
}

enum rc stage_interpret(struct portion *p)
{
    struct event event;
    for (size_t i = 0; i < p->events_count; i++) {
        struct portion_event *e = &p->events[i];
        TRY(interpret_event(p->interpreter, &e->raw, &e->context, &event));
        p->sum += event.kind;
    }
    return RC_OK;
}

enum rc stage_mask(struct portion *p)
{
    struct mask_span spans[MASK_SPANS_MAX];
    for (size_t i = 0; i < p->titles_count; i++)
        p->sum += mask_find(p->mask_map, p->titles[i], spans);
    return RC_OK;
}

enum rc stage_pack(struct portion *p)
{
    const uint32_t *ids = (const uint32_t *)(const void *)p->ids.data;
    size_t count = p->ids.size / sizeof(*ids);
    buf_clear(&p->packed);
    encode_hybrid(&p->pack, &p->packed, ids, count, bit_width(SEVERITY_FATAL));
    p->sum += p->packed.size;
    return buf_failed(&p->packed) ? no_memory(p) : RC_OK;
}

enum rc stage_group(struct portion *p)
{
    for (; p->next_group < p->events_count; p->next_group++) {
        struct portion_event *e = &p->events[p->next_group];
        if (e->is_row)
            TRY(groups_add(p->groups, &e->event));
    }
    return RC_OK;
}

enum rc stage_columns(struct portion *p)
{
    for (; p->next_row < p->events_count; p->next_row++) {
        const struct portion_event *e = &p->events[p->next_row];
        if (e->is_row)
            TRY(rows_add(p->rows, &e->event, e->folder));
    }
    return RC_OK;
}

/* ---- Between stages ---- */

enum rc prepare_parsed(struct portion *p)
{
    buf_clear(&p->strings);
    if (!buf_reserve(&p->strings, p->bytes))
        return no_memory(p);
    for (size_t i = 0; i < p->count; i++) {
        if (p->documents[i].is_json)
            TRY(json_parse(p->parsers[i], p->documents[i].text, &p->roots[i], &p->thread->err));
    }
    return RC_OK;
}

static enum rc add_inside(struct portion *p, struct view inside)
{
    if (!ARRAY_HAS_ROOM(p->insides, p->insides_count, p->insides_capacity, 1024))
        return no_memory(p);
    p->insides[p->insides_count++] = inside;
    p->insides_bytes += inside.size;
    return buf_reserve(&p->unescaped, inside.size) ? RC_OK : no_memory(p);
}

static enum rc insides_of_entry(struct portion *p, const struct json_parser *parser,
                                struct json_value entry)
{
    struct json_value key, value;
    if (entry.type != JSON_OBJECT)
        return RC_OK;
    struct json_cursor c = json_open(parser, entry);
    while (json_next_member(parser, &c, &key, &value)) {
        if (value.type != JSON_STRING || !json_string_equals(key, VIEW("message")))
            continue;
        struct view inside = view_slice(value.raw, 1, value.raw.size - 1);
        if (view_has_byte(inside, '\\'))
            TRY(add_inside(p, inside));
    }
    return RC_OK;
}

static enum rc insides_of_record(struct portion *p, const struct json_parser *parser,
                                 struct json_value root)
{
    struct json_value key, value, entry;
    struct json_cursor members = json_open(parser, root);
    while (json_next_member(parser, &members, &key, &value)) {
        if (value.type != JSON_ARRAY || !json_string_equals(key, VIEW("logEvents")))
            continue;
        struct json_cursor c = json_open(parser, value);
        while (json_next_element(parser, &c, &entry))
            TRY(insides_of_entry(p, parser, entry));
    }
    return RC_OK;
}

enum rc prepare_insides(struct portion *p)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->documents[i].is_json)
            TRY(insides_of_record(p, p->parsers[i], p->roots[i]));
    }
    return RC_OK;
}

/* The texts of an event are gone with the next one: these stay. */
static bool keep_texts(struct portion *p, struct event *e)
{
    for (uint64_t left = e->present; left != 0; left &= left - 1) {
        enum column c = (enum column)__builtin_ctzll(left);
        if (column_info[c].type != TYPE_TEXT && column_info[c].type != TYPE_JSON)
            continue;
        e->cell[c].text = arena_copy(&p->kept, e->cell[c].text);
        if (view_is_null(e->cell[c].text))
            return false;
    }
    return true;
}

static enum rc add_title(struct portion *p, const struct event *e)
{
    struct view title = view_trim(event_text(e, COL_TITLE));
    if (title.size > MASK_TEXT_BYTES_MAX)
        title = view_slice(title, 0, MASK_TEXT_BYTES_MAX);
    if (title.size == 0)
        return RC_OK;
    if (!ARRAY_HAS_ROOM(p->titles, p->titles_count, p->titles_capacity, 1024))
        return no_memory(p);
    p->titles[p->titles_count] = arena_copy(&p->kept, title);
    if (view_is_null(p->titles[p->titles_count]))
        return no_memory(p);
    p->titles_bytes += p->titles[p->titles_count++].size;
    return RC_OK;
}

enum rc prepare_kept(struct portion *p)
{
    arena_reset(&p->kept);
    buf_clear(&p->ids);
    for (size_t i = 0; i < p->events_count; i++) {
        struct event event;
        TRY(interpret_event(p->interpreter, &p->events[i].raw, &p->events[i].context, &event));
        TRY(add_title(p, &event));
        const uint32_t id = event.severity;
        buf_append(&p->ids, &id, sizeof(id));
    }
    if (buf_failed(&p->ids))
        return no_memory(p);
    return RC_OK;
}

enum rc prepare_rows(struct portion *p)
{
    char key_day[11];
    object_day(p->object->object, key_day);
    arena_reset(&p->kept);
    for (size_t i = 0; i < p->events_count; i++) {
        struct portion_event *e = &p->events[i];
        TRY(interpret_event(p->interpreter, &e->raw, &e->context, &e->event));
        e->is_row = !e->event.is_ignored;
        e->folder = arena_copy(&p->kept, partitioner_folder(p->partitioner, &e->event, key_day));
        if (!keep_texts(p, &e->event) || view_is_null(e->folder))
            return no_memory(p);
    }
    return RC_OK;
}

enum rc prepare_fingerprints(struct portion *p)
{
    for (size_t i = 0; i < p->events_count; i++) {
        struct event *e = &p->events[i].event;
        if (!event_has(e, COL_FINGERPRINT))
            continue;
        if (!groups_name(p->groups, e))
            return no_memory(p);
        e->cell[COL_FINGERPRINT].text = arena_copy(&p->kept, event_text(e, COL_FINGERPRINT));
        if (view_is_null(event_text(e, COL_FINGERPRINT)))
            return no_memory(p);
    }
    return RC_OK;
}
