#include "cli/command_line.h"

#include "cli/values.h"
#include "limits.h"

#include <assert.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#define BIT(verb) (1u << (verb))

enum {
    ON_RUN = BIT(VERB_RUN),
    ON_READING = BIT(VERB_EVENTS) | BIT(VERB_SPLIT) | BIT(VERB_INSPECT) | BIT(VERB_EXPLAIN),
    ON_INTERPRETING = BIT(VERB_RUN) | BIT(VERB_EVENTS) | BIT(VERB_EXPLAIN),
    ON_REPORT = BIT(VERB_REPORT),
    ON_REPORTING = ON_RUN | ON_REPORT,
    ON_VERIFY = BIT(VERB_VERIFY),
    ON_QUARANTINE = BIT(VERB_QUARANTINE),
    ON_FINISHED = ON_VERIFY | ON_QUARANTINE,
    ON_ALL = ON_RUN | ON_READING,
};

static const struct verb_info verbs[VERB_COUNT] = {
    [VERB_RUN] =
        {"run", "SOURCE... -o OUT",
         "reprocess a staged bucket into an alert report and a Parquet dataset",
         "Reads every object below each SOURCE (a folder staged from a bucket, or a file)\n"
         "and publishes OUT in one step: report.html, report.md, report.json, report.csv,\n"
         "events/dt=…/*.parquet, ledger.json and quarantine.ndjson. Interrupted at any\n"
         "point, the same command goes on where it was."},
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
         "bytes of the text). Nothing is redacted."},
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
};

const struct verb_info *verb_info(enum verb verb)
{
    assert(verb < VERB_COUNT);
    return &verbs[verb];
}

/* ---- The option table ---- */

typedef bool option_set_fn(struct options *o, const char *value);

struct option_spec {
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* NULL: a flag */
    unsigned verbs;
    option_set_fn *set;
    const char *help;
};

static bool list_add(struct option_list *list, const char *value)
{
    if (list->count == OPTION_LIST_MAX)
        return false;
    list->items[list->count++] = value;
    return true;
}

static bool set_out(struct options *o, const char *value)
{
    o->out = value;
    return value[0] != '\0';
}

static bool set_work(struct options *o, const char *value)
{
    o->work = value;
    return value[0] != '\0';
}

static bool set_files_from(struct options *o, const char *value)
{
    o->files_from = value;
    return true;
}

static bool add_include(struct options *o, const char *value)
{
    return list_add(&o->include, value);
}

static bool add_exclude(struct options *o, const char *value)
{
    return list_add(&o->exclude, value);
}

static bool set_threads(struct options *o, const char *value)
{
    uint64_t count;
    if (!value_count(value, &count) || count < 1 || count > WORKERS_MAX)
        return false;
    o->threads = (unsigned)count;
    return true;
}

static bool set_since(struct options *o, const char *value)
{
    o->has_since = true;
    return value_time_ms(value, false, &o->since_ms);
}

static bool set_until(struct options *o, const char *value)
{
    o->has_until = true;
    return value_time_ms(value, true, &o->until_ms);
}

static bool set_late(struct options *o, const char *value)
{
    return value_duration_ms(value, &o->late_ms);
}

static bool add_account(struct options *o, const char *value)
{
    return list_add(&o->accounts, value);
}

static bool add_log_group(struct options *o, const char *value)
{
    return list_add(&o->log_groups, value);
}

static bool set_min_level(struct options *o, const char *value)
{
    return value_severity(value, &o->min_level);
}

static bool set_account(struct options *o, const char *value)
{
    o->set_account = view_of_string(value);
    return value[0] != '\0';
}

static bool set_region(struct options *o, const char *value)
{
    o->set_region = view_of_string(value);
    return value[0] != '\0';
}

static bool set_log_group(struct options *o, const char *value)
{
    o->set_log_group = view_of_string(value);
    return value[0] != '\0';
}

