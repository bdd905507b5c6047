#include "bench/inputs.h"

#include "input/source.h"
#include "util/array.h"

#include <inttypes.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>

/* So many objects in a row that do not fit end the search for smaller ones. */
enum { MISSES_MAX = 8 };

/* What loads one object after the other. */
struct loader {
    struct inputs *in;
    const struct options *options;
    const struct bench_hooks *hooks;
    struct unwrapper *unwrapper;
    struct json_parser *parser;
    struct giant_slot *slot;
    struct object_sink sink;
    struct object_reader *reader;
    struct source source;
    struct ledger ledger;
    struct inflate_loop inflate;
    enum cpu cpu;
    uint64_t text_bytes_max;
};

static enum rc no_memory(struct err *err)
{
    return err_set(err, RC_NO_MEMORY, "no memory for the inputs; give a smaller --max-bytes");
}

/* Views into buffers that still grow hold an offset instead of an address. */
static struct view placed(size_t offset, size_t size)
{
    return (struct view){(const char *)(uintptr_t)offset, size};
}

static struct view settled(const struct buf *b, struct view v)
{
    return view_of(b->data + (uintptr_t)v.data, v.size);
}

static bool append_slack(struct buf *b)
{
    static const char zeros[INPUT_SLACK_BYTES];
    return buf_append(b, zeros, sizeof(zeros));
}

/* ---- Text ---- */

static void on_damage(void *context, const struct damage *damage)
{
    (void)context;
    (void)damage;
}

static bool add_run(struct inputs *in, size_t begin, enum text_form form)
{
    if (!ARRAY_HAS_ROOM(in->runs, in->runs_count, in->runs_capacity, 64))
        return false;
    in->runs[in->runs_count++] =
        (struct input_run){.text = placed(begin, in->text.size - begin), .form = form};
    return append_slack(&in->text);
}

/* RC_FULL where the text does not fit the bound. */
static enum rc load_text(struct loader *l, struct input_object *o, struct view stored,
                         struct err *err)
{
    struct inputs *in = l->in;
    struct text window;
    size_t begin = in->text.size;
    bool has_form = false;
    enum text_form form = TEXT_DOCUMENTS;
    enum rc rc;
    unwrap_begin(l->unwrapper, stored, (struct unwrap_range){0, stored.size, false}, 0);
    while ((rc = unwrap_next(l->unwrapper, &window, err)) == RC_OK || rc == RC_TOO_BIG) {
        if (!has_form && window.bytes.size > 0) {
            form = text_form_of(window.bytes, window.is_final, false, l->cpu);
            has_form = true;
        }
        if (in->text_bytes + o->text_bytes + window.bytes.size > l->text_bytes_max)
            return RC_FULL;
        if (!buf_append_view(&in->text, window.bytes))
            return no_memory(err);
        o->text_bytes += window.bytes.size;
        unwrap_consume(l->unwrapper, window.bytes.size);
        if (window.is_final && in->text.size > begin) {
            if (!add_run(in, begin, form))
                return no_memory(err);
            begin = in->text.size;
        }
    }
    return rc == RC_END ? RC_OK : rc;
}

/* ---- Records ---- */

static enum rc on_record(void *context, struct view text, struct err *err)
{
    struct loader *l = context;
    struct inputs *in = l->in;
    struct json_value root;
    if (!ARRAY_HAS_ROOM(in->documents, in->documents_count, in->documents_capacity, 64))
        return no_memory(err);
    struct input_document d = {.text = placed(in->records.size, text.size)};
    d.is_json = json_parse(l->parser, text, &root, NULL) == RC_OK && root.type == JSON_OBJECT;
    in->documents[in->documents_count++] = d;
    return buf_append_view(&in->records, text) ? RC_OK : no_memory(err);
}

