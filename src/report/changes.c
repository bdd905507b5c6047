#include "report/changes.h"

#include <stdlib.h>

enum { DAY_MS = 24 * 60 * 60 * 1000 };

struct known {
    uint64_t fingerprint;
    size_t rank;
};

static int compare_known(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    return (x->fingerprint > y->fingerprint) - (x->fingerprint < y->fingerprint);
}

/* The groups of `r` by fingerprint; NULL when out of memory. */
static struct known *known_new(const struct report *r)
{
    size_t count = report_group_count(r);
    const struct group_rank *ranks = report_ranks(r);
    struct known *known = calloc(count + 1, sizeof(*known));
    if (known == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        known[i] = (struct known){ranks[i].fingerprint, i};
    qsort(known, count, sizeof(*known), compare_known);
    return known;
}

static const struct known *known_find(const struct known *known, size_t count, uint64_t fingerprint)
{
    struct known key = {fingerprint, 0};
    return bsearch(&key, known, count, sizeof(*known), compare_known);
}

static bool is_back(const struct group *now, bool had_time, int64_t old_last_ms)
{
    return had_time && now->has_time && now->first_ms >= old_last_ms &&
           now->first_ms - old_last_ms >= (int64_t)BACK_AFTER_DAYS * DAY_MS;
}

static enum rc find_new_and_back(struct report *report, struct report *baseline,
                                 const struct known *old, struct changes *c, struct err *err)
{
    size_t old_count = report_group_count(baseline);
    for (size_t rank = 0; rank < report_group_count(report); rank++) {
        const struct known *before =
            known_find(old, old_count, report_ranks(report)[rank].fingerprint);
        if (before == NULL) {
            c->of_rank[rank] = CHANGE_NEW;
            c->new_count++;
            continue;
        }
        const struct group *group;
        TRY(report_group(baseline, before->rank, &group, err));
        bool had_time = group->has_time;
        int64_t last_ms = group->last_ms;
        TRY(report_group(report, rank, &group, err));
        if (is_back(group, had_time, last_ms)) {
            c->of_rank[rank] = CHANGE_BACK;
            c->back_count++;
        }
    }
    return RC_OK;
}

static void find_gone(const struct report *report, const struct report *baseline,
                      const struct known *now, struct changes *c)
{
    size_t now_count = report_group_count(report);
    for (size_t rank = 0; rank < report_group_count(baseline); rank++) {
        if (known_find(now, now_count, report_ranks(baseline)[rank].fingerprint) == NULL)
            c->gone[c->gone_count++] = rank;
    }
}

static enum rc find_all(struct report *report, struct report *baseline, struct known *const both[2],
                        struct changes *c, struct err *err)
{
    c->of_rank = calloc(report_group_count(report) + 1, 1);
    c->gone = calloc(report_group_count(baseline) + 1, sizeof(*c->gone));
    if (c->of_rank == NULL || c->gone == NULL || both[0] == NULL || both[1] == NULL)
        return err_set(err, RC_NO_MEMORY, "no memory to compare with the baseline");
    /* A group that fell under (other) may still be there. */
    c->has_gone = report_other_groups(report) == 0;
    c->is_new_certain = report_other_groups(baseline) == 0;
    if (c->has_gone)
        find_gone(report, baseline, both[0], c);
    return find_new_and_back(report, baseline, both[1], c, err);
}

enum rc changes_find(struct report *report, struct report *baseline, struct changes *ret,
                     struct err *err)
{
    struct changes c = {0};
    struct known *both[2] = {known_new(report), known_new(baseline)};
    enum rc rc = find_all(report, baseline, both, &c, err);
    free(both[0]);
    free(both[1]);
    if (rc == RC_OK)
        *ret = c;
    else
        changes_done(&c);
    return rc;
}

void changes_done(struct changes *c)
{
    free(c->of_rank);
    free(c->gone);
    *c = (struct changes){0};
}

const char *change_name(enum change change)
{
    switch (change) {
    case CHANGE_NONE:
        return NULL;
    case CHANGE_NEW:
        return "new";
    case CHANGE_BACK:
        return "back";
    }
    return NULL;
}
