#include "recount.h"

#include "commit/line_file.h"
#include "commit/verify_sums.h"
#include "input/source.h"
#include "object.h"
#include "plan/discover.h"
#include "util/array.h"
#include "util/tasks.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NAMES_BYTES_MAX ((size_t)8 << 30)

/* An object of objects.ndjson, and what became of it. */
struct held {
    struct view name;
    uint64_t size;
    uint64_t spans;              /* lines of quarantine.ndjson */
    const struct object *object; /* as it lies below the sources now; NULL: not to be read */
    char *problem;               /* NULL: none */
    bool is_unread;              /* the problem is that it cannot be read */
};

/* What one thread reads with. */
struct counter_thread {
    struct object_sink sink;
    struct object_reader *reader;
    struct source source;
    struct ledger ledger;
    uint64_t spans; /* of the object at hand */
};

struct recounter {
    const struct recount *r;
    struct verify_summary *summary;
    struct discovery found;
    struct arena names;
    struct held *held; /* sorted by name */
    size_t count, capacity;
    const struct object **sorted; /* found, by name */
    uint64_t unread;              /* objects of OUT that are gone, changed, or not of the sample */
    struct interpret_options interpret;
    struct object_options object_options;
    struct giant_slot *slot;
    struct counter_thread *threads;
    unsigned threads_count;
};

static void tell(struct recounter *k, struct view name, const char *what)
{
    verify_tell(k->r->verify, k->summary, name, what);
}

/* ---- What OUT lists ---- */

static enum rc add_held(struct recounter *k, struct view name, uint64_t size, struct err *err)
{
    if (!ARRAY_HAS_ROOM(k->held, k->count, k->capacity, 256))
        return err_set(err, RC_NO_MEMORY, "no memory for the list of objects");
    struct view copy = arena_copy(&k->names, name);
    if (view_is_null(copy))
        return err_set(err, RC_NO_MEMORY, "no memory for the list of objects");
    k->held[k->count++] = (struct held){.name = copy, .size = size};
    return RC_OK;
}

static int by_held_name(const void *a, const void *b)
{
    return view_compare(((const struct held *)a)->name, ((const struct held *)b)->name);
}

static int by_object_name(const void *a, const void *b)
{
    const struct object *const *x = a, *const *y = b;
    return view_compare((*x)->name, (*y)->name);
}

static int name_to_held(const void *key, const void *entry)
{
    return view_compare(*(const struct view *)key, ((const struct held *)entry)->name);
}

static enum rc on_object_line(struct recounter *k, struct line_file *f, struct json_value line,
                              struct err *err)
{
    struct view name;
    uint64_t size;
    if (f->number == 1 || !line_text(f, line, "name", &name) ||
        !line_number(f, line, "size", &size))
        return RC_OK;
    return add_held(k, name, size, err);
}

static enum rc on_span_line(struct recounter *k, struct line_file *f, struct json_value line,
                            struct err *err)
{
    struct view name;
    (void)err;
    if (k->count == 0 || !line_text(f, line, "object", &name))
        return RC_OK;
    struct held *held = bsearch(&name, k->held, k->count, sizeof(*k->held), name_to_held);
    if (held != NULL)
        held->spans++;
    return RC_OK;
}

typedef enum rc line_fn(struct recounter *k, struct line_file *f, struct json_value line,
                        struct err *err);

/* Lines of another form are passed over: verify_out() has told of them. */
static enum rc read_list(struct recounter *k, int folder, const char *name, line_fn *on_line,
                         struct err *err)
{
    struct line_file f;
    struct json_value line;
    enum rc rc = line_file_open(&f, folder, name, err);
    if (rc != RC_OK)
        return rc == RC_END || rc == RC_BAD_INPUT ? RC_OK : rc;
    while ((rc = line_file_next(&f, &line, err)) == RC_OK || rc == RC_BAD_INPUT) {
        if (rc == RC_OK && (rc = on_line(k, &f, line, err)) != RC_OK)
            break;
    }
    line_file_close(&f);
    return rc == RC_END ? RC_OK : rc;
}

