#include "run.h"

#include "commit/atomic_file.h"
#include "commit/finished.h"
#include "commit/merge.h"
#include "commit/place.h"
#include "dedupe.h"
#include "limits.h"
#include "util/text.h"
#include "version.h"
#include "worker.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

struct run_state {
    const struct options *options;
    const struct run_hooks *hooks;
    struct run_outcome *outcome;
    struct discovery objects;
    struct plan plan;
    struct place place;
    struct rules *rules;
    struct finished baseline; /* open where --baseline names one */
    struct hash128 baseline_checksum;
    bool is_incremental; /* OUT holds `held`, and gets another generation */
    struct held held;
    char options_hash[33];
    struct object_options object_options;
    struct interpret_options interpret_options;
    enum cpu cpu;
    uint32_t *name_ranks;             /* with --dedupe: one per object */
    const struct marked_rows *marked; /* of the batches that are read again for it */
    uint32_t *todo;                   /* plan->count indexes */
    size_t todo_count;
    uint64_t todo_bytes;
    atomic_bool stop;
    struct timespec began;
};

const char *run_created_by(void)
{
    return "millrace version " MILLRACE_VERSION " (build " MILLRACE_BUILD ")";
}

static void notice(const struct run_state *s, unsigned level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void notice(const struct run_state *s, unsigned level, const char *format, ...)
{
    struct err line;
    va_list args;
    va_start(args, format);
    vsnprintf(line.text, sizeof(line.text), format, args);
    va_end(args);
    if (s->hooks->on_notice != NULL)
        s->hooks->on_notice(s->hooks->context, level, line.text);
}

static double seconds_since(struct timespec *mark)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double s = (double)(now.tv_sec - mark->tv_sec) + (double)(now.tv_nsec - mark->tv_nsec) / 1e9;
    *mark = now;
    return s;
}

/* ---- Plan ---- */

static void on_skip(void *context, struct view name, const char *why)
{
    const struct run_state *s = context;
    notice(s, 1, "not read: %.*s (%s)", (int)name.size, name.data, why);
}

static enum rc make_discovery(struct run_state *s, struct err *err)
{
    struct discover_options d = options_discovery(s->options);
    d.on_skip = on_skip;
    d.context = s;
    TRY(discover(&d, &s->objects, err));
    const struct discover_skips *skips = &s->objects.skips;
    uint64_t left = skips->temporary + skips->empty + skips->not_regular + skips->excluded;
    if (left > 0)
        notice(s, 0,
               "%" PRIu64 " files are not objects: %" PRIu64 " temporary, %" PRIu64
               " empty, %" PRIu64 " not regular, %" PRIu64 " excluded (-v names them)",
               left, skips->temporary, skips->empty, skips->not_regular, skips->excluded);
    if (s->objects.count == 0)
        return err_set(err, RC_USAGE, "no objects in the source: is the bucket staged there?");
    return RC_OK;
}

