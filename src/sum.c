#include "sum.h"

#include "commit/atomic_file.h"
#include "commit/finished.h"
#include "commit/manifest.h"
#include "commit/place.h"
#include "commit/publish.h"
#include "commit/reports.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct sum_state {
    const struct options *options;
    struct place place;
    struct ledger ledger;
    struct manifest manifest;
    struct finished baseline;
    struct redact_rules *redact_rules;
    struct grouped grouped; /* of the inputs so far that have events */
    int next;               /* open OUT.work/next, or -1 */
    bool may_replace;       /* what is at OUT */
};

/* ---- What is added ---- */

static enum rc check_distinct(const struct options *o, struct err *err)
{
    struct stat *seen = calloc(o->sources_count, sizeof(*seen));
    enum rc rc = seen == NULL ? err_set(err, RC_NO_MEMORY, "no memory to begin") : RC_OK;
    for (size_t i = 0; i < o->sources_count && rc == RC_OK; i++) {
        if (stat(o->sources[i], &seen[i]) != 0)
            rc = err_errno_named(err, "%s: cannot read it", o->sources[i]);
        for (size_t j = 0; j < i && rc == RC_OK; j++) {
            if (seen[i].st_ino == seen[j].st_ino && seen[i].st_dev == seen[j].st_dev)
                rc = err_set(err, RC_USAGE, "%s and %s are the same run, which counts once",
                             o->sources[j], o->sources[i]);
        }
    }
    free(seen);
    return rc;
}

static enum rc add_ledger(struct sum_state *s, const struct finished *f, const char *path,
                          struct err *err)
{
    struct grouped grouped = finished_grouped(f->report, path);
    TRY(finished_check_rules(&s->grouped, &grouped, err));
    if (grouped.rules_min <= grouped.rules_max)
        s->grouped = grouped;
    if (!ledger_add(&s->ledger, &f->ledger))
        return err_set(err, RC_NO_MEMORY, "no memory for the ledger");
    return RC_OK;
}

static enum rc add_ledgers(struct sum_state *s, struct err *err)
{
    const struct options *o = s->options;
    for (size_t i = 0; i < o->sources_count; i++) {
        struct finished f;
        TRY(finished_open(o->sources[i], 0, &f, err));
        enum rc rc = add_ledger(s, &f, o->sources[i], err);
        finished_close(&f);
        TRY(rc);
    }
    return RC_OK;
}

static enum rc open_baseline(struct sum_state *s, struct err *err)
{
    const struct options *o = s->options;
    if (o->baseline == NULL)
        return RC_OK;
    TRY(finished_open(o->baseline, o->groups_max, &s->baseline, err));
    struct grouped grouped = finished_grouped(s->baseline.report, o->baseline);
    return finished_check_rules(&grouped, &s->grouped, err);
}

/* ---- Where it goes ---- */

static enum rc holds(const char *folder, const char *name, bool *ret, struct err *err)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
        return err_set(err, RC_USAGE, "%s: the path is too long", folder);
    return path_exists(AT_FDCWD, path, ret, err);
}

static enum rc check_out(struct sum_state *s, struct err *err)
{
    const char *out = s->place.out;
    bool is_inside, is_free, is_finished, has_report, is_run;
    TRY(finished_holds(out, &is_inside, err));
    if (is_inside)
        return err_set(err, RC_USAGE,
                       "%s: lies inside a finished run, whose files stay as they are; choose "
                       "another -o",
                       out);
    TRY(publish_is_free(out, &is_free, err));
    s->may_replace = is_free || s->options->is_forced;
    if (is_free)
        return RC_OK;
    TRY(holds(out, "_SUCCESS", &is_finished, err));
    TRY(holds(out, "report.partial", &has_report, err));
    TRY(holds(out, "objects.ndjson", &is_run, err));
    if (is_finished && has_report && !is_run)
        return RC_OK;
    return err_set(err, RC_USAGE,
                   "%s: is not empty and holds no added-up reports; choose another -o", out);
}