static enum rc load_records(struct loader *l, struct view name, struct view stored, struct err *err)
{
    struct object_input in = {.name = name, .bytes = stored, .range = {0, stored.size, false}};
    struct object_chain chain;
    bool is_damaged;
    return object_read(l->reader, &in, &l->ledger, &chain, &is_damaged, err);
}

/* ---- Objects ---- */

/* What to go back to where an object does not fit. */
struct load_mark {
    size_t stored, text, records, runs, documents;
};

static struct load_mark mark_of(const struct inputs *in)
{
    return (struct load_mark){in->stored.size, in->text.size, in->records.size, in->runs_count,
                              in->documents_count};
}

static void go_back(struct inputs *in, const struct load_mark *to)
{
    in->stored.size = to->stored;
    in->text.size = to->text;
    in->records.size = to->records;
    in->runs_count = to->runs;
    in->documents_count = to->documents;
}

static enum rc load_forms(struct loader *l, struct input_object *o, struct err *err)
{
    struct inputs *in = l->in;
    struct view stored = l->source.bytes;
    o->runs_begin = in->runs_count;
    o->documents_begin = in->documents_count;
    TRY(load_text(l, o, stored, err));
    TRY(load_records(l, o->object->name, stored, err));
    o->runs_end = in->runs_count;
    o->documents_end = in->documents_count;
    o->stored = placed(in->stored.size, stored.size);
    inflate_loop_run(&l->inflate, stored, 0);
    if (!buf_append_view(&in->stored, stored) || !append_slack(&in->stored))
        return no_memory(err);
    return RC_OK;
}

/* RC_FULL where it does not fit. */
static enum rc load_object(struct loader *l, const struct object *object, struct err *err)
{
    struct inputs *in = l->in;
    char path[PATH_MAX];
    struct load_mark mark = mark_of(in);
    if (l->hooks->is_stopping(l->hooks->context))
        return RC_STOPPED;
    if (!ARRAY_HAS_ROOM(in->objects, in->objects_count, in->objects_capacity, 64))
        return no_memory(err);
    if (!object_path(&in->found, object, path, sizeof(path)))
        return err_set(err, RC_FAILED, "%.*s: the path is too long", (int)object->name.size,
                       object->name.data);
    /* Text is rarely shorter than what it is stored as. */
    if (in->text_bytes + object->size > l->text_bytes_max)
        return RC_FULL;
    struct input_object *o = &in->objects[in->objects_count];
    *o = (struct input_object){.object = object};
    struct source_range range = {.path = path, .size = object->size, .end = object->size};
    TRY(source_open(&l->source, &range, err));
    enum rc rc = load_forms(l, o, err);
    source_close(&l->source);
    if (rc != RC_OK) {
        go_back(in, &mark);
        return rc;
    }
    in->objects_count++;
    in->stored_bytes += object->size;
    in->text_bytes += o->text_bytes;
    return RC_OK;
}

