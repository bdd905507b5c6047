#include "bench/bench.h"

#include "bench/bench_thread.h"
#include "run.h"
#include "util/array.h"

#include <assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <linux/limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const struct stage_info stage_info[STAGE_COUNT] = {
    [LIMIT_READ] = {"memory read", "one pass over the decoded text, from memory", false,
                    STAGE_COUNT},
    [LIMIT_COPY] = {"memcpy", "the same text copied", false, STAGE_COUNT},
    [LIMIT_INFLATE] = {"libdeflate", "its own loop over the same gzip members", false, STAGE_COUNT},
    [LIMIT_ZSTD] = {"zstd", "alone over the same Parquet pages", false, STAGE_COUNT},
    [LIMIT_WRITE] = {"write, fsync", "alone of the same Parquet files", false, STAGE_COUNT},
    [STAGE_READ] = {"read", "objects opened, their pages touched", false, LIMIT_READ},
    [STAGE_URING] = {"hand-over uring", "the same, given to the workers through their rings", false,
                     LIMIT_READ},
    [STAGE_THREADS] = {"hand-over plain", "the same by --io threads", false, LIMIT_READ},
    [STAGE_UNWRAP] = {"unwrap", "gzip, base64, zstd layers, damage fenced in", false,
                      LIMIT_INFLATE},
    [STAGE_SPLIT] = {"split", "records told apart, from memory", true, LIMIT_READ},
    [STAGE_GLANCE] = {"glance", "--no-dataset: events counted by their escaped bytes", true,
                      LIMIT_READ},
    [STAGE_TOKENS] = {"stage 1", "simdjson: structural bytes, UTF-8", true, LIMIT_READ},
    [STAGE_PARSE] = {"parse", "stage 1 and the whole grammar checked", true, LIMIT_READ},
    [STAGE_REPAIR] = {"repair", "the kernel alone: what is wrong in the bytes of records", true,
                      LIMIT_READ},
    [STAGE_EVENTS] = {"walk", "every event's fields, strings unescaped", true, STAGE_COUNT},
    [STAGE_UNESCAPE] = {"unescape", "the kernel alone over message strings", true, LIMIT_COPY},
    [STAGE_INTERPRET] = {"interpret", "from an event to its columns", true, STAGE_COUNT},
    [STAGE_MASK] = {"mask", "what varies in titles", true, STAGE_COUNT},
    [STAGE_GROUP] = {"group", "alerts counted, fingerprinted, grouped", false, STAGE_COUNT},
    [STAGE_PACK] = {"pack", "events' levels as ids, packed as in Parquet pages", true, LIMIT_COPY},
    [STAGE_COLUMNS] = {"columns", "rows staged column by column", false, LIMIT_COPY},
    [STAGE_PARQUET] = {"parquet", "sorted, encoded, zstd, written, synced", false, LIMIT_ZSTD},
    [STAGE_ORDER] = {"- sort", "of parquet: rows in their order", false, STAGE_COUNT},
    [STAGE_DICTIONARY] = {"- dictionary", "of parquet: values numbered", false, STAGE_COUNT},
    [STAGE_ENCODE] = {"- encode", "of parquet: columns gathered, pages, indexes", false,
                      LIMIT_COPY},
    [STAGE_ZSTD] = {"- zstd", "of parquet: pages compressed, CRC", false, LIMIT_ZSTD},
    [STAGE_WRITE] = {"- write", "of parquet: files hashed, written, synced", false, LIMIT_WRITE},
    [WHOLE_REPORT] = {"report", "millrace run --no-dataset, from the files", true, LIMIT_INFLATE},
    [WHOLE_DATASET] = {"report, dataset", "millrace run, from the files", true, LIMIT_INFLATE},
};

struct bench {
    const struct options *options;
    const struct bench_hooks *hooks;
    struct bench_result *result;
    struct inputs inputs;
    struct interpret_options interpret;
    enum cpu kernels[CPU_COUNT]; /* the best first */
    size_t kernels_count;
    char folder_path[PATH_MAX];
    int folder;
};

