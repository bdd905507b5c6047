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
    ON_READING = BIT(VERB_EVENTS) | BIT(VERB_SPLIT) | BIT(VERB_INSPECT),
    ON_INTERPRETING = BIT(VERB_RUN) | BIT(VERB_EVENTS),
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

static bool set_rules(struct options *o, const char *value)
{
    o->rules_path = value;
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

static bool set_no_dataset(struct options *o, const char *value)
{
    (void)value;
    return o->no_dataset = true;
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
    {'j', "threads", "N", ON_RUN, set_threads, "worker threads (default: one per usable core)"},
    {0, "work", "DIR", ON_RUN, set_work,
     "folder for unfinished work, on OUT's filesystem (default: OUT.work)"},
    {0, "no-dataset", NULL, ON_RUN, set_no_dataset, "report and ledger only"},
    {0, "force", NULL, ON_RUN, set_force,
     "build anew where OUT or the work folder holds something of millrace's"},
    {0, "dry-run", NULL, ON_RUN, set_dry_run, "print the plan and do nothing"},
    {0, "since", "TIME", ON_RUN, set_since,
     "events from then on: 2023-01-05, 2023-01-05T12:30 (UTC)"},
    {0, "until", "TIME", ON_RUN, set_until, "events up to the end of that day, hour, minute"},
    {0, "late", "SPAN", ON_RUN, set_late,
     "how long after --until objects may hold such events (default: 15d)"},
    {0, "account", "GLOB", ON_RUN, add_account, "only these accounts; may be given again"},
    {0, "log-group", "GLOB", ON_RUN, add_log_group, "only these log groups; may be given again"},
    {0, "min-level", "LEVEL", ON_RUN, set_min_level, "only this level and above"},
    {0, "include", "GLOB", ON_RUN, add_include, "only objects whose path below SOURCE matches"},
    {0, "exclude", "GLOB", ON_RUN, add_exclude, "no objects whose path below SOURCE matches"},
    {0, "files-from", "FILE", ON_RUN, set_files_from,
     "read paths below the one SOURCE from FILE, one a line (- for stdin)"},
    {0, "rules", "FILE", ON_RUN, set_rules, "rules to ignore, group, own or re-level alerts"},
    {0, "max-groups", "N", ON_RUN, set_max_groups, "alert groups to keep (default: 100000)"},
    {0, "no-redact", NULL, ON_RUN, set_no_redact, "keep keys, tokens and passwords in samples"},
    {0, "profile", "NAME", ON_RUN, set_profile,
     "Parquet features: default (read everywhere) or modern"},
    {0, "raw", "WHEN", ON_INTERPRETING, set_raw,
     "raw_message column: auto (where it adds something), always, never"},
    {0, "ignore-code", "CODE", ON_INTERPRETING, add_ignore_code,
     "retry codes that are no rows, besides ForceRetryExecution; none clears the list"},
    {0, "set-account", "ID", ON_INTERPRETING, set_account, "account where an object names none"},
    {0, "set-region", "NAME", ON_INTERPRETING, set_region, "region where an object names none"},
    {0, "set-log-group", "NAME", ON_INTERPRETING, set_log_group,
     "log group where an object names none"},
    {0, "max-record", "BYTES", ON_ALL, set_max_record,
     "largest decoded record (default: 64M); a larger one is quarantined"},
    {0, "at", "OFFSET", ON_READING, set_at, "only the member or document at this stored offset"},
    {0, "json", NULL, BIT(VERB_INSPECT), set_json, "print the account as JSON"},
    {0, "stats", "SECONDS", ON_RUN, set_stats, "a progress line this often, on no terminal too"},
    {'q', "quiet", NULL, ON_ALL, set_quiet, "no progress, no notices"},
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

static const struct option_spec *find_long(const char *name, size_t size)
{
    for (size_t i = 0; i < SPECS_COUNT; i++) {
        if (strlen(specs[i].name) == size && memcmp(specs[i].name, name, size) == 0)
            return &specs[i];
    }
    return NULL;
}

static const struct option_spec *find_letter(char letter)
{
    for (size_t i = 0; i < SPECS_COUNT; i++) {
        if (specs[i].letter == letter)
            return &specs[i];
    }
    return NULL;
}

/* `value` may be NULL: then the next argument is it. */
static enum rc apply(struct parse *p, const struct option_spec *spec, const char *shown,
                     const char *value, struct err *err)
{
    const char *verb = verbs[p->to->verb].name;
    if (spec == NULL || (spec->verbs & BIT(p->to->verb)) == 0)
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
    return apply(p, find_long(name, size), argument, equals != NULL ? equals + 1 : NULL, err);
}

static enum rc parse_letters(struct parse *p, const char *argument, struct err *err)
{
    for (const char *at = argument + 1; *at != '\0'; at++) {
        if (*at == 'h') {
            p->to->wants_help = true;
            continue;
        }
        const struct option_spec *spec = find_letter(*at);
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

/* What no single option can check. */
static enum rc check(const struct command_line *c, struct err *err)
{
    const struct options *o = &c->options;
    if (o->sources_count == 0)
        return err_set(err, RC_USAGE, "nothing to read: millrace %s %s", verbs[c->verb].name,
                       verbs[c->verb].arguments);
    if (c->verb == VERB_RUN && o->out == NULL && !o->is_dry_run)
        return err_set(err, RC_USAGE, "say where to write: millrace run SOURCE... -o OUT");
    if (o->has_since && o->has_until && o->until_ms < o->since_ms)
        return err_set(err, RC_USAGE, "--until lies before --since");
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
    return ret->wants_help ? RC_OK : check(ret, err);
}

/* ---- Help ---- */

void help_append(struct buf *out)
{
    buf_printf(out,
               "millrace turns months of archived CloudWatch Logs, staged from a bucket, into an\n"
               "alert report and a Parquet dataset.\n\n");
    for (enum verb v = 0; v < VERB_COUNT; v++)
        buf_printf(out, "  millrace %-8s %-18s %s\n", verbs[v].name, verbs[v].arguments,
                   verbs[v].summary);
    buf_printf(out, "  millrace VERB --help                the options of one command\n"
                    "  millrace --version\n\n"
                    "Exit status: 0 done, 1 failed, 2 wrong usage, 3 done but some input was\n"
                    "quarantined, 6 another run holds OUT, 75 try again (no space, input/output),\n"
                    "128+n stopped by signal n.\n");
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
