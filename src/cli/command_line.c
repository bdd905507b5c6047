#include "cli/command_line.h"

#include "cli/option_table.h"
#include "limits.h"

#include <assert.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

static const struct verb_info verbs[VERB_COUNT] = {
    [VERB_RUN] =
        {"run", "SOURCE... -o OUT",
         "reprocess a staged bucket into an alert report and a Parquet dataset",
         "Reads every object below each SOURCE (a folder staged from a bucket, or a file)\n"
         "and publishes OUT in one step: report.html, report.md, report.json, report.csv,\n"
         "events/dt=…/*.parquet, ledger.json, quarantine.ndjson, and duckdb.sql: views over\n"
         "these. Interrupted at any point, the same command goes on where it was.\n"
         "With --plan PLAN --shard i/N in place of the sources it does one part of what\n"
         "`plan` cut, anywhere OUT and the sources can be reached, any number of times, at\n"
         "once too; `merge` then publishes OUT. The plan's options hold."},
    [VERB_WATCH] =
        {"watch", "SOURCE... -o OUT", "run again whenever files appear, and tell what came in",
         "Does what `run` does whenever files appear below a SOURCE, adding them to OUT, and\n"
         "prints a digest of the alerts that came in. A file counts once it was not written\n"
         "for a while; better it comes by a rename. Killed at any point, the same command\n"
         "goes on; a digest may then come twice. Ends with a signal, or with what `run`\n"
         "cannot go on from."},
    [VERB_PLAN] =
        {"plan", "SOURCE... -o PLAN [--shards N]", "freeze what there is to do, for several machines",
         "Writes down the objects below each SOURCE (names, sizes, times) and every option\n"
         "that decides output bytes. `run --plan PLAN --shard i/N -o OUT` then does one of N\n"
         "parts, on any machine, in any order, and `merge OUT` publishes what `run` alone\n"
         "would have, byte for byte. The parts are shared out by size: what the largest has\n"
         "of the mean is printed."},
    [VERB_MERGE] =
        {"merge", "OUT [--status]", "publish what the shards of a plan have done",
         "Wants every batch of the plan committed below OUT.work, and looks again for a while\n"
         "before it refuses (exit status 1). Reads again what has to be over all shards\n"
         "(duplicates, slices that do not meet), and publishes OUT in one step. Interrupted\n"
         "at any point, the same command goes on. With --status it only tells what is\n"
         "missing: exit status 0 where nothing is, else 1."},
    [VERB_EVENTS] =
        {"events", "SOURCE...|-", "print interpreted events, one JSON object per line",
         "Reads objects as `run` does and prints what becomes a row of the dataset, a key\n"
         "per column that is not null."},
    [VERB_SPLIT] =
        {"split", "SOURCE...|-", "print decoded records, one per line",
         "Peels every layer and prints each CloudWatch Logs document (or line) on a line\n"
         "of its own; line breaks inside a document become spaces."},
    [VERB_INSPECT] =
        {"inspect", "SOURCE...|-", "show the layers, records and damage of an object",
         "Reads an object as `run` does and prints its account: stored and decoded bytes,\n"
         "records, events, and every damaged span with its offset and reason."},
    [VERB_REPORT] =
        {"report", "OUT... [-o R]", "show a finished run's report, or add up several runs",
         "Of one run: writes its report to stdout or to the file R, in the form that\n"
         "--format names, else R's ending. Of several: adds them up without reading events\n"
         "again and publishes the folder R with report.html, report.md, report.json,\n"
         "report.csv and what adding up once more needs. An object that two of the runs\n"
         "read counts in both."},
    [VERB_EXPLAIN] =
        {"explain", "SOURCE...|-", "say of every alert which group it is in, and why",
         "Reads objects as `run` does and prints for each alert the rule that applied, the\n"
         "fingerprint, the text it looked at, and what of that was masked (positions count\n"
         "bytes of the text). Nothing is redacted.\n"
         "\n"
         "A --rules file has a rule per line, and comments after #:\n"
         "\n"
         "  title~\"^Payment .* declined\" log_group=\"/aws/lambda/pay*\" -> group=\"declined\"\n"
         "  account=\"1234*\" level=\"WARN\" -> level=ERROR owner=\"billing\"\n"
         "  message=\"*health check*\" -> ignore\n"
         "\n"
         "Conditions on level, title, message, log_group and account must all hold: = is a\n"
         "glob over the whole text, ~ a PCRE2 expression found anywhere in it. Of all rules\n"
         "that hold the first group and the first owner count, the last level, any ignore."},
    [VERB_VERIFY] =
        {"verify", "OUT [--against SOURCE...]", "read a finished OUT again and find what changed",
         "Every file must be as the manifest says and nothing else there, every Parquet\n"
         "page must be sound, every sum must hold. A line per problem, and exit status 5.\n"
         "With --against the objects below each SOURCE are counted again too; the run's\n"
         "--since, --until, --include, --exclude and --max-record must be given again."},
    [VERB_QUARANTINE] =
        {"quarantine", "OUT [extract SOURCE...]", "show what could not be read, or give its bytes back",
         "Lists the damaged spans of a finished OUT, and how many there are of each reason.\n"
         "With extract it finds the objects below each SOURCE and writes the damaged bytes\n"
         "to a folder: NNNNNN-<reason>.bin per span and index.ndjson. Where damage lies\n"
         "inside a layer that cannot be decoded again, the stored unit around it is given\n"
         "(-unit.bin). Exit status 5: an object is gone or changed."},
    [VERB_BENCH] =
        {"bench", "SOURCE...", "measure every stage on this machine, beside the machine's limits",
         "Loads the objects below each SOURCE into memory and measures, run after run: what\n"
         "the machine can do (memory read, memcpy, libdeflate, zstd and the disk alone), every\n"
         "stage alone, and the whole job from the files. A row per stage, family of kernels\n"
         "and number of threads: GB/s (1e9 bytes) of decoded JSON, of stored bytes and of\n"
         "what the stage itself is given, the median of all runs, and its share of the limit\n"
         "beside it. Where the decoded text is more than --max-bytes, a sample of whole\n"
         "objects is measured; memory for four times that text is needed."},
};