static bool set_raw(struct options *o, const char *value)
{
    static const char *const words[] = {"auto", "always", "never"};
    static const enum raw_mode modes[] = {RAW_AUTO, RAW_ALWAYS, RAW_NEVER};
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(value, words[i]) == 0) {
            o->raw = modes[i];
            return true;
        }
    }
    return false;
}

static bool add_ignore_code(struct options *o, const char *value)
{
    if (strcmp(value, "none") == 0) {
        o->ignore_codes_count = 0;
        return true;
    }
    if (o->ignore_codes_count == OPTION_LIST_MAX || value[0] == '\0')
        return false;
    o->ignore_codes[o->ignore_codes_count++] = view_of_string(value);
    return true;
}

static bool set_max_record(struct options *o, const char *value)
{
    uint64_t bytes;
    if (!value_bytes(value, &bytes) || bytes < KIB(1) || bytes > RECORD_BYTES_LIMIT)
        return false;
    o->record_bytes_max = (size_t)bytes;
    return true;
}

static bool set_max_groups(struct options *o, const char *value)
{
    uint64_t count;
    if (!value_count(value, &count) || count < 1)
        return false;
    o->groups_max = (size_t)count;
    return true;
}

static bool set_profile(struct options *o, const char *value)
{
    o->profile = strcmp(value, "modern") == 0 ? PROFILE_MODERN : PROFILE_DEFAULT;
    return strcmp(value, "modern") == 0 || strcmp(value, "default") == 0;
}

static bool set_partition_by(struct options *o, const char *value)
{
    return partition_by_parse(value, &o->partition_by);
}

static bool set_rules(struct options *o, const char *value)
{
    o->rules_path = value;
    return value[0] != '\0';
}

static bool set_redact(struct options *o, const char *value)
{
    o->redact_path = value;
    return value[0] != '\0';
}

static bool set_stats(struct options *o, const char *value)
{
    uint64_t seconds;
    if (!value_count(value, &seconds) || seconds < 1 || seconds > 86400)
        return false;
    o->stats_s = (unsigned)seconds;
    return true;
}

static bool set_at(struct options *o, const char *value)
{
    o->has_at = true;
    return value_count(value, &o->at);
}

static bool set_baseline(struct options *o, const char *value)
{
    o->baseline = value;
    return value[0] != '\0';
}

static bool add_gate(struct options *o, const char *value)
{
    return o->gates_count < GATES_MAX && value_gate(value, &o->gates[o->gates_count++]);
}

static bool set_format(struct options *o, const char *value)
{
    o->has_format = true;
    return report_format_parse(value, &o->format);
}

static bool add_against(struct options *o, const char *value)
{
    return value[0] != '\0' && list_add(&o->against, value);
}

static bool set_sample(struct options *o, const char *value)
{
    return value_part(value, &o->sample_part, &o->sample_parts);
}

static bool set_no_dataset(struct options *o, const char *value)
{
    (void)value;
    return o->no_dataset = true;
}

static bool set_io(struct options *o, const char *value)
{
    static const char *const words[] = {
        [FANOUT_AUTO] = "auto", [FANOUT_URING] = "uring", [FANOUT_THREADS] = "threads"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(value, words[i]) == 0) {
            o->io = (enum fanout_io)i;
            return true;
        }
    }
    return false;
}

static bool set_no_pin(struct options *o, const char *value)
{
    (void)value;
    return o->no_pin = true;
}

static bool set_dedupe(struct options *o, const char *value)
{
    (void)value;
    o->dedupe = true;
    return true;
}

static bool set_no_redact(struct options *o, const char *value)
{
    (void)value;
    o->redact = false;
    return true;
}

static bool set_force(struct options *o, const char *value)
{
    (void)value;
    return o->is_forced = true;
}

static bool set_dry_run(struct options *o, const char *value)
{
    (void)value;
    return o->is_dry_run = true;
}

static bool set_json(struct options *o, const char *value)
{
    (void)value;
    return o->is_json = true;
}