/* What the plan asks of a large object's head. */
struct cut_context {
    const struct run_state *state;
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
    char path[4096];
    if (!object_path(&c->state->objects, o, path, sizeof(path)))
        return err_set(err, RC_FAILED, "%.*s: the path is too long", (int)o->name.size,
                       o->name.data);
    TRY(source_open(&c->source, path, o->size, 0, MEMBER_BYTES_MAX, err));
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

/* Everything but the objects that decides output bytes. */
static void append_options(const struct run_state *s, struct buf *text)
{
    buf_printf(text, "%s\nlibzstd=%s\n", run_created_by(), ZSTD_versionString());
    options_append_canonical(s->options, text);
    if (s->rules != NULL) {
        buf_append(text, "rules=\n", 7);
        buf_append_view(text, rules_text(s->rules));
    }
    if (s->baseline.report != NULL)
        buf_printf(text, "baseline=%016" PRIx64 "%016" PRIx64 "\n", s->baseline_checksum.high,
                   s->baseline_checksum.low);
}

static enum rc hash_options(struct run_state *s, struct err *err)
{
    struct buf text = {0};
    append_options(s, &text);
    enum rc rc = buf_failed(&text) ? err_set(err, RC_NO_MEMORY, "no memory for the plan") : RC_OK;
    struct hash128 h = hash128(buf_view(&text));
    snprintf(s->options_hash, sizeof(s->options_hash), "%016" PRIx64 "%016" PRIx64, h.high, h.low);
    buf_done(&text);
    return rc;
}

static enum rc make_plan(struct run_state *s, struct err *err)
{
    struct buf text = {0};
    append_options(s, &text);
    if (s->is_incremental)
        buf_printf(&text, "after=%s\n", s->held.success);
    struct cut_context c = {.state = s};
    c.unwrapper = unwrap_new(MEMBER_BYTES_MAX, ignore_damage, NULL);
    enum rc rc = RC_OK;
    if (buf_failed(&text) || c.unwrapper == NULL)
        rc = err_set(err, RC_NO_MEMORY, "no memory for the plan");
    struct plan_options options = {
        .text = buf_view(&text),
        .number_base = s->is_incremental ? (uint32_t)s->held.head.batches : 0,
        .cut_of = cut_of,
        .context = &c,
    };
    if (rc == RC_OK)
        rc = plan_make(&s->objects, &options, &s->plan, err);
    source_done(&c.source);
    unwrap_free(c.unwrapper);
    buf_done(&text);
    return rc;
}

static void print_plan(const struct run_state *s)
{
    uint64_t slices = 0;
    for (size_t i = 0; i < s->plan.count; i++)
        slices += s->plan.batches[i].slice_count > 1;
    printf("plan      %s\nobjects   %zu, %" PRIu64 " bytes\npruned    %zu, %" PRIu64
           " bytes (by --since/--until)\nbatches   %zu of about %" PRIu64 " bytes, %" PRIu64
           " of them slices\n",
           s->plan.hash, s->objects.count, s->objects.bytes, s->objects.pruned_count,
           s->objects.pruned_bytes, s->plan.count, s->plan.target_bytes, slices);
    if (s->options->verbose == 0)
        return;
    struct buf line = {0};
    for (size_t i = 0; i < s->objects.count; i++) {
        const struct object *o = &s->objects.objects[i];
        buf_clear(&line);
        buf_printf(&line, "%12" PRIu64 "  %-10s  %s", o->size, o->day,
                   o->is_pruned ? "pruned  " : "");
        text_for_terminal(&line, o->name);
        printf("%.*s\n", (int)line.size, line.data);
    }
    buf_done(&line);
}

/* ---- Batches ---- */

static void on_tick(void *context, const struct fanout *f)
{
    struct run_state *s = context;
    struct fanout_progress done;
    fanout_progress_sum(f, &done);
    if (s->hooks->on_progress != NULL &&
        s->hooks->on_progress(s->hooks->context, &done, s->todo_bytes))
        atomic_store(&s->stop, true);
}

/* fanout hands its run function one context; the tick needs the state. */
struct batches_context {
    struct run_state *state;
    struct worker_shared shared;
};

static enum rc run_worker(void *context, struct fanout *f, unsigned number, struct err *err)
{
    struct batches_context *c = context;
    return worker_run(&c->shared, f, number, err);
}

static void tick(void *context, const struct fanout *f)
{
    struct batches_context *c = context;
    on_tick(c->state, f);
}

static enum rc run_batches(struct run_state *s, const struct plan *plan, const uint32_t *todo,
                           size_t todo_count, struct err *err)
{
    struct batches_context c = {.state = s};
    c.shared = (struct worker_shared){
        .options = s->options,
        .plan = plan,
        .object_options = &s->object_options,
        .rules = s->rules,
        .work = s->place.work,
        .work_path = s->place.work_path,
        .created_by = run_created_by(),
        .name_ranks = s->name_ranks,
        .marked = s->marked,
    };
    c.shared.slot = giant_slot_new(&s->object_options);
    if (c.shared.slot == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to begin");
    unsigned workers = s->options->threads;
    if (workers > todo_count)
        workers = (unsigned)todo_count;
    struct fanout_options f = {.plan = plan,
                               .todo = todo,
                               .todo_count = todo_count,
                               .workers = workers,
                               .run = run_worker,
                               .context = &c,
                               .on_tick = tick,
                               .stop = &s->stop};
    if (s->hooks->on_batches_begin != NULL)
        s->hooks->on_batches_begin(s->hooks->context);
    enum rc rc = fanout_run(&f, err);
    if (s->hooks->on_batches_end != NULL)
        s->hooks->on_batches_end(s->hooks->context);
    giant_slot_free(c.shared.slot);
    return rc;
}

/* Runs batches that are in the plan in another form, or were run before. */
static enum rc run_again(struct run_state *s, struct batch *batches, size_t count, struct err *err)
{
    struct plan again = s->plan;
    again.batches = batches;
    again.count = count;
    uint32_t *todo = calloc(count, sizeof(*todo));
    if (todo == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to read batches again");
    s->todo_bytes = 0;
    for (size_t i = 0; i < count; i++) {
        todo[i] = (uint32_t)i;
        s->todo_bytes += batches[i].bytes;
    }
    enum rc rc = run_batches(s, &again, todo, count, err);
    free(todo);
    return rc;
}

/* Sliced objects whose slices do not meet are done again, each whole. */
static enum rc redo_broken(struct run_state *s, const uint32_t *broken, size_t count,
                           struct err *err)
{
    struct batch *batches = calloc(count, sizeof(*batches));
    if (batches == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to read sliced objects again");
    for (size_t i = 0; i < count; i++) {
        batches[i] = plan_whole_batch(&s->plan, &s->plan.batches[broken[i]]);
        batches[i].revision = REVISION_WHOLE;
        const struct object *o = &s->objects.objects[batches[i].object_begin];
        notice(s, 0, "%.*s: its slices do not meet, reading it again whole", (int)o->name.size,
               o->name.data);
    }
    enum rc rc = run_again(s, batches, count, err);
    free(batches);
    return rc;
}

static enum rc find_missing(struct run_state *s, struct results *results, struct err *err)
{
    TRY(results_read(s->place.work, &s->plan, results, s->todo, &s->todo_count, err));
    s->todo_bytes = 0;
    for (size_t i = 0; i < s->todo_count; i++)
        s->todo_bytes += s->plan.batches[s->todo[i]].bytes;
    return RC_OK;
}

static enum rc do_missing(struct run_state *s, struct err *err)
{
    struct results results;
    TRY(find_missing(s, &results, err));
    s->outcome->resumed_batches = results.count;
    results_done(&results);
    if (s->outcome->resumed_batches > 0)
        notice(s, 0, "going on with earlier work: %" PRIu64 " of %zu batches are done",
               s->outcome->resumed_batches, s->plan.count);
    if (s->todo_count == 0)
        return RC_OK;
    return run_batches(s, &s->plan, s->todo, s->todo_count, err);
}

/* All batches committed, sliced objects whole: what merge works on. */
static enum rc collect(struct run_state *s, struct results *ret, struct err *err)
{
    for (bool is_again = false;; is_again = true) {
        TRY(find_missing(s, ret, err));
        if (s->todo_count > 0) {
            results_done(ret);
            return err_set(err, RC_FAILED,
                           "%zu batches are missing from the work folder; run again",
                           s->todo_count);
        }
        size_t broken = results_find_broken(ret, &s->plan, s->todo);
        if (broken == 0)
            return RC_OK;
        results_done(ret);
        if (is_again)
            return err_set(err, RC_FAILED,
                           "slices do not meet after reading again; please report it");
        TRY(redo_broken(s, s->todo, broken, err));
    }
}

/* ---- Duplicates ---- */

static enum rc run_without_marked(void *context, const struct dedupe_batches *again,
                                  struct err *err)
{
    struct run_state *s = context;
    notice(s, 0, "%" PRIu64 " rows are duplicates; reading %zu batches again without them",
           again->rows, again->count);
    s->marked = again->marked;
    enum rc rc = run_again(s, again->batches, again->count, err);
    s->marked = NULL;
    return rc;
}

static enum rc dedupe(struct run_state *s, struct results *results, struct err *err)
{
    struct dedupe d = {.work = s->place.work,
                       .plan = &s->plan,
                       .threads = s->options->threads,
                       .run = run_without_marked,
                       .context = s};
    return dedupe_results(&d, results, err);
}

/* ---- Merge ---- */

static void append_timing(const struct run_state *s, struct buf *out)
{
    char host[256] = "";
    gethostname(host, sizeof(host) - 1);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    const struct run_outcome *o = s->outcome;
    double rate = o->batches_s > 0 ? (double)s->objects.bytes / o->batches_s / 1e9 : 0;
    buf_printf(out,
               "{\"version\":1,\"seconds\":{\"plan\":%.3f,\"batches\":%.3f},"
               "\"stored_gb_per_second\":%.3f,\"threads\":%u,\"kernels\":\"%s\","
               "\"batches\":{\"total\":%zu,\"resumed\":%" PRIu64 "},\"peak_rss_bytes\":%" PRIu64
               ",\"host\":",
               o->plan_s, o->batches_s, rate, s->options->threads, cpu_name(s->cpu), s->plan.count,
               o->resumed_batches, (uint64_t)usage.ru_maxrss * 1024);
    text_json_string(out, view_of_string(host));
    buf_append(out, "}\n", 3);
}

static enum rc merge_and_publish(struct run_state *s, const struct results *results,
                                 struct err *err)
{
    struct buf timing = {0};
    append_timing(s, &timing);
    if (buf_failed(&timing))
        return err_set(err, RC_NO_MEMORY, "no memory for timing.json");
    struct merge m = {
        .options = s->options,
        .plan = &s->plan,
        .results = results,
        .root = s->place.root,
        .root_path = s->place.root_path,
        .work = s->place.work,
        .held = s->is_incremental ? &s->held : NULL,
        .baseline = s->baseline.report,
        .timing_json = timing.data,
        .program = run_created_by(),
    };
    snprintf(m.head.plan, sizeof(m.head.plan), "%s", s->plan.hash);
    snprintf(m.head.options, sizeof(m.head.options), "%s", s->options_hash);
    m.head.batches = s->plan.number_base + s->plan.count;
    m.head.generation = s->is_incremental ? s->held.head.generation + 1 : 1;
    enum rc rc = merge_build(&m, &s->outcome->ledger, err);
    if (rc == RC_OK)
        rc = merge_publish(s->place.root, s->place.root_path, s->place.out, err);
    buf_done(&timing);
    return rc;
}

static enum rc work_and_merge(struct run_state *s, struct err *err)
{
    TRY(place_open_work(&s->place, s->plan.hash, s->options->is_forced, err));
    struct timespec mark = s->began;
    s->outcome->plan_s = seconds_since(&mark);
    TRY(do_missing(s, err));
    s->outcome->batches_s = seconds_since(&mark);
    struct results results;
    TRY(collect(s, &results, err));
    enum rc rc = s->options->dedupe ? dedupe(s, &results, err) : RC_OK;
    if (rc == RC_OK)
        rc = merge_and_publish(s, &results, err);
    results_done(&results);
    TRY(rc);
    s->outcome->merge_s = seconds_since(&mark);
    return place_clean(&s->place, err);
}

/* ---- The story ---- */

/* Leaves only objects that no earlier generation holds. */
static enum rc drop_held(struct run_state *s, struct err *err)
{
    struct discovery *d = &s->objects;
    size_t kept = 0;
    for (size_t i = 0; i < d->count; i++) {
        const struct object *o = &d->objects[i];
        uint64_t size;
        if (!held_find(&s->held, o->name, &size)) {
            d->objects[kept++] = *o;
            continue;
        }
        if (size != o->size)
            return err_set(err, RC_USAGE,
                           "%.*s: had %" PRIu64 " bytes when %s was made and has %" PRIu64
                           " now; --force builds everything anew",
                           (int)o->name.size, o->name.data, size, s->place.out, o->size);
        d->bytes -= o->size;
        d->pruned_bytes -= o->is_pruned ? o->size : 0;
        d->pruned_count -= o->is_pruned;
    }
    d->count = kept;
    return RC_OK;
}

/* What to do beside a finished run: nothing, another generation, or refuse. */
static enum rc go_on_from_held(struct run_state *s, struct err *err)
{
    if (strcmp(s->held.head.options, s->options_hash) != 0)
        return err_set(err, RC_USAGE,
                       "%s: was made with other options, rules or another version; choose another "
                       "-o, or --force to build it anew",
                       s->place.out);
    s->is_incremental = true;
    size_t seen = s->objects.count;
    TRY(drop_held(s, err));
    s->outcome->was_done = s->objects.count == 0;
    if (!s->outcome->was_done && s->options->dedupe)
        return err_set(err, RC_USAGE,
                       "%s: was made with --dedupe, which cannot compare new objects with the rows "
                       "there; --force builds everything anew",
                       s->place.out);
    if (!s->outcome->was_done)
        notice(s, 0, "%s holds %zu of these objects; adding %zu", s->place.out,
               seen - s->objects.count, s->objects.count);
    return RC_OK;
}

static enum rc check_out(struct run_state *s, struct err *err)
{
    enum out_state state;
    TRY(out_inspect(s->place.out, &state, &s->held, err));
    switch (state) {
    case OUT_ABSENT:
        return RC_OK;
    case OUT_FOREIGN:
        return err_set(err, RC_USAGE,
                       "%s: holds something that is not millrace's; choose another folder for -o",
                       s->place.out);
    case OUT_MILLRACE:
        return s->options->is_forced ? RC_OK : go_on_from_held(s, err);
    }
    return RC_OK;
}

/* A run that was killed after it published may have left its work folder. */
static enum rc clean_leftovers(struct run_state *s, struct err *err)
{
    if (access(s->place.root_path, F_OK) != 0)
        return RC_OK;
    TRY(place_open_work(&s->place, s->held.head.plan, false, err));
    return place_clean(&s->place, err);
}

static enum rc run_planned(struct run_state *s, struct err *err)
{
    s->todo = calloc(s->plan.count + 1, sizeof(*s->todo));
    if (s->todo == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory for the list of batches");
    if (s->options->dedupe)
        s->name_ranks = discovery_name_ranks(&s->objects);
    if (s->options->dedupe && s->name_ranks == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory for the order of names");
    return work_and_merge(s, err);
}

static enum rc open_baseline(struct run_state *s, struct err *err)
{
    const struct options *o = s->options;
    struct stat out, old;
    /* Once published, the next run would be compared with something else. */
    if (o->out != NULL && stat(o->out, &out) == 0 && stat(o->baseline, &old) == 0 &&
        out.st_ino == old.st_ino && out.st_dev == old.st_dev)
        return err_set(err, RC_USAGE,
                       "--baseline %s: is the output folder itself; keep a copy of it (cp -al) to "
                       "compare with",
                       o->baseline);
    TRY(finished_open(o->baseline, o->groups_max, &s->baseline, err));
    TRY(finished_checksum(o->baseline, &s->baseline_checksum, err));
    uint64_t rules = s->rules != NULL ? hash64(rules_text(s->rules)) : 0;
    struct grouped here = {"this run", rules, rules};
    struct grouped there = finished_grouped(s->baseline.report, o->baseline);
    return finished_check_rules(&there, &here, err);
}

static enum rc prepare(struct run_state *s, struct err *err)
{
    const struct options *o = s->options;
    if (!cpu_choose(&s->cpu))
        return err_set(err, RC_USAGE,
                       "MILLRACE_CPU names no kernels that can run here; this machine has %s",
                       cpu_name(s->cpu));
    if (o->rules_path != NULL)
        TRY(rules_load(o->rules_path, &s->rules, err));
    if (o->baseline != NULL)
        TRY(open_baseline(s, err));
    TRY(hash_options(s, err));
    s->interpret_options = (struct interpret_options){
        .raw = o->raw,
        .ignore_codes = o->ignore_codes,
        .ignore_codes_count = o->ignore_codes_count,
    };
    s->object_options = (struct object_options){
        .cpu = s->cpu,
        .interpret = &s->interpret_options,
        .record_bytes_max = o->record_bytes_max,
        .set_account = o->set_account,
        .set_region = o->set_region,
        .set_log_group = o->set_log_group,
    };
    return RC_OK;
}

static enum rc run_state(struct run_state *s, struct err *err)
{
    TRY(prepare(s, err));
    if (s->options->out != NULL)
        TRY(place_find(&s->place, s->options, err));
    snprintf(s->outcome->out, sizeof(s->outcome->out), "%s", s->place.out);
    TRY(make_discovery(s, err));
    TRY(place_check_apart(&s->place, &s->objects, err));
    if (s->options->out != NULL)
        TRY(check_out(s, err));
    if (s->outcome->was_done)
        return s->options->is_dry_run ? RC_OK : clean_leftovers(s, err);
    TRY(make_plan(s, err));
    s->outcome->objects = s->objects.count;
    s->outcome->batches = s->plan.count;
    if (s->options->is_dry_run) {
        print_plan(s);
        return RC_OK;
    }
    return run_planned(s, err);
}

enum rc run(const struct options *options, const struct run_hooks *hooks, struct run_outcome *ret,
            struct err *err)
{
    struct run_state s = {.options = options, .hooks = hooks, .outcome = ret};
    place_init(&s.place);
    s.held.folder = -1;
    clock_gettime(CLOCK_MONOTONIC, &s.began);
    enum rc rc = run_state(&s, err);
    place_done(&s.place);
    held_done(&s.held);
    free(s.todo);
    free(s.name_ranks);
    plan_done(&s.plan);
    discovery_done(&s.objects);
    finished_close(&s.baseline);
    rules_free(s.rules);
    return rc;
}