const struct verb_info *verb_info(enum verb verb)
{
    assert(verb < VERB_COUNT);
    return &verbs[verb];
}

/* ---- Parsing ---- */

struct parse {
    int argc;
    char **argv;
    int at; /* next argument */
    struct command_line *to;
    size_t sources_count; /* moved to the front of argv + 2 */
};

/* A name may stand for one thing on one verb and another elsewhere. */
static const struct option_spec *find_long(enum verb verb, const char *name, size_t size)
{
    for (size_t i = 0; i < option_table_count; i++) {
        if ((option_table[i].verbs & BIT(verb)) != 0 && strlen(option_table[i].name) == size &&
            memcmp(option_table[i].name, name, size) == 0)
            return &option_table[i];
    }
    return NULL;
}

static const struct option_spec *find_letter(enum verb verb, char letter)
{
    for (size_t i = 0; i < option_table_count; i++) {
        if ((option_table[i].verbs & BIT(verb)) != 0 && option_table[i].letter == letter)
            return &option_table[i];
    }
    return NULL;
}

static enum rc record(struct options *o, const char *name, const char *value, struct err *err)
{
    if (o->arguments_count + 2 > PLAN_ARGUMENTS_MAX)
        return err_set(err, RC_USAGE, "--%s: more than %d options", name, PLAN_ARGUMENTS_MAX / 2);
    o->arguments[o->arguments_count++] = name;
    o->arguments[o->arguments_count++] = value != NULL ? value : "";
    return RC_OK;
}

