/* options.h - what a run was asked to do: plain data, filled by the command
 * line (cli/), read by everything below it. Strings borrow from argv. */
#ifndef MILLRACE_OPTIONS_H
#define MILLRACE_OPTIONS_H

#include "dataset/rows.h"
#include "input/fanout.h"
#include "interpret/interpret.h"
#include "limits.h"
#include "plan/discover.h"
#include "report/report.h"
#include "util/buf.h"

#define OPTION_LIST_MAX 256 /* occurrences of one repeatable option */

struct option_list {
    const char *items[OPTION_LIST_MAX];
    size_t count;
};

/* --fail-on: status 4 where the report counts more than `above` of its kind. */
enum gate_kind { GATE_NEW, GATE_ERROR, GATE_FATAL, GATE_ALERTS };
struct gate {
    enum gate_kind kind;
    uint64_t above;
    const char *text; /* as given */
};
#define GATES_MAX 8

/* millrace bench */
struct bench_options {
    unsigned threads[BENCH_THREADS_LIST]; /* numbers of threads to try, in this order */
    size_t threads_count;
    unsigned kernels; /* bit 1 << enum cpu; 0: each that runs here */
    unsigned runs;
    bool no_whole;           /* the stages alone */
    uint64_t text_bytes_max; /* decoded text to measure with */
};

struct options {
    const char *const *sources;
    size_t sources_count;
    const char *out;  /* NULL where none was given */
    const char *work; /* NULL: OUT.work */
    const char *files_from;
    struct option_list include, exclude;

    unsigned threads;
    bool is_quiet;
    unsigned verbose;
    unsigned stats_s;
    bool is_forced;
    bool is_dry_run;
    bool is_json;
    bool is_watching; /* watch: no objects so far is nothing wrong */
    int64_t interval_ms, settle_ms;
    bool no_dataset;
    bool has_more_runs; /* bench: others follow in this process, with folders of their own */
    enum fanout_io io;
    bool no_pin;
    struct gate gates[GATES_MAX];
    size_t gates_count;

    /* plan, run --plan, merge */
    const char *plan_path; /* of the plan to write, or to do a part of */
    const char *shard;     /* "i/N" or "auto", where a part is to be done */
    uint32_t shards;
    bool allows_changed; /* objects that changed since the plan was made are left out */
    bool is_status;
    unsigned wait_s; /* for batches that are not there yet */
    /* What a plan records: name, value, name, value, … as given, of every option
     * below. A flag's value is "". */
    const char *arguments[PLAN_ARGUMENTS_MAX];
    size_t arguments_count;

    /* From here on everything affects output bytes and goes into the plan hash
     * (options_append_canonical). */
    bool has_since, has_until;
    int64_t since_ms, until_ms, late_ms;
    struct option_list accounts, log_groups; /* globs */
    enum severity min_level;
    struct view set_account, set_region, set_log_group;
    enum raw_mode raw;
    struct view ignore_codes[OPTION_LIST_MAX];
    size_t ignore_codes_count;
    size_t record_bytes_max;
    size_t groups_max;
    enum parquet_profile profile;
    struct partition_by partition_by;
    bool redact;
    const char *redact_path; /* expressions of the user's own; its bytes are hashed */
    struct view redact_text; /* these bytes, where a plan brought them along; else null */
    bool dedupe;
    const char *rules_path;
    struct view rules_text; /* as redact_text */
    const char *baseline; /* a finished run's folder: its checksum is hashed, not its path */

    /* report */
    bool has_format;
    enum report_format format;

    /* verify, quarantine: the OUT they look at; sources may be none */
    const char *target;
    bool is_extract;
    struct option_list against;         /* where --against was given: the sources */
    uint32_t sample_part, sample_parts; /* part 1 to parts; 0 of 0: everything */

    struct bench_options bench;

    /* events, inspect, split */
    bool has_at;
    uint64_t at;
};

void options_init(struct options *o);

/* What the options say of the sources; skips are not told. Borrows from `o`. */
struct discover_options options_discovery(const struct options *o);

/* One line per option that affects bytes, in a fixed order. */
void options_append_canonical(const struct options *o, struct buf *out);

#endif
