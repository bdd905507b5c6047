#include "event_filter.h"

#include "limits.h"

#include <fnmatch.h>
#include <string.h>

/* A C string holds no NUL. This byte, which UTF-8 never has, stands in for one. */
enum { NUL_STAND_IN = 0xFF };

static bool matches_some_glob(const struct option_list *globs, struct view value)
{
    char text[GLOB_VALUE_MAX + 1];
    size_t size = value.size < GLOB_VALUE_MAX ? value.size : GLOB_VALUE_MAX;
    for (size_t i = 0; i < size; i++)
        text[i] = value.data[i] == '\0' ? (char)NUL_STAND_IN : value.data[i];
    text[size] = '\0';
    for (size_t i = 0; i < globs->count; i++) {
        if (fnmatch(globs->items[i], text, 0) == 0)
            return true;
    }
    return false;
}

static bool matches_globs(const struct option_list *globs, struct view value)
{
    return globs->count == 0 || matches_some_glob(globs, value);
}

bool event_filter_is_open(const struct options *o)
{
    return !o->has_since && !o->has_until && o->min_level == SEVERITY_NONE &&
           o->accounts.count == 0 && o->log_groups.count == 0;
}

bool event_filter_keeps(const struct options *o, const struct event *e)
{
    if (event_has(e, COL_TIMESTAMP)) {
        int64_t ms = e->cell[COL_TIMESTAMP].integer;
        if ((o->has_since && ms < o->since_ms) || (o->has_until && ms > o->until_ms))
            return false;
    }
    if (e->severity != SEVERITY_NONE && e->severity < o->min_level)
        return false;
    return matches_globs(&o->accounts, event_text(e, COL_ACCOUNT_ID)) &&
           matches_globs(&o->log_groups, event_text(e, COL_LOG_GROUP));
}
