#include "cli/option_table.h"

#include "cli/values.h"
#include "limits.h"

bool option_list_add(struct option_list *list, const char *value)
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
    return option_list_add(&o->include, value);
}

static bool add_exclude(struct options *o, const char *value)
{
    return option_list_add(&o->exclude, value);
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

static bool set_interval(struct options *o, const char *value)
{
    return value_duration_ms(value, &o->interval_ms) && o->interval_ms <= WATCH_WAIT_MS_MAX;
}

static bool set_settle(struct options *o, const char *value)
{
    return value_duration_ms(value, &o->settle_ms) && o->settle_ms <= WATCH_WAIT_MS_MAX;
}

static bool add_account(struct options *o, const char *value)
{
    return option_list_add(&o->accounts, value);
}

static bool add_log_group(struct options *o, const char *value)
{
    return option_list_add(&o->log_groups, value);
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
    return value[0] != '\0' && option_list_add(&o->against, value);
}

static bool set_sample(struct options *o, const char *value)
{
    return value_part(value, &o->sample_part, &o->sample_parts);
}

static bool set_plan(struct options *o, const char *value)
{
    o->plan_path = value;
    return value[0] != '\0';
}

static bool set_shards(struct options *o, const char *value)
{
    uint64_t count;
    if (!value_count(value, &count) || count < 1 || count > SHARDS_MAX)
        return false;
    o->shards = (uint32_t)count;
    return true;
}

static bool set_shard(struct options *o, const char *value)
{
    o->shard = value;
    return value[0] != '\0';
}

static bool set_wait(struct options *o, const char *value)
{
    uint64_t seconds;
    if (!value_count(value, &seconds) || seconds > 86400)
        return false;
    o->wait_s = (unsigned)seconds;
    return true;
}

static bool set_allow_drift(struct options *o, const char *value)
{
    (void)value;
    return o->allows_changed = true;
}

static bool set_status(struct options *o, const char *value)
{
    (void)value;
    return o->is_status = true;
}

/* "4", "1,2,8", "1..4". */
static bool set_bench_threads(struct options *o, const char *value)
{
    struct bench_options *b = &o->bench;
    b->threads_count = 0;
    return value_counts(value, WORKERS_MAX, b->threads, BENCH_THREADS_LIST, &b->threads_count);
}

/* "avx2", "avx512,scalar", "all". */
static bool set_kernels(struct options *o, const char *value)
{
    o->bench.kernels = 0;
    return strcmp(value, "all") == 0 || value_kernels(value, &o->bench.kernels);
}

static bool set_runs(struct options *o, const char *value)
{
    uint64_t runs;
    if (!value_count(value, &runs) || runs < 1 || runs > BENCH_RUNS_MAX)
        return false;
    o->bench.runs = (unsigned)runs;
    return true;
}

static bool set_no_whole(struct options *o, const char *value)
{
    (void)value;
    return o->bench.no_whole = true;
}

static bool set_bench_bytes(struct options *o, const char *value)
{
    return value_bytes(value, &o->bench.text_bytes_max) && o->bench.text_bytes_max > 0 &&
           o->bench.text_bytes_max <= BENCH_BYTES_LIMIT;
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

const struct option_spec option_table[] = {
    {'o', "output", "OUT", ON_RUN | ON_WATCH, set_out, "folder to publish; its parent must exist"},
    {'o', "output", "PLAN", ON_PLAN, set_plan, "file to write; an older plan there is replaced"},
    {0, "shards", "N", ON_PLAN, set_shards, "parts to share the work out to (default: 1)"},
    {0, "after", "OUT", ON_PLAN, set_out,
     "plan only what the finished run OUT does not hold: a merge into it adds that"},
    {0, "plan", "PLAN", ON_RUN, set_plan, "do one part of this plan; with --shard"},
    {0, "shard", "i/N", ON_RUN, set_shard,
     "which, i from 0; auto: as Slurm, AWS Batch, Kubernetes or GNU parallel say"},
    {0, "allow-drift", NULL, ON_PUBLISHING, set_allow_drift,
     "leave out objects that changed since the plan was made (quarantined whole)"},
    {0, "status", NULL, ON_MERGE, set_status, "only tell which batches are missing"},
    {0, "wait", "SECONDS", ON_MERGE, set_wait,
     "how long to look for batches that are not there yet (default: 90)"},
    {'o', "output", "R", ON_REPORT, set_out,
     "file for one run's report (- for stdout); folder for several runs"},
    {0, "format", "FORM", ON_REPORT, set_format, "json, html, md, csv or table"},
    {'o', "output", "DIR", ON_QUARANTINE, set_out,
     "folder to write to, new or empty (default: quarantine)"},
    {0, "against", "SOURCE", ON_VERIFY, add_against,
     "count the objects below SOURCE again; may be given again, or followed by more"},
    {0, "sample", "K/N", ON_VERIFY, set_sample,
     "read only part K of N of all files and objects; 1/N to N/N are everything"},
    {'j', "threads", "N", ON_WORKING | ON_VERIFY, set_threads,
     "worker threads (default: one per usable core)"},
    {0, "no-pin", NULL, ON_WORKING, set_no_pin,
     "leave the choice of cores to the system also where every core has its thread"},
    {0, "io", "HOW", ON_WORKING, set_io,
     "input by uring, threads or (default) auto: io_uring where the system allows it"},
    {'j', "threads", "LIST", ON_BENCH, set_bench_threads,
     "numbers of threads: 2, or 1,2,8, or 1..4 (default: 1 and all usable cores)"},
    {0, "kernels", "LIST", ON_BENCH, set_kernels,
     "avx512, avx2, neon, scalar, joined by commas (default: all that run here)"},
    {0, "runs", "N", ON_BENCH, set_runs, "times that everything is measured (default: 5)"},
    {0, "no-whole", NULL, ON_BENCH, set_no_whole,
     "the stages alone, not the whole job from the files"},
    {0, "max-bytes", "BYTES", ON_BENCH, set_bench_bytes,
     "decoded text to measure with (default: 256M, at most 3G); a sample where there is more"},
    {0, "work", "DIR", ON_BENCH, set_work,
     "folder for files, removed afterwards (default: /dev/shm, else TMPDIR)"},
    {0, "work", "DIR", ON_WORKING, set_work,
     "folder for unfinished work, on OUT's filesystem (default: OUT.work)"},
    {0, "no-dataset", NULL, PLANNED, set_no_dataset, "report and ledger only"},
    {0, "dedupe", NULL, PLANNED, set_dedupe,
     "one row per account, log group, log stream and event id; reads twice what repeats"},
    {0, "force", NULL, ON_PUBLISHING, set_force,
     "build anew where OUT or the work folder holds something of millrace's"},
    {0, "force", NULL, ON_REPORT, set_force, "replace R where it holds added-up reports"},
    {0, "dry-run", NULL, ON_PLANNING, set_dry_run,
     "print the plan and what the objects hold by their heads; do nothing"},
    {0, "since", "TIME", PLANNED | ON_VERIFY, set_since,
     "events from then on: 2023-01-05, 2023-01-05T12:30 (UTC)"},
    {0, "until", "TIME", PLANNED | ON_VERIFY, set_until,
     "events up to the end of that day, hour, minute"},
    {0, "late", "SPAN", PLANNED | ON_VERIFY, set_late,
     "how long after --until objects may hold such events: s, m, h or d (default: 15d)"},
    {0, "account", "GLOB", PLANNED, add_account, "only these accounts; may be given again"},
    {0, "log-group", "GLOB", PLANNED, add_log_group, "only these log groups; may be given again"},
    {0, "min-level", "LEVEL", PLANNED, set_min_level,
     "only this level and above: trace, debug, info, warn, error or fatal"},
    {0, "include", "GLOB", PLANNED | ON_FINISHED | ON_BENCH, add_include,
     "only objects whose path below SOURCE matches"},
    {0, "exclude", "GLOB", PLANNED | ON_FINISHED | ON_BENCH, add_exclude,
     "no objects whose path below SOURCE matches"},
    {0, "files-from", "FILE", ON_PLANNING | ON_FINISHED, set_files_from,
     "read paths below the one SOURCE from FILE (- for stdin): one a line, or\n"
     "                             size TAB mtime TAB path NUL, which looks at no file"},
    {0, "interval", "SPAN", ON_WATCH, set_interval,
     "how often to look at most: s, m, h or d (default: 5m)"},
    {0, "settle", "SPAN", ON_WATCH, set_settle,
     "leave files that were written more lately than this (default: 10s)"},
    {0, "rules", "FILE", PLANNED | BIT(VERB_EXPLAIN), set_rules,
     "rules to ignore, group, own or re-level alerts; millrace explain --help has their form"},
    {0, "max-groups", "N", ON_REPORTING, set_max_groups, "alert groups to keep (default: 100000)"},
    {0, "redact", "RULES", ON_REPORTING, set_redact,
     "take out what these expressions match too: a PCRE2 per line, its first group or all"},
    {0, "no-redact", NULL, ON_REPORTING, set_no_redact,
     "keep keys, tokens and passwords in samples"},
    {0, "baseline", "OLD", ON_REPORTING, set_baseline,
     "finished run to compare with: marks groups that are new, back or gone"},
    {0, "fail-on", "WHAT", ON_PUBLISHING | ON_REPORT, add_gate,
     "new (with --baseline), error>N, fatal>N, alerts>N: exit 4; may be given again"},
    {0, "profile", "NAME", PLANNED | ON_BENCH, set_profile,
     "Parquet features: default (read everywhere) or modern"},
    {0, "partition-by", "COLUMNS", PLANNED, set_partition_by,
     "folders of the dataset: dt (the default), account_id, region, log_group, kind, level"},
    {0, "raw", "WHEN", ON_INTERPRETING, set_raw,
     "raw_message column: auto (where it adds something), always, never"},
    {0, "ignore-code", "CODE", ON_INTERPRETING | ON_VERIFY, add_ignore_code,
     "retry codes that are no rows, besides ForceRetryExecution; none clears the list"},
    {0, "set-account", "ID", ON_INTERPRETING, set_account, "account where an object names none"},
    {0, "set-region", "NAME", ON_INTERPRETING, set_region, "region where an object names none"},
    {0, "set-log-group", "NAME", ON_INTERPRETING, set_log_group,
     "log group where an object names none"},
    {0, "max-record", "BYTES", PLANNED | ON_READING | ON_VERIFY | ON_BENCH, set_max_record,
     "largest decoded record (default: 64M); a larger one is quarantined"},
    {0, "at", "OFFSET", ON_READING, set_at, "only the member or document at this stored offset"},
    {0, "json", NULL, BIT(VERB_INSPECT), set_json, "print the account as JSON"},
    {0, "json", NULL, ON_BENCH, set_json, "print every figure of every run as JSON"},
    {0, "json", NULL, BIT(VERB_EXPLAIN), set_json, "print a JSON object per alert"},
    {0, "stats", "SECONDS", ON_WORKING, set_stats,
     "a progress line this often, on no terminal too"},
    {0, "json", NULL, ON_QUARANTINE, set_json, "print the lines of quarantine.ndjson as they are"},
    {'q', "quiet", NULL, ON_ALL | ON_REPORT | ON_FINISHED | ON_BENCH, set_quiet, "no progress, no notices"},
    {'v', "verbose", NULL, ON_ALL, set_verbose, "say more"},
};

const size_t option_table_count = sizeof(option_table) / sizeof(option_table[0]);