static size_t common_divisor(size_t a, size_t b)
{
    while (b != 0) {
        size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Visits the objects in steps of about the golden section, so that those that
 * come first lie evenly over all of them. */
static enum rc load_objects(struct loader *l, struct err *err)
{
    struct inputs *in = l->in;
    size_t count = in->found.count, misses = 0;
    size_t step = count * 618 / 1000 + 1;
    while (common_divisor(step, count) != 1)
        step++;
    for (size_t i = 0, at = 0; i < count; i++, at = (at + step) % count) {
        const struct object *object = &in->found.objects[at];
        if (object->is_pruned)
            continue;
        enum rc rc = misses < MISSES_MAX ? load_object(l, object, err) : RC_FULL;
        if (rc != RC_OK && rc != RC_FULL)
            return rc;
        misses += rc == RC_FULL;
        in->left_out += rc == RC_FULL;
    }
    return RC_OK;
}

static int by_object(const void *a, const void *b)
{
    const struct input_object *x = a, *y = b;
    return (x->object > y->object) - (x->object < y->object);
}

static void settle(struct inputs *in)
{
    for (size_t i = 0; i < in->objects_count; i++)
        in->objects[i].stored = settled(&in->stored, in->objects[i].stored);
    for (size_t i = 0; i < in->runs_count; i++)
        in->runs[i].text = settled(&in->text, in->runs[i].text);
    for (size_t i = 0; i < in->documents_count; i++)
        in->documents[i].text = settled(&in->records, in->documents[i].text);
    if (in->objects_count > 0)
        qsort(in->objects, in->objects_count, sizeof(*in->objects), by_object);
}

static enum rc load(struct loader *l, struct err *err)
{
    struct inputs *in = l->in;
    struct discover_options d = options_discovery(l->options);
    TRY(discover(&d, &in->found, err));
    if (in->found.count == 0)
        return err_set(err, RC_USAGE, "no objects in the source: is the bucket staged there?");
    if (!inflate_loop_init(&l->inflate, MEMBER_BYTES_MAX) || l->unwrapper == NULL ||
        l->parser == NULL || l->slot == NULL || l->reader == NULL)
        return no_memory(err);
    TRY(load_objects(l, err));
    if (in->objects_count == 0 || in->text_bytes == 0)
        return err_set(err, RC_USAGE,
                       "no object's decoded text fits --max-bytes %" PRIu64 "; give a larger one",
                       l->text_bytes_max);
    for (unsigned i = 0; i < LAYERS_MAX; i++) {
        if (l->inflate.scratch[i].capacity > in->member_bytes_max)
            in->member_bytes_max = l->inflate.scratch[i].capacity;
    }
    if (!append_slack(&in->records))
        return no_memory(err);
    settle(in);
    return RC_OK;
}

enum rc inputs_load(struct inputs *in, const struct options *o,
                    const struct object_options *object_options, const struct bench_hooks *hooks,
                    struct err *err)
{
    *in = (struct inputs){0};
    struct loader l = {.in = in,
                       .options = o,
                       .hooks = hooks,
                       .cpu = object_options->cpu,
                       .text_bytes_max = o->bench.text_bytes_max};
    ledger_init(&l.ledger);
    l.sink = (struct object_sink){.context = &l, .on_record = on_record};
    l.unwrapper = unwrap_new(o->record_bytes_max + WINDOW_FILL_BYTES, on_damage, NULL);
    l.parser = json_parser_new(object_options->cpu, o->record_bytes_max);
    l.slot = giant_slot_new(object_options);
    if (l.slot != NULL)
        l.reader = object_reader_new(object_options, l.slot, &l.sink);
    enum rc rc = load(&l, err);
    inflate_loop_done(&l.inflate);
    object_reader_free(l.reader);
    giant_slot_free(l.slot);
    json_parser_free(l.parser);
    unwrap_free(l.unwrapper);
    source_done(&l.source);
    ledger_done(&l.ledger);
    return rc;
}

void inputs_done(struct inputs *in)
{
    free(in->objects);
    free(in->runs);
    free(in->documents);
    buf_done(&in->stored);
    buf_done(&in->text);
    buf_done(&in->records);
    discovery_done(&in->found);
    *in = (struct inputs){0};
}

void inputs_share(const struct inputs *in, unsigned number, unsigned threads, size_t *ret_begin,
                  size_t *ret_end)
{
    uint64_t from = in->text_bytes * number / threads;
    uint64_t to = in->text_bytes * (number + 1) / threads;
    uint64_t at = 0;
    *ret_begin = *ret_end = in->objects_count;
    for (size_t i = 0; i < in->objects_count; i++) {
        uint64_t middle = at + in->objects[i].text_bytes / 2;
        if (middle >= from && i < *ret_begin)
            *ret_begin = i;
        if (middle >= to && i < *ret_end)
            *ret_end = i;
        at += in->objects[i].text_bytes;
    }
    if (number + 1 == threads)
        *ret_end = in->objects_count;
    if (*ret_begin > *ret_end)
        *ret_begin = *ret_end;
}