/* `value` may be NULL: then the next argument is it. */
static enum rc apply(struct parse *p, const struct option_spec *spec, const char *shown,
                     const char *value, struct err *err)
{
    const char *verb = verbs[p->to->verb].name;
    if (spec == NULL)
        return err_set(err, RC_USAGE, "%s: no such option; see millrace %s --help", shown, verb);
    if (spec->argument == NULL && value != NULL)
        return err_set(err, RC_USAGE, "%s: takes no value", shown);
    if (spec->argument != NULL && value == NULL) {
        if (p->at == p->argc)
            return err_set(err, RC_USAGE, "%s: wants a value: --%s %s", shown, spec->name,
                           spec->argument);
        value = p->argv[p->at++];
    }
    if (!spec->set(&p->to->options, value != NULL ? value : ""))
        return err_set(err, RC_USAGE, "--%s: cannot take \"%s\"; it wants %s: %s", spec->name,
                       value, spec->argument, spec->help);
    return (spec->verbs & IS_PLANNED) != 0 ? record(&p->to->options, spec->name, value, err)
                                           : RC_OK;
}

enum rc command_line_apply(struct options *o, const char *const *arguments, size_t count,
                           struct err *err)
{
    for (size_t i = 0; i + 1 < count; i += 2) {
        const char *name = arguments[i], *value = arguments[i + 1];
        const struct option_spec *spec = find_long(VERB_PLAN, name, strlen(name));
        if (spec == NULL || (spec->verbs & IS_PLANNED) == 0 || !spec->set(o, value))
            return err_set(err, RC_USAGE,
                           "the plan says --%.40s %.80s, which this version does not take; use the "
                           "one that made it, or make it anew",
                           name, value);
        TRY(record(o, name, value, err));
    }
    return RC_OK;
}

static enum rc parse_long(struct parse *p, const char *argument, struct err *err)
{
    const char *name = argument + 2;
    const char *equals = strchr(name, '=');
    size_t size = equals != NULL ? (size_t)(equals - name) : strlen(name);
    if (size == 4 && memcmp(name, "help", 4) == 0) {
        p->to->wants_help = true;
        return RC_OK;
    }
    return apply(p, find_long(p->to->verb, name, size), argument,
                 equals != NULL ? equals + 1 : NULL, err);
}

static enum rc parse_letters(struct parse *p, const char *argument, struct err *err)
{
    for (const char *at = argument + 1; *at != '\0'; at++) {
        if (*at == 'h') {
            p->to->wants_help = true;
            continue;
        }
        const struct option_spec *spec = find_letter(p->to->verb, *at);
        if (spec != NULL && spec->argument != NULL && at[1] != '\0')
            return apply(p, spec, argument, at + 1, err);
        TRY(apply(p, spec, argument, NULL, err));
    }
    return RC_OK;
}

static enum rc parse_argument(struct parse *p, bool *is_literal, struct err *err)
{
    char *argument = p->argv[p->at++];
    if (*is_literal || argument[0] != '-' || argument[1] == '\0') {
        p->argv[2 + p->sources_count++] = argument;
        return RC_OK;
    }
    if (strcmp(argument, "--") == 0) {
        *is_literal = true;
        return RC_OK;
    }
    return argument[1] == '-' ? parse_long(p, argument, err) : parse_letters(p, argument, err);
}

static unsigned usable_cores(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    if (count < 1)
        return 1;
    return count > WORKERS_MAX ? WORKERS_MAX : (unsigned)count;
}

/* One core shows what a core does, all of them what the machine does. */
static void set_default_threads(struct options *o)
{
    o->bench.threads[0] = 1;
    o->bench.threads[1] = o->threads;
    o->bench.threads_count = o->threads > 1 ? 2 : 1;
}

static bool parse_verb(const char *word, struct command_line *ret)
{
    for (enum verb v = 0; v < VERB_COUNT; v++) {
        if (strcmp(word, verbs[v].name) == 0) {
            ret->verb = v;
            ret->has_verb = true;
            return true;
        }
    }
    return false;
}

