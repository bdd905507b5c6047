#include "job.h"

#include "util/text.h"
#include "version.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <zstd.h>

const char *job_program(void)
{
    return "millrace version " MILLRACE_VERSION " (build " MILLRACE_BUILD ")";
}

void job_notice(const struct job *j, unsigned level, const char *format, ...)
{
    char text[ERR_TEXT_BYTES];
    struct err line;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    /* Names of objects are in it: made safe to print as errors are. */
    (void)err_set(&line, RC_OK, "%s", text);
    if (j->hooks->on_notice != NULL)
        j->hooks->on_notice(j->hooks->context, level, line.text);
}

double job_seconds(struct timespec *mark)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double s = (double)(now.tv_sec - mark->tv_sec) + (double)(now.tv_nsec - mark->tv_nsec) / 1e9;
    *mark = now;
    return s;
}

void job_init(struct job *j, const struct options *options, const struct job_hooks *hooks,
              struct job_outcome *outcome)
{
    *j = (struct job){.options = options, .hooks = hooks, .outcome = outcome};
    place_init(&j->place);
    j->held.folder = -1;
    j->generation = 1;
    changed_init(&j->changed);
    clock_gettime(CLOCK_MONOTONIC, &j->began);
}

void job_done(struct job *j)
{
    changed_done(&j->changed);
    place_done(&j->place);
    held_done(&j->held);
    free(j->todo);
    free(j->name_ranks);
    plan_done(&j->plan);
    discovery_done(&j->objects);
    finished_close(&j->baseline);
    redact_rules_free(j->redact_rules);
    rules_free(j->rules);
}

static void describe(const struct changed_object *c, struct buf *out)
{
    const struct object *o = c->object;
    text_for_terminal(out, o->name);
    if (c->is_gone)
        buf_printf(out, " (gone)");
    else if (c->size != o->size)
        buf_printf(out, " (%" PRIu64 " bytes, planned %" PRIu64 ")", c->size, o->size);
    else
        buf_printf(out, " (written to)");
}

enum rc job_check_changed(const struct job *j, struct err *err)
{
    const struct changed *c = &j->changed;
    if (c->count == 0)
        return RC_OK;
    struct buf line = {0}, few = {0};
    size_t named = c->count < CHANGED_NAMED_MAX ? c->count : CHANGED_NAMED_MAX;
    for (size_t i = 0; i < named; i++) {
        buf_clear(&line);
        describe(&c->at[i], &line);
        job_notice(j, 0, "changed since the plan was made%s: %.*s",
                   j->options->allows_changed ? ", left out" : "", (int)line.size, line.data);
        if (few.size + line.size < ERR_TEXT_BYTES / 2)
            buf_printf(&few, "%s%.*s", i > 0 ? ", " : "", (int)line.size, line.data);
    }
    enum rc rc = RC_OK;
    if (!j->options->allows_changed)
        rc = err_set(err, RC_CHANGED,
                     "%zu object%s changed since the plan was made: %.*s; plan again when staging "
                     "is done, or leave such objects out with --allow-drift",
                     c->count, c->count == 1 ? " has" : "s have", (int)few.size, few.data);
    buf_done(&line);
    buf_done(&few);
    return rc;
}

/* ---- Preparing ---- */

void job_append_options(const struct job *j, struct buf *text)
{
    buf_printf(text, "%s\nlibzstd=%s\n", job_program(), ZSTD_versionString());
    options_append_canonical(j->options, text);
    if (j->redact_rules != NULL) {
        struct hash128 h = hash128(redact_rules_text(j->redact_rules));
        buf_printf(text, "redact-rules=%016" PRIx64 "%016" PRIx64 "\n", h.high, h.low);
    }
    if (j->rules != NULL) {
        buf_append(text, "rules=\n", 7);
        buf_append_view(text, rules_text(j->rules));
    }
    if (j->baseline.report != NULL)
        buf_printf(text, "baseline=%016" PRIx64 "%016" PRIx64 "\n", j->baseline_checksum.high,
                   j->baseline_checksum.low);
}

static enum rc hash_options(struct job *j, struct err *err)
{
    struct buf text = {0};
    job_append_options(j, &text);
    enum rc rc = buf_failed(&text) ? err_set(err, RC_NO_MEMORY, "no memory for the plan") : RC_OK;
    struct hash128 h = hash128(buf_view(&text));
    snprintf(j->options_hash, sizeof(j->options_hash), "%016" PRIx64 "%016" PRIx64, h.high, h.low);
    buf_done(&text);
    return rc;
}

