#include "report/title.h"

#include "alert/alert.h"
#include "report/escape.h"
#include "alert/mask.h"

#include <stdio.h>
#include <string.h>

/* The values that a span of the group's texts had: `int 2` is the second
 * integer. NULL where the group does not keep them. */
static const struct tally *values_of(const struct group *g, enum mask mask, unsigned ordinal)
{
    char name[32];
    int size = snprintf(name, sizeof(name), "%s %u", mask_label(mask), ordinal);
    for (size_t i = 0; i < g->tops_count; i++) {
        if (view_equals(g->tops[i].name, view_of(name, (size_t)size)))
            return &g->tops[i].values;
    }
    return NULL;
}

static bool is_the_same_in_all(const struct group *g, const struct tally *values, struct view text)
{
    return values != NULL && values->count == 1 && !values->is_sampled && values->other == 0 &&
           values->entries[0].count == g->count && view_equals(values->entries[0].key, text);
}

/* Of one alert nothing differs; a user's group and the platform's failures are
 * not named by what is masked. */
static bool may_differ(const struct group *g)
{
    switch (g->rule) {
    case RULE_TITLE:
    case RULE_STACK:
    case RULE_TEXT:
        return g->count > 1;
    case RULE_USER:
    case RULE_PLATFORM:
        break;
    }
    return false;
}

void title_append(struct buf *out, const struct group *g, struct view title)
{
    struct mask_span spans[HEAD_BYTES_MAX];
    unsigned ordinals[MASK_COUNT] = {0};
    title = view_trim(title);
    if (!may_differ(g)) {
        buf_append_view(out, title);
        return;
    }
    size_t at = 0;
    size_t count = mask_find(mask_map_scalar, escape_cut(title, HEAD_BYTES_MAX), spans);
    for (size_t i = 0; i < count; i++) {
        struct view text = view_slice(title, spans[i].begin, spans[i].end);
        enum mask mask = spans[i].mask;
        if (is_the_same_in_all(g, values_of(g, mask, ++ordinals[mask]), text))
            continue;
        buf_append_view(out, view_slice(title, at, spans[i].begin));
        buf_printf(out, "<%s>", mask_label(mask));
        at = spans[i].end;
    }
    buf_append_view(out, view_from(title, at));
}