/* After --against the arguments behind OUT are sources too. */
static enum rc take_against(struct options *o, struct err *err)
{
    if (o->sources_count > 0 && o->against.count == 0)
        return err_set(err, RC_USAGE, "%s: say --against before what OUT is compared with",
                       o->sources[0]);
    for (size_t i = 0; i < o->sources_count; i++) {
        if (!option_list_add(&o->against, o->sources[i]))
            return err_set(err, RC_USAGE, "--against: more than %d sources", OPTION_LIST_MAX);
    }
    o->sources = o->against.items;
    o->sources_count = o->against.count;
    return RC_OK;
}

static enum rc take_extract(struct options *o, struct err *err)
{
    if (o->sources_count == 0)
        return o->out == NULL ? RC_OK
                              : err_set(err, RC_USAGE,
                                        "-o goes with extract: millrace quarantine OUT extract "
                                        "SOURCE... -o DIR");
    if (strcmp(o->sources[0], "extract") != 0)
        return err_set(err, RC_USAGE, "%s: say extract before the sources, or name one OUT",
                       o->sources[0]);
    o->is_extract = true;
    o->sources++;
    o->sources_count--;
    if (o->sources_count == 0)
        return err_set(err, RC_USAGE, "say what the run read: millrace quarantine OUT extract "
                                      "SOURCE...");
    return RC_OK;
}

static enum rc take_merge(struct options *o, struct err *err)
{
    if (o->sources_count != 1)
        return err_set(err, RC_USAGE, "name one OUT: millrace merge OUT");
    o->out = o->target = o->sources[0];
    o->sources_count = 0;
    return RC_OK;
}

/* What goes with --plan, and what does not. */
static enum rc check_shard(const struct options *o, struct err *err)
{
    if (o->plan_path == NULL)
        return o->shard == NULL ? RC_OK
                                : err_set(err, RC_USAGE,
                                          "--shard: say with --plan PLAN of which plan");
    if (o->shard == NULL)
        return err_set(err, RC_USAGE, "--plan: say with --shard i/N which part of it");
    if (o->sources_count > 0)
        return err_set(err, RC_USAGE, "%s: with --plan the sources are the plan's", o->sources[0]);
    if (o->arguments_count > 0)
        return err_set(err, RC_USAGE, "--%s: goes with millrace plan, which records it",
                       o->arguments[0]);
    if (o->files_from != NULL || o->is_dry_run || o->is_forced || o->gates_count > 0)
        return err_set(err, RC_USAGE,
                       "--files-from and --dry-run go with millrace plan, --force and --fail-on "
                       "with millrace merge, none with --plan");
    return RC_OK;
}

/* The first argument of these verbs is a finished run. */
static enum rc take_target(struct command_line *c, struct err *err)
{
    struct options *o = &c->options;
    if (c->verb == VERB_MERGE)
        return take_merge(o, err);
    if ((BIT(c->verb) & ON_FINISHED) == 0 || o->sources_count == 0)
        return RC_OK;
    o->target = o->sources[0];
    o->sources++;
    o->sources_count--;
    return c->verb == VERB_VERIFY ? take_against(o, err) : take_extract(o, err);
}