/* Once published, the next run would be compared with something else. */
static enum rc check_baseline_apart(const struct options *o, struct err *err)
{
    struct stat out, old;
    if (o->out == NULL)
        return RC_OK;
    if (stat(o->out, &out) != 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? RC_OK
                   : err_errno_named(err, "%s: cannot look at it", o->out);
    if (stat(o->baseline, &old) != 0)
        return err_errno_named(err, "%s: cannot read it", o->baseline);
    if (out.st_ino != old.st_ino || out.st_dev != old.st_dev)
        return RC_OK;
    return err_set(err, RC_USAGE,
                   "--baseline %s: is the output folder itself; keep a copy of it (cp -al) to "
                   "compare with",
                   o->baseline);
}

static enum rc open_baseline(struct job *j, struct err *err)
{
    const struct options *o = j->options;
    TRY(check_baseline_apart(o, err));
    TRY(finished_open(o->baseline, o->groups_max, &j->baseline, err));
    TRY(finished_checksum(o->baseline, &j->baseline_checksum, err));
    uint64_t rules = j->rules != NULL ? hash64(rules_text(j->rules)) : 0;
    struct grouped here = {"this run", rules, rules};
    struct grouped there = finished_grouped(j->baseline.report, o->baseline);
    return finished_check_rules(&there, &here, err);
}

/* Whether tests want every record parsed and every event interpreted. */
static bool glances_are_off(void)
{
    const char *glances = getenv("MILLRACE_GLANCES");
    return glances != NULL && strcmp(glances, "off") == 0;
}

/* Whether nobody looks at events but who counts them. A rule that sets levels
 * is asked of every row, by all its columns. */
static bool counts_only(const struct job *j)
{
    return j->options->no_dataset && !j->options->dedupe && !glances_are_off() &&
           (j->rules == NULL || !rules_set_levels(j->rules));
}

/* A plan brings its rules along: shards need no file. */
static enum rc load_rules(struct job *j, struct err *err)
{
    const struct options *o = j->options;
    return view_is_null(o->rules_text) ? rules_load(o->rules_path, &j->rules, err)
                                       : rules_parse(o->rules_path, o->rules_text, &j->rules, err);
}

static enum rc load_redact_rules(struct job *j, struct err *err)
{
    const struct options *o = j->options;
    return view_is_null(o->redact_text)
               ? redact_rules_load(o->redact_path, &j->redact_rules, err)
               : redact_rules_parse(o->redact_path, o->redact_text, &j->redact_rules, err);
}

enum rc job_prepare(struct job *j, struct err *err)
{
    const struct options *o = j->options;
    if (!cpu_choose(&j->cpu))
        return err_set(err, RC_USAGE,
                       "MILLRACE_CPU names no kernels that can run here; this machine has %s",
                       cpu_name(j->cpu));
    if (o->rules_path != NULL)
        TRY(load_rules(j, err));
    if (o->redact_path != NULL)
        TRY(load_redact_rules(j, err));
    if (o->baseline != NULL)
        TRY(open_baseline(j, err));
    TRY(hash_options(j, err));
    if (j->file != NULL && strcmp(j->file->head.options, j->options_hash) != 0)
        return err_set(err, RC_USAGE,
                       "the plan was made by %s or with another libzstd, and this is %s; use that "
                       "one, or make the plan anew",
                       j->file->head.program, job_program());
    j->interpret_options = (struct interpret_options){
        .raw = o->raw,
        .ignore_codes = o->ignore_codes,
        .ignore_codes_count = o->ignore_codes_count,
        .counts_only = counts_only(j),
    };
    j->object_options = (struct object_options){
        .cpu = j->cpu,
        .interpret = &j->interpret_options,
        .record_bytes_max = o->record_bytes_max,
        .parses_all = glances_are_off(),
        .set_account = o->set_account,
        .set_region = o->set_region,
        .set_log_group = o->set_log_group,
    };
    if (o->out != NULL)
        TRY(place_find(&j->place, o, err));
    snprintf(j->outcome->out, sizeof(j->outcome->out), "%s", j->place.out);
    return RC_OK;
}