static bool set_quiet(struct options *o, const char *value)
{
    (void)value;
    return o->is_quiet = true;
}

static bool set_verbose(struct options *o, const char *value)
{
    (void)value;
    o->verbose++;
    return true;
}

static const struct option_spec specs[] = {
    {'o', "output", "OUT", ON_RUN, set_out, "folder to publish; its parent must exist"},
    {'o', "output", "R", ON_REPORT, set_out,
     "file for one run's report (- for stdout); folder for several runs"},
    {0, "format", "FORM", ON_REPORT, set_format, "json, html, md, csv or table"},
    {'o', "output", "DIR", ON_QUARANTINE, set_out,
     "folder to write to, new or empty (default: quarantine)"},
    {0, "against", "SOURCE", ON_VERIFY, add_against,
     "count the objects below SOURCE again; may be given again, or followed by more"},
    {0, "sample", "K/N", ON_VERIFY, set_sample,
     "read only part K of N of all files and objects; 1/N to N/N are everything"},
    {'j', "threads", "N", ON_RUN | ON_VERIFY, set_threads, "worker threads (default: one per usable core)"},
    {0, "no-pin", NULL, ON_RUN, set_no_pin,
     "leave the choice of cores to the system also where every core has its thread"},
    {0, "io", "HOW", ON_RUN, set_io,
     "input by uring, threads or (default) auto: io_uring where the system allows it"},
    {0, "work", "DIR", ON_RUN, set_work,
     "folder for unfinished work, on OUT's filesystem (default: OUT.work)"},
    {0, "no-dataset", NULL, ON_RUN, set_no_dataset, "report and ledger only"},
    {0, "dedupe", NULL, ON_RUN, set_dedupe,
     "one row per account, log group, log stream and event id; reads twice what repeats"},
    {0, "force", NULL, ON_RUN, set_force,
     "build anew where OUT or the work folder holds something of millrace's"},
    {0, "force", NULL, ON_REPORT, set_force, "replace R where it holds added-up reports"},
    {0, "dry-run", NULL, ON_RUN, set_dry_run, "print the plan and what the objects hold by their heads; do nothing"},
    {0, "since", "TIME", ON_RUN | ON_VERIFY, set_since,
     "events from then on: 2023-01-05, 2023-01-05T12:30 (UTC)"},
    {0, "until", "TIME", ON_RUN | ON_VERIFY, set_until,
     "events up to the end of that day, hour, minute"},
    {0, "late", "SPAN", ON_RUN | ON_VERIFY, set_late,
     "how long after --until objects may hold such events (default: 15d)"},
    {0, "account", "GLOB", ON_RUN, add_account, "only these accounts; may be given again"},
    {0, "log-group", "GLOB", ON_RUN, add_log_group, "only these log groups; may be given again"},
    {0, "min-level", "LEVEL", ON_RUN, set_min_level, "only this level and above"},
    {0, "include", "GLOB", ON_RUN | ON_FINISHED, add_include,
     "only objects whose path below SOURCE matches"},
    {0, "exclude", "GLOB", ON_RUN | ON_FINISHED, add_exclude,
     "no objects whose path below SOURCE matches"},
    {0, "files-from", "FILE", ON_RUN | ON_FINISHED, set_files_from,
     "read paths below the one SOURCE from FILE, one a line (- for stdin)"},
    {0, "rules", "FILE", ON_RUN | BIT(VERB_EXPLAIN), set_rules,
     "rules to ignore, group, own or re-level alerts"},
    {0, "max-groups", "N", ON_REPORTING, set_max_groups, "alert groups to keep (default: 100000)"},
    {0, "redact", "RULES", ON_REPORTING, set_redact,
     "take out what these expressions match too: a PCRE2 per line, its first group or all"},
    {0, "no-redact", NULL, ON_REPORTING, set_no_redact,
     "keep keys, tokens and passwords in samples"},
    {0, "baseline", "OLD", ON_REPORTING, set_baseline,
     "finished run to compare with: marks groups that are new, back or gone"},
    {0, "fail-on", "WHAT", ON_REPORTING, add_gate,
     "new (with --baseline), error>N, fatal>N, alerts>N: exit 4; may be given again"},
    {0, "profile", "NAME", ON_RUN, set_profile,
     "Parquet features: default (read everywhere) or modern"},
    {0, "partition-by", "COLUMNS", ON_RUN, set_partition_by,
     "folders of the dataset: dt (the default), account_id, region, log_group, kind, level"},
    {0, "raw", "WHEN", ON_INTERPRETING, set_raw,
     "raw_message column: auto (where it adds something), always, never"},
    {0, "ignore-code", "CODE", ON_INTERPRETING | ON_VERIFY, add_ignore_code,
     "retry codes that are no rows, besides ForceRetryExecution; none clears the list"},
    {0, "set-account", "ID", ON_INTERPRETING, set_account, "account where an object names none"},
    {0, "set-region", "NAME", ON_INTERPRETING, set_region, "region where an object names none"},
    {0, "set-log-group", "NAME", ON_INTERPRETING, set_log_group,
     "log group where an object names none"},
    {0, "max-record", "BYTES", ON_ALL | ON_VERIFY, set_max_record,
     "largest decoded record (default: 64M); a larger one is quarantined"},
    {0, "at", "OFFSET", ON_READING, set_at, "only the member or document at this stored offset"},
    {0, "json", NULL, BIT(VERB_INSPECT), set_json, "print the account as JSON"},
    {0, "json", NULL, BIT(VERB_EXPLAIN), set_json, "print a JSON object per alert"},
    {0, "stats", "SECONDS", ON_RUN, set_stats, "a progress line this often, on no terminal too"},
    {0, "json", NULL, ON_QUARANTINE, set_json, "print the lines of quarantine.ndjson as they are"},
    {'q', "quiet", NULL, ON_ALL | ON_REPORT | ON_FINISHED, set_quiet, "no progress, no notices"},
    {'v', "verbose", NULL, ON_ALL, set_verbose, "say more"},
};