/* What no single option can check. */
static enum rc check(const struct command_line *c, struct err *err)
{
    const struct options *o = &c->options;
    if (c->verb == VERB_RUN)
        TRY(check_shard(o, err));
    bool has_plan = c->verb == VERB_RUN && o->plan_path != NULL;
    if (o->sources_count == 0 && o->target == NULL && !has_plan)
        return err_set(err, RC_USAGE, "nothing to read: millrace %s %s", verbs[c->verb].name,
                       verbs[c->verb].arguments);
    if (c->verb == VERB_RUN && o->out == NULL && !o->is_dry_run)
        return err_set(err, RC_USAGE, "say where to write: millrace run SOURCE... -o OUT");
    if (c->verb == VERB_WATCH && o->out == NULL)
        return err_set(err, RC_USAGE, "say where to write: millrace watch SOURCE... -o OUT");
    if (c->verb == VERB_PLAN && o->plan_path == NULL && !o->is_dry_run)
        return err_set(err, RC_USAGE, "say where to write: millrace plan SOURCE... -o PLAN");
    if (o->has_since && o->has_until && o->until_ms < o->since_ms)
        return err_set(err, RC_USAGE, "--until lies before --since");
    for (size_t i = 0; i < o->gates_count; i++) {
        if (o->gates[i].kind == GATE_NEW && o->baseline == NULL && c->verb != VERB_MERGE)
            return err_set(err, RC_USAGE,
                           "--fail-on new: say with --baseline OLD since when it is new");
    }
    return RC_OK;
}

enum rc command_line_parse(int argc, char **argv, struct command_line *ret, struct err *err)
{
    *ret = (struct command_line){0};
    options_init(&ret->options);
    ret->options.threads = usable_cores();
    set_default_threads(&ret->options);
    if (argc < 2)
        return err_set(err, RC_USAGE,
                       "say what to do: millrace run SOURCE... -o OUT; see "
                       "millrace --help");
    const char *word = argv[1];
    ret->wants_help =
        strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
    ret->wants_version = strcmp(word, "--version") == 0;
    if (ret->wants_version || (ret->wants_help && (argc == 2 || !parse_verb(argv[2], ret))))
        return RC_OK;
    if (ret->wants_help)
        return RC_OK;
    if (!parse_verb(word, ret))
        return err_set(err, RC_USAGE, "%s: no such command; see millrace --help", word);
    struct parse p = {.argc = argc, .argv = argv, .at = 2, .to = ret};
    bool is_literal = false;
    while (p.at < argc)
        TRY(parse_argument(&p, &is_literal, err));
    ret->options.sources = (const char *const *)argv + 2;
    ret->options.sources_count = p.sources_count;
    ret->options.is_watching = ret->verb == VERB_WATCH;
    ret->options.has_more_runs = ret->options.is_watching;
    if (ret->wants_help)
        return RC_OK;
    TRY(take_target(ret, err));
    return check(ret, err);
}

/* ---- Help ---- */

void help_append(struct buf *out)
{
    buf_printf(out,
               "millrace turns months of archived CloudWatch Logs, staged from a bucket, into an\n"
               "alert report and a Parquet dataset.\n\n");
    for (enum verb v = 0; v < VERB_COUNT; v++)
        buf_printf(out, "  millrace %-10s %-30s %s\n", verbs[v].name, verbs[v].arguments,
                   verbs[v].summary);
    buf_printf(out, "  millrace VERB --help                              the options of one command\n"
                    "  millrace --version\n\n"
                    "Exit status: 0 done, 1 failed, 2 wrong usage, 3 done but some input was\n"
                    "quarantined, 4 what --fail-on names was found, 5 verify found a difference,\n"
                    "6 another run holds OUT, 75 try again (no space, input/output), 128+n stopped by\n"
                    "signal n.\n");
}

void help_append_verb(enum verb verb, struct buf *out)
{
    const struct verb_info *v = &verbs[verb];
    buf_printf(out, "millrace %s %s [options]\n\n%s\n\n", v->name, v->arguments, v->details);
    for (size_t i = 0; i < option_table_count; i++) {
        const struct option_spec *s = &option_table[i];
        if ((s->verbs & BIT(verb)) == 0)
            continue;
        char left[40];
        snprintf(left, sizeof(left), "%c%c%c --%s%s%s", s->letter ? '-' : ' ',
                 s->letter ? s->letter : ' ', s->letter ? ',' : ' ', s->name,
                 s->argument ? " " : "", s->argument ? s->argument : "");
        buf_printf(out, "  %-26s %s\n", left, s->help);
    }
    buf_printf(out, "  %-26s %s\n", "-h, --help", "this text");
}