static enum rc read_held(struct recounter *k, struct err *err)
{
    const char *out = k->r->verify->out;
    int folder = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return err_errno(err, "%s: cannot open the folder", out);
    enum rc rc = read_list(k, folder, "objects.ndjson", on_object_line, err);
    if (rc == RC_OK && k->count > 0)
        qsort(k->held, k->count, sizeof(*k->held), by_held_name);
    if (rc == RC_OK)
        rc = read_list(k, folder, "quarantine.ndjson", on_span_line, err);
    close(folder);
    return rc;
}

/* ---- What lies below the sources ---- */

static enum rc find_objects(struct recounter *k, struct err *err)
{
    struct discover_options d = options_discovery(k->r->options);
    TRY(discover(&d, &k->found, err));
    if (k->found.pruned_bytes != k->r->ledger->stored_bytes.skipped)
        return err_set(err, RC_USAGE,
                       "the run left out %" PRIu64 " bytes of objects by --since and --until, "
                       "this leaves out %" PRIu64 "; give the run's --since, --until and --late",
                       k->r->ledger->stored_bytes.skipped, k->found.pruned_bytes);
    k->sorted = calloc(k->found.count + 1, sizeof(*k->sorted));
    if (k->sorted == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory for the list of objects");
    for (size_t i = 0; i < k->found.count; i++)
        k->sorted[i] = &k->found.objects[i];
    if (k->found.count > 0)
        qsort(k->sorted, k->found.count, sizeof(*k->sorted), by_object_name);
    return RC_OK;
}

static void match_one(struct recounter *k, struct held *held, const struct object *object)
{
    char text[128];
    const struct verify_part *sample = &k->r->verify->sample;
    assert(held != NULL || object != NULL);
    if (!verify_part_takes(sample, held != NULL ? held->name : object->name)) {
        k->unread += held != NULL;
    } else if (held == NULL) {
        tell(k, object->name, "is below the sources, but not in objects.ndjson");
    } else if (object == NULL) {
        k->unread++;
        tell(k, held->name, "is in objects.ndjson, but not below the sources");
    } else if (object->size != held->size) {
        k->unread++;
        snprintf(text, sizeof(text), "holds %" PRIu64 " bytes, objects.ndjson says %" PRIu64,
                 object->size, held->size);
        tell(k, held->name, text);
    } else if (!object->is_pruned) {
        held->object = object;
    }
}

static bool some_match(const struct recounter *k)
{
    for (size_t h = 0, f = 0; h < k->count && f < k->found.count;) {
        int order = view_compare(k->held[h].name, k->sorted[f]->name);
        if (order == 0)
            return true;
        h += order < 0;
        f += order > 0;
    }
    return false;
}

static enum rc match(struct recounter *k, struct err *err)
{
    if (k->count > 0 && !some_match(k))
        return err_set(err, RC_USAGE,
                       "none of the objects of %s, such as %.*s, lies below the sources; name "
                       "what the run read",
                       k->r->verify->out, (int)k->held[0].name.size, k->held[0].name.data);
    for (size_t h = 0, f = 0; h < k->count || f < k->found.count;) {
        struct held *held = h < k->count ? &k->held[h] : NULL;
        const struct object *object = f < k->found.count ? k->sorted[f] : NULL;
        int order = held == NULL ? 1 : object == NULL ? -1 : view_compare(held->name, object->name);
        match_one(k, order <= 0 ? held : NULL, order >= 0 ? object : NULL);
        h += order <= 0;
        f += order >= 0;
    }
    return RC_OK;
}

/* ---- Reading ---- */

static enum rc on_event(void *context, struct event *event, struct err *err)
{
    struct counter_thread *t = context;
    (void)err;
    t->ledger.events.rows++;
    t->ledger.kinds[event->kind]++;
    return RC_OK;
}

static enum rc on_damage(void *context, const struct quarantine_span *span, struct err *err)
{
    struct counter_thread *t = context;
    (void)span;
    (void)err;
    t->spans++;
    return RC_OK;
}

static enum rc set_problem(struct held *held, const char *text, struct err *err)
{
    held->problem = strdup(text);
    return held->problem != NULL ? RC_OK
                                 : err_set(err, RC_NO_MEMORY, "no memory for a line of text");
}

static enum rc count_open(struct counter_thread *t, struct held *held, struct err *err)
{
    struct object_input in = {
        .name = held->name, .bytes = t->source.bytes, .range = {0, held->size, false}};
    struct object_chain chain;
    bool is_damaged;
    t->spans = 0;
    TRY(object_read(t->reader, &in, &t->ledger, &chain, &is_damaged, err));
    t->ledger.objects.total++;
    t->ledger.objects.clean += !is_damaged;
    t->ledger.objects.damaged += is_damaged;
    if (t->spans == held->spans)
        return RC_OK;
    char text[128];
    snprintf(text, sizeof(text),
             "shows %" PRIu64 " damaged spans, quarantine.ndjson lists %" PRIu64, t->spans,
             held->spans);
    return set_problem(held, text, err);
}

static enum rc count_object(void *context, size_t index, unsigned thread, struct err *err)
{
    struct recounter *k = context;
    struct counter_thread *t = &k->threads[thread];
    struct held *held = &k->held[index];
    char path[PATH_MAX];
    struct err why;
    if (held->object == NULL)
        return RC_OK;
    if (!object_path(&k->found, held->object, path, sizeof(path)))
        return err_set(err, RC_FAILED, "%.*s: the path is too long", (int)held->name.size,
                       held->name.data);
    struct source_range range = {path, held->size, 0, held->size};
    enum rc rc = source_open(&t->source, &range, &why);
    if (rc == RC_NO_MEMORY)
        return err_set(err, rc, "%s", why.text);
    held->is_unread = rc == RC_IO;
    if (rc != RC_OK)
        return set_problem(held, why.text, err);
    rc = count_open(t, held, err);
    if (rc == RC_OK && source_check(&t->source) != SOURCE_SOUND)
        rc = set_problem(held, "changed while it was read", err);
    source_close(&t->source);
    return rc;
}

static enum rc thread_init(struct recounter *k, struct counter_thread *t, struct err *err)
{
    ledger_init(&t->ledger);
    t->sink = (struct object_sink){.context = t, .on_event = on_event, .on_damage = on_damage};
    t->reader = object_reader_new(&k->object_options, k->slot, &t->sink);
    return t->reader != NULL ? RC_OK
                             : err_set(err, RC_NO_MEMORY, "no memory to begin; try a smaller -j");
}

static enum rc count_objects(struct recounter *k, struct err *err)
{
    const struct options *o = k->r->options;
    k->interpret = (struct interpret_options){.raw = o->raw,
                                              .ignore_codes = o->ignore_codes,
                                              .ignore_codes_count = o->ignore_codes_count};
    k->object_options = (struct object_options){.interpret = &k->interpret,
                                                .record_bytes_max = o->record_bytes_max,
                                                .parses_all = true /* not as the run did */};
    if (!cpu_choose(&k->object_options.cpu))
        return err_set(err, RC_USAGE,
                       "MILLRACE_CPU names no kernels that can run here; this machine has %s",
                       cpu_name(k->object_options.cpu));
    k->slot = giant_slot_new(&k->object_options);
    k->threads_count = o->threads;
    if (k->threads_count > k->count)
        k->threads_count = k->count > 0 ? (unsigned)k->count : 1;
    k->threads = calloc(k->threads_count, sizeof(*k->threads));
    if (k->slot == NULL || k->threads == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to begin");
    for (unsigned i = 0; i < k->threads_count; i++)
        TRY(thread_init(k, &k->threads[i], err));
    return tasks_run(k->count, k->threads_count, count_object, k, err);
}

/* ---- Comparing ---- */

static void compare(struct recounter *k, const char *name, uint64_t stands, uint64_t counted)
{
    char text[160];
    if (stands == counted)
        return;
    snprintf(text, sizeof(text), "%s is %" PRIu64 ", the inputs give %" PRIu64, name, stands,
             counted);
    tell(k, VIEW("ledger.json"), text);
}

static void compare_ledgers(struct recounter *k, const struct ledger *counted)
{
    const struct ledger *l = k->r->ledger;
#define COMPARE(counter) compare(k, #counter, l->counter, counted->counter)
    COMPARE(objects.damaged);
    COMPARE(stored_bytes.parsed);
    COMPARE(stored_bytes.padding);
    COMPARE(stored_bytes.quarantined);
    COMPARE(decoded_bytes.total);
    COMPARE(decoded_bytes.records);
    COMPARE(decoded_bytes.separators);
    COMPARE(decoded_bytes.quarantined);
    COMPARE(records.total);
    COMPARE(records.data);
    COMPARE(records.control);
    COMPARE(records.unverified);
    COMPARE(records.quarantined);
    COMPARE(repaired_records);
    COMPARE(events.total);
    COMPARE(events.ignored);
    COMPARE(events.quarantined);
#undef COMPARE
    /* Which events the run's options left out cannot be known from OUT. */
    uint64_t left_out = l->events.filtered + l->events.duplicates;
    compare(k, left_out > 0 ? "events.rows with filtered and duplicates" : "events.rows",
            l->events.rows + left_out, counted->events.rows);
    for (enum kind kind = 0; left_out == 0 && kind < KIND_COUNT; kind++) {
        char name[64];
        snprintf(name, sizeof(name), "kinds.%s", kind_name(kind));
        compare(k, name, l->kinds[kind], counted->kinds[kind]);
    }
}

static enum rc compare_sums(struct recounter *k, struct err *err)
{
    struct ledger all;
    ledger_init(&all);
    bool is_whole = true;
    for (unsigned i = 0; i < k->threads_count; i++)
        is_whole &= ledger_add(&all, &k->threads[i].ledger);
    if (is_whole)
        compare_ledgers(k, &all);
    ledger_done(&all);
    return is_whole ? RC_OK : err_set(err, RC_NO_MEMORY, "no memory for the ledger");
}

static void tell_held(struct recounter *k, const struct held *held)
{
    struct err why;
    if (!held->is_unread) {
        tell(k, held->name, held->problem);
        return;
    }
    (void)err_set(&why, RC_IO, "%s", held->problem);
    verify_tell_unread(k->r->verify, k->summary, held->name, &why);
}

static enum rc recount(struct recounter *k, uint64_t *ret_objects, struct err *err)
{
    TRY(read_held(k, err));
    TRY(find_objects(k, err));
    TRY(match(k, err));
    TRY(count_objects(k, err));
    *ret_objects = 0;
    for (size_t i = 0; i < k->count; i++) {
        if (k->held[i].problem != NULL)
            tell_held(k, &k->held[i]);
        *ret_objects += k->held[i].object != NULL;
    }
    if (k->summary->unread > 0)
        return RC_OK;
    if (k->unread == 0)
        return compare_sums(k, err);
    if (k->r->verify->sample.parts < 2)
        k->r->on_notice(k->r->context, "objects are gone or of another size: the counts of "
                                       "ledger.json are not compared with the inputs");
    return RC_OK;
}

enum rc recount_objects(const struct recount *r, struct verify_summary *summary,
                        uint64_t *ret_objects, struct err *err)
{
    struct recounter k = {.r = r, .summary = summary};
    arena_init(&k.names, NAMES_BYTES_MAX);
    enum rc rc = recount(&k, ret_objects, err);
    for (unsigned i = 0; k.threads != NULL && i < k.threads_count; i++) {
        object_reader_free(k.threads[i].reader);
        source_done(&k.threads[i].source);
        ledger_done(&k.threads[i].ledger);
    }
    free(k.threads);
    giant_slot_free(k.slot);
    for (size_t i = 0; i < k.count; i++)
        free(k.held[i].problem);
    free(k.held);
    free(k.sorted);
    discovery_done(&k.found);
    arena_done(&k.names);
    return rc;
}
