#include "planning.h"

#include "limits.h"
#include "shapes.h"
#include "util/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Objects ---- */

static void on_skip(void *context, struct view name, const char *why)
{
    const struct job *j = context;
    job_notice(j, 1, "not read: %.*s (%s)", (int)name.size, name.data, why);
}

enum rc planning_discover(struct job *j, struct err *err)
{
    struct discover_options d = options_discovery(j->options);
    d.on_skip = on_skip;
    d.context = j;
    TRY(discover(&d, &j->objects, err));
    const struct discover_skips *skips = &j->objects.skips;
    uint64_t left = skips->temporary + skips->empty + skips->not_regular + skips->excluded;
    if (left > 0 && !j->is_second)
        job_notice(j, 0,
                   "%" PRIu64 " files are not objects: %" PRIu64 " temporary, %" PRIu64
                   " empty, %" PRIu64 " not regular, %" PRIu64 " excluded (-v names them)",
                   left, skips->temporary, skips->empty, skips->not_regular, skips->excluded);
    if (j->objects.count == 0)
        return err_set(err, RC_USAGE, "no objects in the source: is the bucket staged there?");
    return place_check_apart(&j->place, &j->objects, err);
}

static bool is_new(void *context, const struct object *o)
{
    const struct held *held = context;
    uint64_t size;
    return !held_find(held, o->name, &size);
}

/* Leaves only objects that no earlier generation holds. */
static enum rc drop_held(struct job *j, struct err *err)
{
    for (size_t i = 0; i < j->objects.count; i++) {
        const struct object *o = &j->objects.objects[i];
        uint64_t size;
        if (held_find(&j->held, o->name, &size) && size != o->size)
            return err_set(err, RC_USAGE,
                           "%.*s: had %" PRIu64 " bytes when %s was made and has %" PRIu64
                           " now; --force builds everything anew",
                           (int)o->name.size, o->name.data, size, j->place.out, o->size);
    }
    discovery_filter(&j->objects, is_new, &j->held);
    return RC_OK;
}

/* What to do beside a finished run: nothing, another generation, or refuse. */
static enum rc go_on_from_held(struct job *j, struct err *err)
{
    if (strcmp(j->held.head.options, j->options_hash) != 0)
        return err_set(err, RC_USAGE,
                       "%s: was made with other options, rules or another version; choose another "
                       "-o, or --force to build it anew",
                       j->place.out);
    j->is_incremental = true;
    size_t seen = j->objects.count;
    TRY(drop_held(j, err));
    j->outcome->was_done = j->objects.count == 0;
    if (!j->outcome->was_done)
        job_notice(j, 0, "%s holds %zu of these objects; adding %zu", j->place.out,
                   seen - j->objects.count, j->objects.count);
    return RC_OK;
}

enum rc planning_leave_held(struct job *j, struct err *err)
{
    enum out_state state;
    TRY(out_inspect(j->place.out, &state, &j->held, err));
    switch (state) {
    case OUT_ABSENT:
        return RC_OK;
    case OUT_FOREIGN:
        return err_set(err, RC_USAGE,
                       "%s: holds something that is not millrace's; choose another folder for -o",
                       j->place.out);
    case OUT_MILLRACE:
        return j->options->is_forced ? RC_OK : go_on_from_held(j, err);
    }
    return RC_OK;
}

/* ---- Batches ---- */

/* What the plan asks of a large object's head. */
struct cut_context {
    const struct job *job;
    struct unwrapper *unwrapper;
    struct source source;
};

static void ignore_damage(void *context, const struct damage *damage)
{
    (void)context;
    (void)damage;
}

