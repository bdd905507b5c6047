#include "cli/gates.h"

#include "commit/finished.h"
#include "report/changes.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* What the gates ask about. */
struct gate_counts {
    uint64_t new_groups, alerts, errors, fatals;
};

static enum rc count_levels(struct report *report, struct gate_counts *counts, struct err *err)
{
    counts->alerts = report_summary(report)->alerts;
    for (size_t rank = 0; rank < report_group_count(report); rank++) {
        const struct group *g;
        TRY(report_group(report, rank, &g, err));
        bool is_fatal = view_equals(g->level, VIEW("FATAL"));
        counts->fatals += is_fatal ? g->count : 0;
        counts->errors += is_fatal || view_equals(g->level, VIEW("ERROR")) ? g->count : 0;
    }
    return RC_OK;
}

static enum rc count_new(struct report *report, const char *baseline_path,
                         struct gate_counts *counts, struct err *err)
{
    struct finished baseline;
    struct changes changes;
    TRY(finished_open(baseline_path, SIZE_MAX, &baseline, err));
    enum rc rc = changes_find(report, baseline.report, &changes, err);
    finished_close(&baseline);
    TRY(rc);
    counts->new_groups = changes.new_count;
    changes_done(&changes);
    return RC_OK;
}

static uint64_t count_of(enum gate_kind kind, const struct gate_counts *counts)
{
    switch (kind) {
    case GATE_NEW:
        return counts->new_groups;
    case GATE_ERROR:
        return counts->errors;
    case GATE_FATAL:
        return counts->fatals;
    case GATE_ALERTS:
        return counts->alerts;
    }
    assert(!"a gate is of a kind");
    return 0;
}

static void say(const struct gate *gate, uint64_t count)
{
    static const char *const what[] = {
        [GATE_NEW] = "new group",
        [GATE_ERROR] = "alert of level ERROR or above",
        [GATE_FATAL] = "alert of level FATAL",
        [GATE_ALERTS] = "alert",
    };
    static const char *const plural[] = {
        [GATE_NEW] = "new groups",
        [GATE_ERROR] = "alerts of level ERROR or above",
        [GATE_FATAL] = "alerts of level FATAL",
        [GATE_ALERTS] = "alerts",
    };
    fprintf(stderr, "millrace: --fail-on %s: %" PRIu64 " %s\n", gate->text, count,
            count == 1 ? what[gate->kind] : plural[gate->kind]);
}

enum rc gates_check(const struct options *o, const char *folder, bool *ret_is_hit, struct err *err)
{
    *ret_is_hit = false;
    if (o->gates_count == 0)
        return RC_OK;
    struct finished run;
    struct gate_counts counts = {0};
    TRY(finished_open(folder, SIZE_MAX, &run, err));
    enum rc rc = count_levels(run.report, &counts, err);
    if (rc == RC_OK && o->baseline != NULL)
        rc = count_new(run.report, o->baseline, &counts, err);
    finished_close(&run);
    TRY(rc);
    for (size_t i = 0; i < o->gates_count; i++) {
        uint64_t count = count_of(o->gates[i].kind, &counts);
        if (count <= o->gates[i].above)
            continue;
        *ret_is_hit = true;
        if (!o->is_quiet)
            say(&o->gates[i], count);
    }
    return RC_OK;
}