static void notice(const struct bench *b, const char *text)
{
    b->hooks->on_notice(b->hooks->context, text);
}

static struct object_options object_options(const struct bench *b, enum cpu cpu)
{
    return (struct object_options){
        .cpu = cpu, .interpret = &b->interpret, .record_bytes_max = b->options->record_bytes_max};
}

/* ---- Figures ---- */

static struct figure *figure_of(struct bench *b, enum stage stage, enum cpu cpu, unsigned threads)
{
    struct bench_result *r = b->result;
    bool has_kernels = stage_info[stage].is_by_kernel;
    for (size_t i = 0; i < r->count; i++) {
        struct figure *f = &r->figures[i];
        if (f->stage == stage && f->threads == threads && (!has_kernels || f->kernels == cpu))
            return f;
    }
    if (!ARRAY_HAS_ROOM(r->figures, r->count, r->capacity, 64))
        return NULL;
    r->figures[r->count] = (struct figure){
        .stage = stage, .has_kernels = has_kernels, .kernels = cpu, .threads = threads};
    return &r->figures[r->count++];
}

static enum rc add_figure(struct bench *b, enum stage stage, enum cpu cpu, unsigned threads,
                          const struct meter *sum, struct err *err)
{
    struct figure *f = figure_of(b, stage, cpu, threads);
    if (f == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory for the figures");
    f->bytes = sum->bytes;
    f->json_bytes = sum->json;
    f->events = sum->events;
    f->stored_bytes = (uint64_t)((double)sum->json * (double)b->inputs.stored_bytes /
                                 (double)b->inputs.text_bytes);
    assert(f->runs < BENCH_RUNS_MAX);
    f->seconds[f->runs++] = sum->seconds;
    return RC_OK;
}

/* All threads were in the stage at about the same time: their rates add up. */
static enum rc add_meters(struct bench *b, const struct bench_thread *threads, unsigned count,
                          enum cpu cpu, struct err *err)
{
    for (enum stage stage = 0; stage < STAGE_COUNT; stage++) {
        struct meter sum = {0};
        double rate = 0;
        for (unsigned i = 0; i < count; i++) {
            const struct meter *m = &threads[i].meters[stage];
            sum.bytes += m->bytes;
            sum.json += m->json;
            sum.events += m->events;
            if (m->bytes > 0 && m->seconds > 0)
                rate += (double)m->bytes / m->seconds;
        }
        if (rate <= 0)
            continue;
        sum.seconds = (double)sum.bytes / rate;
        if (stage == STAGE_EVENTS)
            b->result->events = sum.events;
        TRY(add_figure(b, stage, cpu, count, &sum, err));
    }
    return RC_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct figure *x = a, *y = b;
    if (x->stage != y->stage)
        return x->stage > y->stage ? 1 : -1;
    if (x->kernels != y->kernels)
        return x->kernels < y->kernels ? 1 : -1;
    return (x->threads > y->threads) - (x->threads < y->threads);
}

/* ---- Stages ---- */

static void *thread_main(void *context)
{
    struct bench_thread *t = context;
    pthread_mutex_lock(t->pass->gate);
    bool is_complete = t->pass->is_complete;
    pthread_mutex_unlock(t->pass->gate);
    if (!is_complete)
        return NULL;
    text_pass(t);
    record_pass(t);
    return NULL;
}

/* All threads or none: they wait for each other at a barrier. */
static enum rc run_threads(struct bench *b, struct bench_thread *threads, struct pass *p,
                           struct err *err)
{
    pthread_t *handles = calloc(p->threads, sizeof(*handles));
    if (handles == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory for threads");
    unsigned started = 0;
    pthread_mutex_lock(p->gate);
    for (; started < p->threads; started++) {
        struct bench_thread *t = &threads[started];
        *t = (struct bench_thread){.pass = p, .number = started};
        inputs_share(&b->inputs, started, p->threads, &t->objects_begin, &t->objects_end);
        if (pthread_create(&handles[started], NULL, thread_main, t) != 0)
            break;
    }
    p->is_complete = started == p->threads;
    pthread_mutex_unlock(p->gate);
    for (unsigned i = 0; i < started; i++)
        pthread_join(handles[i], NULL);
    free(handles);
    return p->is_complete
               ? RC_OK
               : err_set(err, RC_FAILED, "cannot start %u threads; give a smaller -j", p->threads);
}

static enum rc measure_stages(struct bench *b, unsigned count, size_t kernel, struct err *err)
{
    enum cpu cpu = b->kernels[kernel];
    struct object_options options = object_options(b, cpu);
    pthread_barrier_t barrier;
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    struct pass p = {.inputs = &b->inputs,
                     .options = b->options,
                     .object_options = &options,
                     .hooks = b->hooks,
                     .folder = b->folder,
                     .folder_path = b->folder_path,
                     .threads = count,
                     .is_by_kernel_only = kernel > 0,
                     .barrier = &barrier,
                     .gate = &gate};
    struct bench_thread *threads = calloc(count, sizeof(*threads));
    if (threads == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory for threads");
    pthread_barrier_init(&barrier, NULL, count);
    enum rc rc = run_threads(b, threads, &p, err);
    pthread_barrier_destroy(&barrier);
    for (unsigned i = 0; i < count && rc == RC_OK; i++) {
        rc = threads[i].rc;
        if (rc != RC_OK)
            *err = threads[i].err;
    }
    if (rc == RC_OK)
        rc = add_meters(b, threads, count, cpu, err);
    free(threads);
    return rc;
}

/* ---- The fan-out alone ---- */

static enum rc measure_hand_over(struct bench *b, unsigned threads, bool is_uring, struct err *err)
{
    struct meter sum = {0};
    const struct hand_over_options o = {.inputs = &b->inputs,
                                        .threads = threads,
                                        .is_uring = is_uring,
                                        .is_unpinned = b->options->no_pin};
    if (b->hooks->is_stopping(b->hooks->context))
        return RC_STOPPED;
    TRY(hand_over_measure(&o, &sum, err));
    return add_figure(b, is_uring ? STAGE_URING : STAGE_THREADS, b->kernels[0], threads, &sum, err);
}

/* A row that cannot be had here is left out. */
static enum rc measure_hand_overs(struct bench *b, unsigned threads, struct err *err)
{
    struct err why;
    if (b->options->io != FANOUT_THREADS) {
        enum rc rc = measure_hand_over(b, threads, true, &why);
        if (rc != RC_OK && rc != RC_USAGE)
            return err_set(err, rc, "%s", why.text);
    }
    return measure_hand_over(b, threads, false, err);
}

/* ---- The whole ---- */

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static void remove_tree(const char *path)
{
    enum { DESCRIPTORS = 16 };
    nftw(path, remove_entry, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}

static bool is_run_stopping(void *context, const struct fanout_progress *done, uint64_t total)
{
    const struct bench *b = context;
    (void)done;
    (void)total;
    return b->hooks->is_stopping(b->hooks->context);
}

/* A sample is what --files-from lists. */
static enum rc write_list(const struct bench *b, char *path, size_t capacity, struct err *err)
{
    snprintf(path, capacity, "%s/files", b->folder_path);
    FILE *list = fopen(path, "we");
    if (list == NULL)
        return err_errno(err, "%s: cannot make it", path);
    for (size_t i = 0; i < b->inputs.objects_count; i++)
        fprintf(list, "%s\n", b->inputs.objects[i].object->relative);
    if (fclose(list) != 0)
        return err_errno(err, "%s: cannot write it", path);
    return RC_OK;
}

static enum rc run_whole(struct bench *b, const struct options *o, struct job_outcome *ret,
                         struct err *err)
{
    struct job_hooks hooks = {.context = b, .on_progress = is_run_stopping};
    *ret = (struct job_outcome){0};
    ledger_init(&ret->ledger);
    enum rc rc = run(o, &hooks, ret, err);
    remove_tree(o->out);
    return rc;
}

static enum rc measure_whole(struct bench *b, unsigned threads, enum cpu cpu, enum stage stage,
                             struct err *err)
{
    char out[PATH_MAX + 8], list[PATH_MAX + 8];
    struct options o = *b->options;
    struct job_outcome outcome;
    snprintf(out, sizeof(out), "%s/out", b->folder_path);
    o.out = out;
    o.work = NULL;
    o.threads = threads;
    o.is_quiet = true;
    o.has_more_runs = true;
    o.no_dataset = stage == WHOLE_REPORT;
    if (b->inputs.left_out > 0) {
        TRY(write_list(b, list, sizeof(list), err));
        o.files_from = list;
    }
    /* A run chooses its kernels as this says. */
    setenv("MILLRACE_CPU", cpu_name(cpu), 1);
    enum rc rc = run_whole(b, &o, &outcome, err);
    struct meter sum = {.seconds = outcome.plan_s + outcome.batches_s + outcome.merge_s,
                        .bytes = outcome.ledger.decoded_bytes.total,
                        .json = outcome.ledger.decoded_bytes.total,
                        .events = outcome.ledger.events.total};
    ledger_done(&outcome.ledger);
    return rc == RC_OK ? add_figure(b, stage, cpu, threads, &sum, err) : rc;
}

/* ---- The story ---- */

static enum rc choose_kernels(struct bench *b, struct err *err)
{
    enum cpu best;
    if (!cpu_choose(&best))
        return err_set(err, RC_USAGE,
                       "MILLRACE_CPU names no kernels that can run here; this machine has %s",
                       cpu_name(best));
    unsigned wanted = b->options->bench.kernels;
    for (unsigned i = CPU_COUNT; i-- > 0;) {
        enum cpu cpu = (enum cpu)i;
        bool is_here = cpu_can(cpu) && seam_scan_kernel(cpu) != NULL;
        if ((wanted >> i & 1) != 0 && !is_here)
            return err_set(err, RC_USAGE, "--kernels %s: cannot run here; this machine has %s",
                           cpu_name(cpu), cpu_name(best));
        bool is_forced = getenv("MILLRACE_CPU") != NULL;
        if (is_here && (wanted != 0 ? (wanted >> i & 1) != 0 : !is_forced || cpu == best))
            b->kernels[b->kernels_count++] = cpu;
    }
    return RC_OK;
}

static enum rc make_folder(struct bench *b, struct err *err)
{
    const char *parent = b->options->work;
    if (parent == NULL)
        parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");
    if (parent == NULL)
        parent = "/tmp";
    int used = snprintf(b->folder_path, sizeof(b->folder_path), "%s/millrace-bench-XXXXXX", parent);
    if (used >= (int)sizeof(b->folder_path))
        return err_set(err, RC_USAGE, "%s: the path is too long", parent);
    if (mkdtemp(b->folder_path) == NULL) {
        b->folder_path[0] = '\0';
        return err_errno_named(err, "%s: cannot make a folder in it", parent);
    }
    b->folder = open(b->folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return b->folder >= 0 ? RC_OK : err_errno(err, "%s: cannot open it", b->folder_path);
}

/* Objects are shared out whole. */
static void warn_of_idle_threads(const struct bench *b)
{
    const struct bench_options *o = &b->options->bench;
    unsigned most = 0;
    char text[128];
    for (size_t i = 0; i < o->threads_count; i++)
        most = o->threads[i] > most ? o->threads[i] : most;
    if (most <= b->inputs.objects_count)
        return;
    snprintf(text, sizeof(text),
             "%zu objects are too few for %u threads: in the stages some are idle",
             b->inputs.objects_count, most);
    notice(b, text);
}

static enum rc load(struct bench *b, struct err *err)
{
    struct object_options options = object_options(b, b->kernels[0]);
    char text[256];
    notice(b, "loading the inputs");
    TRY(inputs_load(&b->inputs, b->options, &options, b->hooks, err));
    struct bench_result *r = b->result;
    r->objects = b->inputs.objects_count;
    r->objects_left_out = b->inputs.left_out;
    r->stored_bytes = b->inputs.stored_bytes;
    r->json_bytes = b->inputs.text_bytes;
    warn_of_idle_threads(b);
    if (b->inputs.left_out == 0)
        return RC_OK;
    if (b->options->sources_count != 1 || !b->inputs.found.is_walked[0])
        return err_set(err, RC_USAGE,
                       "%" PRIu64 " objects do not fit --max-bytes, and a sample is taken of one "
                       "folder only; give one, or a larger --max-bytes",
                       r->objects_left_out);
    snprintf(text, sizeof(text),
             "measuring a sample: %" PRIu64 " objects, %" PRIu64
             " are left out; --max-bytes takes more",
             r->objects, r->objects_left_out);
    notice(b, text);
    return RC_OK;
}

/* Everything once: limits, stages and the whole, for all threads and kernels. */
static enum rc measure_once(struct bench *b, struct err *err)
{
    const struct bench_options *o = &b->options->bench;
    for (size_t t = 0; t < o->threads_count; t++) {
        TRY(measure_hand_overs(b, o->threads[t], err));
        for (size_t k = 0; k < b->kernels_count; k++) {
            TRY(measure_stages(b, o->threads[t], k, err));
            if (o->no_whole)
                continue;
            TRY(measure_whole(b, o->threads[t], b->kernels[k], WHOLE_REPORT, err));
            TRY(measure_whole(b, o->threads[t], b->kernels[k], WHOLE_DATASET, err));
        }
    }
    return RC_OK;
}

static void describe_machine(struct bench_result *r)
{
    cpu_set_t set;
    r->cores = sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
    char line[256];
    FILE *info = fopen("/proc/cpuinfo", "re");
    while (info != NULL && fgets(line, sizeof(line), info) != NULL) {
        if (strncmp(line, "model name", 10) != 0 || strchr(line, ':') == NULL)
            continue;
        struct view name = view_trim(view_of_string(strchr(line, ':') + 1));
        snprintf(r->machine, sizeof(r->machine), "%.*s", (int)name.size, name.data);
        break;
    }
    if (info != NULL)
        fclose(info);
}

static enum rc measure(struct bench *b, struct err *err)
{
    const struct bench_options *o = &b->options->bench;
    char text[64];
    TRY(choose_kernels(b, err));
    TRY(make_folder(b, err));
    TRY(load(b, err));
    describe_machine(b->result);
    for (unsigned i = 0; i < o->runs; i++) {
        snprintf(text, sizeof(text), "run %u of %u", i + 1, o->runs);
        notice(b, text);
        TRY(measure_once(b, err));
    }
    b->result->runs = o->runs;
    qsort(b->result->figures, b->result->count, sizeof(*b->result->figures), by_place);
    return RC_OK;
}

enum rc bench(const struct options *options, const struct bench_hooks *hooks,
              struct bench_result *ret, struct err *err)
{
    *ret = (struct bench_result){0};
    struct bench b = {.options = options, .hooks = hooks, .result = ret, .folder = -1};
    b.interpret = (struct interpret_options){.raw = options->raw,
                                             .ignore_codes = options->ignore_codes,
                                             .ignore_codes_count = options->ignore_codes_count};
    enum rc rc = measure(&b, err);
    if (b.folder >= 0)
        close(b.folder);
    if (b.folder_path[0] != '\0')
        remove_tree(b.folder_path);
    inputs_done(&b.inputs);
    return rc;
}

void bench_result_done(struct bench_result *r)
{
    free(r->figures);
    *r = (struct bench_result){0};
}
