#include "report/picks.h"

enum { REASONS = 7 };

/* One or two alerts that happen to come late are no trend. */
enum { LATE_COUNT_MIN = 5 };

/* Keeps the heavier of what holds the reason and this group; the first of
 * equals is the larger group. */
static void offer(struct pick *best, size_t rank, uint64_t weight)
{
    if (weight > best->weight)
        *best = (struct pick){.rank = rank, .reasons = best->reasons, .weight = weight};
}

static bool began_late(const struct summary *s, const struct group *g)
{
    int64_t quarter = s->last_ms / 4 - s->first_ms / 4;
    return s->has_time && g->has_time && g->count >= LATE_COUNT_MIN &&
           g->first_ms > s->last_ms - quarter;
}

static enum rc offer_group(struct form *f, const struct group *g, size_t rank,
                           struct pick best[REASONS])
{
    struct spike spike;
    if (!facts_spike(&g->hours, &spike))
        return err_set(f->err, RC_NO_MEMORY, "no memory for the report");
    enum change change = form_change(f, rank);
    bool is_fatal = view_equals(g->level, VIEW("FATAL")) || g->kind == KIND_CRASH;
    offer(&best[0], rank, change == CHANGE_NEW ? g->count : 0);
    offer(&best[1], rank, change == CHANGE_BACK ? g->count : 0);
    offer(&best[2], rank, spike.is_spiking ? spike.peak : 0);
    offer(&best[3], rank, g->count);
    offer(&best[4], rank, began_late(f->summary, g) ? g->count : 0);
    offer(&best[5], rank, g->accounts.count > 1 ? g->accounts.count : 0);
    offer(&best[6], rank, is_fatal ? g->count : 0);
    return RC_OK;
}

/* A group that has several reasons is shown once. */
static void merge(const struct pick best[REASONS], struct picks *ret)
{
    ret->count = 0;
    for (size_t i = 0; i < REASONS; i++) {
        if (best[i].weight == 0)
            continue;
        size_t at = 0;
        while (at < ret->count && ret->at[at].rank != best[i].rank)
            at++;
        if (at == PICKS_MAX)
            continue;
        if (at == ret->count)
            ret->at[ret->count++] = (struct pick){.rank = best[i].rank};
        ret->at[at].reasons |= best[i].reasons;
    }
}

enum rc picks_find(struct form *f, size_t groups_max, struct picks *ret)
{
    struct pick best[REASONS] = {
        {.reasons = PICK_NEW},     {.reasons = PICK_BACK}, {.reasons = PICK_SPIKING},
        {.reasons = PICK_LARGEST}, {.reasons = PICK_LATE}, {.reasons = PICK_WIDEST},
        {.reasons = PICK_FATAL},
    };
    size_t count = report_group_count(f->report);
    for (size_t rank = 0; rank < count && rank < groups_max; rank++) {
        const struct group *g;
        TRY(report_group(f->report, rank, &g, f->err));
        TRY(offer_group(f, g, rank, best));
    }
    merge(best, ret);
    return RC_OK;
}

void picks_append_reasons(struct buf *out, unsigned reasons)
{
    static const struct {
        unsigned reason;
        const char *text;
    } texts[] = {
        {PICK_NEW, "new since the baseline"}, {PICK_BACK, "back after a silence"},
        {PICK_SPIKING, "spiked"},            {PICK_LARGEST, "most frequent"},
        {PICK_LATE, "began recently"},        {PICK_WIDEST, "in most accounts"},
        {PICK_FATAL, "fatal"},
    };
    size_t begin = out->size;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!(reasons & texts[i].reason))
            continue;
        buf_printf(out, "%s%s", out->size > begin ? ", " : "", texts[i].text);
    }
    /* The first letter of a line. */
    if (!buf_failed(out) && out->size > begin)
        out->data[begin] = (char)(out->data[begin] - 'a' + 'A');
}