static enum rc cut_of(void *context, const struct object *o, enum cut *ret_cut, struct err *err)
{
    struct cut_context *c = context;
    char path[PATH_MAX];
    if (!object_path(&c->job->objects, o, path, sizeof(path)))
        return err_set(err, RC_FAILED, "%.*s: the path is too long", (int)o->name.size,
                       o->name.data);
    struct source_range range = {path, o->size, 0, MEMBER_BYTES_MAX};
    TRY(source_open(&c->source, &range, err));
    switch (unwrap_head(c->unwrapper, c->source.bytes)) {
    case HEAD_PLAIN_JSON:
        *ret_cut = CUT_SEAMS;
        break;
    case HEAD_SMALL_MEMBERS:
        *ret_cut = CUT_MEMBERS;
        break;
    case HEAD_WHOLE:
        *ret_cut = CUT_NONE;
        break;
    }
    source_close(&c->source);
    return RC_OK;
}

static enum rc make_plan(struct job *j, struct err *err)
{
    struct buf text = {0};
    job_append_options(j, &text);
    if (j->is_incremental)
        buf_printf(&text, "after=%s\n", j->held.success);
    struct cut_context c = {.job = j};
    c.unwrapper = unwrap_new(MEMBER_BYTES_MAX, ignore_damage, NULL);
    enum rc rc = RC_OK;
    if (buf_failed(&text) || c.unwrapper == NULL)
        rc = err_set(err, RC_NO_MEMORY, "no memory for the plan");
    struct plan_options options = {
        .text = buf_view(&text),
        .number_base = j->is_incremental ? (uint32_t)j->held.head.batches : 0,
        .cut_of = cut_of,
        .context = &c,
    };
    if (rc == RC_OK)
        rc = plan_make(&j->objects, &options, &j->plan, err);
    source_done(&c.source);
    unwrap_free(c.unwrapper);
    buf_done(&text);
    return rc;
}

enum rc planning_cut(struct job *j, struct err *err)
{
    TRY(make_plan(j, err));
    j->outcome->objects = j->objects.count;
    j->outcome->batches = j->plan.count;
    j->todo = calloc(j->plan.count + 1, sizeof(*j->todo));
    if (j->todo == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory for the list of batches");
    if (j->options->dedupe)
        j->name_ranks = discovery_name_ranks(&j->objects);
    if (j->options->dedupe && j->name_ranks == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory for the order of names");
    return RC_OK;
}

static void print_object(const struct object *o, const char *shape, struct buf *line)
{
    buf_clear(line);
    buf_printf(line, "%12" PRIu64 "  %-10s  %-38s  ", o->size, o->day, shape);
    text_for_terminal(line, o->name);
    printf("%.*s\n", (int)line->size, line->data);
}

static enum rc print_objects(const struct job *j, struct shapes *shapes, struct err *err)
{
    struct buf line = {0};
    enum rc rc = RC_OK;
    for (size_t i = 0; i < j->objects.count && rc == RC_OK; i++) {
        const struct object *o = &j->objects.objects[i];
        const char *shape = "pruned";
        if (!o->is_pruned)
            rc = shapes_add(shapes, &j->objects, o, &shape, err);
        if (rc == RC_OK && j->options->verbose > 0)
            print_object(o, shape, &line);
    }
    buf_done(&line);
    return rc;
}

enum rc planning_print(const struct job *j, struct err *err)
{
    uint64_t slices = 0;
    for (size_t i = 0; i < j->plan.count; i++)
        slices += j->plan.batches[i].slice_count > 1;
    printf("plan      %s\nobjects   %zu, %" PRIu64 " bytes\npruned    %zu, %" PRIu64
           " bytes (by --since/--until)\nbatches   %zu of about %" PRIu64 " bytes, %" PRIu64
           " of them slices\n",
           j->plan.hash, j->objects.count, j->objects.bytes, j->objects.pruned_count,
           j->objects.pruned_bytes, j->plan.count, j->plan.target_bytes, slices);
    struct shapes *shapes = shapes_new(j->cpu);
    if (shapes == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to look at objects");
    enum rc rc = print_objects(j, shapes, err);
    if (rc == RC_OK)
        shapes_print(shapes);
    shapes_free(shapes);
    return rc;
}