enum { SPECS_COUNT = sizeof(specs) / sizeof(specs[0]) };

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
    for (size_t i = 0; i < SPECS_COUNT; i++) {
        if ((specs[i].verbs & BIT(verb)) != 0 && strlen(specs[i].name) == size &&
            memcmp(specs[i].name, name, size) == 0)
            return &specs[i];
    }
    return NULL;
}

static const struct option_spec *find_letter(enum verb verb, char letter)
{
    for (size_t i = 0; i < SPECS_COUNT; i++) {
        if ((specs[i].verbs & BIT(verb)) != 0 && specs[i].letter == letter)
            return &specs[i];
    }
    return NULL;
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
        if (!list_add(&o->against, o->sources[i]))
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

/* The first argument of these verbs is a finished run. */
static enum rc take_target(struct command_line *c, struct err *err)
{
    struct options *o = &c->options;
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
    if (o->sources_count == 0 && o->target == NULL)
        return err_set(err, RC_USAGE, "nothing to read: millrace %s %s", verbs[c->verb].name,
                       verbs[c->verb].arguments);
    if (c->verb == VERB_RUN && o->out == NULL && !o->is_dry_run)
        return err_set(err, RC_USAGE, "say where to write: millrace run SOURCE... -o OUT");
    if (o->has_since && o->has_until && o->until_ms < o->since_ms)
        return err_set(err, RC_USAGE, "--until lies before --since");
    for (size_t i = 0; i < o->gates_count; i++) {
        if (o->gates[i].kind == GATE_NEW && o->baseline == NULL)
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
        buf_printf(out, "  millrace %-10s %-24s %s\n", verbs[v].name, verbs[v].arguments,
                   verbs[v].summary);
    buf_printf(out, "  millrace VERB --help                        the options of one command\n"
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
    for (size_t i = 0; i < SPECS_COUNT; i++) {
        const struct option_spec *s = &specs[i];
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
