#include "report/digest.h"

#include "limits.h"
#include "report/escape.h"
#include "report/form.h"
#include "util/text.h"

#include <inttypes.h>
#include <stdlib.h>

enum { TITLE_COLUMNS = 60 };

/* A group that grew. */
struct growth {
    uint64_t more;
    size_t rank; /* in the later report */
    bool is_new;
};

struct growths {
    struct growth *at;
    size_t count, new_count;
    uint64_t alerts;
};

static int by_fingerprint(const void *a, const void *b)
{
    const struct group_rank *x = a, *y = b;
    return (x->fingerprint > y->fingerprint) - (x->fingerprint < y->fingerprint);
}

/* The largest growth first; equals as the report has them. */
static int by_growth(const void *a, const void *b)
{
    const struct growth *x = a, *y = b;
    if (x->more != y->more)
        return x->more < y->more ? 1 : -1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

/* The earlier counts by fingerprint; NULL when out of memory. */
static struct group_rank *earlier_counts(const struct report *before, size_t *ret_count)
{
    *ret_count = before != NULL ? report_group_count(before) : 0;
    struct group_rank *counts = calloc(*ret_count + 1, sizeof(*counts));
    if (counts == NULL || *ret_count == 0)
        return counts;
    memcpy(counts, report_ranks(before), *ret_count * sizeof(*counts));
    qsort(counts, *ret_count, sizeof(*counts), by_fingerprint);
    return counts;
}

static enum rc find_growths(const struct report *before, const struct report *now,
                            struct growths *g, struct err *err)
{
    size_t old_count, count = report_group_count(now);
    struct group_rank *old = earlier_counts(before, &old_count);
    g->at = calloc(count + 1, sizeof(*g->at));
    if (old == NULL || g->at == NULL) {
        free(old);
        return err_set(err, RC_NO_MEMORY, "no memory to compare reports");
    }
    const struct group_rank *ranks = report_ranks(now);
    for (size_t rank = 0; rank < count; rank++) {
        const struct group_rank *was =
            bsearch(&ranks[rank], old, old_count, sizeof(*old), by_fingerprint);
        uint64_t earlier = was != NULL ? was->count : 0;
        if (ranks[rank].count <= earlier)
            continue;
        g->at[g->count++] = (struct growth){ranks[rank].count - earlier, rank, was == NULL};
        g->new_count += was == NULL;
    }
    free(old);
    qsort(g->at, g->count, sizeof(*g->at), by_growth);
    g->alerts = report_summary(now)->alerts - (before ? report_summary(before)->alerts : 0);
    return RC_OK;
}

static void put_group(const struct growth *growth, const struct group *group, struct form *form,
                      struct buf *out)
{
    struct buf shown = {0};
    text_for_terminal(&shown, form_title(form, group));
    struct view whole = buf_view(&shown);
    struct view cut = escape_cut_columns(whole, TITLE_COLUMNS);
    bool is_cut = cut.size < whole.size;
    if (is_cut)
        cut = escape_cut_columns(whole, TITLE_COLUMNS - 1);
    buf_printf(out, "%+9" PRId64 "  %-3s  %-5.*s  %.*s%s", (int64_t)growth->more,
               growth->is_new ? "new" : "", (int)group->level.size, group->level.data,
               (int)cut.size, cut.data, is_cut ? "…" : "");
    if (!growth->is_new)
        buf_printf(out, "  (%" PRIu64 " in all)", group->count);
    buf_printf(out, "  fp1-%016" PRIx64 "\n", group->fingerprint);
    out->failed |= buf_failed(&shown);
    buf_done(&shown);
}

static enum rc put_groups(const struct growths *g, struct form *form, struct buf *out,
                          struct err *err)
{
    for (size_t i = 0; i < g->count && i < DIGEST_GROUPS_MAX; i++) {
        const struct group *group;
        TRY(report_group(form->report, g->at[i].rank, &group, err));
        put_group(&g->at[i], group, form, out);
    }
    if (g->count > DIGEST_GROUPS_MAX)
        buf_printf(out, "           and %zu groups more\n", g->count - DIGEST_GROUPS_MAX);
    if (report_other_groups(form->report) > 0)
        buf_printf(out, "           besides groups beyond --max-groups\n");
    return RC_OK;
}

static enum rc put_growths(const struct growths *g, uint64_t events, struct form *form,
                           struct buf *out, struct err *err)
{
    facts_count(out, g->alerts, "alert", "alerts");
    buf_printf(out, " more in ");
    facts_count(out, g->count, "group", "groups");
    buf_printf(out, ", %zu of them new; ", g->new_count);
    facts_count(out, events, "event", "events");
    buf_printf(out, " more\n");
    enum rc rc = put_groups(g, form, out, err);
    out->failed |= form->sink.buf.failed;
    buf_done(&form->redacted);
    buf_done(&form->title);
    return rc;
}

static uint64_t gained(const struct digest_side *before, uint64_t earlier, uint64_t now)
{
    return before->report != NULL && earlier < now ? now - earlier
           : before->report == NULL                ? now
                                                   : 0;
}

enum rc digest_append(const struct digest_side *before, const struct digest_side *now,
                      const struct report_options *options, struct buf *out, struct err *err)
{
    struct form form = {.report = now->report, .options = options};
    struct growths g = {0};
    enum rc rc = find_growths(before->report, now->report, &g, err);
    const struct ledger *was = before->report != NULL ? before->ledger : now->ledger;
    uint64_t events = gained(before, was->events.total, now->ledger->events.total);
    uint64_t damaged = gained(before, was->objects.damaged, now->ledger->objects.damaged);
    if (rc == RC_OK && g.alerts > 0)
        rc = put_growths(&g, events, &form, out, err);
    if (rc == RC_OK && damaged > 0) {
        facts_count(out, damaged, "object", "objects");
        buf_printf(out, " more could not be read whole; see quarantine.ndjson\n");
    }
    free(g.at);
    if (rc == RC_OK && buf_failed(out))
        return err_set(err, RC_NO_MEMORY, "no memory for a digest");
    return rc;
}