/* ---- The tree ---- */

static enum rc write_partial(struct sum_state *s, char path[PATH_MAX], struct err *err)
{
    const struct options *o = s->options;
    if (snprintf(path, PATH_MAX, "%s/next/report.partial", s->place.root_path) >= PATH_MAX)
        return err_set(err, RC_USAGE, "%s: the path is too long", s->place.root_path);
    char **paths = calloc(o->sources_count, sizeof(*paths));
    enum rc rc = paths == NULL ? err_set(err, RC_NO_MEMORY, "no memory to add up") : RC_OK;
    for (size_t i = 0; i < o->sources_count && rc == RC_OK; i++) {
        if (asprintf(&paths[i], "%s/report.partial", o->sources[i]) < 0)
            rc = err_set(err, RC_NO_MEMORY, "no memory to add up");
    }
    if (rc == RC_OK)
        rc = partial_merge_shared(
            &(struct partial_inputs){(const char *const *)paths, o->sources_count}, path,
            o->threads, NULL, err);
    for (size_t i = 0; paths != NULL && i < o->sources_count; i++)
        free(paths[i]);
    free(paths);
    return rc;
}

static enum rc write_reports(struct sum_state *s, const char *partial, struct err *err)
{
    const struct options *o = s->options;
    struct report_options options = {
        .redact = o->redact, .redact_rules = s->redact_rules, .baseline = s->baseline.report};
    struct reports reports = {.partial = partial,
                              .groups_max = o->groups_max,
                              .ledger = &s->ledger,
                              .options = &options,
                              .threads = o->threads};
    return reports_write(&reports, s->next, err);
}

static enum rc write_ledger(struct sum_state *s, struct err *err)
{
    struct buf text = {0};
    ledger_append_json(&s->ledger, &text);
    buf_append_byte(&text, '\n');
    enum rc rc = buf_failed(&text) ? err_set(err, RC_NO_MEMORY, "no memory for the ledger")
                                   : file_write(s->next, "ledger.json", buf_view(&text), err);
    buf_done(&text);
    return rc;
}

static enum rc build_tree(struct sum_state *s, struct err *err)
{
    static const char *const names[] = {"ledger.json", "report.csv", "report.html",
                                        "report.json", "report.md",  "report.partial"};
    char partial[PATH_MAX];
    TRY(write_partial(s, partial, err));
    TRY(write_reports(s, partial, err));
    TRY(write_ledger(s, err));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        TRY(manifest_add_file(&s->manifest, s->next, names[i], err));
    return manifest_write(&s->manifest, s->next, NULL, err);
}

static enum rc add_up(struct sum_state *s, struct err *err)
{
    const struct options *o = s->options;
    TRY(place_find(&s->place, o, err));
    TRY(check_out(s, err));
    TRY(check_distinct(o, err));
    TRY(add_ledgers(s, err));
    TRY(open_baseline(s, err));
    if (o->redact_path != NULL)
        TRY(redact_rules_load(o->redact_path, &s->redact_rules, err));
    TRY(publish_begin(&s->place, &s->next, err));
    TRY(build_tree(s, err));
    return publish_end(&s->place, s->may_replace,
                       "holds added-up reports already; choose another -o, or --force to replace "
                       "them",
                       err);
}

enum rc sum(const struct options *options, struct err *err)
{
    struct sum_state s = {.options = options, .next = -1, .grouped = {.rules_min = 1}};
    place_init(&s.place);
    ledger_init(&s.ledger);
    enum rc rc = add_up(&s, err);
    if (s.next >= 0)
        close(s.next);
    manifest_done(&s.manifest);
    finished_close(&s.baseline);
    redact_rules_free(s.redact_rules);
    ledger_done(&s.ledger);
    place_done(&s.place);
    return rc;
}
