#include "planning.h"

#include "commit/replacement.h"
#include "limits.h"
#include "plan/shards.h"
#include "shapes.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- Objects ---- */

static void on_skip(void *context, struct view name, const char *why)
{
    const struct job *j = context;
    job_notice(j, 1, "not read: %.*s (%s)", (int)name.size, name.data, why);
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

enum rc planning_discover(struct job *j, struct err *err)
{
    struct discover_options d = options_discovery(j->options);
    d.on_skip = on_skip;
    d.context = j;
    if (j->options->is_watching)
        d.settled_ns = now_ns() - j->options->settle_ms * 1000000;
    TRY(discover(&d, &j->objects, err));
    const struct discover_skips *skips = &j->objects.skips;
    uint64_t left = skips->temporary + skips->empty + skips->not_regular + skips->excluded;
    if (left > 0 && !j->is_second)
        job_notice(j, 0,
                   "%" PRIu64 " %s: %" PRIu64 " temporary, %" PRIu64 " empty, %" PRIu64
                   " not regular, %" PRIu64 " excluded (-v names them)",
                   left, left == 1 ? "file is not an object" : "files are not objects",
                   skips->temporary, skips->empty, skips->not_regular, skips->excluded);
    j->outcome->unsettled = skips->unsettled;
    if (j->objects.count == 0 && j->options->is_watching)
        return RC_OK;
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
    snprintf(j->after, sizeof(j->after), "%s", j->held.success);
    j->generation = j->held.head.generation + 1;
    j->number_base = (uint32_t)j->held.head.batches;
    size_t seen = j->objects.count;
    TRY(drop_held(j, err));
    j->outcome->was_done = j->objects.count == 0;
    if (!j->outcome->was_done)
        job_notice(j, 0, "%s holds %zu of these objects; adding %zu", j->place.out,
                   seen - j->objects.count, j->objects.count);
    return RC_OK;
}

static enum rc inspect_out(struct job *j, enum out_state *ret, struct err *err)
{
    TRY(out_inspect(j->place.out, ret, &j->held, err));
    if (*ret == OUT_FOREIGN)
        return err_set(err, RC_USAGE,
                       "%s: holds something that is not millrace's; choose another folder for -o",
                       j->place.out);
    return RC_OK;
}

enum rc planning_leave_held(struct job *j, struct err *err)
{
    enum out_state state;
    TRY(inspect_out(j, &state, err));
    return state == OUT_ABSENT || j->options->is_forced ? RC_OK : go_on_from_held(j, err);
}

/* ---- Batches ---- */

/* What the plan asks of a large object's head. */
struct cut_context {
    struct job *job;
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
    if (c->job->file != NULL) {
        *ret_cut = o->cut;
        return RC_OK;
    }
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
    c->job->objects.objects[o - c->job->objects.objects].cut = *ret_cut;
    return RC_OK;
}

static enum rc make_plan(struct job *j, struct err *err)
{
    struct buf text = {0};
    job_append_options(j, &text);
    if (j->after[0] != '\0')
        buf_printf(&text, "after=%s\n", j->after);
    struct cut_context c = {.job = j};
    c.unwrapper = unwrap_new(MEMBER_BYTES_MAX, ignore_damage, NULL);
    enum rc rc = RC_OK;
    if (buf_failed(&text) || c.unwrapper == NULL)
        rc = err_set(err, RC_NO_MEMORY, "no memory for the plan");
    struct plan_options options = {
        .text = buf_view(&text),
        .number_base = j->number_base,
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

/* ---- Plans on disk ---- */

enum rc planning_load(struct job *j, struct err *err)
{
    const struct plan_head *head = &j->file->head;
    struct discover_options d = options_discovery(j->options);
    TRY(plan_file_objects(j->file, &d, &j->objects, err));
    TRY(place_check_apart(&j->place, &j->objects, err));
    snprintf(j->after, sizeof(j->after), "%s", head->after);
    j->generation = head->generation;
    j->number_base = (uint32_t)head->number_base;
    TRY(planning_cut(j, err));
    if (strcmp(j->plan.hash, head->plan) != 0)
        return err_set(err, RC_USAGE,
                       "the plan is damaged: its objects are not those it was "
                       "made with; make it with millrace plan");
    return RC_OK;
}

enum rc planning_match_out(struct job *j, struct err *err)
{
    enum out_state state;
    TRY(inspect_out(j, &state, err));
    if (state == OUT_MILLRACE && strcmp(j->held.head.plan, j->plan.hash) == 0) {
        j->outcome->was_done = true;
        return RC_OK;
    }
    j->is_incremental = j->after[0] != '\0';
    if (!j->is_incremental && (state == OUT_ABSENT || j->options->is_forced))
        return RC_OK;
    if (!j->is_incremental)
        return err_set(err, RC_USAGE,
                       "%s: holds a finished run, which this plan does not go on from; choose "
                       "another -o, plan with --after %s, or --force to build it anew",
                       j->place.out, j->place.out);
    if (state == OUT_ABSENT || strcmp(j->after, j->held.success) != 0)
        return err_set(err, RC_USAGE,
                       "%s: does not hold what it held when the plan was made; plan again with "
                       "--after %s",
                       j->place.out, j->place.out);
    return RC_OK;
}

/* --baseline as an absolute path: who reads the plan may stand elsewhere. */
static enum rc list_arguments(const struct job *j, const char **ret, char baseline[PATH_MAX],
                              struct err *err)
{
    const struct options *o = j->options;
    for (size_t i = 0; i < o->arguments_count; i++)
        ret[i] = o->arguments[i];
    if (o->baseline == NULL)
        return RC_OK;
    if (realpath(o->baseline, baseline) == NULL)
        return err_errno_named(err, "%s: cannot be found", o->baseline);
    for (size_t i = 0; i < o->arguments_count; i += 2) {
        if (strcmp(ret[i], "baseline") == 0)
            ret[i + 1] = baseline;
    }
    return RC_OK;
}

static enum rc write_plan(const struct job *j, struct file_writer *file, struct err *err)
{
    const char *arguments[PLAN_ARGUMENTS_MAX];
    char baseline[PATH_MAX];
    TRY(list_arguments(j, arguments, baseline, err));
    struct plan_contents c = {.objects = &j->objects,
                              .arguments = arguments,
                              .arguments_count = j->options->arguments_count,
                              .rules = j->rules != NULL ? rules_text(j->rules) : VIEW_NULL};
    if (j->redact_rules != NULL)
        c.redact = redact_rules_text(j->redact_rules);
    snprintf(c.head.plan, sizeof(c.head.plan), "%s", j->plan.hash);
    snprintf(c.head.options, sizeof(c.head.options), "%s", j->options_hash);
    snprintf(c.head.after, sizeof(c.head.after), "%s", j->after);
    snprintf(c.head.program, sizeof(c.head.program), "%s", job_program());
    c.head.shards = j->options->shards;
    c.head.generation = j->generation;
    c.head.number_base = j->number_base;
    return plan_file_write(file, &c, err);
}

enum rc planning_write(struct job *j, struct err *err)
{
    struct replacement plan;
    TRY(replacement_begin(&plan, j->options->plan_path, err));
    return replacement_end(&plan, write_plan(j, plan.file, err), err);
}

static enum rc write_aside(const struct job *j, const char *aside, struct err *err)
{
    struct file_writer *file;
    TRY(file_writer_open(j->place.work, aside, &file, err));
    enum rc rc = write_plan(j, file, err);
    if (rc == RC_OK)
        return file_writer_close(file, NULL, NULL, err);
    file_writer_abandon(file);
    return rc;
}

enum rc planning_save(struct job *j, struct err *err)
{
    int work = j->place.work;
    char aside[JOURNAL_NAME_BYTES];
    bool is_there;
    TRY(path_exists(work, PLACE_PLAN, &is_there, err));
    if (is_there)
        return RC_OK;
    /* As a second name where that can be: of many shards that begin at once none
     * writes a large plan again. */
    if (j->file != NULL &&
        linkat(AT_FDCWD, j->file->path, work, PLACE_PLAN, AT_SYMLINK_FOLLOW) == 0)
        return folder_sync(work, ".", err);
    TRY(journal_name_aside(aside, PLACE_PLAN, err));
    enum rc rc = write_aside(j, aside, err);
    if (rc == RC_OK && linkat(work, aside, work, PLACE_PLAN, 0) != 0 && errno != EEXIST)
        rc = err_errno_at(err, work, PLACE_PLAN, "cannot save the plan");
    unlinkat(work, aside, 0);
    return rc == RC_OK ? folder_sync(work, ".", err) : rc;
}

/* ---- For people ---- */

static enum rc print_balance(const struct job *j, struct err *err)
{
    const struct plan *plan = &j->plan;
    uint32_t shards = j->options->shards;
    struct shards_balance balance = {0};
    uint32_t *shard = calloc(plan->count + 1, sizeof(*shard));
    if (shard == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to share out the batches");
    enum rc rc = shards_assign(plan, shards, shard, err);
    if (rc == RC_OK)
        rc = shards_weigh(plan, shards, shard, &balance, err);
    free(shard);
    TRY(rc);
    double mean = (double)balance.cost_total / shards;
    printf("shards    %" PRIu32 ", the largest has %.3f times the mean", shards,
           mean > 0 ? (double)balance.cost_max / mean : 1.0);
    if (balance.empty > 0)
        printf("; %" PRIu64 " of them have nothing to do", balance.empty);
    printf("\n");
    return RC_OK;
}

static void print_object(const struct object *o, const char *shape, struct buf *line)
{
    buf_clear(line);
    char day[11];
    object_day(o, day);
    buf_printf(line, "%12" PRIu64 "  %-10s  ", o->size, day);
    if (shape != NULL)
        buf_printf(line, "%-38s  ", shape);
    text_for_terminal(line, o->name);
    printf("%.*s\n", (int)line->size, line->data);
}

/* `shapes` is NULL where nobody wants to know. */
static enum rc print_objects(const struct job *j, struct shapes *shapes, struct err *err)
{
    if (shapes == NULL && j->options->verbose == 0)
        return RC_OK;
    struct buf line = {0};
    enum rc rc = RC_OK;
    for (size_t i = 0; i < j->objects.count && rc == RC_OK; i++) {
        const struct object *o = &j->objects.objects[i];
        const char *shape = o->is_pruned ? "pruned" : NULL;
        if (!o->is_pruned && shapes != NULL)
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
    if (j->options->shards > 1)
        TRY(print_balance(j, err));
    if (!j->options->is_dry_run)
        return print_objects(j, NULL, err);
    struct shapes *shapes = shapes_new(j->cpu);
    if (shapes == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to look at objects");
    enum rc rc = print_objects(j, shapes, err);
    if (rc == RC_OK)
        shapes_print(shapes);
    shapes_free(shapes);
    return rc;
}
